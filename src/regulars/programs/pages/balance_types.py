"""Balance types: what a unit is worth, when it can be spent, how long it lives, and what a change means (PRG-2, PRG-3)."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from regulars.cards.queries.people import may_see_everybody
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.ledger.actions.policy import EXISTING, Existing, change_policy, preview_policy
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.sessions import PageRequest, page
from regulars.programs.jobs import defer_apply_policy
from regulars.programs.pages.balance_forms import BalanceTypeForm, initial_of
from regulars.programs.pages.balance_words import expiry_words
from regulars.programs.queries import BalanceTypeView, access_balance_type, list_programs

FIELDS = {"expiry": "value", "kind": "expiry"}


@require_safe
@page(right="programs:read")
def show_balance_types(request: PageRequest) -> HttpResponse:
    """All that is counted, with its worth and its life."""
    programs = list_programs(request.actor)
    lines = [
        {
            "view": one,
            "program": program.name if len(programs) > 1 else "",
            "url": reverse("programs:balance_type", args=[encode("bal", one.id)]),
            "kind": kind_words()[one.kind],
            "worth": _worth(one, request.chain.currency),
            "expiry": expiry_words(one.expiry),
        }
        for program in programs
        for one in program.balance_types
    ]
    context = {"lines": lines, "may_write": request.actor.may("programs:write"), "has_programs": len(programs) > 1}
    return render_page(request, "programs/balance_types.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="programs:write")
def edit_balance_type(request: PageRequest, balance_type: str) -> HttpResponse:
    """Change a balance type; while typing it shows whose balances a new expiry would touch."""
    if request.method != "POST":
        view = access_balance_type(request.actor, balance_type)
        data = request.GET if "expiry" in request.GET else None
        form = BalanceTypeForm(data, balance_type=view, initial=initial_of(view))
        return _render(request, view, form, effect=_effect(request, view, form) if data is not None else {})
    with unit_of_work(request.actor.chain_id):
        view = access_balance_type(request.actor, balance_type)
    form = BalanceTypeForm(request.POST, balance_type=view, initial=initial_of(view))
    if form.is_valid():
        try:
            changed = change_policy(
                request.actor,
                balance_type,
                form.change(),
                existing=existing_of(form),
                now=request.now,
                version=form.cleaned_data["version"],
                defer=defer_apply_policy,
            )
        except Refused as refused:
            if isinstance(refused.refusal, NotFound | Forbidden):
                raise
            show_refusal(form, refused.refusal, fields=FIELDS)
        else:
            toast(request, _("Saved") if changed.version != view.version else _("Nothing to change"))
            return done(request, reverse("programs:balance_types"))
    return _render(request, view, form, effect={}, status=422)


def kind_words() -> dict[str, str]:
    """What a balance type counts, in words."""
    return {"points": _("Points"), "status": _("Status points"), "stamps": _("Stamps"), "deposit": _("Deposit")}


def _worth(one: BalanceTypeView, currency: str) -> str:
    if one.money_per_unit is None or one.kind == "deposit":
        return ""
    return f"{figures.number(one.money_per_unit.normalize())} {currency}"


def existing_of(form: BalanceTypeForm) -> Existing:
    """What the form means for units that are there; a policy over whole balances has no old and new ones."""
    chosen: str = form.cleaned_data.get("existing") or "keep"
    found: Existing = next((one for one in EXISTING if one == chosen), "keep")
    is_of_whole_balance = form.cleaned_data.get("expiry") == "inactive_months"
    return "from_now" if is_of_whole_balance and found == "keep" else found


def _effect(request: PageRequest, view: BalanceTypeView, form: BalanceTypeForm) -> dict[str, Any]:
    """Whose balances the typed expiry would touch, in words; nothing where it is as it was, or no expiry yet."""
    if view.kind == "deposit" or not form.is_bound or not form.is_valid():
        return {}
    policy, existing = form.policy(), existing_of(form)
    try:
        effect = preview_policy(request.actor, view, policy, existing=existing, now=request.now)
    except Refused:
        return {}

    def text(units: int) -> str:
        return figures.balance(units, kind=view.kind, decimals=view.decimals, currency=request.chain.currency)

    return {
        "is_protected": existing == "keep",
        "balances": effect.balances,
        "amount": text(effect.units),
        "balances_at_once": effect.balances_at_once,
        "amount_at_once": text(effect.units_at_once),
        "first_end": effect.first_end,
        "balances_sooner": effect.balances_sooner,
        "amount_sooner": text(effect.units_sooner),
        "who_url": _who_url(request, view) if may_see_everybody(request.actor) else "",
    }


def _who_url(request: PageRequest, view: BalanceTypeView) -> str:
    typed = [(name, value) for name, values in request.GET.lists() for value in values if name != "after"]
    return f"{reverse('programs:policy_people', args=[encode('bal', view.id)])}?{urlencode(typed)}"


def _render(
    request: PageRequest, view: BalanceTypeView, form: BalanceTypeForm, *, effect: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "view": view,
        "kind": kind_words()[view.kind],
        "effect": effect,
        "action": reverse("programs:balance_type", args=[encode("bal", view.id)]),
        "back": reverse("programs:balance_types"),
        "currency": request.chain.currency,
    }
    return render_page(
        request,
        "programs/balance_type.html",
        context,
        fragments={"policy-effect": "programs/_effect.html"},
        status=status,
    )
