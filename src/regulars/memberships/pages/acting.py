"""What is done with a membership, each in a dialog: use, undo, freeze, unfreeze, extend, cancel."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.memberships.actions.rest import (
    FreezeCommand,
    extend_membership,
    freeze_membership,
    unfreeze_membership,
)
from regulars.memberships.actions.sell import cancel_membership
from regulars.memberships.actions.use import UseCommand, undo_use, use_membership
from regulars.memberships.pages import words
from regulars.memberships.pages.forms import CancelForm, ExtendForm, FreezeForm, ReasonForm, UseForm
from regulars.memberships.pages.money import read_money
from regulars.memberships.pages.places import place_of, places_to_ask
from regulars.memberships.queries.memberships import MembershipView, access_membership
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.acting_once import act_once
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.once_form import OnceForm
from regulars.platform.sessions import PageRequest, page

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@page(right="rewards:write")
def use(request: PageRequest, membership: str) -> HttpResponse:
    """Take visits; Undo gives them back."""
    found = _read(request, membership)
    form = UseForm(request.POST or None, places=places_to_ask(request))
    if not found.terms.has_limits_of_goods:
        del form.fields["sku"]

    def act() -> tuple[MembershipView, Any]:
        typed = form.cleaned_data
        command = UseCommand(visits=typed["visits"], sku=typed.get("sku") or None, again=typed["again"])
        at = place_of(request, typed.get("location", ""))
        return use_membership(request.actor, membership, command, at=at, now=request.now)

    def tell(outcome: tuple[MembershipView, Any]) -> None:
        after, made = outcome
        text = ngettext("%(count)s visit taken", "%(count)s visits taken", made.visits)
        left = words.visits_text(after)
        undo_url = reverse("memberships:undo", args=[encode("mbr", after.id), encode("mbu", made.id)])
        text = " · ".join(filter(None, (text % {"count": figures.number(made.visits)}, left)))
        toast(request, text, undo_url=undo_url)

    return _act(request, found, "use", form, act, tell)


@require_http_methods(METHODS)
@page(right="rewards:write")
def undo(request: PageRequest, membership: str, use_id: str) -> HttpResponse:
    """Give the visits of a use back. The Undo of a toast asks for no reason."""
    found = _read(request, membership)
    typed = request.POST if "reason" in request.POST or request.method != "POST" else {"reason": _("Taken by mistake")}
    form = ReasonForm(typed or None)

    def act() -> Any:
        reason = form.cleaned_data["reason"]
        return undo_use(request.actor, membership, use_id, reason=reason, at=place_of(request), now=request.now)

    return _act(request, found, "undo", form, act, lambda _done: toast(request, _("The visits are back")))


@require_http_methods(METHODS)
@page(right="rewards:write")
def freeze(request: PageRequest, membership: str) -> HttpResponse:
    """Let it rest; its end moves."""
    found = _read(request, membership)
    form = FreezeForm(request.POST or None)

    def act() -> MembershipView:
        typed = form.cleaned_data
        command = FreezeCommand(days=typed["days"], starts_on=typed["starts_on"], reason=typed["reason"])
        return freeze_membership(request.actor, membership, command, at=place_of(request), now=request.now)

    def tell(after: MembershipView) -> None:
        assert after.now.ends_on is not None
        text = _("Frozen; it now ends with %(day)s") % {"day": figures.day(after.now.ends_on)}
        toast(request, text, undo_url=reverse("memberships:unfreeze", args=[encode("mbr", after.id)]))

    return _act(request, found, "freeze", form, act, tell)


@require_POST
@page(right="rewards:write")
def unfreeze(request: PageRequest, membership: str) -> HttpResponse:
    """End the freeze, or call it off."""
    after = unfreeze_membership(request.actor, membership, at=place_of(request), now=request.now)
    assert after.now.ends_on is not None
    toast(request, _("It runs again, until %(day)s") % {"day": figures.day(after.now.ends_on)})
    return done(request, _address(after))


@require_http_methods(METHODS)
@page(right="rewards:write")
def extend(request: PageRequest, membership: str) -> HttpResponse:
    """Add days or visits."""
    found = _read(request, membership)
    form = ExtendForm(
        request.POST or None,
        has_end=found.terms.period_unit is not None,
        has_visits=found.now.visits is not None,
    )

    def act() -> MembershipView:
        typed = form.cleaned_data
        return extend_membership(
            request.actor,
            membership,
            days=typed.get("days") or 0,
            visits=typed.get("visits") or 0,
            reason=typed["reason"],
            at=place_of(request),
            now=request.now,
        )

    def tell(after: MembershipView) -> None:
        toast(request, _("Extended: %(left)s") % {"left": words.left_text(after)})

    return _act(request, found, "extend", form, act, tell)


@require_http_methods(METHODS)
@page(right="rewards:write")
def cancel(request: PageRequest, membership: str) -> HttpResponse:
    """Take it back for good."""
    found = _read(request, membership)
    form = CancelForm(request.POST or None)

    def act() -> MembershipView:
        typed = form.cleaned_data
        return cancel_membership(
            request.actor,
            membership,
            reason=typed["reason"],
            refund=read_money(typed["refund"], "/refund", request.chain.currency_decimals),
            at=place_of(request),
            now=request.now,
        )

    return _act(request, found, "cancel", form, act, lambda _done: toast(request, _("The membership is cancelled")))


def _act(
    request: PageRequest,
    found: MembershipView,
    name: str,
    form: OnceForm,
    act: Callable[[], Any],
    tell: Callable[[Any], None],
) -> HttpResponse:
    """Ask, act once, tell, and go back to the membership; what is refused is said in the dialog."""
    if request.method == "POST" and form.is_valid():
        try:
            outcome = act_once(request, form, f"membership {name} {found.id}", act)
        except Refused as refused:
            if refused.refusal.status == 404:
                raise
            show_refusal(form, refused.refusal, fields={"used_recently": "again", "not_covered": "sku"})
        else:
            if outcome is not None:
                tell(outcome)
            return done(request, _address(found))
    partial = f"memberships/_{name}.html"
    context = {
        "form": form,
        "view": found,
        "left": words.left_text(found),
        "currency": request.chain.currency,
        "partial": partial,
        "title": found.now.type_name,
        "action": request.get_full_path(),
        "back": _address(found),
        "asks_again": name == "use" and bool(form.errors.get("again")),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render_page(request, "memberships/dialog.html", context, fragments={"modal": partial}, status=status)


def _read(request: PageRequest, membership: str) -> MembershipView:
    today = request.now.astimezone(request.chain.zone).date()
    if request.method != "POST":
        return access_membership(request.actor, membership, today=today)
    with unit_of_work(request.actor.chain_id):
        return access_membership(request.actor, membership, today=today)


def _address(found: MembershipView) -> str:
    return reverse("memberships:show", args=[encode("mbr", found.id)])
