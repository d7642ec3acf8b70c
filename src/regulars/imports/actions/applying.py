"""Writing a chunk: every row decided again under lock, everything or nothing, and the mark in the same transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.utils import IntegrityError, OperationalError
from psycopg import errors

from regulars.cards.queries.types import CardTypeView
from regulars.customers.events import CUSTOMER_CHANGED, CUSTOMER_ENTERED, CustomerEntered
from regulars.imports.actions.changing import change_balances, change_details, customer_of
from regulars.imports.actions.creating import Made, MakingScope, make_chunk
from regulars.imports.actions.deciding import decide_again, lock_cards
from regulars.imports.actions.fresh import MADE_NAME, Chunk, find_chunk, put_fresh
from regulars.imports.queries.facts import FactsScope, StagedRow
from regulars.imports.rules.decide import Decision, Options
from regulars.imports.rules.problems import Issue
from regulars.kernel.ids import encode, new_id
from regulars.ledger.actions.post import LostRace
from regulars.platform.actor import Actor
from regulars.platform.database import from_json, retried, row, rows, unit_of_work
from regulars.platform.events import announce
from regulars.platform.random_wait import wait_before_retry
from regulars.platform.together import announce_together

ATTEMPTS_MAX: Final = 8
CLAIM: Final = """
WITH claimed AS (
    UPDATE cards SET customer_id = claim.customer_id, version = version + 1,
        phone = CASE WHEN claim.customer_id IS NULL THEN claim.phone END
    FROM unnest(%(cards)s::uuid[], %(customers)s::uuid[], %(phones)s::text[]) AS claim (id, customer_id, phone)
    WHERE cards.id = claim.id AND cards.customer_id IS NULL AND cards.phone IS NULL
    RETURNING cards.id, cards.version
)
INSERT INTO imported_claims (chain_id, import_id, card_id, version)
SELECT %(chain)s, %(import)s, id, version FROM claimed RETURNING card_id
"""
CLAIM_SLOTS: Final = """
INSERT INTO card_slots (chain_id, card_type_id, holder, card_id)
SELECT %(chain)s, %(type)s, CASE WHEN k.customer_id IS NULL THEN 'p:' || k.phone ELSE 'c:' || k.customer_id END, k.id
FROM cards k WHERE k.id = ANY(%(cards)s::uuid[]) ORDER BY 3
ON CONFLICT DO NOTHING RETURNING card_id
"""
RACES: Final = (errors.UniqueViolation, errors.LockNotAvailable)


@dataclass(frozen=True, slots=True)
class ApplyScope:
    """Everything that writing any chunk of one import needs."""

    actor: Actor
    import_id: UUID
    facts: FactsScope
    options: Options
    making: MakingScope
    card_type: CardTypeView | None


@dataclass(slots=True)
class ChunkResult:
    """What became of the rows of one chunk."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    left: int = 0
    customers: int = 0
    failed: dict[int, Issue] = field(default_factory=dict)


def apply_chunk(scope: ApplyScope, number: int) -> None:
    """Write one chunk unless it is written already; tried again where another till was quicker or is at work.

    Holds the accounts of existing cards for the length of one transaction. Raises after ATTEMPTS_MAX lost races.
    """
    until_no_race(lambda: _apply_once(scope, number))


def until_no_race(write: Callable[[], None]) -> None:
    """Write a chunk, decided anew where somebody else was quicker. Raises after ATTEMPTS_MAX lost races."""
    for attempt in range(ATTEMPTS_MAX):
        try:
            write()
        except (LostRace, IntegrityError, OperationalError, errors.UniqueViolation) as problem:
            if not is_race(problem) or attempt == ATTEMPTS_MAX - 1:
                raise
            wait_before_retry(attempt)
        else:
            return


def is_race(problem: BaseException) -> bool:
    """Whether somebody else was only quicker, so that deciding anew may succeed."""
    return isinstance(problem, LostRace) or isinstance(problem.__cause__ or problem, RACES)


@retried
def _apply_once(scope: ApplyScope, number: int) -> None:
    with unit_of_work(scope.actor.chain_id):
        if row("SELECT 1 FROM import_chunks WHERE import_id = %s AND number = %s", [scope.import_id, number]):
            return
        chunk = find_chunk(scope.facts, number)
        fresh = put_fresh(scope.facts, scope.options, scope.card_type, chunk)
        planned = _planned_rows(scope, number)
        lock_cards(scope.facts, [card_id for _, card_id in planned if card_id])
        decided = decide_again(scope.facts, scope.options, [at for at, _ in planned])
        result = _write(scope, decided, fresh, chunk)
        mark_done(scope, number, result)


def chunks_to_write(scope: ApplyScope) -> list[int]:
    """The chunks in which anything is to be done, in order."""
    found = rows(f"SELECT DISTINCT p.chunk FROM {scope.facts.tables.plan} p WHERE {_does_something(scope)} ORDER BY 1")
    return [values[0] for values in found]


def _does_something(scope: ApplyScope) -> str:
    conflicts = " OR p.status = 'conflict'" if scope.options.conflicts == "overwrite" else ""
    return f"(p.fields[1] <> 'none'{conflicts})"


def _planned_rows(scope: ApplyScope, number: int) -> list[tuple[int, UUID | None]]:
    """The rows to decide one by one: all that do something, but for those that are fresh."""
    found = rows(
        f'SELECT p."row", p.card_id FROM {scope.facts.tables.plan} p'
        f" WHERE p.chunk = %s AND {_does_something(scope)}"
        f' AND NOT EXISTS (SELECT FROM {MADE_NAME} m WHERE m."row" = p."row") ORDER BY p."row"',
        [number],
    )
    return [(at, card_id) for at, card_id in found]


def _write(scope: ApplyScope, decided: Sequence[tuple[StagedRow, Decision]], fresh: int, chunk: Chunk) -> ChunkResult:
    result = ChunkResult()
    good: list[tuple[StagedRow, Decision]] = []
    for one, decision in decided:
        if decision.status in ("error", "conflict"):
            result.failed[one.facts.row] = decision.issues[0]
        elif decision.effect == "none":
            result.unchanged += 1
        else:
            good.append((one, decision))
    made = _made(scope, good)
    new: list[UUID] = []
    if made or fresh:
        new = make_chunk(scope.actor, scope.facts, scope.making, scope.card_type, made, chunk)
    _claim_blanks(scope, good, made)
    failed = change_balances(
        scope.actor, scope.facts, scope.import_id, [pair for pair in good if pair[1].card], scope.making.location_id
    )
    result.failed |= {at: Issue("insufficient_balance") for at in failed}
    phoned = change_details(scope.actor, scope.import_id, good, _customs(scope, good))
    result.created += fresh
    welcome(scope, new, phoned)
    for one, decision in good:
        if one.facts.row in result.failed:
            continue
        if decision.effect == "create":
            result.created += 1
        else:
            result.changed += 1
    result.customers = len(new)
    return result


def _made(scope: ApplyScope, good: Sequence[tuple[StagedRow, Decision]]) -> list[Made]:
    """New cards and customers; a person who stands in two rows is made once."""
    balances = scope.card_type.balance_types if scope.card_type else ()
    people: dict[str, UUID] = {}
    made: list[Made] = []
    for one, decision in good:
        known = customer_of(one, decision)
        person = one.facts.phone or one.email_key or ""
        is_new = decision.customer == "new" and known is None and person not in people
        if decision.customer == "new" and known is None:
            known = people.setdefault(person, new_id())
        if decision.effect != "create" and not is_new:
            continue
        amounts = {change.balance: change.after for change in decision.changes}
        with_card = decision.effect == "create" and scope.card_type is not None
        made.append(
            Made(
                row=one.facts.row,
                card_id=new_id() if with_card else None,
                customer_id=known,
                is_new_customer=is_new,
                phone=one.facts.phone,
                number=one.facts.number if with_card else None,
                opening=tuple(amounts.get(balance.external_id, 0) for balance in balances) if with_card else (),
            )
        )
    return made


def _claim_blanks(scope: ApplyScope, good: Sequence[tuple[StagedRow, Decision]], made: Sequence[Made]) -> None:
    """Give blank cards the person that the file names for them. Raises LostRace where somebody else was quicker."""
    new = {one.row: one.customer_id for one in made}
    claims = [
        (decision.card.id, new.get(one.facts.row) or customer_of(one, decision), one.facts.phone)
        for one, decision in good
        if decision.is_claim and decision.card
    ]
    if not claims:
        return
    assert scope.card_type is not None
    values = {
        "chain": scope.actor.chain_id,
        "import": scope.import_id,
        "type": scope.card_type.id,
        **dict(zip(("cards", "customers", "phones"), map(list, zip(*claims, strict=True)), strict=True)),
    }
    if len(rows(CLAIM, values)) < len(claims):
        raise LostRace
    if not scope.card_type.several_per_customer and len(rows(CLAIM_SLOTS, values)) < len(claims):
        raise LostRace


def _customs(scope: ApplyScope, good: Sequence[tuple[StagedRow, Decision]]) -> dict[UUID, dict[str, Any]]:
    wanted = [
        customer
        for one, decision in good
        if any(name.startswith("custom:") for name in one.details) and (customer := customer_of(one, decision))
    ]
    if not wanted:
        return {}
    found = rows(
        "SELECT id, custom FROM customers WHERE chain_id = %s AND id = ANY(%s)", [scope.actor.chain_id, wanted]
    )
    return {customer: from_json(custom) for customer, custom in found}


def welcome(scope: ApplyScope, new: list[UUID], phoned: list[UUID]) -> None:
    """Tell of new customers and new phones: together, and afterwards."""
    if not new and not phoned:
        return
    now = scope.making.now
    announce_together(
        scope.actor,
        CustomerEntered(
            customer_ids=(*new, *phoned), new_ids=tuple(new), now=now, location_id=scope.making.location_id
        ),
    )
    for kind, customers in ((CUSTOMER_ENTERED, new), (CUSTOMER_CHANGED, phoned)):
        if customers:
            announce(
                scope.actor.chain_id,
                kind,
                now=now,
                payload={
                    "import": encode("imp", scope.import_id),
                    "customers": [encode("cus", one) for one in customers],
                },
            )


def mark_done(scope: ApplyScope, number: int, result: ChunkResult) -> None:
    """Mark a chunk as written, with the rows that failed, in the transaction that wrote it."""
    total = result.created + result.changed + result.unchanged + len(result.failed)
    rows(
        'INSERT INTO import_chunks (chain_id, import_id, number, created, changed, unchanged, "left", failed, customers,'
        " rows, done_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, now())",
        [
            scope.actor.chain_id,
            scope.import_id,
            number,
            result.created,
            result.changed,
            result.unchanged,
            result.left,
            len(result.failed),
            result.customers,
            total,
        ],
    )
    if result.failed:
        rows(
            'INSERT INTO import_failures (chain_id, import_id, "row", issue)'
            ' SELECT %s, %s, f."row", f.issue FROM unnest(%s::int[], %s::text[]) AS f ("row", issue)'
            " ON CONFLICT DO NOTHING",
            [
                scope.actor.chain_id,
                scope.import_id,
                list(result.failed),
                [issue.packed() for issue in result.failed.values()],
            ],
        )
