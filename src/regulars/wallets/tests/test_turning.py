"""What a pass shows by time alone reaches the phone: points that waited, points and cards that end (PRG-3, PRG-5, WAL-5)."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from regulars.cards.actions.types import change_card_type
from regulars.cards.queries.cards import CardView
from regulars.chains.actions import Forward, catch_up, move_clock
from regulars.kernel.ids import encode
from regulars.ledger.events import HOLD_EXPIRED, HOLD_PLACED, HOLD_RELEASED, UNITS_USABLE
from regulars.platform.clock import now_in, real_now
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.platform.events import announce
from regulars.programs.actions.balance_types import BalanceTypeChange, change_balance_type
from regulars.wallets.actions import turning
from regulars.wallets.actions.turning import tell_turned
from tests.ledger_kit import dispatcher
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, WalletShop, open_wallet_shop

pytestmark = pytest.mark.django_db


def terms(shop: WalletShop, **changed: object) -> None:
    change_balance_type(shop.counter.actor, "ext:points", BalanceTypeChange(**changed), now=timezone.now())  # type: ignore[arg-type]


def forward(shop: WalletShop, to: datetime) -> None:
    """Move the clock of the chain, and do what then is due."""
    move_clock(shop.counter.actor, Forward(to=to), real=real_now(), defer=lambda _: None)
    catch_up(shop.counter.chain_id, now=now_in(shop.counter.chain_id))


def pushes(shop: WalletShop) -> int:
    pusher = Remembering()
    while shop.send(pusher):
        pass
    return len(pusher.pushed)


def turns_at(shop: WalletShop) -> datetime | None:
    return shop.counter.read("SELECT turns_at FROM wallet_passes")[0][0]  # type: ignore[no-any-return]


def on_phone(shop: WalletShop, number: int = 1) -> tuple[CardView, Phone, str]:
    card, phone = shop.counter.issue(f"+491511234567{number}"), Phone(f"phone-{number}", push_token=f"{number:064x}")
    serial = phone.take(shop.link(card))
    pushes(shop)
    phone.update()
    return card, phone, serial


def test_points_that_waited_are_told_when_they_can_be_spent() -> None:
    shop = open_wallet_shop(is_test=True)
    terms(shop, activation_delay_days=2)
    card, phone, serial = on_phone(shop)
    shop.counter.adjust(card, "5")
    assert pushes(shop) == 0
    ((starts,),) = shop.counter.read("SELECT activates_at FROM lots WHERE remaining > 0")
    assert turns_at(shop) == starts
    forward(shop, starts - timedelta(minutes=1))
    assert pushes(shop) == 0
    forward(shop, starts + timedelta(minutes=1))
    assert pushes(shop) == 1
    assert phone.update() == [serial]
    assert phone.shows(serial, "Points") == 5
    assert turns_at(shop) is None
    assert tell_turned(shop.counter.chain_id, now_in(shop.counter.chain_id)) == 0


def test_points_that_end_are_told_then_and_each_moment_follows_the_one_before() -> None:
    shop = open_wallet_shop(is_test=True)
    card, phone, serial = on_phone(shop)
    for days in (3, 5):
        terms(shop, expiry={"kind": "days", "value": days})
        shop.counter.adjust(card, "5")
    pushes(shop)
    phone.update()
    ends = [at for (at,) in shop.counter.read("SELECT expires_at FROM lots WHERE remaining > 0 ORDER BY 1")]
    for end, left in zip(ends, (5, 0), strict=True):
        assert turns_at(shop) == end
        forward(shop, end + timedelta(minutes=1))
        assert pushes(shop) == 1
        phone.update()
        assert phone.shows(serial, "Points") == left
    assert turns_at(shop) is None


def test_a_card_whose_own_time_is_over_is_told() -> None:
    shop = open_wallet_shop(is_test=True)
    change_card_type(
        shop.counter.actor, encode("ctp", shop.counter.card_type.id), {"valid_days": 3}, now=timezone.now()
    )
    _card, phone, serial = on_phone(shop)
    ((end,),) = shop.counter.read("SELECT expires_at FROM cards")
    assert turns_at(shop) == end
    forward(shop, end + timedelta(minutes=1))
    assert pushes(shop) == 1
    phone.update()
    assert phone.passes[serial]["voided"] is True


def test_many_turn_in_chunks_behind_what_happens_at_the_till(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_wallet_shop()
    for number in range(1, 4):
        on_phone(shop, number)
    with unit_of_work(shop.counter.chain_id):
        execute("UPDATE wallet_passes SET turns_at = now() - interval '1 minute'")
    monkeypatch.setattr(turning, "CHUNK", 2)
    assert tell_turned(shop.counter.chain_id, timezone.now()) == 3
    assert shop.counter.read("SELECT DISTINCT is_urgent FROM wallet_refreshes") == [(False,)]
    assert tell_turned(shop.counter.chain_id, timezone.now()) == 0


def test_what_is_due_is_found_by_its_index() -> None:
    shop = open_wallet_shop()
    card = shop.counter.issue("+4915112345678")
    with unit_of_work(shop.counter.chain_id):
        execute(
            "INSERT INTO wallet_passes"
            " (id, chain_id, card_id, provider, pass_type, content_hash, tag, modified_at, made_at, told_tag, fetched_tag)"
            " SELECT gen_random_uuid(), %s, %s, 'apple', n::text, '', n, now(), now(), 0, 0 FROM generate_series(1, 5000) n",
            [shop.counter.chain_id, card.id],
        )
        row("SELECT set_config('enable_seqscan', 'off', true)")
        values = {"chain": shop.counter.chain_id, "now": timezone.now(), "limit": 10}
        plan = "\n".join(one for (one,) in rows(f"EXPLAIN {turning._TAKE}", values))
    assert "wallet_pass_turning" in plan


@pytest.mark.parametrize("kind", [HOLD_EXPIRED, HOLD_PLACED, HOLD_RELEASED, UNITS_USABLE])
def test_whatever_moves_what_can_be_spent_is_looked_at(kind: str) -> None:
    shop = open_wallet_shop()
    card, _phone, _serial = on_phone(shop)
    with unit_of_work(shop.counter.chain_id):
        announce(shop.counter.chain_id, kind, now=timezone.now(), card_ids=[card.id])
    dispatcher().make_round()
    assert len(shop.counter.read("SELECT 1 FROM wallet_refreshes")) == 1
