"""Routes of what expires on all cards between two moments (PRG-4)."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from ninja import Query
from pydantic import Field

from regulars.cards.queries.expiring import (
    ExpiringOnCard,
    ExpiringSum,
    list_expiring_of_chain,
    sum_expiring_of_chain,
)
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.platform.api.answers import Answer, answer
from regulars.platform.api.fields import AmountOut, Filters, Out, TimeIn, TimeOut
from regulars.platform.api.listing import Paged, list_body, read_cursor, whole_list, write_cursor
from regulars.platform.api.references import public_id
from regulars.platform.api.routes import ApiRequest, Routes

routes = Routes("Balances")

DAYS_AHEAD: Final = 30

FromIn = Annotated[TimeIn | None, Field(alias="from", description="At this time or later; by default from now.")]
ToIn = Annotated[TimeIn | None, Field(alias="to", description="Before this time; by default 30 days later.")]


class SpanOfList(Paged):
    """Between which moments."""

    start: FromIn = None
    end: ToIn = None


class SpanOfSums(Filters):
    """Between which moments."""

    start: FromIn = None
    end: ToIn = None


class ExpiringOnCardOut(Out):
    """An amount of a card that ends at one time."""

    card: str
    number: str
    customer: str | None
    balance_type: str
    amount: AmountOut
    expires_at: TimeOut


class ExpiringOnCardList(Out):
    """A page of what expires, soonest first."""

    items: list[ExpiringOnCardOut]
    next_cursor: str | None


class ExpiringSumOut(Out):
    """How much of a balance type ends, and on how many cards."""

    balance_type: str
    amount: AmountOut
    cards: int


class ExpiringSumList(Out):
    """One line for each balance type of which something ends."""

    items: list[ExpiringSumOut]
    next_cursor: str | None


def _span(request: ApiRequest, start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    begin = start or request.now
    return begin, end or begin + timedelta(days=DAYS_AHEAD)


@routes.get("/balances/expiring", needs="balances:read", answers={200: ExpiringOnCardList})
def list_all_expiring(request: ApiRequest, filters: Query[SpanOfList]) -> Answer:
    """Read what expires on all cards between two moments, soonest first."""
    start, end = _span(request, filters.start, filters.end)
    listing = "expiring"
    position = read_cursor(listing, filters.cursor, length=3)
    after = (
        (datetime.fromisoformat(str(position[0])), UUID(str(position[1])), UUID(str(position[2]))) if position else None
    )
    lines, last = list_expiring_of_chain(request.actor.chain_id, start=start, end=end, after=after, limit=filters.limit)
    cursor = write_cursor(listing, [last[0].isoformat(), str(last[1]), str(last[2])]) if last else None
    return answer(list_body(map(present_expiring_on_card, lines), cursor))


@routes.get("/balances/expiring/sums", needs="balances:read", answers={200: ExpiringSumList})
def sum_all_expiring(request: ApiRequest, filters: Query[SpanOfSums]) -> Answer:
    """Read how much of each balance type expires between two moments, and on how many cards."""
    start, end = _span(request, filters.start, filters.end)
    sums = sum_expiring_of_chain(request.actor.chain_id, start=start, end=end)
    return answer(whole_list(map(present_expiring_sum, sums)))


def present_expiring_on_card(line: ExpiringOnCard) -> dict[str, Any]:
    """An amount of a card with its end, as the API writes it."""
    return {
        "card": encode("crd", line.card_id),
        "number": line.number,
        "customer": public_id("cus", line.customer_id),
        "balance_type": line.balance_type,
        "amount": format_amount(line.amount, line.decimals),
        "expires_at": line.expires_at,
    }


def present_expiring_sum(line: ExpiringSum) -> dict[str, Any]:
    """A sum as the API writes it."""
    return {
        "balance_type": line.balance_type,
        "amount": format_amount(line.amount, line.decimals),
        "cards": line.cards,
    }
