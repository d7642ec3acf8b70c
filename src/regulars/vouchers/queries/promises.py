"""What `verify` proves of vouchers (RWD-3)."""

from typing import Final

from regulars.ledger.verify.proof import Promise

VOUCHER_PROMISES: Final = (
    Promise(
        "voucher_is_its_steps",
        "A voucher is in the state that its newest step left it in, with no step missing.",
        """
        SELECT v.id AS voucher, v.card_id AS card, v.state, n.state AS last_step, v.version, n.steps
        FROM vouchers v
        LEFT JOIN (
            SELECT e.voucher_id, max(e.version) AS newest, count(*) AS steps,
                (array_agg(e.state ORDER BY e.version DESC))[1] AS state
            FROM voucher_events e GROUP BY e.voucher_id
        ) n ON n.voucher_id = v.id
        WHERE (n.voucher_id IS NULL OR v.state <> n.state OR v.version <> n.newest OR n.newest <> n.steps) /*card v*/
        ORDER BY v.id
        """,
    ),
    Promise(
        "voucher_is_redeemed_once",
        "A voucher is never redeemed again before its redemption was taken back.",
        """
        SELECT v.id AS voucher, v.card_id AS card, v.state, n.verb, n.verb_before, n.version
        FROM vouchers v
        JOIN (
            SELECT e.voucher_id, e.version, e.verb, lag(e.verb) OVER own AS verb_before,
                lead(e.verb) OVER own AS verb_after
            FROM voucher_events e WHERE e.verb IN ('redeem', 'give_back')
            WINDOW own AS (PARTITION BY e.voucher_id ORDER BY e.version)
        ) n ON n.voucher_id = v.id
        WHERE (n.verb = 'redeem' AND n.verb_before = 'redeem'
            OR n.verb = 'give_back' AND n.verb_before IS DISTINCT FROM 'redeem'
            OR n.verb_after IS NULL AND (n.verb = 'redeem') <> (v.state = 'redeemed')) /*card v*/
        UNION ALL
        SELECT v.id, v.card_id, v.state, NULL, NULL, v.version FROM vouchers v
        WHERE v.state = 'redeemed' /*card v*/ AND NOT EXISTS (
            SELECT FROM voucher_events e WHERE e.voucher_id = v.id AND e.verb = 'redeem')
        ORDER BY 1, 6
        """,
    ),
    Promise(
        "voucher_batch_has_its_vouchers",
        "A batch has exactly the vouchers that it says it issued, and says so once it is done.",
        """
        SELECT b.id AS batch, b.state, b.total, b.done, b.issued, coalesce(n.vouchers, 0) AS vouchers
        FROM voucher_batches b
        LEFT JOIN (
            SELECT v.batch_id, count(*) AS vouchers FROM vouchers v WHERE v.batch_id IS NOT NULL GROUP BY v.batch_id
        ) n ON n.batch_id = b.id
        WHERE b.issued <> coalesce(n.vouchers, 0) OR b.state = 'done' AND b.done <> b.total
        ORDER BY b.id
        """,
    ),
)
