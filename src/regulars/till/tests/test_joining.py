"""A newcomer scans a code, joins, and has it on the card at once: every way there, and every way to be too late (TIL-4, WAL-3).

The phone of these tests does what `own-card.js` does: it remembers the code for whose sake somebody joins, and sends it with
the link of the card as soon as that opens. The script itself is looked at in `tests/browser/test_till_joining.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.join_slug import ensure_join_slug
from regulars.cards.queries.cards import CardView
from regulars.kernel.codes import code_key
from regulars.platform.database import execute, unit_of_work
from regulars.storefront.tests.join_kit import PHONE, TYPED, JoinShop, open_join_shop
from regulars.till.actions.receipts import ReceiptDraft, make_receipt
from regulars.till.tests.till_kit import page_of
from tests.people import sign_in_client

pytestmark = pytest.mark.django_db
REMEMBERED = re.compile(r'data-remember-token="([^"]+)"')


@pytest.fixture
def shop(settings: Any) -> Iterator[JoinShop]:
    with open_join_shop(settings, mail=False, sms=True) as made:
        made.set_up(made.counter.stamps, phone="required")
        ensure_join_slug(made.chain_id, made.counter.stamps.id)
        yield made


@dataclass
class Phone:
    """Somebody's phone, which scanned a code and has no card yet."""

    shop: JoinShop
    slip: str
    client: Client = field(default_factory=Client)

    def join(self, phone: str = TYPED, **more: str) -> str:
        """Follow the slip's link to the join page and send its form; the address of the page that waits for the code."""
        (path,) = set(re.findall(r'href="(/j/[^"]+)" data-join-here', page_of(self.client.get(self.slip))))
        answer = self.shop.join(self.client, page=path, phone=phone, **more)
        assert answer.status_code == 303, answer.content.decode()
        return str(answer.headers["Location"])

    def confirm(self, waiting: str) -> str:
        """Type the code of the message; the text of the card that opens."""
        self.shop.deliver()
        answer = self.client.post(waiting, {"code": self.shop.code()})
        assert answer.status_code == 303, answer.content.decode()
        return page_of(self.client.get(answer.headers["Location"]))

    def earn(self, card: str) -> str:
        """What the script does on the card of whoever joined for a code."""
        found = REMEMBERED.search(card)
        assert found, card
        return page_of(self.client.post(self.slip, {"token": found[1]}))


def make_slip(shop: JoinShop, **more: Any) -> str:
    given = {"stamps": 2} | more if "amount" not in more else more
    made = make_receipt(shop.counter.shop.actor, ReceiptDraft(**given), now=timezone.now())
    return f"/r/{code_key(made.code)}"


def earned(shop: JoinShop) -> list[tuple[Any, ...]]:
    """The sources of what was earned, and how much of it."""
    return shop.rows(
        "SELECT t.source, e.amount FROM transactions t JOIN entries e ON e.transaction_id = t.id"
        " WHERE t.chain_id = %s AND t.kind = 'earn' ORDER BY e.id",
        [shop.chain_id],
    )


def known_card(shop: JoinShop) -> CardView:
    return shop.counter.card(shop.counter.stamps, customer=shop.counter.person("Known", PHONE))


def test_a_newcomer_joins_and_has_the_stamps_without_a_second_scan(shop: JoinShop) -> None:
    phone = Phone(shop, make_slip(shop))
    waiting = phone.join()
    assert (shop.cards(), earned(shop)) == (0, [])
    done = phone.earn(phone.confirm(waiting))
    assert "It is on the card." in done
    assert "+2 stamps" in done
    assert earned(shop) == [("receipt", 2)]
    assert (shop.cards(), len(shop.customers())) == (1, 1)


def test_a_newcomer_has_the_purchase_as_an_order_of_their_own(shop: JoinShop) -> None:
    phone = Phone(shop, make_slip(shop, amount="12.50"))
    assert "Purchase of" in phone.earn(phone.confirm(phone.join()))
    orders = shop.rows(
        "SELECT o.channel, o.total, o.customer_id = c.id FROM orders o JOIN customers c USING (chain_id)"
        " WHERE chain_id = %s",
        [shop.chain_id],
    )
    assert orders == [("receipt", 1250, True)]


def test_everything_sent_twice_is_one_card_that_earns_once(shop: JoinShop) -> None:
    phone, key = Phone(shop, make_slip(shop)), str(uuid4())
    waiting = phone.join(key=key)
    assert phone.join(key=key) == waiting
    card = phone.confirm(waiting)
    assert REMEMBERED.findall(phone.confirm(waiting)) == REMEMBERED.findall(card)
    assert "It is on the card." in phone.earn(card)
    assert "This code was used already" in phone.earn(card)
    assert (shop.cards(), earned(shop)) == (1, [("receipt", 2)])


def test_a_code_that_somebody_used_meanwhile_leaves_the_newcomer_a_card_and_says_so(shop: JoinShop) -> None:
    other = shop.counter.card(shop.counter.stamps, phone="+4915199999999")
    phone = Phone(shop, make_slip(shop))
    waiting = phone.join()
    assert "It is on the card." in page_of(Client().post(phone.slip, {"card": other.number}))
    late = phone.earn(phone.confirm(waiting))
    assert "This code was used already" in late
    # The phone fills the link to the card in, which the page itself does not know.
    assert "data-own-link" in late
    assert (shop.cards(), earned(shop)) == (2, [("receipt", 2)])
    assert shop.counter.total(other, "stamps") == 2


def test_a_code_whose_time_ends_meanwhile_says_so(shop: JoinShop) -> None:
    phone = Phone(shop, make_slip(shop, expires_at=timezone.now() + timedelta(hours=1)))
    waiting = phone.join()
    with unit_of_work(shop.chain_id):
        execute("UPDATE receipt_codes SET expires_at = now() - interval '1 second'")
    late = phone.earn(phone.confirm(waiting))
    assert "The time of this code is over" in late
    assert "data-own-link" in late
    assert (shop.cards(), earned(shop)) == (1, [])


def test_a_code_of_another_business_takes_no_card_of_this_one(shop: JoinShop, settings: Any) -> None:
    card = Phone(shop, make_slip(shop))
    opened = card.confirm(card.join())
    with open_join_shop(settings, mail=False, sms=True) as elsewhere:
        foreign = Phone(elsewhere, make_slip(elsewhere))
        assert "There is no card here that this can be added to." in foreign.earn(opened)
        assert earned(elsewhere) == []
    assert earned(shop) == []


def test_the_phone_of_a_customer_tells_nothing_and_earns_on_their_card_once_the_code_came_back(shop: JoinShop) -> None:
    card = known_card(shop)
    stranger, newcomer = Phone(shop, make_slip(shop)), Phone(shop, make_slip(shop))
    told, waits = [], []
    for phone, typed in ((stranger, TYPED), (newcomer, "0151 22222211")):
        waiting = phone.join(typed)
        waits.append(waiting)
        page = page_of(phone.client.get(waiting))
        assert not REMEMBERED.search(page)
        told.append(re.sub(r'/j/[a-z0-9-]+/[a-z0-9]+|value="[A-Za-z0-9]{32,}"', "", page))
        slip = page_of(phone.client.get(phone.slip))
        assert "Add it to your card" in slip, "the code stays open for both alike"
    assert told[0] == told[1]
    assert earned(shop) == []
    # Without the message there is no card, and so nothing to send the code with.
    shop.deliver()
    wrong = "000000" if shop.code() != "000000" else "111111"
    assert stranger.client.post(waits[0], {"code": wrong}).status_code == 422
    assert (shop.cards(), earned(shop), shop.counter.total(card, "stamps")) == (1, [], 0)


def test_who_has_a_card_and_joins_again_earns_on_that_card(shop: JoinShop) -> None:
    card = known_card(shop)
    phone = Phone(shop, make_slip(shop))
    waiting = phone.join()
    assert shop.counter.total(card, "stamps") == 0
    opened = phone.confirm(waiting)
    assert REMEMBERED.findall(opened) == [card.link.rpartition("/")[2]]
    assert "It is on the card." in phone.earn(opened)
    assert (shop.cards(), shop.counter.total(card, "stamps")) == (1, 2)


def test_where_nothing_can_be_sent_staff_hand_the_card_over_and_the_phone_earns(settings: Any) -> None:
    with open_join_shop(settings, mail=False) as shop:
        shop.set_up(shop.counter.stamps, phone="required")
        ensure_join_slug(shop.chain_id, shop.counter.stamps.id)
        card = known_card(shop)
        phone = Phone(shop, make_slip(shop))
        waiting = phone.join()
        state = f"{waiting}/state"
        assert "/c/" not in page_of(phone.client.get(state))
        ((pickup,),) = shop.rows("SELECT pickup FROM join_requests WHERE chain_id = %s", [shop.chain_id])
        staff = sign_in_client(Client(), shop.counter.shop)
        assert staff.post(f"/joining/{pickup}").status_code == 303
        assert shop.counter.total(card, "stamps") == 0
        found = re.search(r'href="(/c/[^"]+)"', page_of(phone.client.get(state)))
        assert found
        assert "It is on the card." in phone.earn(page_of(phone.client.get(found[1])))
        assert (shop.cards(), shop.counter.total(card, "stamps")) == (1, 2)
