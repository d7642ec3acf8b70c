"""What the rows of one order of the past mean together, and whether it comes in (IMP-9); pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from regulars.imports.rules.problems import Issue, is_error
from regulars.kernel.amount import AMOUNT_MAX
from regulars.orders.rules.history import ONE, HistoryLine, HistoryOrder, settle_lines

ROWS_MAX: Final = 1_000
"""As many lines as an order may have."""

_OF_THE_ORDER: Final = (
    "at", "state", "total", "discount", "shipping", "tips", "refunded", "phone", "number", "email", "external_id",
    "place", "channel", "seller",
)  # fmt: skip
"""What all rows of an order say alike, where they say it."""
Status = Literal["create", "unchanged", "warning", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One row of the file as it was read."""

    row: int
    key: str | None = None
    issues: tuple[Issue, ...] = ()
    phone: str | None = None
    number: str | None = None
    number_key: str | None = None
    email: str | None = None
    email_key: str | None = None
    name: str | None = None
    external_id: str | None = None
    at: datetime | None = None
    state: str | None = None
    total: int | None = None
    discount: int | None = None
    shipping: int | None = None
    tips: int | None = None
    refunded: int | None = None
    place: str | None = None
    channel: str | None = None
    seller: str | None = None
    sku: str | None = None
    product: str | None = None
    category: str | None = None
    quantity: int | None = None
    price: int | None = None
    line_discount: int | None = None
    line_total: int | None = None


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom the chain knows by what an order says of its buyer; several customers may share an e-mail."""

    card_id: UUID | None = None
    by_number: UUID | None = None
    by_phone: UUID | None = None
    waiting_card: UUID | None = None
    """A card that waits for the phone's owner."""

    by_external_id: UUID | None = None
    by_email: tuple[UUID, ...] = ()

    @property
    def customer_id(self) -> UUID | None:
        """The customer: the card's, else the phone's, else the id's, else the e-mail's."""
        alone = self.by_email[0] if len(self.by_email) == 1 else None
        return self.by_number or self.by_phone or self.by_external_id or alone


NOBODY: Final = Whose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What deciding needs of the chain beside the buyer."""

    places: Mapping[str, UUID] = field(default_factory=dict)
    staff: Mapping[str, UUID] = field(default_factory=dict)
    makes_customers: bool = True
    has_number: bool = True
    """Whether a column holds the order's number; where none does, equal rows are one order."""

    rest_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDecision:
    """What becomes of an order: its rows with their status and problems, and the order where it comes in."""

    status: Status
    issues: Mapping[int, tuple[Issue, ...]]
    order: HistoryOrder | None = None
    is_new_customer: bool = False


def decide_order(
    rows: Sequence[OrderRow],
    whose: Whose,
    known: Known,
    *,
    is_known: bool,
    new_id: Callable[[datetime], UUID],
) -> OrderDecision:
    """Say what becomes of the rows of one order, given in the file's order.

    One row that cannot be read keeps the whole order out. What all rows say alike may stand in the first only.
    """
    issues = {one.row: one.issues for one in rows}
    if broken := _broken(rows, known):
        return OrderDecision(status="error", issues=issues | broken)
    whole = _whole(rows)
    first = rows[0].row
    if whole.at is None:
        return _refused(rows, issues, Issue("moment_missing", "at"))
    if is_known:
        return OrderDecision(status="unchanged", issues=issues | {first: (Issue("order_known"), *issues[first])})
    if whole.state == "open":
        return OrderDecision(
            status="unchanged", issues=issues | {first: (Issue("order_not_paid", "state"), *issues[first])}
        )
    lines = tuple(line for one in rows if (line := _line(one)) is not None)
    if whole.total is None and not lines:
        return _refused(rows, issues, Issue("total_missing", "total"))
    extras = (whole.shipping or 0) + (whole.tips or 0)
    if whole.total is not None and extras > whole.total:
        return _refused(rows, issues, Issue("extras_too_large", "total"))
    settled, total = settle_lines(
        lines, total=whole.total, discount=whole.discount or 0, extras=extras, rest_name=known.rest_name
    )
    if total > AMOUNT_MAX or any(line.list_value > AMOUNT_MAX // ROWS_MAX for line in settled):
        return _refused(rows, issues, Issue("money_too_large", "total" if whole.total is not None else "price"))
    state, refunded, told = _state(whole, total)
    if refunded > total:
        return _refused(rows, issues, Issue("refund_too_large", "refunded"))
    is_new, told_of_buyer = _buyer(whole, whose, known)
    for one in (*told, *told_of_buyer):
        if is_error(one.code):
            return _refused(rows, issues, one)
        if one.code == "customer_unknown":
            return OrderDecision(status="unchanged", issues=issues | {first: (one, *issues[first])})
    place, seller, told_of_names = _names(whole, known)
    more = (*told, *told_of_buyer, *told_of_names)
    customer_id = whose.customer_id
    key = rows[0].key or ""
    order = HistoryOrder(
        id=new_id(whole.at),
        key=key,
        external_id=key if known.has_number else None,
        at=whole.at,
        state=state,
        lines=settled,
        total=total,
        shipping=whole.shipping or 0,
        tips=whole.tips or 0,
        refunded=refunded,
        customer_id=customer_id,
        card_id=whose.card_id or (whose.waiting_card if customer_id is None else None),
        phone=whole.phone if customer_id is None and not is_new else None,
        location_id=place,
        channel=(whole.channel or "")[:60],
        staff_id=seller,
    )
    issues = issues | {first: (*more, *issues[first])} if more else issues
    status: Status = "warning" if any(issues.values()) else "create"
    return OrderDecision(status=status, issues=issues, order=order, is_new_customer=is_new)


def person_keys(row: OrderRow) -> tuple[tuple[str, str], ...]:
    """By what two orders of the file are known to be of one new person."""
    named = (("phone", row.phone), ("external_id", row.external_id), ("email", row.email_key))
    return tuple((kind, value) for kind, value in named if value)


def whole_order(rows: Sequence[OrderRow]) -> OrderRow:
    """What the rows of an order say of it together."""
    return _whole(rows)


def _broken(rows: Sequence[OrderRow], known: Known) -> dict[int, tuple[Issue, ...]]:
    """The rows with what is wrong with each, where anything is; the others say which row keeps them out."""
    wrong: dict[int, tuple[Issue, ...]] = {}
    for one in rows:
        if known.has_number and one.key is None:
            wrong[one.row] = (Issue("order_number_missing", "order"), *one.issues)
        elif any(is_error(issue.code) for issue in one.issues):
            wrong[one.row] = one.issues
    first = rows[0]
    for one in rows[1:]:
        differing = next((name for name in _OF_THE_ORDER if _differ(rows, one, name)), None)
        if differing and one.row not in wrong:
            wrong[one.row] = (Issue("order_rows_differ", differing, str(_sayer(rows, differing))), *one.issues)
    if not wrong:
        return {}
    culprit = str(min(wrong))
    return {
        one.row: wrong.get(one.row) or (Issue("order_incomplete", "", culprit), *one.issues)
        for one in (first, *rows[1:])
    }


def _differ(rows: Sequence[OrderRow], one: OrderRow, name: str) -> bool:
    value = getattr(one, name)
    if value is None:
        return False
    first = next(said for said in (getattr(other, name) for other in rows) if said is not None)
    return bool(first != value)


def _sayer(rows: Sequence[OrderRow], name: str) -> int:
    return next(one.row for one in rows if getattr(one, name) is not None)


def _whole(rows: Sequence[OrderRow]) -> OrderRow:
    if len(rows) == 1:
        return rows[0]
    said: dict[str, Any] = {
        name: next((value for one in rows if (value := getattr(one, name)) is not None), None)
        for name in (*_OF_THE_ORDER, "number_key", "email_key", "name")
    }
    return replace(rows[0], **said)


def _refused(rows: Sequence[OrderRow], issues: Mapping[int, tuple[Issue, ...]], issue: Issue) -> OrderDecision:
    first = rows[0].row
    others = {one.row: (Issue("order_incomplete", "", str(first)), *issues[one.row]) for one in rows[1:]}
    return OrderDecision(status="error", issues={**issues, **others, first: (issue, *issues[first])})


def _line(row: OrderRow) -> HistoryLine | None:
    """The line that a row holds; None for a row about the order alone."""
    if row.price is None and row.line_total is None:
        # A product without a price says what was bought, not for how much.
        return None
    quantity = row.quantity or ONE
    price = row.price
    if price is None:
        assert row.line_total is not None
        paid = row.line_total + (row.line_discount or 0)
        price, quantity = (paid * ONE // quantity, quantity) if paid * ONE % quantity == 0 else (paid, ONE)
    line = HistoryLine(
        name=(row.product or "")[:500],
        sku=(row.sku or "")[:200],
        category=(row.category or "")[:200],
        quantity=quantity,
        price=price,
    )
    worth = line.list_value
    off = min(row.line_discount or 0, worth)
    if row.line_total is not None and row.line_total <= worth:
        off = worth - row.line_total
    return replace(line, discount=off)


def _state(whole: OrderRow, total: int) -> tuple[str, int, tuple[Issue, ...]]:
    """The state that it has here, how much came back, and what is doubtful about that."""
    back = whole.refunded or 0
    match whole.state:
        case "cancelled":
            return "cancelled", 0, ()
        case "refunded":
            return "refunded", total, ()
        case "partly_refunded" if not back:
            return "completed", 0, (Issue("refund_unknown", "state"),)
    if back:
        return ("refunded" if back == total else "partly_refunded"), back, ()
    return whole.state or "completed", 0, ()


def _buyer(whole: OrderRow, whose: Whose, known: Known) -> tuple[bool, tuple[Issue, ...]]:
    """Whether a customer is to be made, and what there is to say about the buyer."""
    if whose.customer_id is not None or whose.waiting_card is not None or whose.card_id is not None:
        return False, ()
    if len(whose.by_email) > 1:
        return False, (Issue("several_people", "email", whole.email or ""),)
    if whole.phone or whole.email_key:
        return (True, ()) if known.makes_customers else (False, (Issue("customer_unknown"),))
    told = whole.external_id or whole.number
    if told is None:
        return False, ()
    target = "external_id" if whole.external_id else "number"
    code = "customer_unnamed" if known.makes_customers else "customer_unknown"
    return False, (Issue(code, target, told),)


def _names(whole: OrderRow, known: Known) -> tuple[UUID | None, UUID | None, tuple[Issue, ...]]:
    told = []
    place = known.places.get(whole.place.casefold()) if whole.place else None
    if whole.place and place is None:
        told.append(Issue("place_unknown", "place", whole.place))
    seller = known.staff.get(whole.seller.casefold()) if whole.seller else None
    if whole.seller and seller is None:
        told.append(Issue("seller_unknown", "seller", whole.seller))
    return place, seller, tuple(told)
