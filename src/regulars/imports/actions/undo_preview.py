"""What an undo of an import would do now: counted before it is done (IMP-7)."""

from dataclasses import dataclass

from regulars.imports.actions.bearers import count_bearers
from regulars.imports.models import Import
from regulars.imports.rules.code_cells import CODE_KINDS
from regulars.orders.actions.history import count_history
from regulars.platform.database import row


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What an undo would do, counted before it is done."""

    reversed: int
    cards_removed: int
    cards_kept: int
    customers_removed: int
    customers_restored: int
    amounts_left: int
    orders_removed: int = 0
    orders_kept: int = 0
    """Orders of a history that something came back of since."""
    codes_removed: int = 0
    codes_kept: int = 0
    """Codes that were used or handed out since."""
    gift_cards_removed: int = 0
    gift_cards_kept: int = 0
    """Gift cards that were used or changed since."""


def preview_undo(one: Import) -> UndoPreview:
    """Count what an undo would do now, in the running unit of work; nothing is changed."""
    values = {"import": one.id, "chain": one.chain_id}
    found = row(
        """
        WITH moved AS (
            SELECT e.account_id, e.amount, a.balance - a.held AS available,
                coalesce((SELECT min(r.left_after) FROM reversals r WHERE r.original_id = t.id), abs(e.amount)) AS remaining
            FROM transactions t JOIN entries e ON e.transaction_id = t.id JOIN accounts a ON a.id = e.account_id
            WHERE t.import_id = %(import)s AND t.kind = 'import'
        )
        SELECT
            (SELECT count(*) FROM moved WHERE remaining > 0 AND (amount < 0 OR available > 0)),
            (SELECT count(*) FROM cards k WHERE k.import_id = %(import)s AND k.status <> 'undone'),
            (SELECT count(*) FROM cards k WHERE k.import_id = %(import)s AND k.status <> 'undone' AND (
                k.status <> 'active' OR k.link_version > 1 OR EXISTS (SELECT FROM entries e
                    JOIN transactions t ON t.id = e.transaction_id
                    WHERE e.card_id = k.id AND t.import_id IS DISTINCT FROM %(import)s
                        AND NOT EXISTS (SELECT FROM imports u WHERE u.id = t.import_id AND u.state = 'undone')))),
            (SELECT count(*) FROM customers c WHERE c.import_id = %(import)s AND c.version = 1
                AND NOT EXISTS (SELECT FROM customer_notes n WHERE n.customer_id = c.id)
                AND NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id
                    AND (o.import_id IS DISTINCT FROM %(import)s OR o.version > 1))
                AND NOT EXISTS (SELECT FROM cards k WHERE k.customer_id = c.id
                    AND (k.import_id IS DISTINCT FROM %(import)s OR k.status <> 'active' OR k.link_version > 1
                        OR EXISTS (SELECT FROM entries e JOIN transactions t ON t.id = e.transaction_id
                            WHERE e.card_id = k.id AND t.import_id IS DISTINCT FROM %(import)s
                            AND NOT EXISTS (SELECT FROM imports u
                                WHERE u.id = t.import_id AND u.state = 'undone'))))),
            (SELECT count(*) FROM imported_customers i WHERE i.import_id = %(import)s),
            (SELECT count(*) FROM (
                SELECT sum(remaining) AS brought, min(available) AS available FROM moved WHERE amount > 0
                GROUP BY account_id
            ) AS b WHERE b.available < b.brought)
        """,
        values,
    )
    assert found is not None
    forgotten, used = count_history(one.chain_id, one.id) if one.kind == "orders" else (0, 0)
    moves, cards, kept, customers, restored, left = (int(value) for value in found)
    return UndoPreview(
        reversed=moves,
        cards_removed=cards - kept,
        cards_kept=kept,
        customers_removed=customers,
        customers_restored=restored,
        amounts_left=left,
        orders_removed=forgotten,
        orders_kept=used,
        **_bearers(one),
    )


def _bearers(one: Import) -> dict[str, int]:
    if one.kind not in CODE_KINDS:
        return {}
    gone, kept = count_bearers(one)
    return {f"{one.kind}_removed": gone, f"{one.kind}_kept": kept}
