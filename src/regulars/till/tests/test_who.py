"""Who is at the till: PINs, standing in, and what a PIN never opens (UX 4)."""

import re
from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.chains.actions import create_location
from regulars.chains.rules import LocationDraft
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import Refused
from regulars.platform.actor import Role
from regulars.platform.clock import real_now
from regulars.platform.database import execute, unit_of_work
from regulars.staff.actions import prove_pin, set_pin
from regulars.staff.actions.people import disable_staff
from regulars.staff.actions.pins import WRONG_MAX, Proven
from regulars.staff.errors import WrongPin
from regulars.staff.rules import check_pin
from regulars.till.tests.queue_kit import Device
from regulars.till.tests.till_kit import Till, card_id, open_till, page_of
from tests.ledger_kit import at_once
from tests.people import PASSWORD, Person, hire, open_shop, sign_in_client

PIN = "4082"
WRONG = "This name and PIN do not belong together."


@pytest.fixture
def till() -> Till:
    return open_till()


@pytest.fixture
def card(till: Till) -> CardView:
    return till.shop.counter.issue("+4915112345678")


def hire_with_pin(till: Till, role: Role = "cashier", *, pin: str = PIN, **more: object) -> Person:
    found = hire(till.shop.counter.shop, role, **more)  # type: ignore[arg-type]
    set_pin(found.actor, pin=pin, password=PASSWORD, now=real_now())
    return found


def take_over(till: Till, who: Person, pin: str = PIN) -> str:
    sent = {"staff": encode("stf", who.staff_id), "pin": pin}
    return page_of(till.client.post("/till/who/take-over", sent, follow=True))


def stamp(till: Till, card: CardView) -> int:
    sent = {"kind": "stamps", "card": card_id(card), "count": "1", "again": "1"}
    return till.client.post("/till/press", sent).status_code


def pressed_by(till: Till) -> list[object]:
    return [one for (one,) in till.shop.counter.read("SELECT staff_id FROM till_presses ORDER BY id")]


def journal(till: Till) -> list[str]:
    found = till.shop.counter.read("SELECT verb FROM audit_entries WHERE verb LIKE 'till_pin.%%' ORDER BY id")
    return [verb for (verb,) in found]


@pytest.mark.parametrize(
    ("pin", "code"),
    [
        *((one, "weak_pin") for one in ("0000", "1234", "9876", "7890", "2468", "1212", "123123", "1122", "112233")),
        *((one, "weak_pin") for one in ("1987", "2026", "2580", "11111111", "87654321", "12121212")),
        *((one, "invalid_pin") for one in ("", "408", "408240824", "40a2", "४०८२", " 4082", "-408")),
        *((one, "") for one in ("4082", "73915", "508163", "40917264")),
    ],
)
def test_what_may_be_a_pin(pin: str, code: str) -> None:
    assert [one.code for one in check_pin(pin, "/pin")] == ([code] if code else [])


@pytest.mark.django_db
def test_a_pin_is_set_with_the_password_and_kept_as_a_slow_hash(till: Till) -> None:
    for sent, said in (
        ({"pin": "1234", "present": PASSWORD}, "among the first that anybody would try"),
        ({"pin": "40x2", "present": PASSWORD}, "4 to 8 digits"),
        ({"pin": PIN, "present": "another password"}, "not your present password"),
        ({"pin": "", "present": PASSWORD}, "pin"),
    ):
        answer = till.client.post("/account/pin", sent)
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert f'value="{PIN}"' not in answer.content.decode()
    assert journal(till) == []
    assert till.client.post("/account/pin", {"pin": PIN, "present": PASSWORD}).status_code == 303
    ((kept,),) = till.shop.counter.read("SELECT pin_hash FROM till_pins")
    assert kept.startswith("argon2$argon2id$")
    assert PIN not in kept
    assert "You have one since" in page_of(till.client.get("/account"))
    till.client.post("/account/pin", {"pin": "73915", "present": PASSWORD})
    assert len(till.shop.counter.read("SELECT 1 FROM till_pins")) == 1
    till.client.post("/account/pin/remove")
    till.client.post("/account/pin/remove")
    assert till.shop.counter.read("SELECT 1 FROM till_pins") == []
    assert journal(till) == ["till_pin.set", "till_pin.set", "till_pin.removed"]


@pytest.mark.django_db
def test_presses_are_of_whoever_took_over_and_the_office_is_closed(till: Till, card: CardView) -> None:
    cashier = hire_with_pin(till)
    assert stamp(till, card) == 303
    before = till.client.cookies["session"].value
    page = page_of(till.client.get("/till/who"))
    assert re.search(r'name="pin" type="password" inputmode="numeric" autocomplete="off"', page)
    assert 'data-state="scan"' in take_over(till, cashier)
    assert till.client.cookies["session"].value != before, "a session that was planted before is worth nothing"
    assert stamp(till, card) == 303
    assert pressed_by(till) == [till.shop.counter.shop.staff_id, cashier.staff_id]
    assert page_of(till.client.get("/till/recent")).count("+1 stamp") > 0
    assert f'data-staff="{encode("stf", cashier.staff_id)}"' in page_of(till.client.get("/till"))
    for address in ("/", "/customers", "/settings/staff", "/account", "/settings/tills", "/orders/new", "/tillx"):
        answer = till.client.get(address)
        assert answer.status_code in (302, 404), address
        assert answer.status_code == 404 or answer["Location"].startswith("/sign-in"), address
    for address in ("/account/pin", "/settings/tills/limits", "/account/password", "/sign-out"):
        answer = till.client.post(address, {"pin": "73915", "present": PASSWORD})
        assert (answer.status_code, answer["Location"]) == (303, "/sign-in"), address
    assert 'name="password"' in page_of(till.client.get("/sign-in?next=/customers"))
    # The old cookie is worth nothing either, and a real sign-in opens what is one's own.
    old = Client()
    old.cookies["session"] = before
    assert old.get("/customers")["Location"].startswith("/sign-in")
    till.client.post("/sign-in", {"email": cashier.email, "password": PASSWORD})
    assert till.client.get("/customers").status_code == 200
    assert till.client.get("/settings/staff").status_code == 403
    assert journal(till) == ["till_pin.set", "till_pin.taken_over"]


@pytest.mark.django_db
def test_a_pin_gives_its_owners_rights_and_never_more_than_a_counter_needs(till: Till, card: CardView) -> None:
    analyst = hire_with_pin(till, "analyst")
    owner = till.shop.counter.shop
    set_pin(owner.actor, pin=PIN, password=PASSWORD, now=real_now())
    take_over(till, analyst)
    assert stamp(till, card) == 403
    assert till.shop.stamps(card) == 0
    # The owner comes back by PIN: the till is theirs again, the office is not.
    assert 'data-state="scan"' in take_over(till, owner)
    assert stamp(till, card) == 303
    assert till.client.get("/settings/staff")["Location"].startswith("/sign-in")
    # A PIN is no sign-in for what managers do at the till: a colleague's notes are not theirs to decide about.
    device = Device(sign_in_client(Client(), hire(owner, "cashier")))
    device.register()
    device.send(device.note("nobody", at=timezone.now()))
    assert "nobody" not in page_of(till.client.get("/till/queue")).partition("<main")[2]
    assert till.client.get("/till/queue").content.decode().count("/aside") == 0
    signed_in = sign_in_client(Client(), owner)
    assert signed_in.get("/till/queue").content.decode().count("/aside") >= 1


@pytest.mark.django_db
def test_whoever_may_not_work_here_any_more_is_out_at_once_and_nobody_takes_their_place(
    till: Till, card: CardView
) -> None:
    shop = till.shop.counter.shop

    def is_out() -> None:
        answer = till.client.post("/till/press", {"kind": "stamps", "card": card_id(card), "count": "1", "again": "1"})
        assert (answer.status_code, answer["Location"]) == (303, "/till/who")
        page = page_of(till.client.get("/till", follow=True))
        assert 'data-state="who"' in page
        assert "may not work at this till any more" in page
        assert "data-staff" not in page
        assert till.client.get("/customers")["Location"].startswith("/sign-in")
        assert till.client.post("/till/queue/sent", {})["Location"] == "/till/who"

    first = hire_with_pin(till)
    take_over(till, first)
    disable_staff(shop.actor, encode("stf", first.staff_id), now=real_now())
    is_out()
    assert WRONG in take_over(till, first)
    second = hire_with_pin(till)
    assert 'data-state="scan"' in take_over(till, second)
    set_pin(second.actor, pin="73915", password=PASSWORD, now=real_now())
    is_out()
    assert WRONG in take_over(till, second)
    assert 'data-state="scan"' in take_over(till, second, "73915")
    with unit_of_work(shop.chain_id):
        execute("UPDATE till_pins SET locked_at = now()")
    is_out()
    third = hire_with_pin(till)
    take_over(till, third)
    with unit_of_work(shop.chain_id):
        execute("UPDATE staff SET role = 'analyst' WHERE id = %s", [third.staff_id])
    assert stamp(till, card) == 403, "rights are asked for with each press"
    assert till.presses() == []
    # Who signed in at the device signs out everywhere: the till is closed as well.
    with unit_of_work(None, login_id=shop.login_id):
        execute("UPDATE login_sessions SET ended_at = now() WHERE login_id = %s", [shop.login_id])
    assert till.client.get("/till")["Location"].startswith("/sign-in")


@pytest.mark.django_db
def test_a_wrong_pin_no_pin_another_place_and_another_business_get_one_answer(till: Till) -> None:
    shop = till.shop.counter.shop
    cashier, without = hire_with_pin(till), hire(shop, "cashier")
    elsewhere = create_location(shop.actor, LocationDraft(name="Elsewhere"), now=real_now())
    away = hire_with_pin(till, locations=frozenset([elsewhere.id]))
    foreign = open_shop()
    set_pin(foreign.actor, pin=PIN, password=PASSWORD, now=real_now())
    till.client.post("/till/place", {"location": encode("loc", shop.location_id)})
    page = page_of(till.client.get("/till/who"))
    offered = re.findall(r'name="staff" value="([^"]+)"', page)
    assert offered == [encode("stf", cashier.staff_id)]
    for who, pin in ((cashier, "73915"), (without, PIN), (away, PIN), (foreign, PIN), (cashier, "")):
        execute("DELETE FROM attempt_counters")
        answer = till.client.post("/till/who/take-over", {"staff": encode("stf", who.staff_id), "pin": pin})
        assert answer.status_code == 422
        assert WRONG in answer.content.decode()
        assert pin == "" or f'value="{pin}"' not in answer.content.decode()
    for staff in ("", "x", "stf_x", "०" * 300):
        execute("DELETE FROM attempt_counters")
        assert till.client.post("/till/who/take-over", {"staff": staff, "pin": PIN * 99}).status_code == 422
    assert stamp_of_owner(till)
    assert Client().post("/till/who/take-over", {"staff": "x", "pin": PIN})["Location"].startswith("/sign-in")
    assert Client(enforce_csrf_checks=True).post("/till/who/take-over", {}).status_code == 403
    till.client.post("/till/mode", {"mode": "kiosk", "preset": "1", "pin": "5555"})
    assert till.client.get("/till/who").status_code == 403
    sent = {"staff": encode("stf", cashier.staff_id), "pin": PIN}
    assert till.client.post("/till/who/take-over", sent).status_code == 403


def stamp_of_owner(till: Till) -> bool:
    return f'data-staff="{encode("stf", till.shop.counter.shop.staff_id)}"' in page_of(till.client.get("/till"))


@pytest.mark.django_db
def test_whoever_guesses_waits_and_after_ten_the_pin_is_locked_and_the_journal_says_so(till: Till) -> None:
    cashier, other = hire_with_pin(till), hire_with_pin(till)
    pages = [take_over(till, cashier, f"73{number}15") for number in range(6)]
    assert [WRONG in page for page in pages] == [True] * 5 + [False]
    assert "Too many tries from here" in pages[5]
    # At another device the same name waits as well; another name does not.
    second = Till(till.shop, sign_in_client(Client(), hire(till.shop.counter.shop, "cashier")))
    assert "Too many tries from here" in take_over(second, cashier)
    assert 'data-state="scan"' in take_over(second, other)
    # One device that goes through the names waits too.
    others = [hire_with_pin(till) for _ in range(3)]
    pages = [take_over(till, one, "73915") for one in others]
    assert "Too many tries from here" in take_over(till, other), [WRONG in page for page in pages]
    # However slowly they come: the tenth wrong one locks the PIN, and the right one is worth as little as a wrong one.
    for number in range(WRONG_MAX - 5):
        with unit_of_work(till.shop.counter.chain_id):
            execute("DELETE FROM attempt_counters")
        assert WRONG in take_over(till, cashier, f"8{number}157")
    with unit_of_work(till.shop.counter.chain_id):
        execute("DELETE FROM attempt_counters")
    assert WRONG in take_over(till, cashier)
    assert journal(till).count("till_pin.locked") == 1
    owner = page_of(sign_in_client(Client(), till.shop.counter.shop).get("/notifications"))
    assert owner.count("The PIN for the till was locked after 10 wrong ones.") == 1
    own = sign_in_client(Client(), cashier)
    assert "Your PIN for the till was locked after 10 wrong ones." in page_of(own.get("/notifications"))
    assert "Your PIN was locked" in page_of(own.get("/account"))
    own.post("/account/pin", {"pin": "50816", "present": PASSWORD})
    assert 'data-state="scan"' in take_over(till, cashier, "50816")
    # A right one starts the counter afresh.
    take_over(till, other, "73915")
    take_over(till, other)
    found = till.shop.counter.read("SELECT failures FROM till_pins WHERE staff_id = %s", [other.staff_id])
    assert found == [(0,)]


@pytest.mark.committed
def test_many_guesses_at_one_instant_are_as_many(committed_db: object) -> None:
    till = open_till()
    cashier, shop = hire_with_pin(till), till.shop.counter.shop
    now = real_now()

    def guess(number: int) -> Proven:
        # Each from a device of its own.
        return prove_pin(
            shop.actor,
            session_id=new_id(),
            staff=encode("stf", cashier.staff_id),
            pin=f"{5003 + number * 7}",
            here=[shop.location_id],
            now=now,
        )

    outcomes = at_once([partial(guess, number) for number in range(12)])
    assert all(isinstance(one, Refused) for one in outcomes), outcomes
    wrong = sum(isinstance(one, Refused) and isinstance(one.refusal, WrongPin) for one in outcomes)
    counted = till.shop.counter.read("SELECT failures FROM till_pins WHERE staff_id = %s", [cashier.staff_id])
    assert counted == [(wrong,)]
    assert wrong <= 5, "the sixth at one instant waits like the sixth in a row"


@pytest.mark.django_db
def test_notes_without_a_connection_are_of_who_made_them(till: Till, card: CardView) -> None:
    cashier = hire_with_pin(till)
    owners = Device(till.client)
    owners.register()
    noted_by_owner = owners.note(card.number, at=timezone.now() - timedelta(hours=5))
    take_over(till, cashier)
    cashiers = Device(till.client)
    assert cashiers.register().status_code == 200
    noted = cashiers.note(card.number, at=timezone.now() - timedelta(hours=2))
    # The owner's notes wait for the owner, and their key is not the cashier's.
    answer = owners.post({"device": owners.id, "items": [noted_by_owner]})
    assert (answer.status_code, answer.json()) == (404, {"code": "device_unknown"})
    assert cashiers.send(noted) == [("done", "")]
    assert pressed_by(till) == [cashier.staff_id]
    till.client.post("/sign-in", {"email": till.shop.counter.shop.email, "password": PASSWORD})
    assert owners.send(noted_by_owner) == [("done", "")]
    assert pressed_by(till) == [cashier.staff_id, till.shop.counter.shop.staff_id]
