"""What a device notes without a connection: counted once, whatever is sent, however often, in whatever order (TIL-5)."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.lifecycle import block_card, delete_card
from regulars.cards.queries.cards import CardView
from regulars.rewards.tests.reward_kit import open_reward_shop
from regulars.till.tests.queue_kit import Device
from regulars.till.tests.till_kit import Till, card_id, open_till
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def till() -> Till:
    return open_till()


@pytest.fixture
def card(till: Till) -> CardView:
    return till.shop.counter.issue("+4915112345678")


@pytest.fixture
def device(till: Till) -> Device:
    made = Device(till.client)
    assert made.register().status_code == 200
    return made


def test_notes_are_counted_once_and_dated_by_the_server(till: Till, card: CardView, device: Device) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    notes = [device.note(card.number, at=yesterday), device.note(card.link, at=yesterday + timedelta(hours=3), count=2)]
    assert device.send(*notes) == [("done", ""), ("done", "")]
    assert device.send(*notes) == [("done", ""), ("done", "")]
    assert till.shop.stamps(card) == 3
    ((at, claimed),) = till.shop.counter.read(
        "SELECT p.pressed_at, q.claimed_at FROM till_queued q JOIN till_presses p ON p.id = q.press_id WHERE q.sequence = 1"
    )
    assert claimed == yesterday
    assert at > timezone.now() - timedelta(minutes=5)
    assert "noted without a connection" in till.client.get("/till/recent").content.decode()


def test_a_queue_in_another_order_counts_the_same_and_says_what_is_missing(
    till: Till, card: CardView, device: Device
) -> None:
    start = timezone.now() - timedelta(hours=5)
    notes = [device.note(card.number, at=start + timedelta(hours=number)) for number in range(4)]
    assert device.send(notes[3], notes[0]) == [("done", ""), ("done", "")]
    assert "2–3" in till.client.get("/settings/tills").content.decode()
    assert device.send(notes[2], notes[3], notes[1]) == [("done", "")] * 3
    assert till.shop.stamps(card) == 4
    assert "2–3" not in till.client.get("/settings/tills").content.decode()


def test_a_press_that_had_arrived_before_the_connection_broke_counts_once(
    till: Till, card: CardView, device: Device
) -> None:
    values = till.values(till.scan(card.number), "+1 stamp")
    till.client.post("/till/press", values)
    assert device.send(device.note(card=card_id(card), key=values["once"])) == [("done", "")]
    assert till.shop.stamps(card) == 1
    assert len(till.presses()) == 1


def test_cards_that_changed_meanwhile_are_conflicts(till: Till, device: Device) -> None:
    issue, actor, now = till.shop.counter.issue, till.shop.counter.actor, timezone.now()
    blocked, deleted = issue("+4915100000001"), issue("+4915100000002")
    other = open_reward_shop().counter.issue("+4915199999999")
    notes = [device.note(one) for one in (blocked.number, deleted.link, "nobody knows", other.link)]
    notes.append(device.note(card=card_id(deleted)))
    block_card(actor, card_id(blocked), reason="Lost", now=now)
    delete_card(actor, card_id(deleted), write_off=True, now=now)
    wanted = [("conflict", code) for code in ("blocked", "deleted", "unknown", "elsewhere", "deleted")]
    assert device.send(*notes) == wanted
    assert device.send(*notes) == wanted
    page = till.client.get("/till/queue").content.decode()
    assert "The card is blocked by now." in page
    assert "The card is deleted by now." in page
    assert "5 notes without a connection need a look" in till.client.get("/till/recent").content.decode()
    address = re.search(r"/till/queue/tqd_\w+/aside", page)
    assert address
    assert till.client.post(address[0]).status_code == 303
    assert till.client.post(address[0]).status_code == 422
    assert till.client.get("/till/queue").content.decode().count("/aside") == 4
    # Typed, a number is looked for among people as well: nobody else is meant by it.
    assert device.send(device.note(deleted.number, by="typed"))[0][0] == "conflict"
    assert till.presses() == []


def test_a_card_that_was_stamped_at_that_time_is_asked_about(till: Till, card: CardView, device: Device) -> None:
    till.shop.stamp(card, 1)
    (state,) = device.send(device.note(card.number, at=timezone.now() - timedelta(seconds=20)))
    assert state == ("conflict", "stamped_recently")
    page = till.client.get("/till/queue").content.decode()
    address = re.search(r"/till/queue/tqd_\w+/count", page)
    assert address
    assert till.client.post(address[0]).status_code == 303
    assert till.client.post(address[0]).status_code == 422
    assert till.shop.stamps(card) == 2
    assert "Everything that was noted is counted" in till.client.get("/till/queue").content.decode()


def test_a_clock_that_runs_ahead_makes_no_hours_between_two_visits(till: Till, card: CardView, device: Device) -> None:
    now = timezone.now()
    ahead = [device.note(card.number, at=now + timedelta(hours=hours)) for hours in (1, 5, 9)]
    assert device.send(*ahead) == [("done", ""), *[("conflict", "stamped_recently")] * 2]
    assert till.shop.stamps(card) == 1


def test_the_pause_goes_by_the_times_at_which_stamps_were_given(till: Till, card: CardView, device: Device) -> None:
    monday = timezone.now() - timedelta(days=2)
    notes = [device.note(card.number, at=monday + timedelta(seconds=seconds)) for seconds in (0, 30, 90)]
    # The second is within the minute of the first; the third within the minute of nothing that counted.
    assert device.send(*notes) == [("done", ""), ("conflict", "stamped_recently"), ("done", "")]
    assert till.shop.stamps(card) == 2


def test_forged_and_foreign_notes_are_refused(till: Till, card: CardView, device: Device) -> None:
    other = Device(sign_in_client(Client(), till.shop.counter.shop))
    assert other.register().status_code == 200
    sound = device.note(card.number)
    changed = sound | {"payload": sound["payload"].replace('"count": 1', '"count": 9')}
    strange = [{"payload": "x", "signature": "x"}, {"payload": "{}", "signature": ""}, device.sign("[]"), changed]
    assert device.send(*strange) == [("refused", "forged")] * 4
    assert device.send(other.note(card.number)) == [("refused", "forged")]
    # Signed by this device, and said to be of the other.
    said = other.note(card.number)["payload"]
    assert device.send(device.sign(said)) == [("refused", "forged")]
    assert till.shop.stamps(card) == 0
    colleague = Device(sign_in_client(Client(), hire(till.shop.counter.shop, "cashier")))
    answer = colleague.post({"device": device.id, "items": [sound]})
    assert (answer.status_code, answer.json()["code"]) == (404, "device_unknown")
    assert till.shop.counter.read("SELECT count(*) FROM audit_entries WHERE verb = 'refuse_forged_queue'") == [(3,)]
    assert device.send(sound) == [("done", "")]


def test_a_number_of_the_sequence_is_used_once(till: Till, card: CardView, device: Device) -> None:
    first = device.note(card.number)
    device.sequence = 0
    second = device.note(card.number, key="another-key-of-its-own")
    assert device.send(first, second) == [("done", ""), ("refused", "sequence_used")]
    assert till.shop.stamps(card) == 1


def test_a_revoked_device_counts_nothing_until_somebody_signs_in_anew(
    till: Till, card: CardView, device: Device
) -> None:
    note = device.note(card.number)
    page = till.client.get("/settings/tills").content.decode()
    assert device.id in page
    assert till.client.post(f"/settings/tills/{device.id}/revoke").status_code == 303
    assert device.send(note) == [("conflict", "device_revoked")]
    assert till.shop.stamps(card) == 0
    assert "The device was revoked" in till.client.get("/till/queue").content.decode()
    assert device.register().json()["code"] == "device_revoked"
    again = Device(till.client)
    assert again.register().json()["code"] == "device_revoked"
    again.client = sign_in_client(Client(), till.shop.counter.shop)
    assert again.register().status_code == 200
    assert again.send(again.note(card.number)) == [("done", "")]
    cashier = sign_in_client(Client(), hire(till.shop.counter.shop, "cashier"))
    assert cashier.get("/settings/tills").status_code == 403
    assert cashier.post(f"/settings/tills/{again.id}/revoke").status_code == 403
    assert till.client.post("/settings/tills/tdv_x/revoke").status_code == 404


def test_seven_days_and_no_longer(till: Till, card: CardView, device: Device) -> None:
    now = timezone.now()
    old, young = (device.note(card.number, at=now - age) for age in (timedelta(days=7, minutes=1), timedelta(hours=1)))
    fast = device.note(card.number, at=now + timedelta(hours=2))
    assert device.send(old, young, fast) == [("conflict", "too_old"), ("done", ""), ("done", "")]
    assert till.shop.stamps(card) == 2


def test_purchases_and_places(till: Till, card: CardView, device: Device) -> None:
    paid = device.note(card=card_id(card), kind="purchase", count=None, amount="12,50")
    assert device.send(paid, device.note(card.number, location="loc_00000000000000000000000000")) == [
        ("done", ""),
        ("conflict", "place_gone"),
    ]
    assert [one[:3] for one in till.presses()] == [("purchase", "staff", 1250)]
    assert device.send(device.note(card.number, kind="purchase", count=None, amount="lots"))[0][0] == "conflict"


def test_a_kiosk_sends_what_a_kiosk_does(till: Till, card: CardView, device: Device) -> None:
    till.client.post("/till/mode", {"mode": "kiosk", "preset": "1", "pin": "2468"})
    staff, kiosk = device.note(card.number, count=5), device.note(card.number, source="kiosk")
    assert device.send(staff, kiosk) == [("later", ""), ("done", "")]
    assert till.presses()[0][:3] == ("stamps", "kiosk", 1)
    assert till.client.get("/till/queue").status_code == 403


@pytest.mark.parametrize("body", [{}, [], {"device": "x", "items": []}, {"device": 1, "items": [1]}, {"items": [{}]}])
def test_bodies_that_no_till_sends_are_refused(device: Device, body: object) -> None:
    assert device.post(body).status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"count": 0},
        {"count": 21},
        {"count": None},
        {"kind": "spend"},
        {"sequence": 0},
        {"sequence": True},
        {"at": "yesterday"},
        {"at": "2026-01-01T00:00:00"},
        {"key": "short"},
        {"source": "api"},
        {"by": "guess"},
        {"text": "a\u0000b"},
        {"more": 1},
    ],
)
def test_payloads_that_no_till_writes_are_refused(
    till: Till, card: CardView, device: Device, change: dict[str, object]
) -> None:
    said = json.loads(device.note(card.number)["payload"]) | change
    assert device.send(device.sign(json.dumps(said))) == [("refused", "forged")]
    assert till.shop.counter.read("SELECT count(*) FROM till_queued") == [(0,)]


def test_keys_that_are_none_are_refused(till: Till) -> None:
    for key in ("", "x", "AAAA", "A" * 88, "é"):
        assert till.client.post("/till/device", {"public_key": key}).status_code == 422
    analyst = sign_in_client(Client(), hire(till.shop.counter.shop, "analyst"))
    assert Device(analyst).register().status_code == 403
