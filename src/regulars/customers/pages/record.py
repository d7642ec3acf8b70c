"""Writing about a customer: the record, notes, consents, deletion (CUS-1, CUS-3)."""

from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.customers.actions import change_customer, enter_customer, remove_customer, remove_note, write_note
from regulars.customers.errors import PhoneTaken
from regulars.customers.pages.addresses import customer_url, list_url
from regulars.customers.pages.forms import ConsentForm, CustomerForm, NoteForm
from regulars.customers.queries import (
    CustomerView,
    access_customer,
    count_unclaimed_cards,
    find_customer,
    has_ever_held,
    list_consents,
    list_field_views,
    list_tags,
)
from regulars.customers.rules import ConsentDraft, CustomerDraft
from regulars.kernel.ids import encode
from regulars.kernel.phone import parse_phone
from regulars.kernel.refusal import NotFound, Refusal, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page


@page(right="customers:write")
def new_customer(request: PageRequest) -> HttpResponse:
    """Enter a customer; unclaimed cards of their phones become theirs, and the toast says so."""
    form, tags = _open_form(request, None)
    if request.method != "POST":
        return _show_form(request, form, tags=tags)
    if form.is_valid():
        waiting = _count_waiting(request, form.phones, held=())
        try:
            view = enter_customer(
                request.actor,
                CustomerDraft(**form.changes(), custom=form.custom({})),
                country=request.chain.country,
                today=_today(),
                now=request.now,
                location_id=request.location.id if request.location else None,
            )
        except Refused as refused:
            _put(request, form, refused.refusal)
        else:
            toast(request, _with_claimed(_("%(name)s is entered") % {"name": view.label}, waiting))
            return done(request, customer_url(view.id))
    return _show_form(request, form, tags=tags, status=UNPROCESSABLE)


@page(right="customers:write")
def edit_customer(request: PageRequest, customer: str) -> HttpResponse:
    """Change a customer's record."""
    with _reading(request):
        view = access_customer(request.actor, customer)
    form, tags = _open_form(request, view)
    if request.method != "POST":
        return _show_form(request, form, tags=tags, view=view)
    if form.is_valid():
        waiting = _count_waiting(request, form.phones, held=view.phones)
        try:
            changed = change_customer(
                request.actor,
                customer,
                form.changes() | {"custom": form.custom(view.custom)},
                country=request.chain.country,
                today=_today(),
                now=request.now,
                version=form.cleaned_data["version"],
            )
        except Refused as refused:
            _put(request, form, refused.refusal)
        else:
            toast(request, _with_claimed(_("%(name)s is saved") % {"name": changed.label}, waiting))
            return done(request, customer_url(changed.id))
    return _show_form(request, form, tags=tags, view=view, status=UNPROCESSABLE)


@page(right="customers:write")
def switch_loyalty(request: PageRequest, customer: str, wanted: str) -> HttpResponse:
    """Switch a customer's loyalty off or on; Undo switches it back (CUS-4)."""
    if request.method != "POST" or wanted not in ("on", "off"):
        raise Refused(NotFound())
    view = change_customer(
        request.actor,
        customer,
        {"loyalty_off": wanted == "off"},
        country=request.chain.country,
        today=_today(),
        now=request.now,
    )
    text = _("Loyalty of %(name)s is switched off") if wanted == "off" else _("Loyalty of %(name)s is switched on")
    toast(
        request, text % {"name": view.label}, undo_url=_address(view, f"loyalty/{'on' if wanted == 'off' else 'off'}")
    )
    return done(request, customer_url(view.id))


@page(right="customers:write")
def delete_customer(request: PageRequest, customer: str) -> HttpResponse:
    """Ask, then erase a person; what is left on their cards is only given up where the box says so."""
    with _reading(request):
        view = access_customer(request.actor, customer)
    with _reading(request):
        holds = has_ever_held(request.actor.chain_id, view.id)
    refused_text = ""
    if request.method == "POST":
        try:
            write_off = request.POST.get("write_off") == "yes"
            remove_customer(request.actor, customer, write_off=write_off, now=request.now)
        except Refused as refused:
            refused_text = sentence(refused.refusal)
        else:
            toast(request, _("%(name)s is deleted") % {"name": view.label})
            return done(request, list_url(request))
    return _show_dialog(
        request,
        "delete",
        view,
        {"refused": refused_text, "holds": holds},
        status=UNPROCESSABLE if refused_text else 200,
    )


@page(right="customers:write")
def add_note(request: PageRequest, customer: str) -> HttpResponse:
    """Keep a note about a customer."""
    with _reading(request):
        view = access_customer(request.actor, customer)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            note = write_note(request.actor, customer, form.cleaned_data["text"], now=request.now)
        except Refused as refused:
            form.add_error("text", sentence(refused.refusal))
        else:
            toast(request, _("Note kept"), undo_url=_address(view, f"notes/{encode('not', note)}/remove"))
            return done(request, customer_url(view.id))
    status = UNPROCESSABLE if request.method == "POST" else 200
    return _show_dialog(request, "note", view, {"form": form}, status=status)


@page(right="customers:write")
def take_note_out(request: PageRequest, customer: str, note: str) -> HttpResponse:
    """Take a note out of a customer's time line; asked first where it is not an undo."""
    with _reading(request):
        view = access_customer(request.actor, customer)
    if request.method != "POST":
        return _show_dialog(request, "remove_note", view, {"note": note})
    remove_note(request.actor, customer, note, now=request.now)
    toast(request, _("Note removed"))
    return done(request, customer_url(view.id))


@page(right="customers:write")
def record_consent(request: PageRequest, customer: str) -> HttpResponse:
    """Keep what a customer agrees to or withdraws, with its date, source and version of the text."""
    with _reading(request):
        view = access_customer(request.actor, customer)
        held = list_consents(request.actor.chain_id, view.id)
    asked = request.GET.get("purpose", "")[:200]
    initial: dict[str, Any] = (
        {"purpose": asked, "given": "no" if request.GET.get("withdraw") else "yes"} if asked else {}
    )
    data = request.POST if request.method == "POST" else None
    form = ConsentForm(data, held=[one.purpose for one in held], initial=initial)
    if data is not None and form.is_valid():
        now = request.now
        given = form.cleaned_data["given"] == "yes"
        consent = ConsentDraft(
            purpose=form.cleaned_data["purpose"],
            given=given,
            source=form.cleaned_data["source"],
            text_version=form.cleaned_data["text_version"],
            at=now,
        )
        try:
            _change_consent(request, customer, consent, now=now)
        except Refused as refused:
            form.add_error(None, sentence(refused.refusal))
        else:
            toast(request, _("Consent kept") if given else _("Withdrawal kept"))
            return done(request, customer_url(view.id))
    return _show_dialog(request, "consent", view, {"form": form}, status=UNPROCESSABLE if data is not None else 200)


def _change_consent(request: PageRequest, customer: str, consent: ConsentDraft, *, now: datetime) -> None:
    change_customer(
        request.actor,
        customer,
        {"consents": (consent,)},
        country=request.chain.country,
        today=_today(),
        now=now,
    )


def _reading(request: PageRequest) -> AbstractContextManager[None]:
    """Where a page reads: a page that is only looked at has its unit of work already."""
    return unit_of_work(request.actor.chain_id) if request.method == "POST" else nullcontext()


def _open_form(request: PageRequest, view: CustomerView | None) -> tuple[CustomerForm, list[str]]:
    with _reading(request):
        fields = list_field_views(request.actor.chain_id)
        tags = list_tags(request.actor)
    if request.method == "POST":
        return CustomerForm(request.POST, fields=fields, view=view), tags
    asked = {"name": request.GET.get("name", "")[:200], "phone_0": request.GET.get("phone", "")[:60]}
    return CustomerForm(fields=fields, view=view, initial=None if view else asked), tags


def _show_form(
    request: PageRequest, form: CustomerForm, *, tags: list[str], view: CustomerView | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "known_tags": tags[:40],
        "customer": view,
        "back": customer_url(view.id) if view else list_url(request),
    }
    return render_page(request, "customers/form.html", context, status=status)


def _show_dialog(
    request: PageRequest, name: str, view: CustomerView, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    shared = {"customer": view, "customer_url": customer_url(view.id), "partial": f"customers/_{name}.html"}
    return render_page(
        request,
        "customers/dialog.html",
        shared | {"action": request.get_full_path()} | context,
        fragments={"modal": f"customers/_{name}.html"},
        status=status,
    )


def _put(request: PageRequest, form: CustomerForm, refusal: Refusal) -> None:
    """Show a refusal at its field; a phone that is taken names whose it is."""
    holder = None
    if isinstance(refusal, PhoneTaken) and refusal.customer:
        with unit_of_work(request.actor.chain_id):
            holder = find_customer(request.actor.chain_id, refusal.customer)
    form.show_refusal(refusal, holder=holder, holder_url=customer_url(holder.id) if holder else "")


def _count_waiting(request: PageRequest, typed: tuple[str, ...], *, held: tuple[str, ...]) -> int:
    phones = {phone for text in typed if (phone := parse_phone(text, request.chain.country))} - set(held)
    if not phones:
        return 0
    with unit_of_work(request.actor.chain_id):
        return count_unclaimed_cards(request.actor.chain_id, list(phones))


def _with_claimed(text: str, waiting: int) -> str:
    if not waiting:
        return text
    claimed = ngettext(
        "%(count)s waiting card of this phone is theirs now",
        "%(count)s waiting cards of these phones are theirs now",
        waiting,
    )
    return f"{text}. {claimed % {'count': waiting}}."


def _address(view: CustomerView, rest: str) -> str:
    return f"{customer_url(view.id)}/{rest}"


def _today() -> date:
    return timezone.localdate()
