"""Where the rows of an export come from: one statement, read in one pass, and how its rows become cells."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from regulars.cards.queries.listing import visible_sql
from regulars.cards.rules.links import card_token
from regulars.customers.queries import filter_sql, filter_tables, within_places
from regulars.exports.queries.codes import COLUMNS as CODE_COLUMNS
from regulars.exports.queries.codes import code_source
from regulars.exports.queries.filters import card_filter, customer_filter, entry_sql
from regulars.exports.queries.giftcards import COLUMNS as GIFT_CARD_COLUMNS
from regulars.exports.queries.giftcards import gift_card_source
from regulars.exports.queries.memberships import COLUMNS as MEMBERSHIP_COLUMNS
from regulars.exports.queries.memberships import membership_source
from regulars.exports.queries.orders import COLUMNS as ORDER_COLUMNS
from regulars.exports.queries.orders import order_source
from regulars.exports.queries.vouchers import COLUMNS as VOUCHER_COLUMNS
from regulars.exports.queries.vouchers import voucher_source
from regulars.exports.rules.cells import Amount, Cell, custom_cell, day_cell, phone_cell, tags_cell, time_cell
from regulars.kernel.ids import encode
from regulars.platform.actor import Actor
from regulars.platform.database import row
from regulars.platform.snapshot import Snapshot
from regulars.platform.tenancy import ChainSettings
from regulars.programs.queries import BalanceTypeView

Row = Sequence[Any]
Reader = Callable[[Row], Cell]


@dataclass(frozen=True, slots=True)
class Source:
    """Rows to export. `present` turns a batch of them into cells, with one more query for all of them at most."""

    headers: tuple[str, ...]
    from_sql: str
    select_sql: str
    order: str
    parameters: dict[str, Any]
    present: Callable[[Snapshot, list[tuple[Any, ...]]], Iterable[list[Cell]]]

    @property
    def count_statement(self) -> str:
        """How many rows there are."""
        return f"SELECT count(*) FROM {self.from_sql}"

    @property
    def statement(self) -> str:
        """The rows, oldest first."""
        return f"SELECT {self.select_sql} FROM {self.from_sql} ORDER BY {self.order}"


@dataclass(frozen=True, slots=True)
class SourceScope:
    """Whose rows, and what is known of the chain."""

    actor: Actor
    chain: ChainSettings
    balances: dict[str, BalanceTypeView]
    """By external id, in the programs' order."""
    now: datetime


def make_source(scope: SourceScope, *, kind: str, kept: dict[str, str], columns: Sequence[str]) -> Source:
    """The rows that a kept filter means, as the actor may see them. Refuses: AddALetter."""
    makers = {
        "cards": _cards,
        "customers": _customers,
        "transactions": _transactions,
        "orders": _orders,
        "memberships": _memberships,
        "codes": _codes,
        "vouchers": _vouchers,
        "gift_cards": _gift_cards,
    }
    return makers[kind](scope, kept, columns)


CARDS: Final = """
cards k JOIN card_types t ON t.id = k.card_type_id LEFT JOIN customers c ON c.id = k.customer_id
WHERE """
CARD_COLUMNS: Final = """
k.id, k.number,
coalesce((SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id ORDER BY p.position, p.phone LIMIT 1), k.phone),
c.name, c.email, t.name, k.status, c.birthday, c.language, c.tags, k.issued_at, k.last_activity_at, k.link_version
"""


def _cards(scope: SourceScope, kept: dict[str, str], columns: Sequence[str]) -> Source:
    chain, balances = scope.chain, scope.balances
    conditions, parameters = visible_sql(scope.actor, card_filter(kept), country=chain.country)
    readers: dict[str, Reader] = {
        "number": lambda v: v[1],
        "phone": lambda v: phone_cell(v[2], chain.country),
        "name": lambda v: v[3],
        "email": lambda v: v[4],
        "type": lambda v: v[5],
        "status": lambda v: v[6],
        "birthday": lambda v: v[7].isoformat() if v[7] else "",
        "language": lambda v: v[8],
        "tags": lambda v: tags_cell(v[9] or ()),
        "issued": lambda v: day_cell(v[10], chain.zone),
        "last_activity": lambda v: time_cell(v[11], chain.zone),
        "link": lambda v: f"{settings.URL}/c/{card_token(v[0], v[12], key=settings.LINK_KEY)}",
    }
    wanted = [column for column in columns if column in readers or column == "version" or _balance(column, balances)]

    def present(snapshot: Snapshot, batch: list[tuple[Any, ...]]) -> Iterable[list[Cell]]:
        accounts: dict[UUID, dict[UUID, int]] = {}
        versions: dict[UUID, int] = {}
        for card_id, balance_type_id, units, version in snapshot.rows(
            "SELECT card_id, balance_type_id, balance, version FROM accounts WHERE card_id = ANY(%s)",
            [[values[0] for values in batch]],
        ):
            accounts.setdefault(card_id, {})[balance_type_id] = units
            # The ledger position of the card: how many entries it has, over all of its balances.
            versions[card_id] = versions.get(card_id, 0) + version
        for values in batch:
            own = accounts.get(values[0], {})
            cells: list[Cell] = []
            for column in wanted:
                if column in readers:
                    cells.append(readers[column](values))
                elif column == "version":
                    cells.append(versions.get(values[0], 0))
                else:
                    balance = balances[column.partition(":")[2]]
                    cells.append(Amount(own[balance.id], balance.decimals) if balance.id in own else None)
            yield cells

    from_sql = CARDS + " AND ".join(conditions)
    return Source(tuple(wanted), from_sql, CARD_COLUMNS, "k.id", parameters, present)


def _balance(column: str, balances: dict[str, BalanceTypeView]) -> BalanceTypeView | None:
    head, _, external_id = column.partition(":")
    return balances.get(external_id) if head == "balance" else None


CUSTOMER_COLUMNS: Final = """
c.id, ARRAY(SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id ORDER BY p.position, p.phone),
c.name, c.email, c.birthday, c.language, c.tags, c.custom::text, c.comment, c.external_id, c.created_at
"""
PHONES_MOST: Final = """
SELECT coalesce(max(held), 0) FROM (
    SELECT count(*) AS held FROM customer_phones WHERE chain_id = %s GROUP BY customer_id HAVING count(*) > 1
) AS several
"""


def _customers(scope: SourceScope, kept: dict[str, str], columns: Sequence[str]) -> Source:
    chain = scope.chain
    wanted = within_places(scope.actor, customer_filter(kept), country=chain.country)
    conditions, parameters = filter_sql(scope.actor.chain_id, wanted, country=chain.country)
    readers: dict[str, Reader] = {
        "phone": _phone_reader(0, chain.country),
        "name": lambda v: v[2],
        "email": lambda v: v[3],
        "birthday": lambda v: v[4].isoformat() if v[4] else "",
        "language": lambda v: v[5],
        "tags": lambda v: tags_cell(v[6]),
        "comment": lambda v: v[8],
        "external_id": lambda v: v[9],
        "created": lambda v: day_cell(v[10], chain.zone),
    }
    headers: list[str] = []
    for column in columns:
        if column == "phone2":
            found = row(PHONES_MOST, [scope.actor.chain_id])
            for position in range(1, max(2, found[0] if found else 0)):
                headers.append(f"phone{position + 1}")
                readers[headers[-1]] = _phone_reader(position, chain.country)
        elif column.startswith("custom:"):
            headers.append(column)
            readers[column] = _custom_reader(column.removeprefix("custom:"))
        elif column in readers:
            headers.append(column)

    def present(snapshot: Snapshot, batch: list[tuple[Any, ...]]) -> Iterable[list[Cell]]:
        for row_ in batch:
            values = (*row_[:7], json.loads(row_[7]), *row_[8:])
            yield [readers[header](values) for header in headers]

    from_sql = f"{filter_tables(wanted)} WHERE {' AND '.join(conditions)}"
    return Source(tuple(headers), from_sql, CUSTOMER_COLUMNS, "c.id", parameters, present)


def _phone_reader(position: int, country: str) -> Reader:
    return lambda v: phone_cell(v[1][position], country) if position < len(v[1]) else ""


def _custom_reader(key: str) -> Reader:
    return lambda v: custom_cell(v[7].get(key))


ENTRIES: Final = """
entries e
JOIN transactions t ON t.id = e.transaction_id
JOIN balance_types b ON b.id = e.balance_type_id
JOIN cards k ON k.id = e.card_id
LEFT JOIN transaction_notes n ON n.transaction_id = e.transaction_id
LEFT JOIN staff s ON s.id = t.staff_id
LEFT JOIN logins g ON g.id = s.login_id
LEFT JOIN locations o ON o.id = t.location_id
WHERE """
ENTRY_COLUMNS: Final = """
e.transaction_id, e.at, e.kind, k.number, b.external_id, e.amount, e.balance_after, b.decimals, n.text, t.source,
coalesce(nullif(g.name, ''), g.email), o.name, t.reverses, t.import_id
"""


def _transactions(scope: SourceScope, kept: dict[str, str], columns: Sequence[str]) -> Source:
    zone = scope.chain.zone
    conditions, parameters = entry_sql(scope.actor, kept, chain=scope.chain, balances=scope.balances)
    readers: dict[str, Reader] = {
        "id": lambda v: encode("txn", v[0]),
        "at": lambda v: time_cell(v[1], zone),
        "kind": lambda v: v[2],
        "number": lambda v: v[3],
        "balance_type": lambda v: v[4],
        "amount": lambda v: Amount(v[5], v[7]),
        "balance_after": lambda v: Amount(v[6], v[7]),
        "reason": lambda v: v[8],
        "source": lambda v: v[9],
        "staff": lambda v: v[10],
        "location": lambda v: v[11],
        "reverses": lambda v: encode("txn", v[12]) if v[12] else "",
        "import": lambda v: encode("imp", v[13]) if v[13] else "",
    }
    headers = tuple(column for column in columns if column in readers)

    def present(snapshot: Snapshot, batch: list[tuple[Any, ...]]) -> Iterable[list[Cell]]:
        for values in batch:
            yield [readers[header](values) for header in headers]

    from_sql = ENTRIES + " AND ".join(conditions)
    return Source(headers, from_sql, ENTRY_COLUMNS, "e.id", parameters, present)


def _orders(scope: SourceScope, kept: dict[str, str], columns: Sequence[str]) -> Source:
    headers, from_sql, parameters, present = order_source(scope.actor, scope.chain, kept, columns)
    return Source(headers, from_sql, ORDER_COLUMNS, "o.id", parameters, present)


def _memberships(scope: SourceScope, kept: dict[str, str], columns: Sequence[str]) -> Source:
    headers, from_sql, parameters, present = membership_source(scope.actor, scope.chain, kept, columns)
    return Source(headers, from_sql, MEMBERSHIP_COLUMNS, "m.id", parameters, present)


def _codes(scope: SourceScope, kept: dict[str, str], columns: Sequence[str]) -> Source:
    headers, from_sql, parameters, present = code_source(scope.actor, scope.chain, kept, columns)
    return Source(headers, from_sql, CODE_COLUMNS, "c.id", parameters, present)


def _vouchers(scope: SourceScope, kept: dict[str, str], columns: Sequence[str]) -> Source:
    headers, from_sql, parameters, present = voucher_source(scope.actor, scope.chain, kept, columns, now=scope.now)
    return Source(headers, from_sql, VOUCHER_COLUMNS, "f.id", parameters, present)


def _gift_cards(scope: SourceScope, kept: dict[str, str], columns: Sequence[str]) -> Source:
    headers, from_sql, parameters, present = gift_card_source(scope.actor, scope.chain, kept, columns, now=scope.now)
    return Source(headers, from_sql, GIFT_CARD_COLUMNS, "g.id", parameters, present)
