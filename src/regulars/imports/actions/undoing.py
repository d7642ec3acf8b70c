"""Taking an import back: every change by its own amount, whatever came after; new cards nobody used disappear (IMP-7)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import structs

from regulars.imports.actions.bearers import take_back_some
from regulars.imports.actions.telling import tell
from regulars.imports.models import Import
from regulars.imports.rules.code_cells import CODE_KINDS
from regulars.ledger.actions.post import LostRace, post
from regulars.ledger.queries.accounts import drawn_lots, lock_accounts
from regulars.ledger.rules.chained import after
from regulars.ledger.rules.plan import AccountState, DrawnLot, Plan, plan_change, plan_return
from regulars.ledger.rules.posting import Leg, Posting, Taken
from regulars.orders.actions.history import count_history, forget_history
from regulars.platform.actor import ALL_RIGHTS, Actor
from regulars.platform.database import retried, rows, unit_of_work
from regulars.platform.hot import open_cursor
from regulars.platform.random_wait import wait_before_retry
from regulars.programs.queries import lives_of_returned_lots

CARDS_PER_STEP: Final = 1_000
ORDERS_PER_STEP: Final = 2_000
CARDS_AHEAD: Final = 50_000
ATTEMPTS_MAX: Final = 5


TOUCHED: Final = """
SELECT DISTINCT t.card_id FROM transactions t
WHERE t.import_id = %(import)s AND t.kind = 'import' AND (%(after)s::uuid IS NULL OR t.card_id > %(after)s)
UNION
SELECT k.id FROM cards k WHERE k.import_id = %(import)s AND k.status <> 'undone'
    AND (%(after)s::uuid IS NULL OR k.id > %(after)s)
UNION
SELECT c.card_id FROM imported_claims c WHERE c.import_id = %(import)s
    AND (%(after)s::uuid IS NULL OR c.card_id > %(after)s)
ORDER BY 1 LIMIT %(limit)s
"""
MOVES: Final = """
SELECT t.id, e.id, e.account_id, e.card_id, e.balance_type_id, e.amount,
    (SELECT l.id FROM lots l WHERE l.account_id = e.account_id AND l.entry_id = e.id AND l.remaining > 0 LIMIT 1),
    coalesce((SELECT min(r.left_after) FROM reversals r WHERE r.original_id = t.id), abs(e.amount)),
    coalesce((SELECT max(r.ordinal) FROM reversals r WHERE r.original_id = t.id), 0)
FROM transactions t JOIN entries e ON e.transaction_id = t.id
WHERE t.import_id = %(import)s AND t.kind = 'import' AND e.card_id = ANY(%(cards)s::uuid[])
ORDER BY e.id DESC
"""
UNUSED: Final = """
SELECT k.id FROM cards k
WHERE k.import_id = %(import)s AND k.id = ANY(%(cards)s::uuid[]) AND k.status = 'active' AND k.link_version = 1
    AND NOT EXISTS (SELECT FROM transactions t JOIN entries e ON e.transaction_id = t.id
        WHERE e.card_id = k.id AND t.import_id IS DISTINCT FROM %(import)s
        AND NOT EXISTS (SELECT FROM imports u WHERE u.id = t.import_id AND u.state = 'undone')
        AND NOT EXISTS (SELECT FROM transactions o WHERE o.id = t.reverses AND o.import_id = %(import)s)
        AND NOT EXISTS (SELECT FROM orders b WHERE b.id = t.order_id AND b.state = 'undone'))
    AND NOT EXISTS (SELECT FROM accounts a WHERE a.card_id = k.id AND (a.balance <> 0 OR a.held <> 0))
    AND NOT EXISTS (SELECT FROM memberships m WHERE m.chain_id = k.chain_id AND m.card_id = k.id)
    AND NOT EXISTS (SELECT FROM vouchers v WHERE v.chain_id = k.chain_id AND v.card_id = k.id)
    AND NOT EXISTS (SELECT FROM given_rewards g WHERE g.chain_id = k.chain_id AND g.card_id = k.id)
"""
REMOVE_CARDS: Final = """
WITH freed AS (DELETE FROM card_numbers WHERE chain_id = %(chain)s AND card_id = ANY(%(cards)s::uuid[])),
shorts AS (DELETE FROM card_short_numbers WHERE chain_id = %(chain)s AND card_id = ANY(%(cards)s::uuid[])),
slots AS (DELETE FROM card_slots WHERE card_id = ANY(%(cards)s::uuid[]))
UPDATE cards SET status = 'undone', customer_id = NULL, phone = NULL, version = version + 1
WHERE chain_id = %(chain)s AND id = ANY(%(cards)s::uuid[])
"""
RELEASE_CLAIMS: Final = """
WITH released AS (
    UPDATE cards k SET customer_id = NULL, phone = NULL, version = k.version + 1 FROM imported_claims c
    WHERE c.import_id = %(import)s AND c.card_id = k.id AND k.id = ANY(%(cards)s::uuid[]) AND c.version = k.version
        AND NOT EXISTS (SELECT FROM transactions t JOIN entries e ON e.transaction_id = t.id
            WHERE e.card_id = k.id AND t.import_id IS DISTINCT FROM %(import)s
            AND NOT EXISTS (SELECT FROM transactions o WHERE o.id = t.reverses AND o.import_id = %(import)s))
    RETURNING k.id
)
DELETE FROM card_slots WHERE card_id IN (SELECT id FROM released)
"""
REMOVABLE_CUSTOMERS: Final = """
SELECT c.id FROM customers c
WHERE c.import_id = %(import)s AND c.chain_id = %(chain)s AND c.version = 1
    AND NOT EXISTS (SELECT FROM cards k WHERE k.customer_id = c.id)
    AND NOT EXISTS (SELECT FROM customer_notes n WHERE n.customer_id = c.id)
    AND NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id)
    AND NOT EXISTS (SELECT FROM memberships m WHERE m.chain_id = c.chain_id AND m.customer_id = c.id)
    AND NOT EXISTS (SELECT FROM vouchers v WHERE v.chain_id = c.chain_id AND v.customer_id = c.id)
    AND NOT EXISTS (SELECT FROM codes d WHERE d.chain_id = c.chain_id AND d.customer_id = c.id)
    AND NOT EXISTS (SELECT FROM code_attachments a WHERE a.chain_id = c.chain_id AND a.customer_id = c.id)
    AND NOT EXISTS (SELECT FROM gift_cards g WHERE g.chain_id = c.chain_id AND g.customer_id = c.id)
    AND NOT EXISTS (SELECT FROM consents o WHERE o.customer_id = c.id AND o.source NOT LIKE 'import:%%')
    AND (%(after)s::uuid IS NULL OR c.id > %(after)s)
ORDER BY c.id LIMIT %(limit)s
"""
RESTORE_CUSTOMERS: Final = """
UPDATE customers c SET
    name = CASE WHEN same.keys ? 'name' THEN i.before ->> 'name' ELSE c.name END,
    search_name = CASE WHEN same.keys ? 'name' THEN coalesce(i.before ->> 'search_name', '') ELSE c.search_name END,
    email = CASE WHEN same.keys ? 'email' THEN i.before ->> 'email' ELSE c.email END,
    email_key = CASE WHEN same.keys ? 'email' THEN i.before ->> 'email_key' ELSE c.email_key END,
    birthday = CASE WHEN same.keys ? 'birthday' THEN (i.before ->> 'birthday')::date ELSE c.birthday END,
    language = CASE WHEN same.keys ? 'language' THEN i.before ->> 'language' ELSE c.language END,
    comment = CASE WHEN same.keys ? 'comment' THEN i.before ->> 'comment' ELSE c.comment END,
    external_id = CASE WHEN same.keys ? 'external_id' THEN i.before ->> 'external_id' ELSE c.external_id END,
    tags = CASE WHEN same.keys ? 'tags' THEN ARRAY(SELECT jsonb_array_elements_text(i.before -> 'tags')) ELSE c.tags END,
    custom = CASE WHEN same.keys ? 'custom' THEN i.before -> 'custom' ELSE c.custom END,
    version = c.version + 1
FROM imported_customers i
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_object_agg(key, true), '{}') AS keys FROM jsonb_object_keys(i.after) AS key
    WHERE to_jsonb((SELECT now_c FROM customers now_c WHERE now_c.id = i.customer_id)) -> key = i.after -> key
) AS same
WHERE i.import_id = %(import)s AND i.customer_id = c.id AND c.chain_id = %(chain)s AND c.id = ANY(%(customers)s::uuid[])
"""
TAKE_PHONES_BACK: Final = """
DELETE FROM customer_phones p USING imported_customers i
WHERE i.import_id = %(import)s AND i.customer_id = ANY(%(customers)s::uuid[]) AND p.chain_id = %(chain)s
    AND p.customer_id = i.customer_id AND i.after -> 'phones' ? p.phone AND NOT i.before -> 'phones' ? p.phone
"""
GIVE_PHONES_BACK: Final = """
INSERT INTO customer_phones (chain_id, phone, customer_id, position)
SELECT %(chain)s, f.phone, i.customer_id, f.place - 1
FROM imported_customers i
CROSS JOIN LATERAL jsonb_array_elements_text(i.before -> 'phones') WITH ORDINALITY AS f (phone, place)
WHERE i.import_id = %(import)s AND i.customer_id = ANY(%(customers)s::uuid[]) AND NOT i.after -> 'phones' ? f.phone
ORDER BY f.phone ON CONFLICT DO NOTHING
"""
RESTORE_TAGS: Final = """
DELETE FROM customer_tags g USING customers c
WHERE g.customer_id = c.id AND g.chain_id = %(chain)s AND c.id = ANY(%(customers)s::uuid[]) AND g.tag <> ALL(c.tags)
"""
GIVE_TAGS_BACK: Final = """
INSERT INTO customer_tags (chain_id, tag, customer_id)
SELECT %(chain)s, t.tag, c.id FROM customers c CROSS JOIN unnest(c.tags) AS t (tag)
WHERE c.chain_id = %(chain)s AND c.id = ANY(%(customers)s::uuid[]) ON CONFLICT DO NOTHING
"""


def run_undo(chain_id: UUID, import_id: UUID, *, now: datetime) -> None:
    """Take an import back, some hundred cards at a time; may be killed and run again at any point."""
    with unit_of_work(chain_id):
        one = Import.objects.get(chain_id=chain_id, id=import_id)
    if one.state != "undoing":
        return
    actor = Actor(chain_id=chain_id, rights=ALL_RIGHTS, through="import", staff_id=one.staff_id, key_id=one.key_id)
    if one.kind == "orders":
        _forget_orders(actor, import_id, now=now)
    if one.kind in CODE_KINDS:
        _take_bearers_back(actor, one, now=now)
    while cards := _touched_cards(actor, import_id):
        for start in range(0, len(cards), CARDS_PER_STEP):
            _undo_cards(actor, import_id, cards[start : start + CARDS_PER_STEP], now=now)
    _restore_customers(actor, import_id)
    last: UUID | None = None
    while last := _remove_customers(actor, import_id, after=last):
        pass
    with unit_of_work(chain_id):
        one = Import.objects.select_for_update(no_key=True).get(id=import_id)
        one.state, one.undone_at = "undone", now
        one.save(update_fields=["state", "undone_at"])
        for waiting in (actor, replace(actor, staff_id=one.undone_by, key_id=None)):
            tell(waiting, one, now=now)


def _forget_orders(actor: Actor, import_id: UUID, *, now: datetime) -> None:
    while True:
        with unit_of_work(actor.chain_id):
            gone = forget_history(actor.chain_id, import_id, limit=ORDERS_PER_STEP, now=now).orders
            if gone:
                _add(import_id, orders_removed=gone)
                continue
            _add(import_id, orders_kept=count_history(actor.chain_id, import_id)[1])
            return


def _take_bearers_back(actor: Actor, one: Import, *, now: datetime) -> None:
    is_more = True
    while is_more:
        with unit_of_work(actor.chain_id):
            told = take_back_some(actor, one, now=now)
            _add(one.id, **told)
            is_more = any(told[name] for name in told if name.endswith("_removed"))


def _touched_cards(actor: Actor, import_id: UUID) -> list[UUID]:
    """The next cards that the import touched, many steps ahead: finding them reads all that it wrote."""
    with unit_of_work(actor.chain_id):
        after = Import.objects.values_list("undo_after", flat=True).get(id=import_id)
        return [found[0] for found in rows(TOUCHED, {"import": import_id, "after": after, "limit": CARDS_AHEAD})]


def _undo_cards(actor: Actor, import_id: UUID, cards: Sequence[UUID], *, now: datetime) -> None:
    for attempt in range(ATTEMPTS_MAX):
        try:
            _undo_cards_once(actor, import_id, cards, now=now)
        except LostRace:
            if attempt == ATTEMPTS_MAX - 1:
                raise
            wait_before_retry(attempt)
        else:
            return


@retried
def _undo_cards_once(actor: Actor, import_id: UUID, wanted: Sequence[UUID], *, now: datetime) -> None:
    """One step over those of the cards that no earlier step has done."""
    with unit_of_work(actor.chain_id):
        one = Import.objects.select_for_update(no_key=True).get(id=import_id)
        cards = [card for card in wanted if one.undo_after is None or card > one.undo_after]
        if not cards:
            return
        values: dict[str, Any] = {"import": import_id, "chain": actor.chain_id, "cards": cards}
        reversed_count, left = _reverse(actor, import_id, rows(MOVES, values), now=now)
        unused = [found[0] for found in rows(UNUSED, values)]
        rows(REMOVE_CARDS, values | {"cards": unused})
        rows(RELEASE_CLAIMS, values)
        kept = rows(
            "SELECT count(*) FROM cards WHERE import_id = %(import)s AND id = ANY(%(cards)s::uuid[])"
            " AND status <> 'undone'",
            values,
        )
        _keep_left(actor, import_id, left)
        result = dict(one.undo_result)
        for name, more in (
            ("reversed", reversed_count),
            ("cards_removed", len(unused)),
            ("cards_kept", int(kept[0][0])),
            ("amounts_left", len(left)),
        ):
            result[name] = result.get(name, 0) + more
        one.undo_result = result
        one.undo_after = cards[-1]
        one.rows_done += len(cards)
        one.save()


def _reverse(
    actor: Actor, import_id: UUID, moves: Sequence[tuple[Any, ...]], *, now: datetime
) -> tuple[int, list[tuple[UUID, UUID, int]]]:
    """Reverse every move by what is left of it, as far as the account can give; returns what could not be taken."""
    cursor = open_cursor()
    states = lock_accounts(cursor, {move[2] for move in moves}, now=now)
    lives = lives_of_returned_lots({move[4] for move in moves})
    postings: list[Posting] = []
    left: list[tuple[UUID, UUID, int]] = []
    for transaction_id, entry_id, account_id, card_id, balance_type_id, amount, lot_id, remaining, ordinal in moves:
        if remaining == 0:
            continue
        state = states[account_id]
        drawn = drawn_lots(cursor, entry_id) if amount < 0 else ()
        plan = _plan(state, amount, remaining, drawn=drawn, lot_id=lot_id, life=lives[balance_type_id], now=now)
        taken = abs(plan.amount) if plan else 0
        if taken < remaining:
            left.append((card_id, balance_type_id, remaining - taken))
        if plan is None:
            continue
        leg = Leg(plan=plan, card_id=card_id, balance_type_id=balance_type_id)
        emptied = [one.lot for one in drawn]
        states[account_id] = structs.replace(after(state, plan, leg.lot_id, emptied=emptied), version=state.version + 1)
        postings.append(
            Posting(
                kind="reverse",
                source="import undone",
                at=now,
                legs=(leg,),
                staff_id=actor.staff_id,
                key_id=actor.key_id,
                import_id=import_id,
                taken=Taken(
                    original_id=transaction_id, ordinal=ordinal + 1, amount=taken, left_after=remaining - taken
                ),
            )
        )
    if postings:
        for batch in _without_doubles(postings):
            post(cursor, actor, batch)
    return len(postings), left


def _plan(
    state: AccountState,
    amount: int,
    remaining: int,
    *,
    drawn: tuple[DrawnLot, ...],
    lot_id: UUID | None,
    life: timedelta,
    now: datetime,
) -> Plan | None:
    if amount > 0:
        possible = min(remaining, state.available(now, first_lot=lot_id))
        plan = plan_change(state, -possible, now=now, first_lot=lot_id) if possible else None
    else:
        plan = plan_return(state, remaining, drawn=drawn, now=now, life=life)
    return plan if isinstance(plan, Plan) else None


def _without_doubles(postings: Sequence[Posting]) -> list[list[Posting]]:
    """Batches in which no account stands twice: one statement writes each account once."""
    batches: list[list[Posting]] = []
    used: list[set[UUID]] = []
    for posting in postings:
        account = posting.legs[0].plan.account_id
        for batch, accounts in zip(batches, used, strict=True):
            if account not in accounts:
                batch.append(posting)
                accounts.add(account)
                break
        else:
            batches.append([posting])
            used.append({account})
    return batches


def _keep_left(actor: Actor, import_id: UUID, left: Sequence[tuple[UUID, UUID, int]]) -> None:
    if left:
        rows(
            "INSERT INTO import_undo_left (chain_id, import_id, card_id, balance_type_id, amount, why)"
            " SELECT %s, %s, l.card_id, l.balance_type_id, l.amount, 'spent'"
            " FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[]) AS l (card_id, balance_type_id, amount)"
            " ON CONFLICT (import_id, card_id, balance_type_id) DO UPDATE SET amount = EXCLUDED.amount",
            [
                actor.chain_id,
                import_id,
                [one[0] for one in left],
                [one[1] for one in left],
                [one[2] for one in left],
            ],
        )


def _restore_customers(actor: Actor, import_id: UUID) -> None:
    """Give known customers back what the file wrote over, where it still stands as the file wrote it."""
    with unit_of_work(actor.chain_id):
        found = rows("SELECT customer_id FROM imported_customers WHERE import_id = %s ORDER BY 1", [import_id])
    ids = [values[0] for values in found]
    for start in range(0, len(ids), CARDS_PER_STEP):
        some = ids[start : start + CARDS_PER_STEP]
        values: dict[str, Any] = {"import": import_id, "chain": actor.chain_id, "customers": some}
        with unit_of_work(actor.chain_id):
            rows(RESTORE_CUSTOMERS, values)
            rows(RESTORE_TAGS, values)
            rows(GIVE_TAGS_BACK, values)
            rows(TAKE_PHONES_BACK, values)
            rows(GIVE_PHONES_BACK, values)
            rows(
                "DELETE FROM imported_customers WHERE import_id = %(import)s AND customer_id = ANY(%(customers)s::uuid[])",
                values,
            )
            _add(import_id, customers_restored=len(some))


def _remove_customers(actor: Actor, import_id: UUID, *, after: UUID | None) -> UUID | None:
    """Delete the next customers that only this import made and nothing refers to; the last of them, None at the end."""
    with unit_of_work(actor.chain_id):
        values = {"import": import_id, "chain": actor.chain_id, "after": after, "limit": CARDS_PER_STEP}
        gone = [found[0] for found in rows(REMOVABLE_CUSTOMERS, values)]
        if not gone:
            return None
        for table in ("opening_figures", "customer_statistics", "customer_phones", "customer_tags", "consents"):
            rows(f"DELETE FROM {table} WHERE customer_id = ANY(%s::uuid[])", [gone])
        rows("DELETE FROM customers WHERE chain_id = %s AND id = ANY(%s::uuid[])", [actor.chain_id, gone])
        _add(import_id, customers_removed=len(gone))
    return UUID(str(gone[-1]))


def _add(import_id: UUID, **more: int) -> None:
    one = Import.objects.get(id=import_id)
    result = dict(one.undo_result)
    for name, count in more.items():
        result[name] = result.get(name, 0) + count
    Import.objects.filter(id=import_id).update(undo_result=result)
