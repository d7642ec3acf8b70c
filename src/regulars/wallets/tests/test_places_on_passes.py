"""Where people find the business is what phones offer the card near, and a place that changes reaches them (WAL-4)."""

from typing import Any

import pytest
from django.utils import timezone

from regulars.cards.actions.issue import IssueCommand, issue_card
from regulars.cards.actions.types import change_card_type, create_card_type
from regulars.cards.rules.types import CardTypeDraft
from regulars.chains.actions import archive_location, change_location, create_location, restore_location
from regulars.chains.rules import LocationDraft
from regulars.kernel.ids import encode
from regulars.platform.database import execute
from regulars.wallets.actions import waves
from tests.ledger_kit import dispatcher
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, WalletShop, open_wallet_shop

pytestmark = pytest.mark.django_db
ISSUED = "+4915112345678"


def test_a_phone_offers_the_card_near_the_ten_nearest_places_where_it_is_valid() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    actor, now = shop.counter.actor, timezone.now()
    made = [
        create_location(actor, LocationDraft(name=f"Shop {n:02}", latitude=50 + n / 10, longitude=13.0), now=now)
        for n in range(13)
    ]
    create_location(actor, LocationDraft(name="Somewhere"), now=now)
    archive_location(actor, encode("loc", made[12].id), now=now)
    command = IssueCommand(card_type=encode("ctp", shop.counter.card_type.id), phone=ISSUED, location_id=made[11].id)
    serial = phone.take(shop.link(issue_card(actor, command, country="DE", now=now)))
    shown = phone.passes[serial]["locations"]
    assert [one["latitude"] for one in shown] == [made[n].latitude for n in range(11, 1, -1)]
    assert shown[0]["relevantText"] == "Show your card: Shop 11"
    change_card_type(
        actor, encode("ctp", shop.counter.card_type.id), {"location_ids": (made[3].id,)}, now=timezone.now()
    )
    shop.send(Remembering())
    phone.update()
    assert [one["latitude"] for one in phone.passes[serial]["locations"]] == [50.3]


def sent_to(shop: WalletShop, pusher: Remembering) -> list[str]:
    """Whom the next rounds tell, once everything is told."""
    pusher.pushed.clear()
    while shop.send(pusher):
        pass
    return sorted(pusher.pushed)


def test_a_place_that_opens_moves_or_closes_tells_the_phones_whose_places_it_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waves, "CHUNK", 2)
    shop, pusher = open_wallet_shop(), Remembering()
    actor = shop.counter.actor
    here = create_location(actor, LocationDraft(name="North", latitude=50.1, longitude=13.0), now=timezone.now())
    draft = CardTypeDraft(name="Only north", external_id="only-north", location_ids=(here.id,))
    program = encode("prg", shop.counter.card_type.program.id)
    bound = create_card_type(actor, program, draft, now=timezone.now())
    phones = [Phone(f"phone-{number}", push_token=f"{number:02}" * 32) for number in range(5)]
    serials = [phone.take(shop.link(shop.counter.issue(f"+491511234567{n}"))) for n, phone in enumerate(phones)]
    bound_phone = Phone("bound", push_token="ab" * 32)
    command = IssueCommand(card_type=encode("ctp", bound.id), phone="+4915112345699")
    bound_serial = bound_phone.take(shop.link(issue_card(actor, command, country="DE", now=timezone.now())))
    sent_to(shop, pusher)
    for phone in (*phones, bound_phone):
        phone.update()

    def places(phone: Phone, serial: str) -> list[str]:
        phone.update()
        return [one["relevantText"].partition(": ")[2] for one in phone.passes[serial].get("locations", [])]

    everybody = sorted(phone.push_token for phone in phones)
    # A new place is on the cards that are valid everywhere, each phone told once; the card that is valid in the north alone stays.
    made = create_location(actor, LocationDraft(name="South", latitude=48.0, longitude=13.0), now=timezone.now())
    assert sent_to(shop, pusher) == everybody
    assert {tuple(places(*one)) for one in zip(phones, serials, strict=True)} == {("North", "South")}
    assert places(bound_phone, bound_serial) == ["North"]
    south, north = encode("loc", made.id), encode("loc", here.id)
    # An address is on no pass.
    same = LocationDraft(name="South", address="Long Street 1", latitude=48.0, longitude=13.0)
    change_location(actor, south, same, version=None, now=timezone.now())
    assert sent_to(shop, pusher) == []
    moved = LocationDraft(name="Far north", latitude=54.0, longitude=13.0)
    change_location(actor, north, moved, version=None, now=timezone.now())
    assert sent_to(shop, pusher) == sorted([*everybody, bound_phone.push_token])
    assert places(bound_phone, bound_serial) == ["Far north"]
    archive_location(actor, south, now=timezone.now())
    assert sent_to(shop, pusher) == everybody
    assert places(phones[0], serials[0]) == ["Far north"]
    restore_location(actor, south, now=timezone.now())
    assert sent_to(shop, pusher) == everybody


def test_where_a_place_moved_a_killed_round_goes_on_where_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waves, "CHUNK", 2)
    shop = open_wallet_shop()
    for number in range(5):
        Phone(f"phone-{number}").take(shop.link(shop.counter.issue(f"+491511234567{number}")))
    while shop.send(Remembering()):
        pass
    draft = LocationDraft(name="South", latitude=48.0, longitude=13.0)
    create_location(shop.counter.actor, draft, now=timezone.now())
    dispatcher().make_round()
    waves.spread_wave(shop.counter.chain_id, now=timezone.now())

    def die_before_the_place_is_kept(statement: str, values: Any) -> int:
        if statement.startswith("UPDATE"):
            raise KeyboardInterrupt
        return execute(statement, values)

    with monkeypatch.context() as killing:
        killing.setattr("regulars.wallets.actions.waves.execute", die_before_the_place_is_kept)
        with pytest.raises(KeyboardInterrupt):
            waves.spread_wave(shop.counter.chain_id, now=timezone.now())
    noted = "SELECT count(*) FROM wallet_refreshes"
    assert shop.counter.read(noted) == [(2,)]
    while waves.spread_wave(shop.counter.chain_id, now=timezone.now()):
        pass
    assert shop.counter.read(noted) == [(5,)]
