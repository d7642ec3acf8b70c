"""Deciding every row of a file: facts by the slice, the pure table row by row, the plan back by COPY."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from django.db import connection

from regulars.imports.queries.facts import FactsScope, StagedRow, gather
from regulars.imports.rules.decide import Decision, Found, Options, RowFacts, decide
from regulars.imports.rules.decide_customers import decide_customer
from regulars.platform.database import execute, row, rows

CHUNK_ROWS: Final = 5_000
SLICE_ROWS: Final = 20_000
RANGE_ROWS: Final = 100_000
WIDE_ROWS: Final = 500_000
PLAN_COLUMNS: Final = (
    '"row"', "chunk", "status", "issue", "warnings", "card_id", "customer_id", "before", "after", "fields",
)  # fmt: skip


@dataclass(slots=True)
class Seen:
    """What earlier rows of the file mean; only rows that may meet another are remembered."""

    suspect_numbers: dict[str, int | None] = field(default_factory=dict)
    suspect_phones: dict[str, int | None] = field(default_factory=dict)
    cards: dict[str, int] = field(default_factory=dict)
    customers: dict[str, int] = field(default_factory=dict)
    emails: dict[str, int] = field(default_factory=dict)

    def look(self, row_facts: RowFacts, found: Found, card_id: str | None) -> Found:
        """Add to what was found which earlier row means the same card, number or person."""
        earlier_card = self.cards.get(card_id) if card_id else None
        earlier_number = self.suspect_numbers.get(row_facts.number_key) if row_facts.number_key else None
        earlier_person = self._person(row_facts, found)
        if earlier_card is None and earlier_number is None and earlier_person is None:
            return found
        return replace(found, earlier_card=earlier_card, earlier_number=earlier_number, earlier_person=earlier_person)

    def _person(self, row_facts: RowFacts, found: Found) -> int | None:
        customer = found.customer_by_phone or found.customer_by_email
        if customer and (earlier := self.customers.get(customer)) is not None:
            return earlier
        if row_facts.phone:
            return self.suspect_phones.get(row_facts.phone)
        return self.emails.get(row_facts.email.casefold()) if row_facts.email else None

    def remember(self, row_facts: RowFacts, found: Found, decision: Decision) -> None:
        """Keep what a row that stands means, for the rows after it."""
        if decision.status == "error":
            return
        if decision.card is not None:
            self.cards[decision.card.id] = row_facts.row
            if not decision.is_claim:
                return
        if decision.effect == "none" and decision.customer != "known":
            return
        if row_facts.number_key in self.suspect_numbers:
            self.suspect_numbers[row_facts.number_key] = row_facts.row
        customer = found.customer_by_phone or found.customer_by_email
        if customer:
            self.customers[customer] = row_facts.row
        if row_facts.phone in self.suspect_phones:
            self.suspect_phones[row_facts.phone] = row_facts.row
        if row_facts.phone is None and row_facts.email:
            self.emails[row_facts.email.casefold()] = row_facts.row


@dataclass(slots=True)
class Tally:
    """Counts of an import as the user sees them, and its effect per balance type."""

    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("rows", "create", "change", "unchanged", "warning", "error", "conflict", "customers"), 0
        )
    )
    plus: dict[str, int] = field(default_factory=dict)
    minus: dict[str, int] = field(default_factory=dict)
    applicable: int = 0


def tally_plan(scope: FactsScope) -> Tally:
    """Count the plan. A warning that does something counts as what it does, too."""
    tally = Tally()
    sums = "".join(
        f", coalesce(sum(greatest(after[{at}] - before[{at}], 0)), 0), coalesce(sum(greatest(before[{at}] - after[{at}], 0)), 0)"
        for at in range(1, len(scope.names) + 1)
    )
    found = rows(f"SELECT status, fields[1], fields[2], count(*){sums} FROM {scope.tables.plan} GROUP BY 1, 2, 3")
    for status, effect, customer, count, *moved in found:
        tally.counts["rows"] += count
        tally.counts[status] += count
        if status == "warning":
            tally.counts["unchanged" if effect == "none" else effect] += count
        if customer == "new":
            tally.counts["customers"] += count
        if effect == "none":
            continue
        tally.applicable += count
        for name, plus, minus in zip(scope.names, moved[::2], moved[1::2], strict=True):
            tally.plus[name] = tally.plus.get(name, 0) + int(plus)
            tally.minus[name] = tally.minus.get(name, 0) + int(minus)
    return tally


def find_suspects(scope: FactsScope) -> Seen:
    """The numbers and phones that stand in more than one row of the file."""
    table = scope.tables.rows
    seen = Seen()
    for column, suspects in (("number_key", seen.suspect_numbers), ("phone", seen.suspect_phones)):
        found = rows(
            f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL AND skip IS NULL GROUP BY 1 HAVING count(*) > 1"
        )
        suspects.update(dict.fromkeys((values[0] for values in found), None))
    return seen


def find_span(scope: FactsScope) -> tuple[int, int] | None:
    """The first and the last row of the file; None where it has none."""
    span = row(f'SELECT min("row"), max("row") FROM {scope.tables.rows}')
    return (span[0], span[1]) if span and span[0] is not None else None


def row_ranges(span: tuple[int, int] | None, height: int) -> Iterator[tuple[int, int]]:
    """The ranges of so many rows that a span falls into, in order."""
    if span is not None:
        for start in range(span[0], span[1] + 1, height):
            yield start, start + height - 1


def decide_next(scope: FactsScope, options: Options, *, after: int, seen: Seen) -> int | None:
    """Decide the next rows that have no decision yet, in order, since the first of two equal rows stands.

    Returns the last row it decided, None when none was left.
    """
    found = rows(
        f'SELECT r."row" FROM {scope.tables.rows} r WHERE r."row" > %(after)s AND NOT EXISTS'
        f' (SELECT FROM {scope.tables.plan} p WHERE p."row" = r."row") ORDER BY 1 LIMIT %(limit)s',
        {"after": after, "limit": SLICE_ROWS},
    )
    if not found:
        return None
    wanted = [values[0] for values in found]
    table = table_of(scope)
    lines = []
    for one in gather(scope, 'r."row" = ANY(%(rows)s)', {"rows": wanted}):
        decision, facts = decide_row(table, one, options, seen)
        seen.remember(one.facts, facts, decision)
        lines.append(plan_line(scope, one, decision, chunk=one.facts.row // CHUNK_ROWS))
    write_plan(scope, lines)
    return int(wanted[-1])


Table = Callable[[RowFacts, Found, Options], Decision]


def table_of(scope: FactsScope) -> Table:
    """The decision table of the import's kind."""
    return decide if scope.card_type_id else decide_customer


def decide_row(table: Table, one: StagedRow, options: Options, seen: Seen) -> tuple[Decision, Found]:
    """Decide one row; where it means a card, a second time with what earlier rows did with that card."""
    decision = table(one.facts, one.found, options)
    found = seen.look(one.facts, one.found, decision.card.id if decision.card else None)
    if found is one.found:
        return decision, found
    return table(one.facts, found, options), found


def plan_line(scope: FactsScope, one: StagedRow, decision: Decision, *, chunk: int) -> tuple[Any, ...]:
    """One row of the plan table."""
    before: list[int | None] = [None] * len(scope.names)
    after: list[int | None] = [None] * len(scope.names)
    if decision.card is not None:
        for position, name in enumerate(scope.names):
            if name in one.facts.amounts and name in decision.card.balances:
                before[position] = after[position] = decision.card.balances[name].total
    for change in decision.changes:
        position = scope.names.index(change.balance)
        before[position], after[position] = change.before, change.after
    customer = decision.card.customer if decision.card else None
    if customer is None and decision.customer == "known":
        customer = one.found.customer_by_phone or one.found.customer_by_email
    issues = [issue.packed() for issue in decision.issues]
    return (
        one.facts.row,
        chunk,
        decision.status,
        issues[0] if issues else None,
        _texts(issues[1:]),
        decision.card.id if decision.card else None,
        customer,
        _numbers(before),
        _numbers(after),
        _texts([decision.effect, decision.customer, *one.details]),
    )


def _numbers(values: Sequence[int | None]) -> str:
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def _texts(values: Sequence[str]) -> str:
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def write_plan(scope: FactsScope, lines: Sequence[tuple[Any, ...]]) -> None:
    """COPY lines of the plan into the staging table."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {scope.tables.plan} ({', '.join(PLAN_COLUMNS)}) FROM STDIN") as copy,
    ):
        for line in lines:
            copy.write_row(line)


def clear_plan(scope: FactsScope) -> None:
    """Forget every decision, to decide anew."""
    execute(f"TRUNCATE {scope.tables.plan}")


def decide_again(scope: FactsScope, options: Options, wanted: Sequence[int]) -> list[tuple[StagedRow, Decision]]:
    """Decide rows once more, under the locks that the caller holds; duplicates were sorted out when checking."""
    staged = gather(scope, 'r."row" = ANY(%(rows)s)', {"rows": list(wanted)})
    table = table_of(scope)
    return [(one, table(one.facts, one.found, options)) for one in staged]


def lock_cards(scope: FactsScope, card_ids: Sequence[UUID]) -> None:
    """Lock the accounts of these cards until the end of the unit of work, in the order of their ids."""
    if card_ids:
        execute(
            "SELECT id FROM accounts WHERE card_id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE", [list(card_ids)]
        )
