"""Codes that change over HTTP: as a wallet draws them, as a phone does, and as nobody should (TIL-6)."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from regulars.cards.actions.shown import add_device
from regulars.cards.actions.wallet_secrets import keep_wallet_secret
from regulars.cards.rules.rotating import FIXED_A_DAY, make_code, step_at, wallet_pattern
from regulars.kernel.ids import encode
from regulars.platform.database import execute, unit_of_work
from tests.google_stand_in import filled
from tests.order_kit import OrderShop, open_order_shop

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("drawn_by", ["wallet", "phone"])
def test_a_code_that_changes_is_scanned_once_and_says_why_not(drawn_by: str) -> None:
    shop = open_order_shop()
    card, chain_id = shop.counter.issue("+4915112345678"), shop.counter.chain_id
    with unit_of_work(chain_id):
        execute("UPDATE card_types SET rotates = true")
    code = codes_of(drawn_by, shop, card.id)

    def scan(payload: str) -> tuple[int, str]:
        reply = shop.caller.post("/cards/scan", {"payload": payload})
        return reply.status, str(reply.body["card"]["id"] if reply.status == 200 else reply.code)

    assert scan(code(0)) == (200, encode("crd", card.id))
    assert scan(code(0)) == (409, "rotating_code_used")
    assert scan(code(-20)) == (409, "rotating_code_late")
    assert scan(code(20)) == (409, "rotating_code_early")
    with unit_of_work(chain_id):
        execute("UPDATE card_types SET rotates = false")
    assert scan(code(1)) == (409, "rotating_code_off")
    with unit_of_work(chain_id):
        execute("UPDATE card_types SET rotates = true")
        execute("DELETE FROM card_devices")
    assert scan(code(1)) == (404, "not_found")
    assert [scan(card.number)[0] for _ in range(FIXED_A_DAY)] == [200] * FIXED_A_DAY
    assert scan(card.number) == (409, "fixed_code_limit")


def codes_of(drawn_by: str, shop: OrderShop, card_id: UUID) -> Callable[[int], str]:
    """What is drawn so many half minutes from now."""
    chain_id, now = shop.counter.chain_id, timezone.now()
    if drawn_by == "phone":
        phone = add_device(chain_id, card_id, now=now)
        return lambda away: make_code(phone.id, phone.secret, step_at(now) + away)
    with unit_of_work(chain_id):
        made = keep_wallet_secret(chain_id, card_id, wallet="google", now=now)
    return lambda away: filled(wallet_pattern(made.id), made.secret, now + timedelta(seconds=30 * away))
