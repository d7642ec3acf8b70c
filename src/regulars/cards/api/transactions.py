"""What requests and answers about balances and their history hold."""

from typing import Annotated, Any, Literal

from pydantic import Field

from regulars.cards.actions.balances import Posted
from regulars.cards.api.schemas import LocationIn
from regulars.cards.pages.words import sentence_words
from regulars.cards.queries.expiring import Expiring
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.ledger.queries.history import HistoryLine
from regulars.ledger.rules.explain import Sentence
from regulars.platform.api.fields import (
    AmountIn,
    AmountOut,
    ExternalIdIn,
    Filters,
    In,
    Out,
    ReasonIn,
    ReferenceIn,
    TimeIn,
    TimeOut,
)
from regulars.platform.api.listing import Paged
from regulars.platform.api.references import public_id

BalanceTypeIn = Annotated[
    str, Field(min_length=1, max_length=140, examples=["points"], description="External id, or `bal_…`.")
]


class AdjustmentIn(In):
    """A change by hand."""

    balance_type: BalanceTypeIn
    amount: Annotated[AmountIn, Field(description="Signed; a minus takes.")]
    reason: ReasonIn
    location: LocationIn | None = None
    external_id: ExternalIdIn | None = None


class TransferIn(In):
    """An amount to move to another card."""

    to: Annotated[ReferenceIn, Field(examples=["crd_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    balance_type: BalanceTypeIn
    amount: AmountIn
    reason: ReasonIn
    location: LocationIn | None = None


class ReversalIn(In):
    """Why a transaction is taken back."""

    reason: ReasonIn


class DepositMoveIn(In):
    """Money that is paid in or out."""

    amount: Annotated[AmountIn, Field(description="Above zero.")]
    balance_type: Annotated[BalanceTypeIn | None, Field(description="Left out: the only deposit of the card.")] = None
    reason: Annotated[str, Field(max_length=500)] = ""
    location: LocationIn | None = None
    external_id: ExternalIdIn | None = None


class TransactionOut(Out):
    """One event in the ledger, as it changed one balance of one card."""

    id: Annotated[str, Field(examples=["txn_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    card: str
    kind: Annotated[str, Field(examples=["adjust"])]
    at: TimeOut
    amount: AmountOut
    balance_after: AmountOut
    balance_type: Annotated[str, Field(description="External id.", examples=["points"])]
    reason: str
    source: Annotated[str, Field(examples=["api"])]
    order: str | None
    promotion: str | None
    reverses: str | None
    external_id: str | None
    staff: str | None
    location: str | None
    activates_at: TimeOut | None
    expires_at: TimeOut | None


class TransactionList(Out):
    """A page of a card's history, newest first."""

    items: list[TransactionOut]
    next_cursor: str | None


class ExplainedPartOut(Out):
    """One part of the sum."""

    text: Annotated[str, Field(examples=["Given by hand: goodwill"])]
    amount: AmountOut
    at: TimeOut | None


class ExplanationOut(Out):
    """A balance as sentences whose amounts add up to it."""

    balance_type: str
    total: AmountOut
    sentences: list[ExplainedPartOut]


class ExpiringOut(Out):
    """An amount with its end."""

    balance_type: str
    amount: AmountOut
    expires_at: TimeOut


class ExpiringList(Out):
    """What expires, soonest first."""

    items: list[ExpiringOut]
    next_cursor: str | None


class HistoryFilters(Paged):
    """Which changes."""

    balance_type: BalanceTypeIn | None = None
    kind: Annotated[
        Literal[
            "issue",
            "earn",
            "redeem",
            "adjust",
            "import",
            "expire",
            "refund",
            "reverse",
            "transfer",
            "top_up",
            "pay_out",
        ]
        | None,
        Field(description="What happened."),
    ] = None
    start: Annotated[TimeIn | None, Field(alias="from", description="At this time or later.")] = None
    end: Annotated[TimeIn | None, Field(alias="to", description="Before this time.")] = None


class SpanFilters(Filters):
    """A span of time."""

    start: Annotated[TimeIn | None, Field(alias="from")] = None
    end: Annotated[TimeIn | None, Field(alias="to")] = None


class ExplainFilters(Filters):
    """Which balance."""

    balance_type: BalanceTypeIn


def explain_in_words(part: Sentence) -> str:
    """One part of a balance as a sentence: what it was, why, where."""
    what = sentence_words(part)
    words = f"{what}: {part.reason}" if part.reason else what
    return f"{words} ({part.place})" if part.place else words


def present_posted(posted: Posted) -> dict[str, Any]:
    """What a hot action wrote, as the API writes it."""
    return {
        "id": encode("txn", posted.transaction_id),
        "card": encode("crd", posted.card_id),
        "kind": posted.kind,
        "at": posted.at,
        "amount": format_amount(posted.amount, posted.decimals),
        "balance_after": format_amount(posted.balance_after, posted.decimals),
        "balance_type": posted.balance_type,
        "reason": posted.reason,
        "source": posted.source,
        "order": None,
        "promotion": None,
        "reverses": public_id("txn", posted.reverses),
        "external_id": posted.external_id,
        "staff": public_id("stf", posted.staff_id),
        "location": public_id("loc", posted.location_id),
        "activates_at": posted.activates_at,
        "expires_at": posted.expires_at,
    }


def present_line(line: HistoryLine) -> dict[str, Any]:
    """A line of the history, as the API writes it."""
    return {
        "id": encode("txn", line.transaction_id),
        "card": encode("crd", line.card_id),
        "kind": line.kind,
        "at": line.at,
        "amount": format_amount(line.amount, line.decimals),
        "balance_after": format_amount(line.balance_after, line.decimals),
        "balance_type": line.balance_external_id,
        "reason": line.reason,
        "source": line.source,
        "order": public_id("ord", line.order_id),
        "promotion": public_id("prm", line.promotion_id),
        "reverses": public_id("txn", line.reverses),
        "external_id": line.external_id,
        "staff": public_id("stf", line.staff_id),
        "location": public_id("loc", line.location_id),
        "activates_at": line.activates_at,
        "expires_at": line.expires_at,
    }


def present_expiring(lot: Expiring) -> dict[str, Any]:
    """An amount with its end, as the API writes it."""
    return {
        "balance_type": lot.balance_type,
        "amount": format_amount(lot.amount, lot.decimals),
        "expires_at": lot.expires_at,
    }
