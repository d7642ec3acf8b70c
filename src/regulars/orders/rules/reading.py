"""Reading an order as it was sent: what cannot be understood is told field by field, with pointers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from regulars.kernel.amount import AMOUNT_MAX, AmountProblem, parse_amount
from regulars.kernel.codes import code_key
from regulars.kernel.ids import decode
from regulars.kernel.phone import parse_phone
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.orders.rules.command import (
    NO_PRODUCT,
    Amount,
    GiftWish,
    LineDraft,
    OrderDraft,
    ProductDefaults,
    Products,
    Purchase,
    SpendDraft,
    Wish,
)
from regulars.orders.rules.terms import Terms
from regulars.promotions.rules.facts import PREPAID, QUANTITY_UNIT, Line

QUANTITY_DECIMALS: Final = 3
QUANTITY_MAX: Final = 1_000_000 * QUANTITY_UNIT
TAX_DECIMALS: Final = 4
AHEAD_MAX: Final = timedelta(minutes=10)
"""How far a till's clock may be ahead of ours."""
PROBLEMS_MAX: Final = 20

_ERRORS: Final = {
    "negative": "It cannot be negative.",
    "not_a_number": 'A decimal number is wanted, as a string or a number: "12.50".',
    "out_of_range": "This is more than an order can hold.",
}


class Reader:
    """Collects what is wrong while an order is read."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.problems: list[FieldProblem] = []

    def wrong(self, pointer: str, code: str, detail: str) -> None:
        """Note a problem."""
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(FieldProblem(pointer, code, detail))

    def amount(self, value: Amount, pointer: str, decimals: int, *, name: str, least: int = 0) -> int:
        """A whole number of smallest units, `least` or more; a problem where it is none."""
        try:
            units = parse_amount(value, decimals)
        except AmountProblem as problem:
            if problem.code == "too_many_decimals":
                self.wrong(pointer, problem.code, f"{name} has at most {decimals} decimals.")
            else:
                self.wrong(pointer, problem.code, _ERRORS[problem.code])
            return least
        if units < 0:
            self.wrong(pointer, "negative", _ERRORS["negative"])
        elif units < least:
            self.wrong(pointer, "out_of_range", "It must be more than zero.")
        return max(units, least)

    def money(self, value: Amount, pointer: str) -> int:
        """Money in the currency's smallest unit."""
        return self.amount(value, pointer, self.terms.currency_decimals, name=self.terms.currency)


def read_order(
    draft: OrderDraft, terms: Terms, *, now: datetime, products: Products | None = None
) -> Purchase | Invalid:
    """Read an order by the terms of its chain, or say what is wrong with it.

    Lines that name a product by its SKU take from it what they leave out.
    """
    reader = Reader(terms)
    lines = tuple(
        _line(reader, line, f"/lines/{index}", (products or {}).get(line.sku, NO_PRODUCT))
        for index, line in enumerate(draft.lines)
    )
    shipping = reader.money(draft.shipping, "/shipping")
    tips = reader.money(draft.tips, "/tips")
    if not draft.lines and not (shipping or tips) and draft.state != "open":
        reader.wrong("/lines", "required", "An order has at least one line.")
    if sum(line.list_value for line in lines) + shipping + tips > AMOUNT_MAX:
        reader.wrong("/lines", "out_of_range", _ERRORS["out_of_range"])
    if draft.currency is not None and draft.currency != terms.currency:
        reader.wrong("/currency", "other_currency", f"Orders of this business are in {terms.currency}.")
    expected = None if draft.expected_total is None else reader.money(draft.expected_total, "/expected_total")
    wishes = tuple(
        wish
        for index, spend in enumerate(draft.spend)
        if not spend.is_gift_card and (wish := _wish(reader, spend, f"/spend/{index}")) is not None
    )
    gifts = _gifts(reader, draft.spend)
    card_id, customer_id, customer_key, phone = _whose(reader, draft)
    codes, unheard = _codes(draft, terms)
    purchase = Purchase(
        lines=lines,
        at=_time(reader, draft.at, now),
        state=draft.state,
        external_id=draft.external_id,
        card_id=card_id,
        customer_id=customer_id,
        customer_key=customer_key,
        phone=phone,
        location_id=_place(reader, draft.location),
        channel=draft.channel,
        contact_point=draft.contact_point,
        starts_at=draft.starts_at,
        shipping=shipping,
        shipping_method=draft.shipping_method,
        tips=tips,
        codes=codes,
        unheard=unheard,
        unheard_because=draft.hears_slogans_only,
        known=draft.known,
        wishes=wishes,
        gifts=gifts,
        uses_memberships=draft.uses_memberships,
        uses_again=draft.uses_again,
        expected_total=expected,
        reserve_seconds=draft.reserve_seconds if draft.state == "open" else 0,
        referred_by=draft.referred_by,
        content_hash=draft.content_hash,
    )
    return Invalid(errors=tuple(reader.problems)) if reader.problems else purchase


def _codes(draft: OrderDraft, terms: Terms) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Its codes as they are compared, each once: those that are looked at, and those that are not."""
    keys = tuple(dict.fromkeys(key for code in draft.codes if (key := code_key(code))))
    if not draft.hears_slogans_only:
        return keys, ()
    slogans = terms.compiled.codes
    return tuple(key for key in keys if key in slogans), tuple(key for key in keys if key not in slogans)


def _line(reader: Reader, draft: LineDraft, pointer: str, product: ProductDefaults) -> Line:
    price = product.price or 0
    if draft.price is not None:
        price = reader.money(draft.price, f"{pointer}/price")
    elif product.price is None:
        reader.wrong(f"{pointer}/price", "required", "Give the price of one unit.")
    quantity = reader.amount(draft.quantity, f"{pointer}/quantity", QUANTITY_DECIMALS, name="A quantity", least=1)
    if quantity > QUANTITY_MAX or price * quantity > AMOUNT_MAX * QUANTITY_UNIT:
        reader.wrong(f"{pointer}/quantity", "out_of_range", _ERRORS["out_of_range"])
        quantity = QUANTITY_UNIT
    kind = product.kind if draft.kind is None else draft.kind
    line = Line(
        sku=draft.sku,
        price=price,
        quantity=quantity,
        name=product.name if draft.name is None else draft.name,
        category=product.category if draft.category is None else draft.category,
        tags=product.tags if draft.tags is None else frozenset(draft.tags),
        kind=kind,
        discount=reader.money(draft.discount, f"{pointer}/discount"),
        is_excluded=kind == PREPAID or (product.is_excluded if draft.excluded is None else draft.excluded),
        price_min=reader.money(draft.price_min, f"{pointer}/price_min") or product.price_min,
        tax_percent=_tax(reader, draft.tax_percent, f"{pointer}/tax_percent", product),
    )
    if line.discount > line.list_value:
        reader.wrong(f"{pointer}/discount", "above_price", "The discount is larger than what the line costs.")
    return line


def _tax(reader: Reader, value: Amount | None, pointer: str, product: ProductDefaults) -> Decimal | None:
    if value is None:
        return product.tax_percent
    scaled = reader.amount(value, pointer, TAX_DECIMALS, name="A percentage")
    if scaled > 100 * 10**TAX_DECIMALS:
        reader.wrong(pointer, "out_of_range", "At most 100.")
        return None
    return Decimal(scaled).scaleb(-TAX_DECIMALS) if scaled else None


def _wish(reader: Reader, draft: SpendDraft, pointer: str) -> Wish | None:
    balance_type_id = reader.terms.balance_names.get(draft.balance_type)
    if balance_type_id is None:
        reader.wrong(f"{pointer}/balance_type", "unknown_balance", "There is no such balance in a running program.")
        return None
    balance = reader.terms.balances[balance_type_id]
    if not balance.is_payment:
        reader.wrong(f"{pointer}/balance_type", "not_spendable", "This balance has no value in money.")
    card_id = None
    if draft.card is not None:
        card_id = decode("crd", draft.card)
        if card_id is None:
            reader.wrong(f"{pointer}/card", "unknown_card", "There is no such card.")
    if draft.amount == "max":
        return Wish(balance_type_id, None, card_id)
    units = reader.amount(draft.amount, f"{pointer}/amount", balance.decimals, name=f"“{balance.name}”")
    return Wish(balance_type_id, units, card_id) if units else None


def _gifts(reader: Reader, drafts: Sequence[SpendDraft]) -> tuple[GiftWish, ...]:
    """The gift cards that are to pay, in the order in which they are named."""
    gifts: list[GiftWish] = []
    for index, draft in enumerate(drafts):
        if not draft.is_gift_card:
            continue
        key = code_key(draft.code or "")
        if not key and draft.owner_id is None:
            reader.wrong(f"/spend/{index}/code", "empty_code", "A code has letters or digits.")
            continue
        if any((one.key, one.owner_id) == (key, draft.owner_id) for one in gifts):
            reader.wrong(f"/spend/{index}/code", "duplicate", "This gift card is named twice.")
            continue
        money = None
        if draft.amount != "max":
            money = reader.money(draft.amount, f"/spend/{index}/amount")
        if money != 0:
            gifts.append(GiftWish(key, money, index, draft.owner_id, draft.shown))
    return tuple(gifts)


def _whose(reader: Reader, draft: OrderDraft) -> tuple[UUID | None, UUID | None, str | None, str | None]:
    """Card, customer, external id of the customer, phone: at most one of them."""
    given = [name for name in ("card", "customer", "phone") if getattr(draft, name) is not None]
    for name in given[1:]:
        reader.wrong(f"/{name}", "too_many", "Name a card, a customer or a phone, only one of them.")
    card_id = customer_id = customer_key = phone = None
    if draft.card is not None:
        card_id = decode("crd", draft.card)
        if card_id is None:
            reader.wrong("/card", "unknown_card", "There is no such card.")
    if draft.customer is not None:
        customer_id = decode("cus", draft.customer)
        if draft.customer.startswith("ext:"):
            customer_key = draft.customer.removeprefix("ext:")
        elif customer_id is None:
            reader.wrong("/customer", "unknown_customer", "There is no such customer.")
    if draft.phone is not None:
        phone = parse_phone(draft.phone, reader.terms.country)
        if phone is None:
            reader.wrong("/phone", "invalid_phone", "No phone can be read here. Write it with its country: +49 151 …")
    return card_id, customer_id, customer_key, phone


def _time(reader: Reader, at: datetime | None, now: datetime) -> datetime:
    if at is None:
        return now
    if at > now + AHEAD_MAX:
        reader.wrong("/at", "in_future", "This time has not come yet. A visit to come is open and has `starts_at`.")
    return min(at, now)


def _place(reader: Reader, named: str | None) -> UUID | None:
    if named is None:
        return None
    place = reader.terms.places.get(named)
    if place is None:
        reader.wrong("/location", "unknown_location", "There is no such location.")
        return None
    return place.id


def parse_money(value: Amount, pointer: str, decimals: int) -> int:
    """Money in the currency's smallest unit. Raises Refused(Invalid)."""
    try:
        return parse_amount(value, decimals)
    except AmountProblem as problem:
        detail = _ERRORS.get(problem.code, f"Money has at most {decimals} decimals.")
        raise Refused(Invalid(errors=(FieldProblem(pointer, problem.code, detail),))) from problem
