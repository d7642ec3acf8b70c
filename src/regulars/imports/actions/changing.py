"""Changing what exists: balances by postings, details of customers set by set, with what an undo needs."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from regulars.imports.queries.facts import FactsScope, StagedRow
from regulars.imports.rules.decide import Decision
from regulars.imports.rules.details import PHONES_KEY
from regulars.kernel.text import email_key, search_form
from regulars.ledger.actions.post import post
from regulars.ledger.queries.accounts import lock_accounts
from regulars.ledger.rules.plan import Plan, plan_change
from regulars.ledger.rules.posting import Leg, Posting
from regulars.platform.actor import Actor
from regulars.platform.database import rows
from regulars.platform.hot import open_cursor
from regulars.programs.queries import new_lot_times

POSTINGS_MAX: Final = 1_000


def change_balances(
    actor: Actor,
    scope: FactsScope,
    import_id: UUID,
    decided: Sequence[tuple[StagedRow, Decision]],
    location: UUID | None,
) -> list[int]:
    """Post the changes of rows about existing cards; returns the rows whose change is no longer possible.

    Runs inside the chunk's unit of work, under the accounts' locks.
    """
    ids = dict(zip(scope.names, scope.balance_ids, strict=True))
    card_ids = [decision.card.id for _, decision in decided if decision.card and decision.changes]
    if not card_ids:
        return []
    found = rows("SELECT card_id, balance_type_id, id FROM accounts WHERE card_id = ANY(%s::uuid[])", [card_ids])
    accounts = {(card_id, balance_type_id): account_id for card_id, balance_type_id, account_id in found}
    cursor = open_cursor()
    states = lock_accounts(cursor, accounts.values(), now=scope.now)
    times = new_lot_times(actor.chain_id, scope.balance_ids, now=scope.now)
    postings: list[Posting] = []
    failed: list[int] = []
    for one, decision in decided:
        if decision.card is None or not decision.changes:
            continue
        card_id = UUID(decision.card.id)
        plans = [
            (
                # What people have already is no news that would have to wait, so no delay.
                plan_change(
                    states[accounts[card_id, ids[change.balance]]],
                    change.delta,
                    now=scope.now,
                    expires_at=times[ids[change.balance]][1] if change.delta > 0 else None,
                ),
                change,
            )
            for change in decision.changes
        ]
        if not all(isinstance(plan, Plan) for plan, _ in plans):
            failed.append(one.facts.row)
            continue
        postings.extend(
            Posting(
                kind="import",
                source="import",
                at=scope.now,
                legs=(Leg(plan=plan, card_id=card_id, balance_type_id=ids[change.balance]),),
                staff_id=actor.staff_id,
                key_id=actor.key_id,
                location_id=location,
                import_id=import_id,
            )
            for plan, change in plans
            if isinstance(plan, Plan)
        )
    for start in range(0, len(postings), POSTINGS_MAX):
        post(cursor, actor, postings[start : start + POSTINGS_MAX])
    return failed


KEEP: Final = """
INSERT INTO imported_customers (chain_id, import_id, customer_id, before, after)
SELECT %(chain)s, %(import)s, c.id,
    (SELECT jsonb_object_agg(key, CASE key WHEN 'phones' THEN to_jsonb(ARRAY(SELECT p.phone FROM customer_phones p
        WHERE p.customer_id = c.id ORDER BY p.position, p.phone)) ELSE to_jsonb(c) -> key END)
        FROM jsonb_object_keys(wanted.changes) AS key), wanted.changes
FROM unnest(%(ids)s::uuid[], %(changes)s::jsonb[]) AS wanted (id, changes)
JOIN customers c ON c.id = wanted.id AND c.chain_id = %(chain)s
ON CONFLICT (import_id, customer_id) DO UPDATE SET after = imported_customers.after || EXCLUDED.after,
    before = EXCLUDED.before || imported_customers.before
"""
CHANGE: Final = """
UPDATE customers c SET
    name = coalesce(w.changes ->> 'name', c.name), search_name = coalesce(w.changes ->> 'search_name', c.search_name),
    email = coalesce(w.changes ->> 'email', c.email), email_key = coalesce(w.changes ->> 'email_key', c.email_key),
    birthday = coalesce((w.changes ->> 'birthday')::date, c.birthday),
    language = coalesce(w.changes ->> 'language', c.language), comment = coalesce(w.changes ->> 'comment', c.comment),
    external_id = CASE WHEN w.changes ? 'external_id' AND NOT EXISTS (SELECT FROM customers x
        WHERE x.chain_id = %(chain)s AND x.external_id = w.changes ->> 'external_id')
        THEN w.changes ->> 'external_id' ELSE c.external_id END,
    tags = CASE WHEN w.changes ? 'tags' THEN ARRAY(SELECT jsonb_array_elements_text(w.changes -> 'tags'))
        ELSE c.tags END,
    custom = coalesce(w.changes -> 'custom', c.custom), version = c.version + 1
FROM unnest(%(ids)s::uuid[], %(changes)s::jsonb[]) AS w (id, changes)
WHERE c.id = w.id AND c.chain_id = %(chain)s
"""
LEAVE_TAGS: Final = """
DELETE FROM customer_tags g USING unnest(%(ids)s::uuid[], %(changes)s::jsonb[]) AS w (id, changes)
WHERE g.chain_id = %(chain)s AND g.customer_id = w.id AND w.changes ? 'tags'
    AND g.tag NOT IN (SELECT jsonb_array_elements_text(w.changes -> 'tags'))
"""
TAGS: Final = """
INSERT INTO customer_tags (chain_id, tag, customer_id)
SELECT %(chain)s, tag, w.id FROM unnest(%(ids)s::uuid[], %(changes)s::jsonb[]) AS w (id, changes)
CROSS JOIN LATERAL jsonb_array_elements_text(w.changes -> 'tags') AS tag
WHERE w.changes ? 'tags' ON CONFLICT DO NOTHING
"""
LEAVE_PHONES: Final = """
DELETE FROM customer_phones p USING unnest(%(ids)s::uuid[], %(changes)s::jsonb[]) AS w (id, changes)
WHERE p.chain_id = %(chain)s AND p.customer_id = w.id AND w.changes ? 'phones'
    AND p.phone NOT IN (SELECT jsonb_array_elements_text(w.changes -> 'phones'))
"""
PHONES: Final = """
INSERT INTO customer_phones (chain_id, phone, customer_id, position)
SELECT DISTINCT ON (f.phone) %(chain)s::uuid, f.phone, w.id, f.place - 1 FROM unnest(%(ids)s::uuid[], %(changes)s::jsonb[]) AS w (id, changes)
CROSS JOIN LATERAL jsonb_array_elements_text(w.changes -> 'phones') WITH ORDINALITY AS f (phone, place)
WHERE w.changes ? 'phones' ORDER BY f.phone
ON CONFLICT (chain_id, phone) DO UPDATE SET position = EXCLUDED.position
    WHERE customer_phones.customer_id = EXCLUDED.customer_id
"""
LOCK: Final = (
    "SELECT FROM customers WHERE chain_id = %(chain)s AND id = ANY(%(ids)s::uuid[]) ORDER BY id FOR NO KEY UPDATE"
)


def change_details(
    actor: Actor,
    import_id: UUID,
    decided: Sequence[tuple[StagedRow, Decision]],
    known_custom: dict[UUID, dict[str, Any]],
) -> list[UUID]:
    """Write the details of known customers that the file fills or overwrites; returns who got a new phone."""
    wanted: dict[UUID, dict[str, Any]] = {}
    phoned: list[UUID] = []
    for one, decision in decided:
        customer = customer_of(one, decision)
        if customer is None or not one.details:
            continue
        changes = as_columns(one.details, known_custom.get(customer, {}))
        wanted[customer] = wanted.get(customer, {}) | changes
        if PHONES_KEY in changes:
            phoned.append(customer)
    values: dict[str, Any] = {
        "chain": actor.chain_id,
        "import": import_id,
        "ids": list(wanted),
        "changes": [Jsonb(changes) for changes in wanted.values()],
    }
    if wanted:
        rows(LOCK, values)
        rows(KEEP, values)
        rows(CHANGE, values)
        rows(LEAVE_TAGS, values)
        rows(TAGS, values)
    if phoned:
        rows(LEAVE_PHONES, values)
        rows(PHONES, values)
    return phoned


def customer_of(one: StagedRow, decision: Decision) -> UUID | None:
    """The known customer that a row is about."""
    if decision.card is not None and decision.card.customer:
        return UUID(decision.card.customer)
    known = one.found.customer_by_phone or one.found.customer_by_email
    return UUID(known) if known and decision.customer == "known" else None


def as_columns(details: dict[str, Any], custom: dict[str, Any]) -> dict[str, Any]:
    """The planned details as columns of `customers`, ready for JSON."""
    changes: dict[str, Any] = {}
    for name, value in details.items():
        if name.startswith("custom:"):
            changes["custom"] = changes.get("custom", custom) | {name.removeprefix("custom:"): value}
        elif name == "notes":
            changes["comment"] = value
        elif name == "birthday":
            changes["birthday"] = value.isoformat()
        else:
            changes[name] = value
    if "name" in changes:
        changes["search_name"] = search_form(changes["name"])
    if "email" in changes:
        changes["email_key"] = email_key(changes["email"])
    return changes
