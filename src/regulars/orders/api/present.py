"""Orders as the API writes them, with every explanation as sentences in the reader's language."""

from collections.abc import Callable
from datetime import date, datetime, tzinfo
from functools import cache, lru_cache, partial
from typing import Any, Final
from uuid import UUID

from django.utils.translation import get_language, gettext

from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refusal
from regulars.orders.rules.effects import Effect
from regulars.orders.rules.reasons import Verdict, id_of
from regulars.orders.rules.redemptions import PREFIXES, Redemption, step_of
from regulars.orders.rules.terms import Terms
from regulars.orders.rules.view import EarnedReward, OrderView, PricedLine
from regulars.platform.api.references import public_id
from regulars.platform.problems import problem_of
from regulars.promotions.rules.explain import Voice, sentence


def present_quote(view: OrderView, terms: Terms) -> dict[str, Any]:
    """A priced order."""
    money = _money(view)
    balance = balance_writer(terms)
    voice = voice_of(view, terms)
    # One card, most often: it stands in the answer half a dozen times.
    card = cache(partial(encode, "crd"))
    return {
        "currency": view.currency,
        "total_before": money(view.total_before),
        "discount_total": money(view.discount_total),
        "total": money(view.total),
        "to_pay": money(view.total - view.paid_by_balances),
        "shipping": money(view.shipping),
        "tips": money(view.tips),
        "tax": money(view.tax),
        "lines": [_line(one, money) for one in view.lines],
        "spend": [
            *(_spend(one, money, balance, card) for one in view.effects if one.kind == "spend"),
            *(_gift(one, money) for one in view.redemptions if one.kind in _PAYING and one.money),
        ],
        "spendable": [
            {
                "card": card(one.card_id),
                "balance_type": balance(one.balance_type_id, 0)[0],
                "max": balance(one.balance_type_id, one.units)[1],
                "money": money(one.money),
            }
            for one in view.spendable
        ],
        "earn": [_earn(one, balance, card) for one in view.effects if one.kind == "earn" and one.amount],
        "rewards": [_reward(one) for one in view.rewards],
        "promotions": [_promotion(one, money, balance, voice, view) for one in view.verdicts],
        "redemptions": [_redemption(one, money, voice, view) for one in view.redemptions],
    }


def present_order(view: OrderView, terms: Terms) -> dict[str, Any]:
    """A recorded order."""
    assert view.id is not None
    transactions = dict.fromkeys(one.transaction_id for one in view.effects if one.transaction_id)
    return {
        "id": encode("ord", view.id),
        "external_id": view.external_id,
        "state": view.state,
        "card": public_id("crd", view.card_id),
        "customer": public_id("cus", view.customer_id),
        "phone": view.phone,
        "location": public_id("loc", view.location_id),
        "channel": view.channel,
        "contact_point": view.contact_point,
        "at": view.at,
        "starts_at": view.starts_at,
        "codes": list(view.codes),
        "recorded_at": view.recorded_at,
        "paid_at": view.paid_at,
        "completed_at": view.completed_at,
        "cancelled_at": view.cancelled_at,
        "reserved_until": view.reserved_until,
        "refunded": format_amount(view.refunded, view.currency_decimals),
        "transactions": [encode("txn", one) for one in transactions],
        "version": view.version,
        "imported_by": public_id("imp", view.import_id),
        **present_quote(view, terms),
    }


def present_result(result: OrderView | Refusal, terms: Terms) -> dict[str, Any]:
    """What became of one order of a batch, in short."""
    if isinstance(result, Refusal):
        problem = problem_of(result)
        return {"status": problem.status, "code": problem.code, "detail": problem.detail, **problem.members}
    assert result.id is not None
    money = _money(result)
    balance, card = balance_writer(terms), cache(partial(encode, "crd"))
    return {
        "status": 201,
        "external_id": result.external_id,
        "id": encode("ord", result.id),
        "state": result.state,
        "total": money(result.total),
        "discount_total": money(result.discount_total),
        "to_pay": money(result.total - result.paid_by_balances),
        "earn": [_earn(one, balance, card) for one in result.effects if one.kind == "earn" and one.amount],
    }


def voice_of(view: OrderView, terms: Terms) -> Voice:
    """How the sentences of an order write values: money with its currency, moments by the clock of its location."""

    def named(identifier: UUID) -> str | None:
        return next((one.name for one in view.verdicts if one.promotion_id == identifier), None)

    return voice_for(terms, named, zone=terms.zone_at(view.location_id))


def voice_for(terms: Terms, named: Callable[[UUID], str | None], *, zone: tzinfo | None) -> Voice:
    """The same for promotions that `named` knows, by the clock of `zone`."""
    decimals, currency = terms.currency_decimals, terms.currency

    def money(units: int) -> str:
        return _money_text(units, decimals, currency)

    def units(balance_type: str, amount: int) -> str:
        found = terms.balances.get(id_of(balance_type))
        return f"{format_amount(amount, found.decimals)} {found.name}" if found else str(amount)

    def day(value: date) -> str:
        return value.isoformat()

    def moment(value: datetime) -> str:
        return value.astimezone(zone).isoformat(" ", "minutes")[:16]

    def name(value: str) -> str:
        identifier = _id_or_none(value)
        if identifier is None:
            return value
        return named(identifier) or _thing(identifier, terms) or value

    return Voice(
        translate=partial(_translated, get_language()), money=money, day=day, moment=moment, name=name, units=units
    )


@lru_cache(maxsize=4096)
def _translated(language: str | None, text: str) -> str:
    """A sentence in the language that is active, which is named so that it is kept for each."""
    return gettext(text)


@lru_cache(maxsize=16_384)
def _money_text(units: int, decimals: int, currency: str) -> str:
    """Money as a sentence writes it."""
    return f"{format_amount(units, decimals)} {currency}"


@lru_cache(maxsize=4096)
def _id_or_none(value: str) -> UUID | None:
    """The id that a reason names; None where it names a thing by its own name, as tags."""
    try:
        return UUID(value)
    except ValueError:
        return None


def _thing(identifier: UUID, terms: Terms) -> str | None:
    """The name of a location, card type or tier by its id."""
    card_type = terms.card_types.get(identifier)
    return card_type.name if card_type else terms.place_names.get(identifier) or terms.tier_names.get(identifier)


def _money(view: OrderView) -> Callable[[int], str]:
    decimals = view.currency_decimals
    return lambda units: format_amount(units, decimals)


def balance_writer(terms: Terms) -> Callable[[UUID, int], tuple[str, str]]:
    """External id and amount of a balance type; one that nobody knows is told by its id."""

    def told(balance_type_id: UUID, units: int) -> tuple[str, str]:
        found = terms.find_balance(balance_type_id)
        if found is None:
            return encode("bal", balance_type_id), str(units)
        return found.external_id, format_amount(units, found.decimals)

    return told


def _line(one: PricedLine, money: Callable[[int], str]) -> dict[str, Any]:
    line = one.line
    return {
        "sku": line.sku,
        "name": line.name,
        "category": line.category,
        "tags": sorted(line.tags),
        "kind": line.kind,
        "quantity": quantity(line.quantity),
        "price": money(line.price),
        "till_discount": money(line.discount),
        "excluded": line.is_excluded,
        "price_min": money(line.price_min),
        "tax_percent": None if line.tax_percent is None else format(line.tax_percent.normalize(), "f"),
        "discount": money(one.discount),
        "tax": money(one.tax),
        "total": money(one.total),
        "refunded": money(one.refunded),
        "refunded_quantity": quantity(one.refunded_quantity),
    }


def quantity(thousandths: int) -> str:
    """A quantity without zeros that say nothing: 1 or 1.25."""
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)


def _spend(
    one: Effect,
    money: Callable[[int], str],
    balance: Callable[[UUID, int], tuple[str, str]],
    card: Callable[[UUID], str],
) -> dict[str, Any]:
    name, amount = balance(one.balance_type_id, one.amount)
    return {
        "card": card(one.card_id),
        "balance_type": name,
        "gift_card": None,
        "membership": None,
        "amount": amount,
        "money": money(one.money),
        "promotion": one.promotion_id and _promotion_id(one.promotion_id),
    }


_PAYING: Final = ("gift_card", "membership")


def _gift(one: Redemption, money: Callable[[int], str]) -> dict[str, Any]:
    return {
        "card": None,
        "balance_type": None,
        **{kind: public_id(PREFIXES[kind], one.owner_id if one.kind == kind else None) for kind in _PAYING},
        "amount": str(one.visits) if one.kind == "membership" else money(one.money),
        "money": money(one.money),
        "promotion": None,
    }


def _redemption(one: Redemption, money: Callable[[int], str], voice: Voice, view: OrderView) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "id": public_id(PREFIXES[one.kind], one.owner_id) if one.owner_id else None,
        "code": one.shown,
        "name": one.name,
        "state": one.state,
        "promotions": [verdict_id(promotion, view) for promotion in one.promotions],
        "money": money(one.money),
        "returned": money(one.undone),
        "visits": one.visits,
        "visits_returned": sum(cover.undone for cover in one.covers),
        "lines": [{"index": cover.line, "visits": cover.visits, "money": money(cover.money)} for cover in one.covers],
        "reason": one.reason.code if one.reason else None,
        "explanation": sentence(step, voice) if (step := step_of(one)) else "",
    }


def verdict_id(identifier: UUID, view: OrderView) -> str:
    """The id of a promotion, or of the voucher whose own discount it is."""
    is_voucher = any(one.kind == "voucher" and one.owner_id == identifier for one in view.redemptions)
    return encode(PREFIXES["voucher"], identifier) if is_voucher else _promotion_id(identifier)


def _reward(one: EarnedReward) -> dict[str, Any]:
    return {
        "id": public_id("grw", one.id),
        "reward": encode("rwd", one.reward_id),
        "card": encode("crd", one.card_id),
        "kind": one.kind,
        "title": one.title,
        "lottery": one.lottery,
        "goal": one.goal,
        "voucher": public_id("vch", one.voucher_id),
        "state": one.state,
    }


def _earn(one: Effect, balance: Callable[[UUID, int], tuple[str, str]], card: Callable[[UUID], str]) -> dict[str, Any]:
    name, amount = balance(one.balance_type_id, one.amount)
    return {
        "card": card(one.card_id),
        "balance_type": name,
        "amount": amount,
        "activates_at": one.activates_at,
        "expires_at": one.expires_at,
        "promotion": one.promotion_id and _promotion_id(one.promotion_id),
    }


@lru_cache(maxsize=4096)
def _promotion_id(identifier: UUID) -> str:
    """The few that run are named with every order."""
    return encode("prm", identifier)


def _promotion(
    one: Verdict,
    money: Callable[[int], str],
    balance: Callable[[UUID, int], tuple[str, str]],
    voice: Voice,
    view: OrderView,
) -> dict[str, Any]:
    earned = [balance(balance_type_id, units) for balance_type_id, units in one.earned if units]
    return {
        "id": verdict_id(one.promotion_id, view) if view.redemptions else _promotion_id(one.promotion_id),
        "name": one.name,
        "version": one.number,
        "applied": one.is_applied,
        "reason": "applied" if one.is_applied else one.steps[0].code,
        "explanation": " ".join([sentence(step, voice) for step in one.steps]),
        "discount": money(one.discount),
        "earn": [{"balance_type": name, "amount": amount} for name, amount in earned],
    }
