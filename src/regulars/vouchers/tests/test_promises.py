"""What verify proves of vouchers: true ones are sound, and every broken promise is found."""

from typing import Final

import pytest
from django.utils import timezone

from regulars.kernel.ids import encode, new_id
from regulars.platform.database import unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.vouchers.actions.by_hand import IssueByHand, issue_by_hand
from regulars.vouchers.actions.issue import issue_vouchers
from regulars.vouchers.actions.redeem import RedeemCommand, redeem_voucher, undo_redemption
from regulars.vouchers.queries.promises import VOUCHER_PROMISES
from regulars.vouchers.rules.vouchers import VoucherDraft
from tests.forgeries import after_forgery, broken
from tests.ledger_kit import dispatcher, open_counter

pytestmark = pytest.mark.committed

FORGERIES: Final = {
    "voucher_is_its_steps": "DELETE FROM voucher_events WHERE voucher_id = %(voucher)s AND version = 1",
    "voucher_is_redeemed_once": """
        WITH again AS (
            INSERT INTO voucher_events (voucher_id, version, id, chain_id, verb, state, at, through)
            SELECT v.id, v.version + s.after, s.id, v.chain_id, s.verb, 'redeemed', now(), 'api'
            FROM vouchers v, (VALUES (1, %(new)s::uuid, 'redeem'), (2, %(newer)s::uuid, 'give_back'),
                (3, %(newest)s::uuid, 'give_back'), (4, %(last)s::uuid, 'redeem')) AS s (after, id, verb)
            WHERE v.id = %(voucher)s
        )
        UPDATE vouchers SET version = version + 4 WHERE id = %(voucher)s
    """,
    "voucher_batch_has_its_vouchers": "UPDATE voucher_batches SET issued = issued - 1, skipped = skipped + 1",
}


def test_true_vouchers_are_sound_and_every_broken_promise_is_found(committed_db: DatabaseUrls) -> None:
    counter = open_counter()
    now = timezone.now()
    with unit_of_work(counter.chain_id):
        made = issue_vouchers(counter.actor, [VoucherDraft(title="A coffee")] * 3, now=now)
    first = encode("vch", made[0].id)
    redeem_voucher(counter.actor, RedeemCommand(first), now=now)
    undo_redemption(counter.actor, first, now=now)
    redeem_voucher(counter.actor, RedeemCommand(first), now=now)
    issue_by_hand(counter.actor, IssueByHand(title="Opening day", count=3), now=now)
    dispatcher().make_round()
    assert broken() == set()
    known = {"voucher": made[0].id} | {name: new_id() for name in ("new", "newer", "newest", "last")}
    for promise, statement in FORGERIES.items():
        assert promise in after_forgery(committed_db, statement, known), promise
    assert {promise.name for promise in VOUCHER_PROMISES} == set(FORGERIES)
