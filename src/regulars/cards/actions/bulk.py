"""Cards of one type for many customers at once, or blank, in the background, in chunks that survive a kill (CRD-1)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.cards.actions.balances import retry_lost_races
from regulars.cards.actions.blank_chunks import issue_blanks
from regulars.cards.actions.issue import NewCard, issue_cards, refuse_unfit
from regulars.cards.actions.unmake import unmake_cards
from regulars.cards.errors import BulkIssueNotFinished, NumberTaken
from regulars.cards.models import BulkIssue, BulkIssuedCard
from regulars.cards.queries.bulk import BulkIssueView, count_bulk_issue, view_bulk_issue
from regulars.cards.queries.types import access_card_type, find_card_type
from regulars.chains.queries import get_chain
from regulars.customers.queries import list_customers_by_ids, list_matching_ids, read_filter
from regulars.kernel.ids import decode
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.platform import audit
from regulars.platform.actor import ALL_RIGHTS, Actor
from regulars.platform.clock import now_in
from regulars.platform.database import rows, unit_of_work
from regulars.staff.actions.notifications import notify

CHUNK: Final = 500
SELECTED_MAX: Final = 2_000
PROBLEMS_TOLD_MAX: Final = 20
MATERIALISED_MAX: Final = 1_000_000
# Nobody waits for a page here: who takes turns with another batch waits as long as that one's chunk takes.
PATIENTLY: Final = "SELECT set_config('lock_timeout', '60s', true)"

Defer = Callable[[UUID, UUID], None]
"""Puts the work into the background inside the running transaction: it exists if, and only if, the change does."""


@dataclass(frozen=True, slots=True)
class BulkIssueCommand:
    """Cards of one type for these customers, or (`customers` None) for all that a query of the customer list means."""

    card_type: str
    customers: tuple[str, ...] | None = None
    query: str = ""
    location_id: UUID | None = None


def start_bulk_issue(actor: Actor, command: BulkIssueCommand, *, now: datetime, defer: Defer) -> BulkIssueView:
    """Begin to issue cards in the background; who holds the type is skipped and counted.

    Refuses: Forbidden, NotFound, Invalid, AddALetter, ProgramNotActive, CardTypeArchived, NotValidHere.
    """
    actor.require("cards:write")
    actor.require("customers:read")
    ids = _read_ids(command)
    with unit_of_work(actor.chain_id):
        card_type = access_card_type(actor, command.card_type)
        refuse_unfit(actor, card_type, location_id=command.location_id)
        country = get_chain(actor.chain_id).country
        _refuse_unknown(actor, command)
        wanted = read_filter(command.query) if ids is None else None
        if wanted is not None and actor.location_ids is not None:
            # Whom staff of some locations see is settled now: the work in the background acts for the whole chain.
            ids, wanted = tuple(list_matching_ids(actor, wanted, country=country, limit=MATERIALISED_MAX)), None
        count = count_bulk_issue(actor, card_type.id, wanted=wanted, customer_ids=ids, country=country)
        made = BulkIssue.objects.create(
            chain_id=actor.chain_id,
            kind="customers",
            card_type_id=card_type.id,
            query=command.query if ids is None else "",
            customer_ids=None if ids is None else sorted(ids),
            location_id=command.location_id,
            total=count.customers,
            created_by=actor.staff_id,
            created_at=now,
        )
        audit.record(
            actor,
            verb="bulk_issue.started",
            object_kind="bulk_issue",
            object_id=made.id,
            now=now,
            after={"card_type": card_type.external_id, "customers": count.customers, "query": command.query},
        )
        defer(actor.chain_id, made.id)
        return view_bulk_issue(made, card_type.name)


def _read_ids(command: BulkIssueCommand) -> tuple[UUID, ...] | None:
    if command.customers is None:
        return None
    decoded = {decode("cus", text) for text in command.customers}
    if not decoded or len(decoded) > SELECTED_MAX or None in decoded:
        detail = f"1 to {SELECTED_MAX} customers."
        raise Refused(Invalid(errors=(FieldProblem("/customers", "out_of_range", detail),)))
    return tuple(one for one in decoded if one)


def _refuse_unknown(actor: Actor, command: BulkIssueCommand) -> None:
    """Say which of the named customers are none of this chain, instead of leaving them out. Refuses: Invalid."""
    named = [decode("cus", text) for text in command.customers or ()]
    known = list_customers_by_ids(actor.chain_id, [one for one in named if one])
    problems = tuple(
        FieldProblem(f"/customers/{index}", "unknown_customer", "There is no such customer.")
        for index, one in enumerate(named)
        if one not in known
    )
    if problems:
        raise Refused(Invalid(errors=problems[:PROBLEMS_TOLD_MAX]))


def run_bulk_issue(chain_id: UUID, bulk_id: UUID, *, now: datetime) -> None:
    """Issue chunk after chunk until none is left, or take chunk after chunk back; goes on where it was killed."""
    with unit_of_work(chain_id):
        one = BulkIssue.objects.filter(chain_id=chain_id, id=bulk_id).first()
    if one is None:
        return
    actor = Actor(chain_id=chain_id, rights=ALL_RIGHTS, through="page", staff_id=one.created_by)
    # Each chunk moves the cursor on, so the number of rounds is bounded by the number of customers or cards.
    try:
        while issue_chunk(actor, bulk_id, now=now):
            pass
    except Refused as refused:
        if not isinstance(refused.refusal, NumberTaken):
            raise
        _end_short(actor, bulk_id, now=now)
    while undo_chunk(actor, bulk_id, now=now):
        pass


@retry_lost_races
def issue_chunk(actor: Actor, bulk_id: UUID, *, now: datetime) -> bool:
    """Issue the next chunk, in one transaction with its progress; False once there is nothing more to do."""
    with unit_of_work(actor.chain_id):
        rows(PATIENTLY)
        one = BulkIssue.objects.select_for_update(no_key=True).get(id=bulk_id)
        if one.state not in ("waiting", "running"):
            return False
        issue = issue_blanks if one.kind == "blanks" else _issue_to_customers
        if not issue(actor, one, now=now):
            one.state, one.finished_at, one.total = "done", now, one.done
            one.save()
            tell_end(actor, one)
            return False
        one.state, one.total = "running", max(one.total, one.done)
        one.save()
        return True


def _issue_to_customers(actor: Actor, one: BulkIssue, *, now: datetime) -> bool:
    ids = _next_customers(actor, one)
    if not ids:
        return False
    new = [NewCard(customer_id=customer_id) for customer_id in _without_card(actor, one, ids)]
    card_type = find_card_type(actor.chain_id, one.card_type_id)
    assert card_type is not None
    if new:
        issue_cards(actor, card_type, new, now=now, location_id=one.location_id)
        BulkIssuedCard.objects.bulk_create(
            BulkIssuedCard(bulk_issue_id=one.id, card_id=card.id, chain_id=actor.chain_id) for card in new
        )
    one.after_customer = ids[-1]
    one.done += len(ids)
    one.issued += len(new)
    one.skipped += len(ids) - len(new)
    return True


def _end_short(actor: Actor, bulk_id: UUID, *, now: datetime) -> None:
    """End a batch whose type's format has no numbers left: what was made stays, the rest is counted as skipped."""
    with unit_of_work(actor.chain_id):
        one = BulkIssue.objects.select_for_update(no_key=True).get(id=bulk_id)
        if one.state not in ("waiting", "running"):
            return
        one.skipped += one.total - one.done
        one.state, one.finished_at = "done", now
        one.save()
        tell_end(actor, one)


def _next_customers(actor: Actor, one: BulkIssue) -> list[UUID]:
    if one.customer_ids is None:
        country = get_chain(actor.chain_id).country
        return list_matching_ids(actor, read_filter(one.query), country=country, after=one.after_customer, limit=CHUNK)
    left = [
        customer_id for customer_id in one.customer_ids if not one.after_customer or customer_id > one.after_customer
    ]
    found = rows(
        "SELECT id FROM customers WHERE chain_id = %s AND id = ANY(%s::uuid[]) ORDER BY id LIMIT %s",
        [actor.chain_id, left, CHUNK],
    )
    return [values[0] for values in found]


WITHOUT_CARD: Final = """
SELECT c.id FROM customers c
WHERE c.chain_id = %(chain)s AND c.id = ANY(%(customers)s::uuid[])
    AND NOT EXISTS (SELECT FROM cards k WHERE k.customer_id = c.id AND k.card_type_id = %(type)s
        AND k.status NOT IN ('deleted', 'undone'))
ORDER BY c.id FOR NO KEY UPDATE OF c
"""


def _without_card(actor: Actor, one: BulkIssue, ids: list[UUID]) -> list[UUID]:
    # The customers are locked first, so that no till issues the same card between this look and the insert.
    wanted = {"chain": actor.chain_id, "type": one.card_type_id, "customers": ids}
    rows(
        "SELECT FROM customers WHERE chain_id = %(chain)s AND id = ANY(%(customers)s::uuid[]) ORDER BY id"
        " FOR NO KEY UPDATE",
        wanted,
    )
    return [values[0] for values in rows(WITHOUT_CARD, wanted)]


def start_undo(actor: Actor, identifier: str, *, kind: str, now: datetime, defer: Defer) -> BulkIssueView:
    """Begin to take back the cards of a bulk issue that nobody has used; the others stay and are counted.

    Refuses: Forbidden, NotFound, BulkIssueNotFinished.
    """
    actor.require("cards:write")
    actor.require("cards:delete")
    bulk_id = decode("blk", identifier)
    with unit_of_work(actor.chain_id):
        found = BulkIssue.objects.select_for_update(no_key=True, of=("self",)).select_related("card_type")
        one = found.filter(chain_id=actor.chain_id, id=bulk_id, kind=kind).first() if bulk_id else None
        if one is None:
            raise Refused(NotFound())
        if one.state != "done":
            raise Refused(BulkIssueNotFinished())
        one.state, one.after_customer, one.done, one.total, one.kept = "undoing", None, 0, one.issued, 0
        one.undone_by = None if actor.key_id else actor.staff_id
        one.save()
        audit.record(actor, verb="bulk_issue.undone", object_kind="bulk_issue", object_id=one.id, now=now)
        defer(actor.chain_id, one.id)
        return view_bulk_issue(one, one.card_type.name)


@retry_lost_races
def undo_chunk(actor: Actor, bulk_id: UUID, *, now: datetime) -> bool:
    """Take the next chunk back, in one transaction with its progress; False once there is nothing more to do."""
    with unit_of_work(actor.chain_id):
        one = BulkIssue.objects.select_for_update(no_key=True).get(id=bulk_id)
        if one.state != "undoing":
            return False
        found = rows(
            "SELECT card_id FROM bulk_issued_cards WHERE chain_id = %(chain)s AND bulk_issue_id = %(bulk)s"
            " AND (%(after)s::uuid IS NULL OR card_id > %(after)s) ORDER BY card_id LIMIT %(limit)s",
            {"chain": actor.chain_id, "bulk": bulk_id, "after": one.after_customer, "limit": CHUNK},
        )
        ids = [values[0] for values in found]
        if not ids:
            one.state, one.finished_at = "undone", now
            one.save()
            for waiting in (actor, replace(actor, staff_id=one.undone_by)):
                tell_end(waiting, one)
            return False
        unmade = unmake_cards(actor, ids, now=now)
        one.after_customer = ids[-1]
        one.done += len(ids)
        one.kept += len(ids) - len(unmade)
        one.save()
        return True


def tell_end(actor: Actor, one: BulkIssue) -> None:
    """Tell whoever waits for a batch how it ended."""
    facts = {
        "type": one.card_type.name,
        "kind": one.kind,
        "issued": one.issued,
        "skipped": one.skipped,
        "kept": one.kept,
    }
    notify(actor, f"bulk_issue.{one.state}", subject_id=one.id, facts=facts, now=now_in(actor.chain_id))
