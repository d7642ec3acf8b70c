"""Codes on receipts and inserts: made one by one or in batches, claimed once by the first card (TIL-4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.cards.errors import CardNotActive, NotValidHere
from regulars.cards.queries.cards import access_card
from regulars.chains.queries import get_chain
from regulars.codes.actions.space import take_new_codes
from regulars.kernel.amount import format_amount
from regulars.kernel.codes import code_key
from regulars.kernel.fields import check_external_id, check_name
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.orders.actions.record import record_order
from regulars.orders.rules.command import LineDraft, OrderDraft
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.begin_again import begins_again
from regulars.platform.database import edge_unit_of_work, execute, row, unit_of_work
from regulars.rewards.actions.stamps import StampCommand, stamp_card
from regulars.till.actions.limits import refuse_too_often
from regulars.till.errors import ReceiptClaimed, ReceiptExists, ReceiptExpired
from regulars.till.models import ReceiptBatch, ReceiptCode
from regulars.till.queries.found import judge_card
from regulars.till.queries.receipts import ReceiptView, get_receipt
from regulars.till.rules.receipts import BATCH_MAX, ReceiptKind, Worth, check_period, read_worth

MAKES: Final = "rewards:write"
FINDER_RIGHTS: Final = frozenset({"cards:read", "balances:write", "orders:write"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptDraft:
    """A code for one receipt: stamps, or what was paid."""

    external_id: str | None = None
    stamps: int | None = None
    amount: str | None = None
    location_id: UUID | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDraft(ReceiptDraft):
    """Codes to print: so many, each worth the same."""

    name: str = ""
    count: int = 0
    kind: ReceiptKind = "insert"


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim brought: the card, and the transaction of the stamps or the order of the purchase; with what it led to."""

    card_id: UUID
    subject_id: UUID
    amount: int
    decimals: int
    stamps_after: int | None
    rewards: str


def make_receipt(actor: Actor, draft: ReceiptDraft, *, now: datetime) -> ReceiptView:
    """Make the code of one receipt. Refuses: Forbidden, Invalid, ReceiptExists."""
    actor.require(MAKES)
    with unit_of_work(actor.chain_id):
        worth = _read(actor, draft, now=now)
        if draft.external_id is not None:
            # Two that send the same receipt at once: the second waits here for the first, and finds it then.
            execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{actor.chain_id} {draft.external_id}"])
            if _is_taken(actor, draft.external_id):
                raise Refused(ReceiptExists(external_id=draft.external_id))
        (receipt_id,) = _insert(actor, draft, worth, kind="receipt", count=1, batch_id=None, now=now)
        made = get_receipt(actor.chain_id, receipt_id)
        assert made is not None
        return made


def make_batch(actor: Actor, draft: BatchDraft, *, now: datetime) -> UUID:
    """Make codes to print. Refuses: Forbidden, Invalid."""
    actor.require(MAKES)
    with unit_of_work(actor.chain_id):
        problems = check_name(draft.name, "/name")
        if not 1 <= draft.count <= BATCH_MAX:
            problems.append(FieldProblem("/count", "out_of_range", f"1 to {BATCH_MAX} codes at a time."))
        worth = _read(actor, draft, now=now, problems=problems)
        batch = ReceiptBatch.objects.create(
            chain_id=actor.chain_id,
            name=draft.name.strip(),
            count=draft.count,
            created_by=actor.staff_id,
            created_at=now,
        )
        _insert(actor, draft, worth, kind=draft.kind, count=draft.count, batch_id=batch.id, now=now)
        record(
            actor,
            verb="make_receipt_batch",
            object_kind="receipt_batch",
            object_id=batch.id,
            now=now,
            after={"name": batch.name, "count": draft.count, "stamps": worth.stamps, "amount": worth.amount},
        )
        return batch.id


def _read(actor: Actor, draft: ReceiptDraft, *, now: datetime, problems: list[FieldProblem] | None = None) -> Worth:
    """What the codes are worth. Refuses: Invalid."""
    found = list(problems or [])
    decimals = get_chain(actor.chain_id).currency_decimals
    worth = read_worth(stamps=draft.stamps, amount=draft.amount, decimals=decimals)
    if isinstance(worth, FieldProblem):
        found.append(worth)
    if period := check_period(draft.expires_at, now):
        found.append(period)
    found += check_external_id(draft.external_id, "/external_id")
    if found or isinstance(worth, FieldProblem):
        raise Refused(Invalid(errors=tuple(found)))
    return worth


def _is_taken(actor: Actor, external_id: str) -> bool:
    return (
        row("SELECT 1 FROM receipt_codes WHERE chain_id = %s AND external_id = %s", [actor.chain_id, external_id])
        is not None
    )


def _insert(
    actor: Actor,
    draft: ReceiptDraft,
    worth: Worth,
    *,
    kind: ReceiptKind,
    count: int,
    batch_id: UUID | None,
    now: datetime,
) -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    codes = take_new_codes(actor.chain_id, "receipt", ids)
    ReceiptCode.objects.bulk_create(
        ReceiptCode(
            id=receipt_id,
            chain_id=actor.chain_id,
            batch_id=batch_id,
            kind=kind,
            external_id=draft.external_id,
            code=code,
            key=code_key(code),
            stamps=worth.stamps,
            amount=worth.amount,
            location_id=draft.location_id,
            created_at=now,
            expires_at=draft.expires_at,
        )
        for receipt_id, code in zip(ids, codes, strict=True)
    )
    return ids


def finder_of(chain_id: UUID, address: str) -> Actor:
    """Who acts for whoever holds a code: nobody of the staff, with what a claim takes and no more."""
    return Actor(chain_id=chain_id, rights=FINDER_RIGHTS, through="public", address=address)


@begins_again
def claim_receipt(actor: Actor, receipt_id: UUID, card: str, *, line: str, now: datetime) -> Claimed:
    """Count a code for a card: the first that asks has it, all at once or not at all.

    Refuses: Forbidden, NotFound, ReceiptClaimed, ReceiptExpired, CardNotActive, NotValidHere, CardTooOften, StaffTooOften,
    and what stamps and orders refuse.
    """
    actor.require("balances:write")
    with edge_unit_of_work(actor.chain_id):
        held = row(
            "SELECT 1 FROM receipt_codes WHERE chain_id = %s AND id = %s FOR NO KEY UPDATE",
            [actor.chain_id, receipt_id],
        )
        found = get_receipt(actor.chain_id, receipt_id) if held else None
        if found is None:
            raise Refused(NotFound())
        match found.state(now):
            case "claimed":
                raise Refused(ReceiptClaimed(claimed_at=found.claimed_at))
            case "expired":
                raise Refused(ReceiptExpired(expired_at=found.expires_at))
            case "open":
                pass
        judged = judge_card(actor, access_card(actor, card, now=now), location_id=found.location_id, now=now)
        assert judged.card is not None
        if judged.problem == "not_here":
            raise Refused(NotValidHere(places=judged.places))
        if judged.problem:
            raise Refused(CardNotActive(status_of_card=judged.problem))
        claimed = _count(actor, found, encode("crd", judged.card.id), line=line, now=now)
        # Only now: what was counted holds the card, so that two claims at once do not both find the last free place.
        refuse_too_often(actor, claimed.card_id, now=now)
        execute(
            "UPDATE receipt_codes SET claimed_at = %s, card_id = %s, subject_id = %s, staff_id = %s WHERE id = %s",
            [now, claimed.card_id, claimed.subject_id, actor.staff_id, receipt_id],
        )
        return claimed


def release_receipt(chain_id: UUID, receipt_id: UUID, subject_id: UUID) -> None:
    """Let a code be claimed again whose claim is being taken back; inside the unit of work that takes it back."""
    released = execute(
        "UPDATE receipt_codes SET claimed_at = NULL, card_id = NULL, subject_id = NULL, staff_id = NULL"
        " WHERE chain_id = %s AND id = %s AND subject_id = %s",
        [chain_id, receipt_id, subject_id],
    )
    assert released == 1, "a code is released once, by the undo of the press that claimed it"


def _count(actor: Actor, found: ReceiptView, card: str, *, line: str, now: datetime) -> Claimed:
    """The stamps, or the purchase, from the source that the code is of (TIL-3)."""
    if found.stamps is not None:
        asked = StampCommand(
            card=card, count=found.stamps, location_id=found.location_id, source=found.kind, again=True
        )
        stamped = stamp_card(actor, asked, now=now)
        titles = ", ".join(one.title for one in stamped.rewards if one.kind != "nothing")
        return Claimed(
            stamped.posted.card_id,
            stamped.posted.transaction_id,
            amount=stamped.given,
            decimals=0,
            stamps_after=stamped.posted.balance_after,
            rewards=titles,
        )
    assert found.amount is not None
    decimals = get_chain(actor.chain_id).currency_decimals
    view = record_order(
        actor,
        OrderDraft(
            lines=(LineDraft(price=format_amount(found.amount, decimals), name=line),),
            card=card,
            location=encode("loc", found.location_id) if found.location_id else None,
            channel=found.kind,
            contact_point=f"{found.kind}:{found.external_id or found.public_id}",
        ),
        now=now,
    )
    assert view.id is not None
    card_id = access_card(actor, card, now=now).id
    return Claimed(
        card_id,
        view.id,
        amount=view.total,
        decimals=view.currency_decimals,
        stamps_after=None,
        rewards=", ".join(one.title for one in view.rewards),
    )
