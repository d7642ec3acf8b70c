"""Routes of balances: adjust, move, reverse, and the history that explains them."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import Field

from regulars.cards.actions.balances import (
    AdjustCommand,
    Posted,
    TransferCommand,
    adjust_balance,
    reverse_transaction,
    transfer_balance,
)
from regulars.cards.api.schemas import LocationIn
from regulars.cards.api.types import location_id
from regulars.cards.errors import AboveLimit, CardNotActive, DifferentBalance, SameCard
from regulars.cards.pages.words import sentence_words
from regulars.cards.queries.cards import BalanceView, CardView, access_card
from regulars.cards.queries.expiring import Expiring, list_expiring
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.ledger.errors import (
    AlreadyReversed,
    BalanceTooLarge,
    DuplicateExternalId,
    InsufficientBalance,
    NotReversible,
    UnknownBalanceType,
    ZeroAmount,
)
from regulars.ledger.queries.history import HistoryFilter, HistoryLine, explain_balance, get_line, list_history
from regulars.ledger.rules.explain import Sentence
from regulars.platform.api.answers import Answer, answer, answer_text
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
from regulars.platform.api.listing import Paged, list_body, read_id_cursor, whole_list, write_cursor
from regulars.platform.api.references import check_reference, public_id
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.claims import Present
from regulars.platform.database import unit_of_work
from regulars.platform.wire import to_json
from regulars.programs.errors import ProgramNotActive

routes = Routes("Balances")

BalanceTypeIn = Annotated[
    str, Field(min_length=1, max_length=140, examples=["points"], description="External id, or `bal_…`.")
]
CHANGE_REFUSALS = [
    NotFound,
    ZeroAmount,
    UnknownBalanceType,
    InsufficientBalance,
    BalanceTooLarge,
    AboveLimit,
    CardNotActive,
    ProgramNotActive,
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


class SentenceOut(Out):
    """One part of the sum."""

    text: Annotated[str, Field(examples=["Given by hand: goodwill"])]
    amount: AmountOut
    at: TimeOut | None


class ExplanationOut(Out):
    """A balance as sentences whose amounts add up to it."""

    balance_type: str
    total: AmountOut
    sentences: list[SentenceOut]


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
        Literal["issue", "earn", "redeem", "adjust", "import", "expire", "refund", "reverse", "transfer"] | None,
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


@routes.post(
    "/cards/{card}/adjustments",
    needs="balances:write",
    answers={201: TransactionOut},
    refuses=[*CHANGE_REFUSALS, DuplicateExternalId],
    key="required",
    transaction="own",
)
def adjust_card(request: ApiRequest, card: str, body: AdjustmentIn) -> Answer:
    """Change a balance by hand and say why.

    Nothing goes below zero: more than is available answers `insufficient_balance` with `available`.
    """
    command = AdjustCommand(
        card=check_reference(card),
        balance_type=body.balance_type,
        amount=body.amount,
        reason=body.reason,
        location_id=_location(request, body.location),
        external_id=body.external_id,
    )
    return answer_posted(
        lambda present: adjust_balance(request.actor, command, now=request.now, claim=request.claim, present=present)
    )


@routes.post(
    "/cards/{card}/transfers",
    needs="balances:write",
    answers={201: TransactionOut},
    refuses=[*CHANGE_REFUSALS, SameCard, DifferentBalance],
    key="required",
    transaction="own",
)
def transfer_from_card(request: ApiRequest, card: str, body: TransferIn) -> Answer:
    """Move an amount to another card, both sides in one transaction.

    The answer is the side that leaves. What would expire keeps its expiry.
    """
    command = TransferCommand(
        card=check_reference(card),
        to=check_reference(body.to),
        balance_type=body.balance_type,
        amount=body.amount,
        reason=body.reason,
        location_id=_location(request, body.location),
    )
    return answer_posted(
        lambda present: transfer_balance(request.actor, command, now=request.now, claim=request.claim, present=present)
    )


@routes.post(
    "/transactions/{transaction}/reverse",
    needs="balances:write",
    answers={201: TransactionOut},
    refuses=[NotFound, AlreadyReversed, NotReversible, InsufficientBalance, BalanceTooLarge],
    key="required",
    transaction="own",
)
def reverse_one_transaction(request: ApiRequest, transaction: str, body: ReversalIn) -> Answer:
    """Take back a transaction in full by one that names it; nothing is edited."""
    return answer_posted(
        lambda present: reverse_transaction(
            request.actor,
            check_reference(transaction),
            reason=body.reason,
            now=request.now,
            claim=request.claim,
            present=present,
        )
    )


@routes.get("/transactions/{transaction}", needs="balances:read", answers={200: TransactionOut})
def get_transaction(request: ApiRequest, transaction: str) -> Answer:
    """Read a transaction; of a transfer, the side that left."""
    found_id = decode("txn", check_reference(transaction))
    line = get_line(found_id) if found_id else None
    if line is None:
        raise Refused(NotFound())
    return answer(present_line(line))


@routes.get(
    "/cards/{card}/transactions",
    needs="balances:read",
    answers={200: TransactionList},
    refuses=[UnknownBalanceType],
)
def list_transactions_of_card(request: ApiRequest, card: str, filters: Query[HistoryFilters]) -> Answer:
    """Read the history of a card, newest first."""
    found = access_card(request.actor, check_reference(card), now=request.now)
    listing = f"transactions:{found.id}"
    wanted = HistoryFilter(
        balance_type_id=_balance_of(found, filters.balance_type).balance_type_id if filters.balance_type else None,
        kind=filters.kind or "",
        start=filters.start,
        end=filters.end,
    )
    lines, last = list_history(found.id, wanted, after=read_id_cursor(listing, filters.cursor), limit=filters.limit)
    return answer(list_body(map(present_line, lines), write_cursor(listing, [str(last)]) if last else None))


@routes.get("/cards/{card}/expiring", needs="balances:read", answers={200: ExpiringList})
def list_expiring_of_card(request: ApiRequest, card: str, filters: Query[SpanFilters]) -> Answer:
    """Read what expires on a card, soonest first."""
    found = access_card(request.actor, check_reference(card), now=request.now)
    lots = list_expiring(request.actor.chain_id, found.id, start=filters.start or request.now, end=filters.end)
    return answer(whole_list(map(present_expiring, lots)))


@routes.get(
    "/cards/{card}/explain",
    needs="balances:read",
    answers={200: ExplanationOut},
    refuses=[UnknownBalanceType],
)
def explain_balance_of_card(request: ApiRequest, card: str, filters: Query[ExplainFilters]) -> Answer:
    """Read a balance as plain sentences that add up to it."""
    found = access_card(request.actor, check_reference(card), now=request.now)
    balance = _balance_of(found, filters.balance_type)
    sentences = explain_balance(found.id, balance.balance_type_id)
    return answer(
        {
            "balance_type": balance.external_id,
            "total": format_amount(balance.total, balance.decimals),
            "sentences": [
                {
                    "text": explain_in_words(part),
                    "amount": format_amount(part.amount, balance.decimals),
                    "at": part.at,
                }
                for part in sentences
            ],
        }
    )


def explain_in_words(part: Sentence) -> str:
    """One part of a balance as a sentence: what it was, why, where."""
    what = sentence_words(part)
    words = f"{what}: {part.reason}" if part.reason else what
    return f"{words} ({part.place})" if part.place else words


def answer_posted(run: Callable[[Present[Posted]], Posted]) -> Answer:
    """Run a hot action and answer with the very text that it stored for the key."""
    texts: list[str] = []

    def present(posted: Posted) -> tuple[int, str]:
        texts.append(to_json(present_posted(posted)))
        return 201, texts[-1]

    posted = run(present)
    return answer_text(texts[-1] if texts else to_json(present_posted(posted)), status=201)


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


def _balance_of(card: CardView, name: str) -> BalanceView:
    wanted = decode("bal", name)
    for balance in card.balances:
        if balance.external_id == name.removeprefix("ext:") or balance.balance_type_id == wanted:
            return balance
    known = ", ".join(balance.external_id for balance in card.balances)
    raise Refused(UnknownBalanceType(balance_type=name, known=known))


def _location(request: ApiRequest, named: str | None) -> Any:
    if named is None:
        return None
    with unit_of_work(request.actor.chain_id):
        return location_id(request, named)
