"""Codes that Google Wallet draws by itself, at the till (TIL-6)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.cards.actions.lifecycle import delete_card
from regulars.cards.actions.wallet_secrets import keep_wallet_secret
from regulars.cards.rules.rotating import wallet_pattern
from regulars.platform.database import row, unit_of_work
from regulars.till.tests.till_kit import card_id, open_till
from tests.google_stand_in import filled

pytestmark = pytest.mark.django_db


def test_a_code_that_google_wallet_draws_is_a_card_and_a_picture_of_it_is_not() -> None:
    till = open_till()
    counter, now = till.shop.counter, timezone.now()
    card = counter.issue("+4915112345678")
    with unit_of_work(counter.chain_id):
        row("UPDATE card_types SET rotates = true RETURNING 1")
        google = keep_wallet_secret(counter.chain_id, card.id, wallet="google", now=now)

    def code(minutes: float = 0) -> str:
        return filled(wallet_pattern(google.id), google.secret, now + timedelta(minutes=minutes))

    assert "This code is too old" in till.scan(code(-5))
    assert "The clock of this phone is wrong" in till.scan(code(5))
    assert "Nobody knows this code" in open_till().scan(code())
    assert 'data-state="card"' in till.scan(code().lower()), "some scanners send small letters"
    assert "This code was shown before" in till.scan(code())
    delete_card(counter.actor, card_id(card), write_off=True, now=now)
    assert "This card was deleted" in till.scan(code(0.5))
    assert till.presses() == []
