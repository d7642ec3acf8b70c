"""The till without script: scan, press, undo; every refusal in words (TIL-1 to TIL-3)."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.lifecycle import block_card, delete_card
from regulars.cards.actions.shown import add_device
from regulars.cards.queries.cards import CardView
from regulars.cards.rules.rotating import make_code, step_at
from regulars.chains.actions import create_location
from regulars.chains.rules import LocationDraft
from regulars.kernel.ids import encode
from regulars.platform.database import row, unit_of_work
from regulars.rewards.tests.reward_kit import open_reward_shop
from regulars.till.tests.till_kit import Till, card_id, open_till, picture_of
from tests.people import PASSWORD, hire, sign_in_client

pytestmark = pytest.mark.django_db
PHONE = "+4915112345678"


@pytest.fixture
def till() -> Till:
    return open_till()


@pytest.fixture
def card(till: Till) -> CardView:
    return till.shop.counter.issue(PHONE)


def state_of(page: str) -> str:
    found = re.search(r'data-state="([a-z_]+)"', page)
    assert found
    return found[1]


def words_of(page: str) -> str:
    return re.sub(r"<[^>]+>", "", page)


def test_a_typed_number_a_press_and_its_undo(till: Till, card: CardView) -> None:
    till.shop.goals({10: till.shop.voucher("A coffee")})
    page = till.scan(card.number)
    assert state_of(page) == "card"
    done = till.press(page, "+1 stamp")
    assert state_of(done) == "done"
    assert "1 of 10" in done
    assert till.presses() == [("stamps", "staff", 1, 1, 10, False)]
    assert till.shop.counter.read("SELECT source FROM transactions WHERE kind = 'earn'") == [("staff",)]
    assert state_of(till.undo(done)) == "undone"
    assert till.shop.stamps(card) == 0
    assert "Taken back" in till.client.get("/till/recent").content.decode()
    again = till.client.post(re.search(r"/till/pressed/prs_\w+/undo", done)[0])  # type: ignore[index]
    assert again.status_code == 422
    assert "taken back already" in again.content.decode()


def test_the_same_press_twice_is_one_stamp(till: Till, card: CardView) -> None:
    values = till.values(till.scan(card.number), "+1 stamp")
    for _ in range(3):
        page = till.client.post("/till/press", values, follow=True).content.decode()
        assert state_of(page) == "done"
    assert till.shop.stamps(card) == 1
    assert len(till.presses()) == 1


def test_the_same_card_a_moment_later_is_asked_about(till: Till, card: CardView) -> None:
    till.press(till.scan(card.number), "+1 stamp")
    page = till.press(till.scan(card.number), "+1 stamp")
    assert state_of(page) == "again"
    assert "Is this another visit?" in page
    assert till.shop.stamps(card) == 1
    assert state_of(till.press(page, "Yes, stamp again")) == "done"
    assert till.shop.stamps(card) == 2


def test_every_way_to_name_a_card(till: Till, card: CardView) -> None:
    for text in (card.number, card.link, card.link.rsplit("/", 1)[1], card_id(card), PHONE, "0151 12345678", "5678"):
        assert state_of(till.scan(text)) == "card", text
    if card.short_number:
        assert state_of(till.scan(card.short_number)) == "card"


def test_several_people_are_chosen_from_and_no_phone_is_shown(till: Till, card: CardView) -> None:
    till.shop.counter.issue("+4915112995678")
    page = till.scan("5678")
    assert state_of(page) == "choices"
    assert "15112995678" not in page
    assert "15112345678" not in page
    assert state_of(till.client.get(f"/till/card/{card_id(card)}").content.decode()) == "card"


def test_troubles_differ_in_words_icon_and_colour(till: Till, card: CardView) -> None:
    other = open_reward_shop().counter.issue("+4915199999999")
    blocked, deleted = till.shop.counter.issue("+4915100000001"), till.shop.counter.issue("+4915100000002")
    block_card(till.shop.counter.actor, card_id(blocked), reason="Lost", now=timezone.now())
    delete_card(till.shop.counter.actor, card_id(deleted), write_off=True, now=timezone.now())
    said = {
        "nothing at all": "Nobody knows this code",
        other.link: "A card of another business",
        blocked.number: "This card is blocked",
        deleted.link: "This card was deleted",
    }
    for text, title in said.items():
        page = till.scan(text)
        assert state_of(page) == "trouble", text
        assert title in page, text
        assert other.customer_name not in page or not other.customer_name
    assert "till-trouble bad" in till.scan(blocked.number)
    assert "Give them a card" in till.scan("nothing at all")


def test_a_changing_code_that_does_not_count_says_why(till: Till, card: CardView) -> None:
    counter = till.shop.counter
    with unit_of_work(counter.chain_id):
        row("UPDATE card_types SET rotates = true RETURNING 1")
    phone = add_device(counter.chain_id, card.id, now=timezone.now())
    elsewhere = open_till()

    def code(days: float = 0) -> str:
        return make_code(phone.id, phone.secret, step_at(timezone.now() + timedelta(days=days)))

    assert "This code is too old" in till.scan(code(-1))
    assert "The clock of this phone is wrong" in till.scan(code(1))
    assert "Nobody knows this code" in elsewhere.scan(code())
    shown = code()
    assert state_of(till.scan(shown)) == "card"
    assert "This code was shown before" in till.scan(shown)
    block_card(counter.actor, card_id(card), reason="Lost", now=timezone.now())
    lost = add_device(counter.chain_id, card.id, now=timezone.now())
    assert "This card is blocked" in till.scan(make_code(lost.id, lost.secret, step_at(timezone.now())))
    assert till.presses() == []


def test_a_card_that_is_valid_elsewhere_says_where(till: Till, card: CardView) -> None:
    there = create_location(
        till.shop.counter.shop.actor, LocationDraft(name="Harbour", time_zone="Europe/Berlin"), now=timezone.now()
    )
    with unit_of_work(till.shop.counter.chain_id):
        row(
            "UPDATE card_types SET location_ids = ARRAY[%s::uuid] WHERE id = %s RETURNING 1",
            [there.id, card.type_id],
        )
    place = encode("loc", till.shop.counter.shop.location_id)
    till.client.post("/till/place", {"location": place})
    page = till.scan(card.number)
    assert "not valid here" in page
    assert "Harbour" in page
    answer = till.client.post("/till/press", {"kind": "stamps", "card": card_id(card), "count": "1", "once": "x"})
    assert answer.status_code == 422
    assert till.shop.stamps(card) == 0


def test_a_newcomer_gets_a_card_by_phone_and_it_can_be_taken_back(till: Till, card: CardView) -> None:
    page = till.press(till.scan("0151 7777777"), "Issue the card", phone="0151 7777777")
    assert state_of(page) == "done"
    assert "New card: Club card" in page
    assert state_of(till.scan("0151 7777777")) == "card"
    assert state_of(till.undo(page)) == "undone"
    assert "Nobody knows" in till.scan("0151 7777777")
    page = till.press(till.scan("0151 7777777"), "Issue the card", phone="not a phone")
    assert "This did not happen" in page
    page = till.press(till.scan("0151 7777777"), "Issue the card", phone=PHONE)
    assert "has a card of this type already" in page


def test_a_ready_voucher_and_an_award_are_redeemed_and_taken_back(till: Till, card: CardView) -> None:
    till.shop.goals({1: till.shop.award("A biscuit"), 2: till.shop.voucher("A coffee")})
    till.shop.stamp(card, 2)
    page = till.scan(card.number)
    done = till.press(page, "Redeem A coffee")
    assert "Redeemed: A coffee" in done
    assert "Redeem A coffee" not in words_of(till.scan(card.number))
    twice = till.press(page, "Redeem A coffee", once="another")
    assert "Redeemed already" in twice
    assert "till-trouble accent" in twice
    assert state_of(till.undo(done)) == "undone"
    assert "Redeem A coffee" in words_of(till.scan(card.number))
    done = till.press(till.scan(card.number), "Hand over A biscuit")
    assert "Handed over: A biscuit" in done
    till.undo(done)
    assert [kind for kind, *_ in till.presses()] == ["voucher", "award"]


def test_a_scanned_voucher_is_shown_redeemed_and_then_told_apart(till: Till, card: CardView) -> None:
    till.shop.goals({1: till.shop.voucher("A coffee")})
    till.shop.stamp(card, 1)
    ((code,),) = till.shop.counter.read("SELECT code FROM vouchers")
    page = till.scan(code)
    assert state_of(page) == "voucher"
    assert state_of(till.press(page, "Redeem")) == "done"
    page = till.scan(code)
    assert state_of(page) == "trouble"
    assert "Redeemed already" in page


def test_points_by_amount_taken_and_given_back(till: Till, card: CardView) -> None:
    till.shop.counter.adjust(card, "20.00")
    page = till.press(till.scan(card.number), "Take", amount="5.50")
    assert state_of(page) == "done"
    assert till.shop.counter.balance(card) == 1450
    till.undo(page)
    assert till.shop.counter.balance(card) == 2000
    page = till.press(till.scan(card.number), "Take", amount="999")
    assert "This did not happen" in page
    page = till.press(till.scan(card.number), "Record the purchase", amount="12.50")
    assert "Purchase of €12.50" in page
    assert till.shop.counter.read("SELECT state, total, channel, contact_point FROM orders") == [
        ("paid", 1250, "pos", "till")
    ]
    till.undo(page)
    assert till.shop.counter.read("SELECT state FROM orders") == [("cancelled",)]


def test_a_reward_is_bought_with_points(till: Till, card: CardView) -> None:
    till.shop.award("A mug", balance_type="points", price="5.00", stock=3)
    till.shop.counter.adjust(card, "12.00")
    page = till.press(till.scan(card.number), "Give")
    assert state_of(page) == "done"
    assert till.shop.counter.balance(card) == 700
    till.undo(page)
    assert till.shop.counter.balance(card) == 1200


def test_a_photo_is_read_by_the_server(till: Till, card: CardView) -> None:
    for kind in ("png", "jpeg", "webp"):
        sent = SimpleUploadedFile("code", picture_of(card.link, kind=kind))
        answer = till.client.post("/till/picture", {"picture": sent})
        assert state_of(answer.content.decode()) == "card", kind
    frame = SimpleUploadedFile("frame.jpg", picture_of(card.number, kind="jpeg"))
    answer = till.client.post("/till/picture", {"picture": frame}, headers={"Accept": "application/json"})
    assert answer.json() == {"text": card.number}
    for content in (b"", b"no picture", b"GIF89a" + bytes(20), b"\xff\xd8\xff" + bytes(100)):
        sent = SimpleUploadedFile("code", content)
        answer = till.client.post("/till/picture", {"picture": sent})
        assert answer.status_code == 422
        answer = till.client.post(
            "/till/picture", {"picture": SimpleUploadedFile("c", content)}, headers={"Accept": "application/json"}
        )
        assert answer.status_code == 422
    assert till.client.post("/till/picture").status_code == 422


def test_the_kiosk_stamps_by_itself_and_lets_nobody_out_without_the_pin(till: Till, card: CardView) -> None:
    assert (
        "4 to 8 digits"
        in till.client.post("/till/mode", {"mode": "kiosk", "preset": "1", "pin": "12"}).content.decode()
    )
    till.client.post("/till/mode", {"mode": "kiosk", "preset": "2", "pin": "2468"})
    page = till.scan(card.number)
    assert state_of(page) == "done"
    assert "Thank you" in page
    assert "Undo" not in page
    assert till.presses()[0][:3] == ("stamps", "kiosk", 2)
    page = till.scan(card.number)
    assert "already" in page
    assert "stamp again" not in page
    assert till.shop.stamps(card) == 2
    for address in ("/", "/cards", f"/cards/{card_id(card)}", "/settings/business", "/account"):
        answer = till.client.get(address)
        assert (answer.status_code, answer["Location"]) == (302, "/till"), address
    for address in ("/till/recent", "/till/set-up", f"/till/card/{card_id(card)}"):
        assert till.client.get(address).status_code == 403, address
    assert till.client.post("/till/press", {"kind": "stamps", "card": card_id(card), "count": "5"}).status_code == 403
    assert till.client.post("/till/mode", {"mode": "manual", "preset": "1"}).status_code == 403
    assert state_of(till.scan("5678")) == "trouble"
    assert till.client.post("/till/leave", {"pin": "1111"}).status_code == 422
    assert till.client.post("/till/leave", {"pin": "2468"}).status_code == 303
    assert till.client.get("/cards").status_code == 200
    till.client.post("/till/mode", {"mode": "kiosk", "preset": "1", "pin": "2468"})
    assert till.client.post("/till/leave", {"pin": PASSWORD}).status_code == 303


def test_guessing_the_pin_takes_longer_and_longer(till: Till) -> None:
    till.client.post("/till/mode", {"mode": "kiosk", "preset": "1", "pin": "2468"})
    answers = [till.client.post("/till/leave", {"pin": str(number)}).content.decode() for number in range(1000, 1007)]
    assert "Too many tries" in answers[-1]
    assert "Too many tries" in till.client.post("/till/leave", {"pin": "2468"}).content.decode()


def test_autopilot_stamps_each_scan(till: Till, card: CardView) -> None:
    till.client.post("/till/mode", {"mode": "autopilot", "preset": "3", "pin": ""})
    assert state_of(till.scan(card.number, once="one")) == "done"
    assert state_of(till.scan(card.number, once="one")) == "done"
    assert state_of(till.scan(card.number, once="two")) == "again"
    assert till.shop.stamps(card) == 3
    assert till.presses()[0][:3] == ("stamps", "autopilot", 3)


def test_the_location_is_chosen_once_and_only_among_ones_own(till: Till, card: CardView) -> None:
    shop = till.shop.counter.shop
    draft = LocationDraft(name="Harbour", time_zone="Europe/Berlin")
    harbour = create_location(shop.actor, draft, now=timezone.now())
    assert state_of(till.client.get("/till").content.decode()) == "place"
    till.client.post("/till/place", {"location": encode("loc", harbour.id)})
    page = till.client.get("/till").content.decode()
    assert state_of(page) == "scan"
    assert "Harbour" in page
    till.press(till.scan(card.number), "+1 stamp")
    assert till.shop.counter.read("SELECT location_id FROM till_presses") == [(harbour.id,)]
    cashier = hire(shop, "cashier", locations=frozenset({shop.location_id}))
    client = sign_in_client(Client(), cashier)
    client.cookies["till_place"] = till.client.cookies["till_place"].value
    page = client.get("/till").content.decode()
    assert "Harbour" not in page
    assert state_of(page) == "scan"
    assert client.post("/till/place", {"location": encode("loc", harbour.id)}).status_code == 404


def test_a_press_is_ones_own_and_old_ones_stay(till: Till, card: CardView) -> None:
    done = till.press(till.scan(card.number), "+1 stamp")
    address = re.search(r"/till/pressed/prs_\w+/undo", done)
    assert address
    colleague = sign_in_client(Client(), hire(till.shop.counter.shop, "cashier"))
    assert colleague.post(address[0]).status_code == 404
    assert "Nothing in the last day" in colleague.get("/till/recent").content.decode()
    with unit_of_work(till.shop.counter.chain_id):
        row("UPDATE till_presses SET pressed_at = pressed_at - interval '16 minutes' RETURNING 1")
    answer = till.client.post(address[0])
    assert answer.status_code == 422
    assert "last 15 minutes" in answer.content.decode()
    assert till.shop.stamps(card) == 1


def test_a_card_that_was_used_since_is_not_unmade(till: Till, card: CardView) -> None:
    done = till.press(till.scan("0151 7777777"), "Issue the card", phone="0151 7777777")
    till.press(till.scan("0151 7777777"), "+1 stamp")
    assert "has been used since" in till.undo(done)


def test_only_those_who_may_see_cards_open_it_and_the_camera_is_for_this_page(till: Till, card: CardView) -> None:
    assert Client().get("/till").status_code == 302
    assert "camera=(self)" in till.client.get("/till")["Permissions-Policy"]
    assert "camera=()" in till.client.get("/cards")["Permissions-Policy"]
    manifest = Client().get("/till/app.webmanifest")
    assert manifest.json()["start_url"] == "/till"
    assert manifest["Content-Type"] == "application/manifest+json"
    analyst = sign_in_client(Client(), hire(till.shop.counter.shop, "analyst"))
    page = analyst.get("/till").content.decode()
    assert state_of(page) == "scan"
    assert analyst.post("/till/mode", {"mode": "kiosk", "pin": "1234"}).status_code == 403
    assert analyst.post("/till/press", {"kind": "stamps", "card": card_id(card), "count": "1"}).status_code == 403


@pytest.mark.parametrize(
    "sent",
    [
        {"kind": "stamps", "count": "0"},
        {"kind": "stamps", "count": "-1"},
        {"kind": "stamps", "count": "9999999"},
        {"kind": "stamps", "count": "²"},
        {"kind": "stamps"},
        {"kind": "purchase", "amount": "lots"},
        {"kind": "purchase"},
        {"kind": "spend", "subject": "bal_x", "amount": "1"},
        {"kind": "membership", "subject": "mbr_x", "count": "1"},
        {"kind": "reward", "subject": "rwd_x"},
        {"kind": "award", "subject": "grw_x"},
        {"kind": "voucher", "subject": "vch_x"},
        {"kind": "issue", "subject": "ctp_x", "phone": "1"},
        {"kind": "nothing"},
        {},
    ],
)
def test_what_no_page_of_ours_sends_is_refused(till: Till, card: CardView, sent: dict[str, str]) -> None:
    answer = till.client.post("/till/press", {"card": card_id(card), "once": "k", **sent})
    assert answer.status_code in (200, 404, 422)
    assert till.presses() == []


def test_long_and_strange_texts_find_nothing(till: Till) -> None:
    for text in ("x" * 5000, "https://[", "c_" * 40, "%%%", "' OR 1=1", "🙂" * 50, "crd_zzz", " "):
        assert state_of(till.scan(text)) in ("trouble", "scan"), text[:20]
