"""Vouchers for many at once: all or none; very many in the background, in chunks that survive a kill (RWD-3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from regulars.kernel.ids import decode, encode, new_id
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform import audit
from regulars.platform.actor import ALL_RIGHTS, Actor, Through
from regulars.platform.database import rows, unit_of_work
from regulars.programs.rules.validity import present_validity, read_validity
from regulars.staff.actions.notifications import notify
from regulars.vouchers.actions.by_hand import IssueByHand, read_draft
from regulars.vouchers.actions.issue import write_vouchers
from regulars.vouchers.models import VoucherBatch
from regulars.vouchers.queries.batches import VoucherBatchView, view_batch
from regulars.vouchers.rules.vouchers import VoucherDraft

IN_REQUEST_MAX: Final = 5_000
"""So many are made while the request waits, the rest in the background."""
LISTED_MAX: Final = 20_000
COUNT_MAX: Final = 100_000
CHUNK: Final = 1_000
PROBLEMS_TOLD_MAX: Final = 100

Defer = Callable[[UUID, UUID], None]
"""Puts the work into the background inside the running transaction: it exists if, and only if, the batch does."""

# Locked against being deleted, so that none is gone between this look and the vouchers.
CARDS: Final = """
SELECT id, status FROM cards WHERE chain_id = %(chain)s AND id = ANY(%(ids)s::uuid[]) AND status <> 'undone'
ORDER BY id FOR KEY SHARE
"""
CUSTOMERS: Final = """
SELECT id, external_id FROM customers WHERE chain_id = %(chain)s
    AND (id = ANY(%(ids)s::uuid[]) OR external_id = ANY(%(named)s::text[])) ORDER BY id FOR KEY SHARE
"""
MAY_HAVE: Final = ("active", "blocked")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueMany:
    """Alike vouchers, one for each of these cards or customers, or so many for nobody in particular: one of the three."""

    terms: IssueByHand
    cards: tuple[str, ...] | None = None
    customers: tuple[str, ...] | None = None
    count: int | None = None


def issue_many(actor: Actor, command: IssueMany, *, now: datetime, defer: Defer) -> VoucherBatchView:
    """Issue alike vouchers to many: all of them, or none where one cannot be.

    Up to 5,000 are there afterwards; more are made in the background, and whose card or customer is gone by then is
    skipped and counted. Refuses: Forbidden, Invalid with the place of each that is wrong, AboveLimit.
    """
    actor.require("rewards:write")
    problems = _check_ways(command)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    with unit_of_work(actor.chain_id):
        named = command.cards if command.cards is not None else command.customers
        total = command.count or len(named or ())
        # Whose each one is, is not known yet; that it is somebody's is.
        someones = VoucherDraft(title=command.terms.title, card_id=new_id() if named is not None else None)
        draft, problems = read_draft(actor, command.terms, someones, count=total, now=now)
        holder_ids, more = _holders(actor, command)
        problems += more
        if problems:
            raise Refused(Invalid(errors=tuple(problems[:PROBLEMS_TOLD_MAX])))
        batch = VoucherBatch(
            chain_id=actor.chain_id,
            title=draft.title.strip(),
            draft=_written(draft),
            holders="nobody" if named is None else "customers" if command.cards is None else "cards",
            holder_ids=holder_ids,
            total=total,
            staff_id=actor.staff_id,
            key_id=actor.key_id,
            through=actor.through,
            created_at=now,
        )
        batch.save(force_insert=True)
        _audit(actor, batch, now=now)
        if total > IN_REQUEST_MAX:
            defer(actor.chain_id, batch.id)
        else:
            _issue(actor, batch, total)
            _finish(batch, now=now)
        return view_batch(batch)


def _check_ways(command: IssueMany) -> list[FieldProblem]:
    given = [name for name in ("cards", "customers", "count") if getattr(command, name) is not None]
    if len(given) != 1:
        pointer = f"/{given[-1]}" if given else "/cards"
        return [FieldProblem(pointer, "one_of", "Exactly one of: cards, customers, count.")]
    if command.count is not None:
        if 1 <= command.count <= COUNT_MAX:
            return []
        return [FieldProblem("/count", "out_of_range", f"A whole number from 1 to {COUNT_MAX}.")]
    named = getattr(command, given[0])
    if 1 <= len(named) <= LISTED_MAX:
        return []
    return [FieldProblem(f"/{given[0]}", "out_of_range", f"1 to {LISTED_MAX} of them.")]


def _holders(actor: Actor, command: IssueMany) -> tuple[list[UUID] | None, list[FieldProblem]]:
    """Whose the vouchers are, in their order, and what is wrong with them, by their places. Refuses: Forbidden."""
    if command.cards is not None:
        actor.require("cards:read")
        return _read_cards(actor, command.cards)
    if command.customers is not None:
        actor.require("customers:read")
        return _read_customers(actor, command.customers)
    return None, []


def _read_cards(actor: Actor, named: Sequence[str]) -> tuple[list[UUID], list[FieldProblem]]:
    ids = [decode("crd", text) for text in named]
    statuses = dict(rows(CARDS, {"chain": actor.chain_id, "ids": [one for one in ids if one]}))
    problems = []
    for place, one in enumerate(ids):
        if one not in statuses:
            problems.append(FieldProblem(f"/cards/{place}", "unknown_card", "There is no such card."))
        elif statuses[one] not in MAY_HAVE:
            problems.append(FieldProblem(f"/cards/{place}", "card_not_active", "This card is no longer in use."))
    found = [one for one in ids if one is not None]
    return found, problems + _twice("cards", ids)


def _read_customers(actor: Actor, named: Sequence[str]) -> tuple[list[UUID], list[FieldProblem]]:
    own_names = [text.removeprefix("ext:") for text in named if text.startswith("ext:")]
    decoded = [decode("cus", text) for text in named]
    wanted = {"chain": actor.chain_id, "ids": [one for one in decoded if one], "named": own_names}
    found = rows(CUSTOMERS, wanted)
    by_name = {f"ext:{name}": one for one, name in found if name}
    there = {one for one, _name in found}
    ids = [by_name.get(text, one) for text, one in zip(named, decoded, strict=True)]
    problems = [
        FieldProblem(f"/customers/{place}", "unknown_customer", "There is no such customer.")
        for place, one in enumerate(ids)
        if one not in there
    ]
    return [one for one in ids if one is not None], problems + _twice("customers", ids)


def _twice(name: str, ids: Sequence[UUID | None]) -> list[FieldProblem]:
    """Whoever stands in the list twice is meant once: two vouchers for one are two calls."""
    seen: set[UUID] = set()
    problems = []
    for place, one in enumerate(ids):
        if one is not None and one in seen:
            problems.append(FieldProblem(f"/{name}/{place}", "duplicate", "This one stands further up already."))
        if one is not None:
            seen.add(one)
    return problems


def run_batch(chain_id: UUID, batch_id: UUID, *, now: Callable[[], datetime]) -> None:
    """Make chunk after chunk of a batch until all are there; goes on where it was killed."""
    # Each chunk moves `done` on, so the number of rounds is bounded by the size of the batch.
    while _issue_chunk(chain_id, batch_id, now=now()):
        pass


def _issue_chunk(chain_id: UUID, batch_id: UUID, *, now: datetime) -> bool:
    """Make the next chunk, in one transaction with its progress; False once there is nothing more to do."""
    with unit_of_work(chain_id):
        batch = VoucherBatch.objects.select_for_update(no_key=True).filter(chain_id=chain_id, id=batch_id).first()
        if batch is None or batch.state == "done":
            return False
        actor = Actor(
            chain_id=chain_id,
            rights=ALL_RIGHTS,
            through=cast("Through", batch.through),
            staff_id=batch.staff_id,
            key_id=batch.key_id,
        )
        if batch.done < batch.total:
            _issue(actor, batch, CHUNK)
            batch.state = "running"
            batch.save()
            return True
        _finish(batch, now=now)
        facts = {"title": batch.title, "issued": batch.issued, "skipped": batch.skipped}
        notify(actor, "voucher_batch.done", subject_id=batch.id, facts=facts, now=now)
        return False


def _issue(actor: Actor, batch: VoucherBatch, most: int) -> None:
    """Issue the next vouchers of a batch as they were to be when it began: all of them end together."""
    draft = _draft_of(batch)
    count = min(most, batch.total - batch.done)
    if batch.holder_ids is None:
        drafts = [draft] * count
    else:
        wanted = batch.holder_ids[batch.done : batch.done + count]
        there = _still_there(batch, wanted)
        if batch.holders == "cards":
            drafts = [replace(draft, card_id=one) for one in there]
        else:
            drafts = [replace(draft, customer_id=one) for one in there]
    write_vouchers(actor, drafts, now=batch.created_at)
    batch.done += count
    batch.issued += len(drafts)
    batch.skipped += count - len(drafts)


def _still_there(batch: VoucherBatch, wanted: Sequence[UUID]) -> list[UUID]:
    values = {"chain": batch.chain_id, "ids": list(wanted), "named": []}
    if batch.holders == "cards":
        there = {one for one, status in rows(CARDS, values) if status in MAY_HAVE}
    else:
        there = {one for one, _name in rows(CUSTOMERS, values)}
    return [one for one in wanted if one in there]


def _finish(batch: VoucherBatch, *, now: datetime) -> None:
    batch.state, batch.finished_at, batch.draft, batch.holder_ids = "done", now, None, None
    batch.save()


def _audit(actor: Actor, batch: VoucherBatch, *, now: datetime) -> None:
    audit.record(
        actor,
        verb="voucher_batch.started",
        object_kind="voucher_batch",
        object_id=batch.id,
        now=now,
        after={"batch": encode("vbt", batch.id), "title": batch.title, "total": batch.total},
    )


def _written(draft: VoucherDraft) -> dict[str, Any]:
    return {
        "description": draft.description,
        "validity": present_validity(draft.validity),
        "starts_at": draft.starts_at.isoformat() if draft.starts_at else None,
        "benefit": dict(draft.benefit) if draft.benefit else None,
        "location_ids": None if draft.location_ids is None else [str(one) for one in draft.location_ids],
        "customer_may_redeem": draft.customer_may_redeem,
    }


def _draft_of(batch: VoucherBatch) -> VoucherDraft:
    written = batch.draft
    assert written is not None
    places, starts_at = written["location_ids"], written["starts_at"]
    return VoucherDraft(
        title=batch.title,
        description=written["description"],
        validity=read_validity(written["validity"]),
        starts_at=datetime.fromisoformat(starts_at) if starts_at else None,
        benefit=written["benefit"],
        location_ids=None if places is None else tuple(UUID(one) for one in places),
        customer_may_redeem=written["customer_may_redeem"],
        batch_id=batch.id,
    )
