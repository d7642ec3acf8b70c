"""One code: what it is, what became of it, and what can be done with it; and finding it by what somebody reads out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from regulars.codes.actions.handing import activate_code, attach_code, detach_code, expire_code
from regulars.codes.actions.lookup import find_code_owner
from regulars.codes.errors import UnknownCode
from regulars.codes.pages import words
from regulars.codes.pages.forms import FindForm, HandForm
from regulars.codes.pages.pools import code_line
from regulars.codes.queries.codes import CodeView, access_code, list_uses
from regulars.codes.rules.states import next_state
from regulars.customers.queries import find_customer_by_phone
from regulars.kernel.ids import encode
from regulars.kernel.phone import parse_phone
from regulars.kernel.refusal import Refused
from regulars.platform.audit import list_entries
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that became of a code."""

    at: datetime
    text: Any
    detail: str = ""
    tone: str = ""
    url: str = ""


@require_safe
@page(right="rewards:read")
def show_code(request: PageRequest, code: str) -> HttpResponse:
    """A code with its history."""
    view = access_code(request.actor, code)
    pool_id = encode("cpl", view.pool_id)
    context = code_line(view) | {
        "kind": words.KIND_NAMES[view.kind],
        "history": _history(request, view),
        "pool_url": reverse("codes:pool", args=[pool_id]) if request.actor.may("promotions:read") else "",
        "customer_url": _customer_url(request, view),
        "hand": HandForm(),
        "verbs": _verbs(view) if request.actor.may("rewards:write") else [],
        "now": request.now,
        **{f"{name}_url": reverse(f"codes:{name}", args=[code]) for name in ("attach", "detach", "activate", "expire")},
    }
    return render_page(request, "codes/code.html", context)


def _verbs(view: CodeView) -> list[str]:
    verbs = [verb for verb in ("attach", "activate", "detach", "expire") if next_state(view.kind, view.state, verb)]
    return [verb for verb in verbs if view.kind == "personal" or verb != "detach"]


def _customer_url(request: PageRequest, view: CodeView) -> str:
    if view.customer_id is None or not request.actor.may("customers:read"):
        return ""
    return reverse("customers:show", args=[encode("cus", view.customer_id)])


def _history(request: PageRequest, view: CodeView) -> list[Line]:
    lines = [
        Line(at=one.at, text=words.VERBS.get(one.verb, one.verb), detail=one.staff_name)
        for one in list_entries(request.actor, object_id=view.id)
    ]
    may_see_orders = request.actor.may("orders:read")
    for use in list_uses(request.actor, view.id):
        url = reverse("orders:show", args=[encode("ord", use.order_id)]) if may_see_orders else ""
        lines.append(Line(at=use.at, text=_("Used by an order"), tone="good", url=url))
        if use.given_back_at:
            lines.append(Line(at=use.given_back_at, text=_("Given back by the order"), url=url))
    by_hand = any(one.text == words.VERBS["code.expired"] for one in lines)
    if view.ended_at and not by_hand:
        lines.append(Line(at=view.ended_at, text=_("Its time is over"), tone="bad"))
    return sorted(lines, key=lambda one: one.at, reverse=True)


@require_POST
@page(right="rewards:read")
def find(request: PageRequest) -> HttpResponse:
    """Find a code by what somebody reads out; every wrong one gets the same answer."""
    form = FindForm(request.POST)
    if form.is_valid():
        try:
            owner = find_code_owner(request.actor, form.cleaned_data["code"], kinds=("code",), now=request.now)
        except Refused as refused:
            if refused.refusal.status == 403:
                raise
            toast(request, sentence(refused.refusal), tone="bad")
            return done(request, reverse("codes:list"))
        assert owner.owner_id is not None
        return done(request, reverse("codes:code", args=[encode("cod", owner.owner_id)]))
    toast(request, sentence(UnknownCode()), tone="bad")
    return done(request, reverse("codes:list"))


@require_POST
@page(right="rewards:write")
def attach(request: PageRequest, code: str) -> HttpResponse:
    """Hand a code to the customer with a phone."""
    form = HandForm(request.POST)
    phone = parse_phone(form.cleaned_data["customer"], request.chain.country) if form.is_valid() else None
    with unit_of_work(request.actor.chain_id):
        customer_id = find_customer_by_phone(request.actor.chain_id, phone) if phone else None
    if customer_id is None:
        toast(request, _("There is no customer with this phone."), tone="bad")
        return done(request, reverse("codes:code", args=[code]))
    return _do(request, code, lambda: attach_code(request.actor, code, encode("cus", customer_id), now=request.now))


@require_POST
@page(right="rewards:write")
def detach(request: PageRequest, code: str) -> HttpResponse:
    """Take a code back from its customer."""
    return _do(request, code, lambda: detach_code(request.actor, code, now=request.now))


@require_POST
@page(right="rewards:write")
def activate(request: PageRequest, code: str) -> HttpResponse:
    """Let a code work."""
    return _do(request, code, lambda: activate_code(request.actor, code, now=request.now))


@require_POST
@page(right="rewards:write")
def expire(request: PageRequest, code: str) -> HttpResponse:
    """End a code."""
    return _do(request, code, lambda: expire_code(request.actor, code, now=request.now))


def _do(request: PageRequest, code: str, step: Callable[[], CodeView]) -> HttpResponse:
    try:
        step()
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        toast(request, sentence(refused.refusal), tone="bad")
    else:
        toast(request, _("Saved"))
    return done(request, reverse("codes:code", args=[code]))
