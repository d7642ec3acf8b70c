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
        SELECT v.id AS voucher, v.card_id AS card, n.redeemed, n.given_back
        FROM vouchers v
        JOIN (
            SELECT e.voucher_id, count(*) FILTER (WHERE e.verb = 'redeem') AS redeemed,
                count(*) FILTER (WHERE e.verb = 'give_back') AS given_back
            FROM voucher_events e GROUP BY e.voucher_id
        ) n ON n.voucher_id = v.id
        WHERE n.redeemed - n.given_back <> (v.state = 'redeemed')::int /*card v*/
        ORDER BY v.id
        """,
    ),
)
