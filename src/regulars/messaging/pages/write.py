"""The dialog in which staff write to one customer (MSG-5, CRD-5)."""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from regulars.kernel.ids import encode
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.messaging.actions.send import send_message
from regulars.messaging.errors import ChannelUnavailable
from regulars.messaging.jobs import defer_delivery
from regulars.messaging.queries.messages import Addressee, ChannelLine, access_addressee, list_lines
from regulars.messaging.rules import SUBJECT_LENGTH_MAX, TEXT_LENGTH_MAX, MessageDraft
from regulars.platform.claims import Answered, claimed
from regulars.platform.database import edge_unit_of_work, unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.message_words import channel_name, why_text
from regulars.platform.pages.once_form import OnceForm
from regulars.platform.sessions import PageRequest, page
from regulars.plugins.channels import Limits, Reach

KINDS = {
    "service": gettext_lazy("Their own matters: an order, a visit, a question"),
    "offer": gettext_lazy("News or an offer: only where they agreed to it"),
}


class MessageForm(OnceForm):
    """What is said, and how."""

    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Through"), error_messages={"required": gettext_lazy("Choose at least one channel.")}
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is about"),
        choices=list(KINDS.items()),
        widget=forms.RadioSelect,
        initial="service",
    )
    subject = forms.CharField(
        label=pgettext_lazy("of an e-mail", "Subject"),
        required=False,
        max_length=SUBJECT_LENGTH_MAX,
        help_text=gettext_lazy("Of the e-mail; left empty, it names the business."),
    )
    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=TEXT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 4, "data-letters": ""}),
        error_messages={"required": gettext_lazy("Write something.")},
    )

    def __init__(self, *args: Any, lines: list["ShownChannel"], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_open = [(one.key, one.name) for one in lines if one.is_open]
        field = self.fields["channels"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = is_open
        field.initial = [key for key, _name in is_open[:1]]
        if not any(one.limits.subject_max for one in lines if one.is_open):
            del self.fields["subject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChannel:
    """A channel as the dialog shows it: whom it reaches, or why not, and what it carries."""

    key: str
    name: str
    icon: str
    is_open: bool
    address: str
    why: str
    offers: str
    """Why it carries no offers, although it carries the rest."""
    limits: Limits
    hint: str


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="customers:write")
def write_message(request: PageRequest) -> HttpResponse:
    """The dialog that writes to the customer or the holder of the card that the address names."""
    asked = {name: request.GET.get(name, "")[:64] or None for name in ("customer", "card")}
    if not any(asked.values()):
        raise Refused(NotFound())
    # A page that is only looked at has its unit of work already.
    with unit_of_work(request.actor.chain_id) if request.method == "POST" else nullcontext():
        addressee = access_addressee(request.actor, **asked, now=request.now)
        lines = [_shown(line, request) for line in list_lines(addressee.person, now=request.now)]
    form = MessageForm(request.POST if request.method == "POST" else None, lines=lines)
    if request.method != "POST":
        return _render(request, form, addressee, lines)
    if form.is_valid():
        try:
            _send(request, form, asked)
        except Answered:
            return _sent(request, addressee)
        except Refused as refused:
            if isinstance(refused.refusal, Forbidden | NotFound):
                raise
            _put(form, refused)
        else:
            toast(request, _("The message is on its way"))
            return _sent(request, addressee)
    return _render(request, form, addressee, lines, status=UNPROCESSABLE)


def _send(request: PageRequest, form: MessageForm, asked: dict[str, str | None]) -> None:
    typed = form.cleaned_data
    draft = MessageDraft(
        **asked,
        text=typed["text"],
        subject=typed.get("subject") or "",
        kind=typed["kind"],
        channels=tuple(typed["channels"]),
    )
    actor = request.actor
    with edge_unit_of_work(actor.chain_id), claimed(actor, form.claim(actor, "write message")) as answer:
        message = send_message(actor, draft, defer=defer_delivery, now=request.now)
        answer(lambda one: (303, encode("msg", one.id)), message)


def _put(form: MessageForm, refused: Refused) -> None:
    refusal = refused.refusal
    if isinstance(refusal, ChannelUnavailable):
        told = {"channel": channel_name(refusal.channel), "why": why_text(refusal.reason)}
        form.add_error("channels", _("%(channel)s: %(why)s.") % told)
        return
    show_refusal(form, refusal)


def _shown(line: ChannelLine, request: PageRequest) -> ShownChannel:
    limits, found = line.channel.limits, line.found
    service, offer = line.says("service"), line.says("offer")
    address, why, offers = "", "", ""
    if isinstance(found, Reach) and isinstance(service, Reach):
        address = found.address or ngettext("on %(count)s phone", "on %(count)s phones", found.phones) % {
            "count": figures.number(found.phones)
        }
        offers = "" if isinstance(offer, Reach) else _("No offers: %(why)s.") % {"why": why_text(offer.reason)}
    elif not isinstance(service, Reach):
        why = why_text(service.reason)
        if service.until is not None:
            why = _("%(why)s, again from %(at)s") % {"why": why, "at": figures.moment(service.until)}
    return ShownChannel(
        key=line.channel.key,
        name=str(line.channel.name),
        icon=line.channel.icon,
        is_open=line.is_open,
        address=address,
        why=why,
        offers=offers,
        limits=limits,
        hint=_hint(limits),
    )


def _hint(limits: Limits) -> str:
    told = [
        ngettext("up to %(count)s letter", "up to %(count)s letters", limits.text_max)
        % {"count": figures.number(limits.text_max)}
    ]
    if limits.shown_max:
        told.append(_("the locked screen shows about %(count)s") % {"count": figures.number(limits.shown_max)})
    if limits.daily_max:
        told.append(
            ngettext("%(count)s message a day", "%(count)s messages a day", limits.daily_max)
            % {"count": figures.number(limits.daily_max)}
        )
    return ", ".join(told)


def _sent(request: PageRequest, addressee: Addressee) -> HttpResponse:
    if addressee.card is not None:
        return done(request, _back(addressee), target="panel", changed="list-changed")
    return done(request, _back(addressee))


def _back(addressee: Addressee) -> str:
    if addressee.card is not None:
        return reverse("cards:show", args=[encode("crd", addressee.card.id)])
    assert addressee.customer is not None
    return reverse("customers:show", args=[encode("cus", addressee.customer.id)])


def _render(
    request: PageRequest, form: MessageForm, addressee: Addressee, lines: list[ShownChannel], *, status: int = 200
) -> HttpResponse:
    holder, card = addressee.customer, addressee.card
    chosen = form.data.getlist("channels") if form.is_bound else form.fields["channels"].initial  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "form": form,
        "lines": lines,
        "chosen": chosen,
        "is_reached": any(one.is_open for one in lines),
        "sub": holder.label if holder else card.number if card else "",
        "action": request.get_full_path(),
        "back": _back(addressee),
    }
    return render_page(
        request, "messaging/write.html", context, fragments={"modal": "messaging/_write.html"}, status=status
    )
