"""Many passes that are due at once are looked at together, and each goes its own way (WAL-5)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.platform.database import execute
from regulars.wallets.actions.apple_wallet import AppleWallet
from regulars.wallets.actions.refresh import refresh_due
from regulars.wallets.queries.view import gather
from regulars.wallets.rules.apple.certificate import PassCertificate
from regulars.wallets.rules.port import Phone as Told
from regulars.wallets.rules.sending import GAP, GATHER, Answer
from regulars.wallets.rules.view import WalletCard
from tests.ledger_kit import dispatcher
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, WalletShop, open_wallet_shop

pytestmark = pytest.mark.django_db


def on_phones(shop: WalletShop, count: int, *, first: int = 0) -> tuple[list[CardView], list[Phone]]:
    """Cards that are each on a phone of their own, which has the newest."""
    cards = [shop.counter.issue(f"+49151123{number:05}") for number in range(first, first + count)]
    phones = [Phone(f"phone-{number}", f"{number:064x}") for number in range(first, first + count)]
    for card, phone in zip(cards, phones, strict=True):
        phone.take(shop.link(card))
    shop.send(Remembering())
    for phone in phones:
        phone.update()
    return cards, phones


class Answering(Remembering):
    """Answers by the phone; something may happen while it is asked."""

    def __init__(self, answers: dict[str, Answer], meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self.answers, self.meanwhile = answers, meanwhile

    def push(self, signer: PassCertificate, phones: Sequence[Told]) -> list[Answer]:
        super().push(signer, phones)
        self.meanwhile()
        return [self.answers.get(phone.push_token, self.answer) for phone in phones]


def test_a_dozen_passes_ask_the_database_as_often_as_two() -> None:
    shop = open_wallet_shop()
    cards, phones = on_phones(shop, 12)
    asked = []
    for some in (cards[:2], cards):
        for card in some:
            shop.counter.adjust(card, "3")
        dispatcher().make_round()
        pusher = Remembering()
        with CaptureQueriesContext(connection) as queries:
            assert shop.send(pusher) == len(some) == len(pusher.pushed)
        asked.append(len(queries))
    assert asked[0] == asked[1], "however many, in as many queries"
    assert [phone.update() != [] for phone in phones] == [True] * 12
    assert [phone.shows(next(iter(phone.passes)), "Points") for phone in phones] == [6, 6] + [3] * 10


def test_each_pass_of_a_party_goes_its_own_way() -> None:
    shop = open_wallet_shop()
    cards, phones = on_phones(shop, 5)
    sent, gone, late, changed, away = phones
    assert away.unregister(next(iter(away.passes))) == 200
    for card in cards:
        shop.counter.adjust(card, "3")

    def meanwhile() -> None:
        shop.counter.adjust(cards[3], "4")
        dispatcher().make_round()

    answers = {gone.push_token: Answer("gone", "Unregistered"), late.push_token: Answer("later", "TooManyRequests")}
    pusher = Answering(answers, meanwhile)
    assert shop.send(pusher) == 5
    assert sorted(pusher.pushed) == sorted(one.push_token for one in (sent, gone, late, changed))
    told = shop.counter.read(
        "SELECT (SELECT string_agg(kind, ' ') FROM wallet_events e WHERE e.pass_id = p.id AND e.at > now() + interval '7 minutes'),"
        " p.told_tag = p.tag, r.problem, r.tries, r.revision FROM wallet_passes p"
        " LEFT JOIN wallet_refreshes r ON r.pass_id = p.id ORDER BY p.id"
    )
    assert told == [
        ("pushed", True, None, None, None),
        ("unregistered", True, None, None, None),
        (None, False, "TooManyRequests", 1, 1),
        ("pushed", True, "", 0, 2),
        (None, False, None, None, None),
    ]
    # What changed meanwhile is told after the gap, and what could not be told when it may be tried again.
    ((due, changed_at),) = shop.counter.read("SELECT due_at, changed_at FROM wallet_refreshes WHERE revision = 2")
    assert due - changed_at == GAP
    later = Remembering()
    assert shop.send(later) == 2
    assert sorted(later.pushed) == sorted([late.push_token, changed.push_token])
    for phone, points in ((sent, 3), (late, 3), (changed, 7)):
        phone.update()
        assert phone.shows(next(iter(phone.passes)), "Points") == points


def test_what_changes_while_a_pass_has_nothing_to_tell_is_looked_at_again() -> None:
    shop = open_wallet_shop()
    (card,), (phone,) = on_phones(shop, 1)
    shop.counter.adjust(card, "3")
    shop.counter.adjust(card, "-3")
    dispatcher().make_round()
    now, pusher = timezone.now() + timedelta(minutes=10), Remembering()

    def look(chain_id: UUID, cards: Mapping[UUID, UUID]) -> Mapping[UUID, WalletCard]:
        shown = gather(now)(chain_id, cards)
        # The next change is noted after the look, before the note of this one is gone.
        execute("UPDATE wallet_refreshes SET revision = revision + 1")
        return shown

    assert refresh_due(shop.counter.chain_id, look, AppleWallet(pusher), now=lambda: now) == 1
    assert shop.counter.read("SELECT due_at, tries FROM wallet_refreshes") == [(now + GATHER, 0)]
    shop.counter.adjust(card, "5")
    assert shop.send(pusher, later=timedelta(minutes=20)) == 1
    assert pusher.pushed == [phone.push_token]


def test_no_more_are_taken_at_once_than_can_be_told_in_time() -> None:
    shop = open_wallet_shop()
    cards, phones = on_phones(shop, 7)
    for card in cards:
        shop.counter.adjust(card, "3")
    dispatcher().make_round()
    # A plan that a large table may get, too.
    for way in ("hashjoin", "mergejoin", "material", "hashagg", "indexscan", "bitmapscan", "sort"):
        execute(f"SET LOCAL enable_{way} = off")
    now, pusher = timezone.now() + timedelta(minutes=10), Remembering()
    wallet = AppleWallet(pusher)
    wallet.at_once = 3
    taken = [refresh_due(shop.counter.chain_id, gather(now), wallet, now=lambda: now) for _ in range(4)]
    assert taken == [3, 3, 1, 0]
    assert sorted(pusher.pushed) == sorted(phone.push_token for phone in phones)
