"""The till under races: one queue sent by several, one code at several phones or tills, a limit's last place (TIL-4 to TIL-6)."""

from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.shown import add_device
from regulars.cards.actions.wallet_secrets import keep_wallet_secret
from regulars.cards.queries.cards import CardView
from regulars.cards.rules.rotating import make_code, page_secret, step_at, wallet_pattern
from regulars.kernel.codes import code_key
from regulars.platform.database import row, unit_of_work
from regulars.till.actions.receipts import BatchDraft, make_batch
from regulars.till.queries.receipts import list_codes_of
from regulars.till.tests.queue_kit import Device
from regulars.till.tests.till_kit import Till, card_id, open_till
from tests.google_stand_in import filled
from tests.ledger_kit import at_once

pytestmark = pytest.mark.committed


@pytest.fixture
def till(committed_db: None) -> Till:
    return open_till()


def test_a_queue_sent_by_several_at_once_counts_once(till: Till) -> None:
    card, device = till.shop.counter.issue("+4915112345678"), Device(till.client)
    device.register()
    start = timezone.now() - timedelta(hours=9)
    notes = [device.note(card.number, at=start + timedelta(hours=number)) for number in range(5)]
    assert at_once([lambda: device.send(*notes)] * 3) == [[("done", "")] * 5] * 3
    assert till.shop.stamps(card) == 5
    assert len(till.presses()) == 5


def test_the_same_code_at_several_phones_counts_for_one(till: Till) -> None:
    cards = [till.shop.counter.issue(f"+491511234567{number}") for number in range(4)]
    batch = make_batch(till.shop.counter.actor, BatchDraft(name="One", count=1, stamps=3), now=timezone.now())
    with unit_of_work(till.shop.counter.chain_id):
        (one,) = list_codes_of(till.shop.counter.actor, batch)

    def claim(card: CardView) -> str:
        sent = {"token": card.link.rsplit("/", 1)[1]}
        return Client().post(f"/r/{code_key(one.code)}", sent).content.decode()

    said = at_once([partial(claim, card) for card in cards])
    assert sum("It is on the card." in str(page) for page in said) == 1
    assert sum("This code was used already" in str(page) for page in said) == 3
    assert sorted(till.shop.stamps(card) for card in cards) == [0, 0, 0, 3]


@pytest.mark.parametrize("drawn_by", ["phone", "page", "google"])
def test_a_changing_code_shown_at_several_tills_at_once_is_good_at_one(till: Till, drawn_by: str) -> None:
    card, chain_id = till.shop.counter.issue("+4915112345678"), till.shop.counter.chain_id
    with unit_of_work(chain_id):
        row("UPDATE card_types SET rotates = true RETURNING 1")
    now = timezone.now()
    phone = add_device(chain_id, card.id, now=now)
    maker, secret = phone.id, phone.secret
    if drawn_by == "page":
        maker, secret = card.id, page_secret(card.id, card.link_version, key=settings.LINK_KEY)
    code = make_code(maker, secret, step_at(now))
    if drawn_by == "google":
        with unit_of_work(chain_id):
            made = keep_wallet_secret(chain_id, card.id, wallet=drawn_by, now=now)
        code = filled(wallet_pattern(made.id), made.secret, now)
    pages = at_once([partial(till.scan, code)] * 6)
    assert sum('data-state="card"' in str(page) for page in pages) == 1, pages
    assert sum("This code was shown before" in str(page) for page in pages) == 5


def test_two_tills_do_not_both_find_the_last_free_place(till: Till) -> None:
    card = till.shop.counter.issue("+4915112345678")
    till.client.post("/settings/tills/limits", {"card_a_day": "1", "staff_an_hour": "100"})

    def press(number: int) -> str:
        sent = {"kind": "stamps", "card": card_id(card), "count": "1", "again": "1", "once": f"key-{number}"}
        return till.client.post("/till/press", sent, follow=True).content.decode()

    pages = at_once([partial(press, number) for number in range(4)])
    assert sum('data-state="done"' in str(page) for page in pages) == 1
    assert till.shop.stamps(card) == 1


def test_two_who_ask_for_the_secret_of_a_wallet_are_told_the_same(till: Till) -> None:
    card, chain_id = till.shop.counter.issue("+4915112345678"), till.shop.counter.chain_id

    def ask(wallet: str) -> bytes:
        with unit_of_work(chain_id):
            return keep_wallet_secret(chain_id, card.id, wallet=wallet, now=timezone.now()).secret

    assert len(set(at_once([partial(ask, "google")] * 6))) == 1
