"""Making customers and cards of a chunk, set by set, from the staging tables (DESIGN section 4, Spreadsheets)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from regulars.cards.actions.numbers import take_generated_numbers, take_lane, take_short_numbers
from regulars.cards.queries.types import CardTypeView
from regulars.imports.actions.fresh import MADE_NAME, Chunk, made_customers, rows_of
from regulars.imports.queries.facts import FactsScope
from regulars.imports.rules.details import PHONES_KEY
from regulars.kernel.ids import new_stem, stem_sql
from regulars.kernel.text import number_key
from regulars.ledger.events import BALANCE_CHANGED
from regulars.platform.actor import Actor
from regulars.platform.database import row, rows
from regulars.platform.events import ArrayText, announce
from regulars.programs.rules.expiry import lot_end

MADE_COLUMNS: Final = (
    '"row"', "card_id", "customer_id", "is_new_customer", "phone", "number", "number_key", "holder", "opening",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """One row's new card and, maybe, new customer. `opening` holds one amount per balance type of the program."""

    row: int
    card_id: UUID | None
    customer_id: UUID | None
    is_new_customer: bool
    phone: str | None
    number: str | None
    opening: tuple[int, ...] = ()

    @property
    def holder(self) -> str | None:
        """How the guard against a second card knows the holder."""
        return f"c:{self.customer_id}" if self.customer_id else f"p:{self.phone}" if self.phone else None


CUSTOMERS: Final = """
INSERT INTO customers (id, chain_id, external_id, name, search_name, email, email_key, birthday, language, tags, custom,
    comment, import_id, version, created_at)
SELECT m.customer_id, %(chain)s,
    {external_id},
    coalesce(r.name, ''), coalesce(r.search_name, ''), r.email, r.email_key, r.birthday, coalesce(r.language, ''),
    coalesce(r.tags, '{{}}') || %(marks)s::text[], coalesce(jsonb_strip_nulls(r.custom), '{{}}'), coalesce(r.notes, ''), %(import)s, 1, %(now)s
FROM {made} m JOIN {rows} r USING ("row") WHERE m.is_new_customer
"""
FREE_EXTERNAL_ID: Final = """CASE WHEN EXISTS (SELECT FROM customers x WHERE x.chain_id = %(chain)s
        AND x.external_id = r.external_id) THEN NULL ELSE r.external_id END"""
PHONES: Final = """
INSERT INTO customer_phones (chain_id, phone, customer_id, position)
SELECT %(chain)s, m.phone, m.customer_id, 0 FROM {made} m
WHERE m.is_new_customer AND m.phone IS NOT NULL ORDER BY m.phone
"""
FURTHER_PHONES: Final = """
INSERT INTO customer_phones (chain_id, phone, customer_id, position)
SELECT %(chain)s, f.phone, m.customer_id, f.position FROM {made} m JOIN {rows} r USING ("row")
CROSS JOIN unnest(r.phones) WITH ORDINALITY AS f (phone, position)
WHERE m.is_new_customer AND f.phone <> '' ORDER BY f.phone
ON CONFLICT DO NOTHING
"""
TAGS: Final = """
INSERT INTO customer_tags (chain_id, tag, customer_id)
SELECT DISTINCT %(chain)s::uuid, tag, m.customer_id FROM {made} m JOIN {rows} r USING ("row")
CROSS JOIN unnest(coalesce(r.tags, '{{}}') || %(marks)s::text[]) AS tag
WHERE m.is_new_customer
"""
CONSENTS: Final = """
INSERT INTO consents (id, chain_id, customer_id, purpose, given, source, text_version, at)
SELECT regulars_uuid7(), %(chain)s, m.customer_id, 'marketing', r.consent, %(source)s, '', %(now)s
FROM {made} m JOIN {rows} r USING ("row")
WHERE m.is_new_customer AND r.consent IS NOT NULL
"""
CARDS: Final = """
INSERT INTO cards (id, chain_id, card_type_id, customer_id, phone, number, short_number, status, status_reason,
    platforms, issued_at, issued_through, issued_location_id, expires_at, last_activity_at, import_id, link_version,
    version)
SELECT m.card_id, %(chain)s, %(type)s, m.customer_id, CASE WHEN m.customer_id IS NULL THEN m.phone END,
    coalesce(m.number, n.number), n.short_number, 'active', '', ARRAY['web'],
    coalesce(r.issued::timestamp AT TIME ZONE %(zone)s, %(now)s), 'import', %(location)s, %(expires_at)s, %(now)s,
    %(import)s, 1, 1
FROM {made} m JOIN {rows} r USING ("row")
JOIN unnest(string_to_array(%(cards)s, ',')::uuid[], string_to_array(%(numbers)s, ','), string_to_array(%(shorts)s, ','))
    AS n (card_id, number, short_number) ON n.card_id = m.card_id
ORDER BY m."row"
"""
NUMBERS: Final = """
INSERT INTO card_numbers (chain_id, key, card_id)
SELECT %(chain)s, m.number_key, m.card_id FROM {made} m WHERE m.card_id IS NOT NULL AND m.number IS NOT NULL
ORDER BY m.number_key
"""
SLOTS: Final = """
INSERT INTO card_slots (chain_id, card_type_id, holder, card_id)
SELECT %(chain)s, %(type)s, m.holder, m.card_id FROM {made} m
WHERE m.card_id IS NOT NULL AND m.holder IS NOT NULL ORDER BY m.holder
"""
LEDGER: Final = """
WITH counted AS (
    SELECT m.card_id, b.id AS balance_type_id, m.opening[b.position] AS amount, 4 * row_number() OVER () AS place,
        coalesce(CASE WHEN b.id = ANY(%(expiring)s::uuid[]) THEN (r.expires + 1)::timestamp AT TIME ZONE %(zone)s END, b.ends)
            AS expires_at
    FROM {made} m JOIN {rows} r USING ("row")
    CROSS JOIN unnest(%(balance_types)s::uuid[], %(lot_ends)s::timestamptz[]) WITH ORDINALITY AS b (id, ends, position)
    WHERE m.card_id IS NOT NULL
), moves AS MATERIALIZED (
    SELECT counted.*, {account_id} AS account_id, {transaction_id} AS transaction_id, {entry_id} AS entry_id,
        {lot_id} AS lot_id
    FROM counted
), opened AS (
    INSERT INTO accounts (id, chain_id, card_id, balance_type_id, balance, held, allows_debt, version)
    SELECT account_id, %(chain)s, card_id, balance_type_id, amount, 0, false, CASE WHEN amount = 0 THEN 0 ELSE 1 END
    FROM moves
), posted AS (
    INSERT INTO transactions (id, chain_id, card_id, kind, source, at, staff_id, key_id, location_id, import_id)
    SELECT transaction_id, %(chain)s, card_id, 'import', 'import', %(now)s, %(staff)s, %(key)s, %(location)s, %(import)s
    FROM moves WHERE amount <> 0
), entered AS (
    INSERT INTO entries (id, chain_id, transaction_id, account_id, card_id, balance_type_id, kind, amount,
        balance_after, at)
    SELECT entry_id, %(chain)s, transaction_id, account_id, card_id, balance_type_id, 'import', amount, amount, %(now)s
    FROM moves WHERE amount <> 0
), lotted AS (
    INSERT INTO lots (id, chain_id, account_id, card_id, entry_id, amount, remaining, activates_at, expires_at)
    SELECT lot_id, %(chain)s, account_id, card_id, entry_id, amount, amount, %(now)s, expires_at
    FROM moves WHERE amount <> 0
)
SELECT (SELECT array_agg(card_id) FROM {made} WHERE card_id IS NOT NULL)::text,
    (SELECT coalesce(array_agg(transaction_id), '{{}}') FROM moves WHERE amount <> 0)::text
"""
OPENINGS: Final = """
INSERT INTO opening_figures (id, chain_id, import_id, card_id, customer_id, sold, paid, visits, first_visit, last_visit)
SELECT regulars_uuid7(), %(chain)s, %(import)s, m.card_id, m.customer_id, r.sold, r.paid, r.visits, r.first_visit,
    r.last_visit
FROM {made} m JOIN {rows} r USING ("row")
WHERE coalesce(r.sold, r.paid, r.visits) IS NOT NULL OR coalesce(r.first_visit, r.last_visit) IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class MakingScope:
    """What all new cards of an import share."""

    import_id: UUID
    source: str
    zone: str
    location_id: UUID | None
    now: datetime
    has_openings: bool
    has_tags: bool
    has_consents: bool
    has_external_ids: bool
    tags: tuple[str, ...] = ()


def make_chunk(
    actor: Actor,
    scope: FactsScope,
    making: MakingScope,
    card_type: CardTypeView | None,
    made: Sequence[Made],
    chunk: Chunk,
) -> list[UUID]:
    """Write the new customers and cards of one chunk with their accounts, opening balances and one event.

    These are the fresh ones that lie in this transaction's table already, and those `made` besides. Returns the new
    customers. Runs inside the chunk's unit of work. A number or phone that somebody took at this instant raises a unique
    violation: the chunk is rolled back and decided anew.
    """
    _copy_made(made)
    values: dict[str, Any] = {
        "chain": actor.chain_id,
        "import": making.import_id,
        "now": making.now,
        "source": making.source,
        "zone": making.zone,
        "location": making.location_id,
        "staff": actor.staff_id,
        "key": actor.key_id,
        "marks": list(making.tags),
    }
    names = {
        "made": MADE_NAME,
        "rows": rows_of(scope, chunk),
        "external_id": FREE_EXTERNAL_ID if making.has_external_ids else "NULL",
    }
    customers = made_customers()
    if customers:
        rows(CUSTOMERS.format_map(names), values)
        rows(PHONES.format_map(names), values)
        if PHONES_KEY in scope.details:
            rows(FURTHER_PHONES.format_map(names), values)
        if making.has_tags or making.tags:
            rows(TAGS.format_map(names), values)
        if making.has_consents:
            rows(CONSENTS.format_map(names), values)
    if card_type is not None:
        _make_cards(actor, card_type, names, values)
    if making.has_openings:
        rows(OPENINGS.format_map(names), values)
    return customers


def _make_cards(actor: Actor, card_type: CardTypeView, names: dict[str, str], values: dict[str, Any]) -> None:
    zone = ZoneInfo(values["zone"])
    values = values | {
        "type": card_type.id,
        "balance_types": [balance.id for balance in card_type.balance_types],
        # Counted from the import; what people have already is no news that would have to wait, so no delay.
        "lot_ends": [lot_end(balance.expiry, values["now"], zone) for balance in card_type.balance_types],
        "expiring": [balance.id for balance in card_type.balance_types if balance.kind == "points"],
        "expires_at": values["now"] + timedelta(days=card_type.valid_days) if card_type.valid_days else None,
    }
    found = rows(f'SELECT card_id::text, number IS NULL FROM {MADE_NAME} WHERE card_id IS NOT NULL ORDER BY "row"')
    if not found:
        return
    cards = [one[0] for one in found]
    generated = [card for card, is_unnumbered in found if is_unnumbered]
    if len(generated) < len(cards):
        rows(NUMBERS.format_map(names), values)
    lane = take_lane(actor.chain_id)
    numbers = take_generated_numbers(actor.chain_id, generated, number_format=card_type.number_format, lane=lane)
    shorts = take_short_numbers(actor.chain_id, cards, lane=lane)
    values |= {
        "cards": ",".join(cards),
        # Nothing that is generated has a comma.
        "numbers": ",".join(numbers.get(card, "") for card in cards),
        "shorts": ",".join(shorts[card] for card in cards),
    }
    rows(CARDS.format_map(names), values)
    if not card_type.several_per_customer:
        rows(SLOTS.format_map(names), values)
    for place, name in enumerate(("account_id", "transaction_id", "entry_id", "lot_id")):
        names[name] = stem_sql("%(stem)s", f"place + {place}")
    posted = row(LEDGER.format_map(names), values | {"stem": new_stem()})
    assert posted is not None
    announce(
        actor.chain_id,
        BALANCE_CHANGED,
        now=values["now"],
        card_ids=ArrayText(posted[0]),
        transaction_ids=ArrayText(posted[1]),
        payload={"kind": "import", "import": str(values["import"])},
    )


def _copy_made(made: Sequence[Made]) -> None:
    if not made:
        return
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {MADE_NAME} ({', '.join(MADE_COLUMNS)}) FROM STDIN") as copy,
    ):
        for one in made:
            number = one.number.strip() if one.number else None
            copy.write_row(
                (
                    one.row,
                    one.card_id,
                    one.customer_id,
                    one.is_new_customer,
                    one.phone,
                    number,
                    number_key(number) if number else None,
                    one.holder,
                    list(one.opening),
                )
            )
