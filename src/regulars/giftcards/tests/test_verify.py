"""What `verify` proves of gift cards finds every row that breaks it."""

import pytest

from regulars.giftcards.queries.promises import GIFT_CARD_PROMISES
from regulars.giftcards.tests.kit import open_till
from regulars.platform.embedded import DatabaseUrls
from tests.forgeries import after_forgery, broken
from tests.ledger_kit import dispatcher

pytestmark = [pytest.mark.committed, pytest.mark.outside]

FORGERIES = {
    "gift_card_balance_is_sum_of_entries": "UPDATE gift_cards SET balance = balance + 1 WHERE balance > 0",
    "gift_card_balance_after_is_running_sum": """
        UPDATE gift_card_entries SET balance_after = balance_after + 1 WHERE kind = 'write_off'""",
    "gift_card_state_fits_balance": """
        ALTER TABLE gift_cards DROP CONSTRAINT gift_card_state_fits_balance;
        UPDATE gift_cards SET state = 'used_up' WHERE balance > 0""",
    "gift_card_begins_with_its_value": "UPDATE gift_cards SET value = value + 1",
    "gift_card_gives_back_what_it_took": """
        UPDATE gift_card_entries SET reverses = %(new)s WHERE kind = 'give_back'""",
    "gift_card_code_is_its_own": "DELETE FROM code_keys WHERE kind = 'gift_card'",
}


def test_true_gift_cards_are_sound_and_every_broken_promise_is_found(committed_db: DatabaseUrls) -> None:
    till = open_till()
    card = till.sell(till.type())
    till.give_back(card, till.pay(card, "20"), "5")
    till.sell(till.type(is_single_use=True))
    dispatcher().make_round()
    assert broken() == set()
    for promise, statement in FORGERIES.items():
        assert promise in after_forgery(committed_db, statement), promise
    assert {promise.name for promise in GIFT_CARD_PROMISES} == set(FORGERIES)
    assert broken() == set()
