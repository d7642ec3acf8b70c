"""Orders of the past on their way in: every row decided in the check, every order decided again when it is written (IMP-9)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from regulars.imports.actions.applying import ApplyScope, ChunkResult, mark_done, until_no_race, welcome
from regulars.imports.actions.creating import Made, make_chunk
from regulars.imports.actions.deciding import CHUNK_ROWS, clear_plan, write_plan
from regulars.imports.actions.fresh import MADE_NAME, MADE_TABLE, Chunk
from regulars.imports.actions.work import Work
from regulars.imports.queries.facts import FactsScope
from regulars.imports.queries.history import (
    StagedOrder,
    last_row,
    plan_left_out,
    put_together,
    read_orders,
    read_places,
    read_staff,
)
from regulars.imports.rules.history import Known, OrderDecision, OrderRow, decide_order, person_keys, whole_order
from regulars.imports.rules.plan import ReadingPlan
from regulars.kernel.ids import new_id, new_id_at
from regulars.orders.actions.history import keep_history, take_keys
from regulars.orders.rules.history import HistoryOrder
from regulars.platform.database import retried, row, rows, unit_of_work

COUNTED: Final = """
SELECT count(*), count(*) FILTER (WHERE status = 'warning'), count(*) FILTER (WHERE status = 'error'),
    count(*) FILTER (WHERE fields[1] = 'create'), count(*) FILTER (WHERE fields[1] = 'left')
FROM {plan}
"""
NEWCOMERS: Final = """
SELECT count(DISTINCT coalesce(r.phone, r.external_id, r.email_key)) FROM {plan} p JOIN {rows} r USING ("row")
WHERE p.fields[2] = 'new'
"""


@dataclass(frozen=True, slots=True)
class HistoryScope:
    """Everything that writing any chunk of a history needs."""

    apply: ApplyScope
    known: Known
    currency: str


def known_of(work: Work, plan: ReadingPlan) -> Known:
    """What deciding the orders of an import needs of its chain, in the running unit of work."""
    with translation.override(work.chain.language):
        rest_name = _("Taxes and charges")
    return Known(
        places=read_places(work.chain_id),
        staff=read_staff(work.chain_id),
        makes_customers=work.options().missing == "create",
        has_number=plan.column_of("order") is not None,
        rest_name=rest_name,
    )


def decide_history(work: Work, plan: ReadingPlan) -> dict[str, int]:
    """Decide every order of the file, a chunk at a time, and count what will happen; nothing of the chain is touched."""
    facts, tables = work.facts(plan), work.tables
    with unit_of_work(work.chain_id):
        clear_plan(facts)
        known = known_of(work, plan)
        put_together(tables, has_number=known.has_number)
        plan_left_out(tables, chunk_rows=CHUNK_ROWS)
        rows("SELECT door_analyze_staging(%s)", [work.import_id])
        last = last_row(tables)
    total = max(1, work.one.rows_total)
    span = _Span()
    for number in range(last // CHUNK_ROWS + 1):
        with unit_of_work(work.chain_id):
            found = read_orders(work.chain_id, tables, first=number * CHUNK_ROWS, end=(number + 1) * CHUNK_ROWS)
            lines: list[tuple[Any, ...]] = []
            for one in found:
                decision = _decide(one, known)
                span.add(decision.order)
                lines += _plan_lines(one, decision, number)
            write_plan(facts, lines)
        work.progress(min(total, total // 2 + (number + 1) * CHUNK_ROWS // 2))
    work.one.reading["history"] = span.told()
    with unit_of_work(work.chain_id):
        counted, people = (
            row(COUNTED.format(plan=tables.plan)),
            row(NEWCOMERS.format(plan=tables.plan, rows=tables.rows)),
        )
        rows("SELECT door_analyze_staging(%s)", [work.import_id])
    assert counted is not None
    assert people is not None
    all_rows, warned, wrong, created, left = (int(value) for value in counted)
    return {
        "rows": all_rows, "create": created, "change": 0, "unchanged": left, "warning": warned, "error": wrong, "conflict": 0,
        "customers": int(people[0]), "good": created,
    }  # fmt: skip


@dataclass(slots=True)
class _Span:
    """From when to when the orders are, and what they come to."""

    first: str = ""
    last: str = ""
    total: int = 0

    def add(self, order: HistoryOrder | None) -> None:
        if order is None:
            return
        at = order.at.isoformat()
        self.first = min(self.first or at, at)
        self.last = max(self.last, at)
        self.total += order.total - order.refunded if order.state != "cancelled" else 0

    def told(self) -> dict[str, Any]:
        return {"first": self.first, "last": self.last, "total": self.total}


def _decide(one: StagedOrder, known: Known) -> OrderDecision:
    return decide_order(one.rows, one.whose, known, is_known=one.is_known, new_id=new_id_at)


def _plan_lines(one: StagedOrder, decision: OrderDecision, chunk: int) -> list[tuple[Any, ...]]:
    is_good = decision.order is not None
    lines = []
    for at, each in enumerate(one.rows):
        issues = [issue.packed() for issue in decision.issues[each.row]]
        status = decision.status if decision.status in ("error", "unchanged") else "warning" if issues else "create"
        effect = ("create" if is_good else "left" if status == "unchanged" else "none") if at == 0 else "none"
        customer = "new" if decision.is_new_customer and at == 0 else "none"
        lines.append((
            each.row, chunk, status, issues[0] if issues else None, _texts(issues[1:]), None, None, "{}", "{}",
            _texts([effect, customer]),
        ))  # fmt: skip
    return lines


def _texts(values: Sequence[str]) -> str:
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def history_chunks(scope: FactsScope) -> list[int]:
    """The chunks in which orders come in."""
    found = rows(f"SELECT DISTINCT chunk FROM {scope.tables.plan} WHERE fields[1] = 'create' ORDER BY 1")
    return [values[0] for values in found]


def write_history_chunk(scope: HistoryScope, number: int) -> None:
    """Write the orders of one chunk unless it is written already; decided anew where somebody else was quicker."""
    until_no_race(lambda: _write_once(scope, number))


@retried
def _write_once(scope: HistoryScope, number: int) -> None:
    applying = scope.apply
    chain_id, tables = applying.actor.chain_id, applying.facts.tables
    with unit_of_work(chain_id):
        if row("SELECT 1 FROM import_chunks WHERE import_id = %s AND number = %s", [applying.import_id, number]):
            return
        planned = {
            values[0]
            for values in rows(f"SELECT \"row\" FROM {tables.plan} WHERE chunk = %s AND fields[1] = 'create'", [number])
        }
        staged = [
            one
            for one in read_orders(chain_id, tables, first=number * CHUNK_ROWS, end=(number + 1) * CHUNK_ROWS)
            if one.rows[0].row in planned
        ]
        result = ChunkResult()
        good: dict[UUID, tuple[StagedOrder, OrderDecision]] = {}
        for one in staged:
            decision = _decide(one, scope.known)
            if decision.order is not None:
                good[decision.order.id] = (one, decision)
            elif decision.status == "error":
                result.failed |= {at: issues[0] for at, issues in decision.issues.items()}
            else:
                result.unchanged += 1
        taken = take_keys(chain_id, [decision.order for _, decision in good.values() if decision.order])
        result.unchanged += len(good) - len(taken)
        orders, new = _with_customers(scope, number, [(one, *good[one.id]) for one in taken])
        keep_history(chain_id, orders, import_id=applying.import_id, currency=scope.currency, now=applying.making.now)
        welcome(applying, new, [])
        result.created, result.customers = len(orders), len(new)
        mark_done(applying, number, result)


def _with_customers(
    scope: HistoryScope, number: int, taken: Sequence[tuple[HistoryOrder, StagedOrder, OrderDecision]]
) -> tuple[list[HistoryOrder], list[UUID]]:
    """The orders with the customers that are made for them; who stands in several orders is made once."""
    people: dict[tuple[str, str], UUID] = {}
    made: list[Made] = []
    orders = []
    for order, staged, decision in taken:
        if not decision.is_new_customer:
            orders.append(order)
            continue
        whole = whole_order(staged.rows)
        keys = person_keys(whole)
        customer_id = next((people[key] for key in keys if key in people), None)
        if customer_id is None:
            customer_id = new_id()
            made.append(Made(_row_of_person(staged.rows), None, customer_id, True, whole.phone, None))
        for key in keys:
            people.setdefault(key, customer_id)
        orders.append(replace(order, customer_id=customer_id))
    if not made:
        return orders, []
    applying = scope.apply
    rows(MADE_TABLE)
    rows(f"DELETE FROM {MADE_NAME}")
    chunk = Chunk(number, min(one.row for one in made), max(one.row for one in made), len(made))
    new = make_chunk(applying.actor, applying.facts, applying.making, None, made, chunk)
    return orders, new


def _row_of_person(found: Sequence[OrderRow]) -> int:
    return next(one.row for one in found if one.phone or one.email_key)
