"""Whatever a pass shows reaches the phone when it changes, also where no balance moves (WAL-1)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.customers.actions import change_customer, enter_customer
from regulars.customers.rules import CustomerDraft
from regulars.kernel.ids import encode, new_id
from regulars.platform.database import unit_of_work
from regulars.platform.events import announce
from regulars.programs.events import TIER_ENTERED, TIER_LEFT
from regulars.vouchers.actions.issue import issue_vouchers
from regulars.vouchers.actions.redeem import RedeemCommand, cancel_voucher, redeem_voucher, undo_redemption
from regulars.vouchers.rules.vouchers import VoucherDraft
from tests.ledger_kit import Counter, dispatcher
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, WalletShop, open_wallet_shop

pytestmark = pytest.mark.django_db
NUMBER = "+4915112345678"


@pytest.fixture
def shop() -> WalletShop:
    return open_wallet_shop()


@pytest.fixture
def card(shop: WalletShop) -> CardView:
    now = timezone.now()
    draft = CustomerDraft(name="Mia Weber", phones=(NUMBER,))
    enter_customer(shop.counter.actor, draft, country="DE", today=now.date(), now=now)
    return shop.counter.issue(NUMBER)


@pytest.fixture
def phone(shop: WalletShop, card: CardView) -> Phone:
    """A phone that has the newest."""
    phone = Phone("phone-1")
    phone.take(shop.link(card))
    shop.send(Remembering())
    phone.update()
    return phone


def told(shop: WalletShop, phone: Phone) -> str | None:
    """What the phone says of vouchers once it was told of a change; None where it was told of nothing."""
    pusher = Remembering()
    shop.send(pusher)
    if not pusher.pushed:
        return None
    (serial,) = phone.update()
    return str(phone.shows(serial, "Vouchers"))


@pytest.mark.parametrize("whose", ["card", "customer"])
def test_each_step_of_a_voucher_reaches_the_phone(shop: WalletShop, card: CardView, phone: Phone, whose: str) -> None:
    actor, now = shop.counter.actor, timezone.now()
    owner = {"card_id": card.id} if whose == "card" else {"customer_id": card.customer_id}
    with unit_of_work(actor.chain_id):
        coffee, cake = issue_vouchers(
            actor, [VoucherDraft(title=title, **owner) for title in ("A coffee", "A cake")], now=now
        )
    assert told(shop, phone) == "A cake\nA coffee"
    redeem_voucher(actor, RedeemCommand(voucher=encode("vch", coffee.id)), now=now)
    assert told(shop, phone) == "A cake"
    undo_redemption(actor, encode("vch", coffee.id), now=now)
    assert told(shop, phone) == "A cake\nA coffee"
    cancel_voucher(actor, encode("vch", cake.id), now=now)
    assert told(shop, phone) == "A coffee"


def test_a_new_name_reaches_the_phone_and_what_no_pass_shows_does_not(
    shop: WalletShop, card: CardView, phone: Phone
) -> None:
    now = timezone.now()
    assert card.customer_id is not None
    customer = encode("cus", card.customer_id)

    def change(**fields: object) -> list[str]:
        change_customer(shop.counter.actor, customer, fields, country="DE", today=now.date(), now=now)
        pusher = Remembering()
        shop.send(pusher)
        return pusher.pushed

    assert change(name="Mia Schmidt") == [phone.push_token]
    (serial,) = phone.update()
    assert phone.shows(serial, "Holder") == "Mia Schmidt"
    assert change(comment="Likes oat milk") == []


@pytest.mark.parametrize("kind", [TIER_ENTERED, TIER_LEFT])
@pytest.mark.parametrize("whose", ["customers", "cards"])
def test_a_tier_is_looked_at_for_all_who_entered_or_left_it(
    shop: WalletShop, card: CardView, phone: Phone, kind: str, whose: str
) -> None:
    counter = shop.counter
    assert card.customer_id is not None
    named = encode("cus", card.customer_id) if whose == "customers" else encode("crd", card.id)
    others = encode("cus", new_id()) if whose == "customers" else encode("crd", new_id())
    payload = {"tier": encode("tier", new_id()), "customers": [], "cards": []} | {whose: [others, named]}
    with unit_of_work(counter.chain_id):
        announce(counter.chain_id, kind, now=timezone.now(), payload=payload)
    dispatcher().make_round()
    assert waiting(counter) == 1


def waiting(counter: Counter) -> int:
    return len(counter.read("SELECT 1 FROM wallet_refreshes"))


def test_a_voucher_of_somebody_without_a_pass_notes_nothing(shop: WalletShop, card: CardView, phone: Phone) -> None:
    other, actor = shop.counter.issue("+4915112345679"), shop.counter.actor
    with unit_of_work(actor.chain_id):
        issue_vouchers(
            actor,
            [VoucherDraft(title="A coffee", card_id=other.id), VoucherDraft(title="A tea")],
            now=timezone.now() - timedelta(minutes=1),
        )
    dispatcher().make_round()
    assert waiting(shop.counter) == 0
