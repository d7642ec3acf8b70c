"""What verify proves of rewards: true ones are sound, and every broken promise is found."""

from typing import Final

import pytest
from django.utils import timezone

from regulars.kernel.ids import encode, new_id
from regulars.platform.embedded import DatabaseUrls
from regulars.rewards.actions.catalogue import redeem_reward
from regulars.rewards.queries.promises import REWARD_PROMISES
from regulars.rewards.tests.reward_kit import open_reward_shop
from tests.forgeries import after_forgery, broken
from tests.ledger_kit import dispatcher

pytestmark = pytest.mark.committed

FORGERIES: Final = {
    "round_is_taken_once": "UPDATE card_rounds SET round = round + 1",
    "goal_is_rewarded_once": """
        -- What keeps the application from it is out of the way.
        DROP INDEX given_reward_once;
        INSERT INTO given_rewards (id, chain_id, reward_id, card_id, origin, kind, title, description, icon, state, account_id,
            number, goal, is_undone, given_at, version)
        SELECT %(new)s, chain_id, reward_id, card_id, origin, kind, title, description, icon, state, account_id, number, goal,
            false, given_at, 1
        FROM given_rewards WHERE goal IS NOT NULL LIMIT 1
    """,
    "kept_round_shows_its_goal": "UPDATE card_round_goals SET goal = goal + 1",
    "bought_reward_is_paid": "UPDATE given_rewards SET transaction_id = %(new)s WHERE origin = 'catalogue'",
    "waiting_reward_is_with_an_order": "UPDATE given_rewards SET waits_for_order = true WHERE voucher_id IS NOT NULL",
    "draw_is_what_the_number_says": "UPDATE given_rewards SET title = 'Another' WHERE drawn IS NOT NULL",
}

# A promise that is broken in a second way.
ALSO: Final = {
    "kept_round_shows_its_goal": "DELETE FROM kept_rounds",
    "goal_is_rewarded_once": "UPDATE given_rewards SET number = number + 100 WHERE goal IS NOT NULL",
    "bought_reward_is_paid": """
        INSERT INTO reversals (original_id, ordinal, transaction_id, amount, left_after, chain_id)
        SELECT transaction_id, 1, %(new)s, 500, 0, chain_id FROM given_rewards WHERE origin = 'catalogue'
    """,
}


def test_true_rewards_are_sound_and_every_broken_promise_is_found(committed_db: DatabaseUrls) -> None:
    shop = open_reward_shop()
    prizes = [
        {"probability": "30", "kind": "nothing", "title": "No"},
        {"probability": "70", "kind": "award", "title": "Yes"},
    ]
    shop.goals({2: shop.lottery("Spin", prizes), 8: shop.voucher("A coffee")})
    mug = shop.award("A mug", balance_type="points", price="5.00")
    card = shop.counter.issue("+4915112345678")
    shop.counter.adjust(card, "5.00")
    shop.stamp(card, 100)
    shop.goals({9: shop.award("A cake")}, holders="finish_round")
    redeem_reward(shop.counter.actor, encode("rwd", mug.id), encode("crd", card.id), now=timezone.now())
    dispatcher().make_round()
    assert broken() == set()
    assert {promise.name for promise in REWARD_PROMISES} == set(FORGERIES)
    for name, statement in (*FORGERIES.items(), *ALSO.items()):
        assert name in after_forgery(committed_db, statement, {"new": new_id()}), name
