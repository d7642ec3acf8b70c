"""Routes of balances: adjust, move, reverse, and the history that explains them."""

from collections.abc import Callable
from typing import Any

from ninja import Query

from regulars.cards.actions.balances import (
    AdjustCommand,
    DepositCommand,
    Posted,
    TransferCommand,
    adjust_balance,
    pay_out_deposit,
    reverse_transaction,
    top_up_deposit,
    transfer_balance,
)
from regulars.cards.api.transactions import (
    AdjustmentIn,
    DepositMoveIn,
    ExpiringList,
    ExplainFilters,
    ExplanationOut,
    HistoryFilters,
    ReversalIn,
    SpanFilters,
    TransactionList,
    TransactionOut,
    TransferIn,
    explain_in_words,
    present_expiring,
    present_line,
    present_posted,
)
from regulars.cards.api.types import location_id
from regulars.cards.errors import AboveLimit, CardNotActive, CardNotAssigned, DifferentBalance, NoDeposit, SameCard
from regulars.cards.queries.cards import BalanceView, CardView, access_card
from regulars.cards.queries.expiring import list_expiring
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import decode
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
from regulars.ledger.queries.history import HistoryFilter, explain_balance, get_line, list_history
from regulars.platform.api.answers import Answer, answer, answer_text
from regulars.platform.api.listing import list_body, read_id_cursor, whole_list, write_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.claims import Present
from regulars.platform.database import unit_of_work
from regulars.platform.wire import to_json
from regulars.programs.errors import ProgramNotActive

routes = Routes("Balances")

DEPOSIT_REFUSALS = [
    NotFound,
    ZeroAmount,
    NoDeposit,
    UnknownBalanceType,
    BalanceTooLarge,
    AboveLimit,
    CardNotActive,
    ProgramNotActive,
    DuplicateExternalId,
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


@routes.post(
    "/cards/{card}/adjustments",
    needs="balances:write",
    answers={201: TransactionOut},
    refuses=[*CHANGE_REFUSALS, DuplicateExternalId],
    key="required",
    transaction="own",
    is_hot=True,
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
    "/cards/{card}/deposit/top-up",
    needs="balances:write",
    answers={201: TransactionOut},
    refuses=[*DEPOSIT_REFUSALS],
    key="required",
    transaction="own",
)
def top_up_deposit_of_card(request: ApiRequest, card: str, body: DepositMoveIn) -> Answer:
    """Take money for the deposit of a card.

    It earns nothing, and no promotion touches it: what is bought with it later does. Its kind in the history is `top_up`.
    """
    command = _deposit_command(request, card, body)
    return answer_posted(
        lambda present: top_up_deposit(request.actor, command, now=request.now, claim=request.claim, present=present)
    )


@routes.post(
    "/cards/{card}/deposit/pay-out",
    needs="balances:write",
    answers={201: TransactionOut},
    refuses=[*DEPOSIT_REFUSALS, InsufficientBalance, CardNotAssigned],
    key="required",
    transaction="own",
)
def pay_out_deposit_of_card(request: ApiRequest, card: str, body: DepositMoveIn) -> Answer:
    """Hand money of a deposit back to the customer.

    Never more than is available. A card with money on its deposit is not deleted before it is paid out or moved.
    """
    command = _deposit_command(request, card, body)
    return answer_posted(
        lambda present: pay_out_deposit(request.actor, command, now=request.now, claim=request.claim, present=present)
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
    refuses=[NotFound, AlreadyReversed, NotReversible, InsufficientBalance, BalanceTooLarge, CardNotActive],
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


def answer_posted(run: Callable[[Present[Posted]], Posted]) -> Answer:
    """Run a hot action and answer with the very text that it stored for the key."""
    texts: list[str] = []

    def present(posted: Posted) -> tuple[int, str]:
        texts.append(to_json(present_posted(posted)))
        return 201, texts[-1]

    posted = run(present)
    return answer_text(texts[-1] if texts else to_json(present_posted(posted)), status=201)


def _deposit_command(request: ApiRequest, card: str, body: DepositMoveIn) -> DepositCommand:
    return DepositCommand(
        card=check_reference(card),
        amount=body.amount,
        balance_type=body.balance_type or "",
        reason=body.reason,
        location_id=_location(request, body.location),
        external_id=body.external_id,
    )


def _balance_of(card: CardView, name: str) -> BalanceView:
    wanted = decode("bal", name)
    for balance in card.balances:
        if balance.external_id == name.removeprefix("ext:") or balance.balance_type_id == wanted:
            return balance
    known = ", ".join(balance.external_id for balance in card.balances)
    raise Refused(UnknownBalanceType(balance_type=name, known=known))


def _location(request: ApiRequest, named: str | None) -> Any:
    if named is None:
        return location_id(request, None)
    with unit_of_work(request.actor.chain_id):
        return location_id(request, named)
