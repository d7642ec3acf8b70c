"""What the chain knows of the rows of a file: gathered set by set, the same when checking and under lock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.imports.queries.people import Fields, add_phone, further_phones, is_blank, known_details
from regulars.imports.queries.tables import Staging
from regulars.imports.reading import cells
from regulars.imports.rules.decide import Balance, CardFacts, Found, RowFacts
from regulars.imports.rules.details import PHONES_KEY, do_names_agree
from regulars.imports.rules.plan import ReadingPlan
from regulars.imports.rules.problems import unpack_issue
from regulars.ledger.queries.accounts import SPENDABLE
from regulars.platform.database import from_json, row, rows

CARDS_PER_PERSON_MAX: Final = 6
ZERO_PADDED_MAX: Final = 16


@dataclass(frozen=True, slots=True)
class FactsScope:
    """What all rows of an import share when facts are gathered."""

    chain_id: UUID
    card_type_id: UUID | None
    tables: Staging
    plan: ReadingPlan
    balance_ids: tuple[UUID, ...]
    """Ids of the plan's balance types, in its order."""

    fields: Fields
    now: datetime
    details: frozenset[str]
    """The fields of a customer that the file has a column for."""

    names: tuple[str, ...]
    """External ids of the plan's balance types, in its order."""


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A staged row with what was found; `details` are the fields of the known customer that will change."""

    facts: RowFacts
    found: Found
    email_key: str | None
    details: dict[str, Any] = field(default_factory=dict)


ROWS: Final = """
SELECT r."row", r.skip, r.issues, r.phone, r.number, r.number_key, r.email, r.email_key, r.name, r.version, r.amounts,
    r.birthday, r.language, r.notes, r.external_id, r.tags, r.custom, r.letters, r.phones
FROM {rows} r WHERE {where} ORDER BY r."row"
"""
BY_NUMBER: Final = """
SELECT r."row", n.card_id, n.replaced_at IS NOT NULL FROM {rows} r
JOIN card_numbers n ON n.chain_id = %(chain)s AND n.key = r.number_key
WHERE {where} AND r.number_key IS NOT NULL
"""
CUSTOMERS: Final = """
SELECT r."row", 'p', p.customer_id FROM {rows} r
JOIN customer_phones p ON p.chain_id = %(chain)s AND p.phone = r.phone
WHERE {where} AND r.phone IS NOT NULL
UNION ALL
SELECT r."row", 'e', c.id FROM {rows} r
JOIN customers c ON c.chain_id = %(chain)s AND c.email_key = r.email_key
WHERE {where} AND r.email_key IS NOT NULL
"""
UNCLAIMED: Final = """
SELECT r."row", k.id FROM {rows} r
JOIN cards k ON k.chain_id = %(chain)s AND k.phone = r.phone AND k.customer_id IS NULL AND k.phone IS NOT NULL
WHERE {where} AND r.phone IS NOT NULL AND k.card_type_id = %(type)s AND k.status NOT IN ('deleted', 'undone')
"""
HELD: Final = """
SELECT k.customer_id, k.id FROM cards k
WHERE k.chain_id = %(chain)s AND k.customer_id = ANY(%(customers)s::uuid[]) AND k.card_type_id = %(type)s
    AND k.status NOT IN ('deleted', 'undone')
ORDER BY k.customer_id, k.id DESC
"""
CARDS: Final = """
SELECT k.id, k.number, k.card_type_id = %(type)s, k.status, k.customer_id, k.phone,
    ARRAY(SELECT p.phone FROM customer_phones p WHERE p.customer_id = k.customer_id)
FROM cards k WHERE k.chain_id = %(chain)s AND k.id = ANY(%(cards)s::uuid[])
"""
BALANCES: Final = f"""
SELECT a.card_id, a.balance_type_id, a.balance, coalesce(l.live, 0) + coalesce(g.live, 0),
    sum(a.version) OVER (PARTITION BY a.card_id)
FROM accounts a {SPENDABLE}
WHERE a.card_id = ANY(%(cards)s::uuid[])
"""
LATER: Final = """
SELECT wanted.card_id, e.balance_type_id, sum(e.amount)
FROM unnest(%(cards)s::uuid[], %(counts)s::bigint[]) AS wanted (card_id, count)
CROSS JOIN LATERAL (
    SELECT balance_type_id, amount FROM entries WHERE entries.card_id = wanted.card_id ORDER BY id DESC
    LIMIT wanted.count
) e
GROUP BY 1, 2
"""
KNOWN: Final = """
SELECT c.id, c.name, c.email, c.birthday, c.language, c.comment, c.external_id, c.tags, c.custom,
    ARRAY(SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id ORDER BY p.position, p.phone)
FROM customers c WHERE c.chain_id = %(chain)s AND c.id = ANY(%(customers)s::uuid[])
"""
OWNERS: Final = """
SELECT p.phone, p.customer_id, coalesce(nullif(c.name, ''), c.email, p.phone)
FROM customer_phones p JOIN customers c ON c.id = p.customer_id
WHERE p.chain_id = %(chain)s AND p.phone = ANY(%(phones)s::text[])
"""
ZEROS: Final = """
SELECT wanted.written, min(n.key) FROM unnest(%(written)s::text[], %(padded)s::text[]) AS wanted (written, padded)
JOIN card_numbers n ON n.chain_id = %(chain)s AND n.key = wanted.padded AND n.replaced_at IS NULL
GROUP BY 1
"""


def gather(scope: FactsScope, where: str, parameters: dict[str, Any]) -> list[StagedRow]:
    """Read staged rows with everything that deciding them needs, in at most ten statements however many they are.

    `where` limits the rows (alias r); `parameters` are its values.
    """
    values = parameters | {"chain": scope.chain_id, "type": scope.card_type_id}
    table = {"rows": scope.tables.rows, "where": where}
    staged = rows(ROWS.format_map(table), values)
    numbers = {number: (card, replaced) for number, card, replaced in rows(BY_NUMBER.format_map(table), values)}
    by_phone: dict[int, UUID] = {}
    by_email: dict[int, list[UUID]] = {}
    for at, how, customer in rows(CUSTOMERS.format_map(table), values):
        if how == "p":
            by_phone[at] = customer
        else:
            by_email.setdefault(at, []).append(customer)
    unclaimed: dict[int, list[UUID]] = {}
    for at, card in rows(UNCLAIMED.format_map(table), values):
        unclaimed.setdefault(at, []).append(card)
    customers = {*by_phone.values(), *(one for several in by_email.values() for one in several)}
    held: dict[UUID, list[UUID]] = {}
    for customer, card in rows(HELD, values | {"customers": list(customers)}) if customers else ():
        held.setdefault(customer, []).append(card)
    named = {card for card, _ in numbers.values()}
    wanted = {*named, *(one for cards in (*held.values(), *unclaimed.values()) for one in cards[:CARDS_PER_PERSON_MAX])}
    versions = {
        card: staged_row[9]
        for staged_row in staged
        if staged_row[9] is not None
        for card in _candidates(staged_row[0], numbers, unclaimed, by_phone, by_email, held)
    }
    cards = read_cards(scope, wanted, versions)
    known = _read_known(scope, customers | {UUID(card.customer) for card in cards.values() if card.customer})
    zeros = _read_zeros(scope, staged, numbers)
    owners = _read_owners(scope, staged)
    return [
        _staged_row(scope, values_of_row, numbers, by_phone, by_email, unclaimed, held, cards, known, zeros, owners)
        for values_of_row in staged
    ]


def _candidates(
    at: int,
    numbers: dict[int, tuple[UUID, bool]],
    unclaimed: dict[int, list[UUID]],
    by_phone: dict[int, UUID],
    by_email: dict[int, list[UUID]],
    held: dict[UUID, list[UUID]],
) -> Iterable[UUID]:
    if at in numbers:
        yield numbers[at][0]
    yield from unclaimed.get(at, ())
    for customer in (by_phone.get(at), *by_email.get(at, ())):
        if customer:
            yield from held.get(customer, ())


def read_cards(scope: FactsScope, ids: Iterable[UUID], versions: dict[UUID, int]) -> dict[UUID, CardFacts]:
    """Cards with their balances; `versions` says at which ledger position of the card its row was exported."""
    wanted = list(ids)
    if not wanted:
        return {}
    values = {"chain": scope.chain_id, "type": scope.card_type_id, "cards": wanted, "now": scope.now}
    balances: dict[UUID, dict[UUID, tuple[int, int]]] = {}
    positions: dict[UUID, int] = {}
    for card, balance_type, total, available, position in rows(BALANCES, values):
        balances.setdefault(card, {})[balance_type] = (total, int(available))
        positions[card] = int(position)
    stale = {card: positions[card] - version for card, version in versions.items() if positions.get(card, 0) > version}
    later: dict[tuple[UUID, UUID], int] = {}
    if stale:
        counts = {"cards": list(stale), "counts": list(stale.values())}
        later = {(card, balance_type): int(amount) for card, balance_type, amount in rows(LATER, counts)}
    names = dict(zip(scope.balance_ids, scope.names, strict=True))
    cards: dict[UUID, CardFacts] = {}
    for card, number, is_same_type, status, customer, phone, phones in rows(CARDS, values):
        own = balances.get(card, {})
        cards[card] = CardFacts(
            id=str(card),
            number=number,
            is_same_type=bool(is_same_type),
            status="deleted" if status == "undone" else status,
            customer=str(customer) if customer else None,
            phones=tuple(phones) if customer else (phone,) if phone else (),
            balances={
                name: _balance(own[identifier], later.get((card, identifier)), versions.get(card))
                for identifier, name in names.items()
                if identifier in own
            },
        )
    return cards


def _balance(figures: tuple[int, int], later: int | None, version: int | None) -> Balance:
    total, available = figures
    if later is None or version is None:
        return Balance(total=total, available=available)
    return Balance(total=total, available=available, version=version + 1, at_version=total - later)


def _read_known(scope: FactsScope, customers: set[UUID]) -> dict[UUID, dict[str, Any]]:
    if not scope.details or not customers:
        return {}
    known: dict[UUID, dict[str, Any]] = {}
    for values in rows(KNOWN, {"chain": scope.chain_id, "customers": list(customers)}):
        identifier, name, email, birthday, language, comment, external_id, tags, custom, phones = values
        known[identifier] = {
            "name": name,
            "email": email,
            "birthday": birthday,
            "language": language,
            "notes": comment,
            "external_id": external_id,
            "tags": tags,
            "phone": phones[0] if phones else None,
            PHONES_KEY: phones,
            **{f"custom:{key}": value for key, value in from_json(custom).items()},
        }
    return known


def _read_owners(scope: FactsScope, staged: Sequence[Sequence[Any]]) -> dict[str, tuple[UUID, str]]:
    """Whose the further phones of the rows are by now: the customer and what they are called."""
    phones = {phone for values in staged for phone in values[18] or () if phone}
    if not phones:
        return {}
    found = rows(OWNERS, {"chain": scope.chain_id, "phones": list(phones)})
    return {phone: (customer, name) for phone, customer, name in found}


def has_leading_zeros(chain_id: UUID) -> bool:
    """Whether any card number of the chain begins with a zero, which a spreadsheet may have taken away."""
    return (
        row("SELECT 1 FROM card_numbers WHERE chain_id = %s AND key >= '0' AND key < '1' LIMIT 1", [chain_id])
        is not None
    )


def _read_zeros(
    scope: FactsScope, staged: Sequence[Sequence[Any]], numbers: dict[int, tuple[UUID, bool]]
) -> dict[str, str]:
    # A spreadsheet takes zeros from the front of numbers only, so text cells are what they say.
    column = scope.plan.column_of("number")
    written = {
        values[5]
        for values in staged
        if column
        and values[5]
        and values[0] not in numbers
        and values[17][column.index : column.index + 1] == cells.NUMBER
    }
    if not written or not has_leading_zeros(scope.chain_id):
        return {}
    padded = [(key, key.zfill(size)) for key in written for size in range(len(key) + 1, ZERO_PADDED_MAX + 1)]
    return dict(
        rows(
            ZEROS,
            {
                "chain": scope.chain_id,
                "written": [key for key, _ in padded],
                "padded": [key for _, key in padded],
            },
        )
    )


def _staged_row(
    scope: FactsScope,
    values: Sequence[Any],
    numbers: dict[int, tuple[UUID, bool]],
    by_phone: dict[int, UUID],
    by_email: dict[int, list[UUID]],
    unclaimed: dict[int, list[UUID]],
    held: dict[UUID, list[UUID]],
    cards: dict[UUID, CardFacts],
    known: dict[UUID, dict[str, Any]],
    zeros: dict[str, str],
    owners: dict[str, tuple[UUID, str]],
) -> StagedRow:
    row_number, skip, issues, phone, number, number_key, email, key, name, version, amounts = values[:11]
    by_number = numbers.get(row_number)
    number_card = cards.get(by_number[0]) if by_number else None
    customer_by_phone = by_phone.get(row_number)
    emailed = by_email.get(row_number, ())
    customer = customer_by_phone or (emailed[0] if len(emailed) == 1 else None)
    if number_card and by_number and by_number[1]:
        # The number was replaced: it names a card that has another number now, and is nobody's any more.
        number_card = CardFacts(id=number_card.id, number=number or "", is_same_type=False, status="deleted")
    elif number_card and number_card.customer:
        customer = UUID(number_card.customer)
    email_cards = [card for one in emailed for card in held.get(one, ())]
    is_new_phone = scope.card_type_id is not None and phone and not (customer_by_phone or unclaimed.get(row_number))
    is_theirs = bool(
        is_new_phone
        and customer
        and not email_cards
        and (number_card is None or is_blank(number_card))
        and do_names_agree(name, known.get(customer, {}).get("name"))
    )
    # An unknown phone beside a known e-mail is that person's, unless the name says that it is somebody else.
    is_known = not is_new_phone or email_cards or is_theirs or (number_card and number_card.customer)
    phones, taken = further_phones(scope.fields, values, customer if is_known else None, owners)
    details = known_details(scope.fields, values, known.get(customer), [one for _, one in phones]) if customer else {}
    added = add_phone(scope.fields, details, phone, known[customer]) if is_theirs and customer else []
    facts = RowFacts(
        row=row_number,
        phone=phone,
        number_key=number_key,
        number=number,
        email=email,
        is_named=bool(name or email or values[11]),
        amounts={
            balance: amount for balance, amount in zip(scope.names, amounts or (), strict=False) if amount is not None
        },
        version=version,
        skip=skip,
        phones=tuple((field, one) for field, one in phones if one),
        issues=(*(unpack_issue(issue) for issue in issues), *taken, *added),
    )
    phone_cards = [*held.get(customer_by_phone, ())] if customer_by_phone else [*unclaimed.get(row_number, ())]
    found = Found(
        by_number=number_card,
        by_phone=tuple(cards[card] for card in phone_cards[:CARDS_PER_PERSON_MAX] if card in cards),
        by_email=tuple(cards[card] for card in email_cards[:CARDS_PER_PERSON_MAX] if card in cards),
        customer_by_phone=str(customer_by_phone) if customer_by_phone else None,
        customer_by_email=str(emailed[0]) if len(emailed) == 1 else None,
        zeros_number=zeros.get(number_key) if number_key and row_number not in numbers else None,
        details_change=bool(details),
        is_email_theirs=is_theirs,
    )
    return StagedRow(facts=facts, found=found, email_key=key, details=details)
