"""Pages of vouchers over the real database (RWD-3, CRD-5, CUS-8)."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.lifecycle import block_card, delete_card, unblock_card
from regulars.cards.queries.cards import CardView
from regulars.cards.tests.counter import Counter, card_id, open_counter
from regulars.customers.queries import CustomerView
from regulars.kernel.codes import code_key
from regulars.kernel.ids import encode
from regulars.platform.database import execute, rows, unit_of_work
from regulars.staff.actions import change_staff
from regulars.staff.rules import PlaceDraft
from regulars.vouchers.actions import many
from regulars.vouchers.actions.by_hand import IssueByHand, issue_by_hand
from regulars.vouchers.actions.redeem import RedeemCommand, redeem_voucher
from regulars.vouchers.pages import printing
from regulars.vouchers.queries.rows import VoucherView
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db

HOSTILE = [
    "\u202eabc",
    "<script>alert(1)</script>",
    "%",
    "x" * 9_000,
    "'; DROP TABLE vouchers; --",
    "vch_zzz",
    "9" * 40,
]


@pytest.fixture
def counter(db: None) -> Counter:
    return open_counter()


@pytest.fixture
def browser(client: Client, counter: Counter) -> Client:
    return sign_in_client(client, counter.shop)


def anna(counter: Counter) -> CustomerView:
    return counter.person("Anna Müller", "+4915111111111")


def issue(counter: Counter, **more: Any) -> VoucherView:
    (made,) = issue_by_hand(
        counter.shop.actor, IssueByHand(**{"title": "A coffee on the house"} | more), now=timezone.now()
    )
    return made


def page_of(voucher: VoucherView, action: str = "") -> str:
    return f"/vouchers/{encode('vch', voucher.id)}{action}"


def words_of(response: Any) -> str:
    assert response.status_code < 500
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\xa0", " "))


def form(**more: Any) -> dict[str, Any]:
    return {"title": "A cake", "benefit": "", "validity": "months", "count": "3", "how_many": "1"} | more


def issued(counter: Counter) -> list[tuple[Any, ...]]:
    with unit_of_work(counter.shop.chain_id):
        return rows("SELECT title, benefit, expires_at IS NULL, card_id, customer_id FROM vouchers ORDER BY id")


def test_an_empty_list_says_what_vouchers_are_for(browser: Client) -> None:
    assert "No voucher yet" in words_of(browser.get("/vouchers"))


def test_a_voucher_is_issued_to_nobody_shown_redeemed_and_undone(browser: Client, counter: Counter) -> None:
    assert "What it is for" in words_of(browser.get("/vouchers/issue"))
    answer = browser.post("/vouchers/issue", form(benefit="percent", value="12,5", minimum="20"), follow=True)
    words = words_of(answer)
    for text in ("A cake", "12.5 % off the order", "from €20.00", "whoever has its code", "Voucher issued"):
        assert text in words
    for svg in ("QR code of this voucher", "Barcode of this voucher"):
        assert svg in answer.content.decode()
    page = answer.redirect_chain[-1][0]
    done = words_of(browser.post(f"{page}/redeem", follow=True))
    assert "Voucher redeemed" in done
    again = words_of(browser.post(f"{page}/redeem", follow=True))
    assert "Redeemed already" in again
    assert "Anna Owner" in again
    back = words_of(browser.post(f"{page}/undo", follow=True))
    assert "The redemption is undone" in back
    assert "Redemption undone" in back


def test_a_form_sent_twice_issues_once(browser: Client, counter: Counter) -> None:
    once = re.search(r'name="once" value="([^"]+)"', browser.get("/vouchers/issue").content.decode())
    assert once
    sent = form(once=once[1])
    first = browser.post("/vouchers/issue", sent)
    assert browser.post("/vouchers/issue", sent).headers["Location"] == first.headers["Location"]
    assert len(issued(counter)) == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"title": ""}, "This field is required"),
        ({"benefit": "percent", "value": ""}, "A decimal number is wanted"),
        ({"benefit": "percent", "value": "110"}, "At most 100"),
        ({"benefit": "amount", "value": "5", "minimum": "x"}, "A decimal number is wanted"),
        ({"benefit": "product", "product": ""}, "A text of 1 to 128 characters"),
        ({"validity": "days", "count": "0"}, "greater than or equal to 1"),
        ({"validity": "months", "count": "500"}, "A whole number from 1 to 120"),
        ({"validity": "until", "until": "2020-01-01"}, "This day is over"),
        ({"validity": "until", "until": ""}, "A date is wanted"),
        ({"code": "AUTUMN"}, "could be guessed"),
        ({"card": "4711"}, "No card has this number"),
        ({"how_many": "501"}, "less than or equal to 500"),
        ({"how_many": "3", "code": "Spring-Opening-2026"}, "Several vouchers get codes of their own"),
        ({"customer_may_redeem": "on"}, "Only whoever holds a card"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    browser: Client, counter: Counter, typed: dict[str, Any], told: str
) -> None:
    answer = browser.post("/vouchers/issue", form(**typed))
    assert answer.status_code == 422
    assert told in words_of(answer)
    assert issued(counter) == []


def test_from_a_card_and_from_a_customer(browser: Client, counter: Counter) -> None:
    person = anna(counter)
    card = counter.card(counter.points, customer=person)
    panel = browser.get(f"/cards/{card_id(card)}").content.decode()
    assert f"/vouchers/issue?card={card_id(card)}" in panel
    assert "Anna" in words_of(browser.get(f"/vouchers/issue?card={card_id(card)}"))
    answer = browser.post(f"/vouchers/issue?card={card_id(card)}", form())
    assert answer.headers["Location"].startswith(f"/cards/{card_id(card)}")
    public = encode("cus", person.id)
    browser.post(f"/vouchers/issue?customer={public}", form(title="For Anna"))
    assert [(title, held, owner) for title, _b, _e, held, owner in issued(counter)] == [
        ("A cake", card.id, None),
        ("For Anna", None, person.id),
    ]
    assert "A cake" in words_of(browser.get(f"/vouchers/of/card/{card_id(card)}"))
    of_person = words_of(browser.get(f"/vouchers/of/customer/{public}"))
    assert "A cake" in of_person
    assert "For Anna" in of_person
    customer_page = words_of(browser.get(f"/customers/{public}"))
    assert customer_page.count("Voucher issued") == 2
    assert "Voucher issued" in words_of(browser.get(f"/cards/{card_id(card)}"))
    typed = browser.post("/vouchers/issue", form(title="By number", card=card.number))
    assert typed.status_code == 303
    assert issued(counter)[-1][3] == card.id


def test_a_sheet_is_printed_without_what_is_over(browser: Client, counter: Counter) -> None:
    answer = browser.post("/vouchers/issue", form(how_many="5"), follow=True)
    address = answer.redirect_chain[-1][0]
    assert address.startswith("/vouchers/print?batch=vbt_")
    html = browser.get(address).content.decode()
    assert html.count("QR code of this voucher") == 5
    with unit_of_work(counter.shop.chain_id):
        ((first,),) = rows("SELECT id FROM vouchers ORDER BY id LIMIT 1")
    redeem_voucher(counter.shop.actor, RedeemCommand(encode("vch", first)), now=timezone.now())
    after = browser.get(address)
    assert after.content.decode().count("QR code of this voucher") == 4
    assert "1 can no longer be redeemed" in words_of(after)
    batch = address.partition("batch=")[2]
    listed = browser.get(f"/vouchers?batch={batch}")
    assert listed.content.decode().count('href="/vouchers/vch_') == 5
    assert "Print the sheet" in words_of(listed)


def test_the_list_is_searched_and_filtered(browser: Client, counter: Counter) -> None:
    card = counter.card(counter.points, customer=anna(counter))
    mine = issue(counter, title="Cake", card=card_id(card))
    other = issue(counter, title="Tea")
    redeem_voucher(counter.shop.actor, RedeemCommand(encode("vch", other.id)), now=timezone.now())

    def shown(query: str) -> list[str]:
        words = words_of(browser.get(f"/vouchers?{query}"))
        return [title for title in ("Cake", "Tea") if f" {title} " in words]

    assert shown("") == ["Cake", "Tea"]
    assert shown("state=active") == ["Cake"]
    assert shown("state=redeemed") == ["Tea"]
    assert shown("q=m%C3%BCll") == ["Cake"]
    assert shown("q=tea") == ["Tea"]
    assert shown(f"q={card.number}") == ["Cake"]
    assert shown(f"q={mine.code.lower()}") == []
    html = browser.get("/vouchers").content.decode()
    assert (mine.code in html, f"…{mine.code_end}" in html) == (False, True)
    found = browser.post("/vouchers/find", {"code": mine.code.lower()})
    assert found.headers["Location"] == page_of(mine)
    unknown = browser.post("/vouchers/find", {"code": "0000-0000-0000-0000"}, follow=True)
    assert "code" in words_of(unknown)
    assert unknown.redirect_chain[-1][0] == "/vouchers"
    assert shown("source=lottery") == []
    assert shown("card=crd_nonsense") == []
    assert "No voucher matches" in words_of(browser.get("/vouchers?q=zzzz"))


def test_cancelling_asks_why_and_says_what_it_means(browser: Client, counter: Counter) -> None:
    made = issue(counter)
    assert "worth nothing any more" in words_of(browser.get(page_of(made, "/cancel")))
    words = words_of(browser.post(page_of(made, "/cancel"), {"reason": "printed twice"}, follow=True))
    assert "Voucher cancelled" in words
    assert "printed twice" in words
    refused = browser.post(page_of(made, "/cancel"), {"reason": ""})
    assert refused.status_code == 422
    assert "This voucher was cancelled" in words_of(refused)


def test_whoever_may_not_is_not_offered_it(client: Client, counter: Counter) -> None:
    made = issue(counter)
    reader = sign_in_client(client, hire(counter.shop, "analyst"))
    words = words_of(reader.get(page_of(made)))
    assert "Redeem" not in words.replace("Redeemed", "")
    assert reader.post(page_of(made, "/redeem")).status_code == 403
    assert reader.get("/vouchers/issue").status_code == 403
    assert reader.get(f"/vouchers/print?voucher={encode('vch', made.id)}").status_code == 403
    html = reader.get(page_of(made)).content.decode() + reader.get("/vouchers").content.decode()
    for secret in (made.code, code_key(made.code), "QR code of this voucher"):
        assert secret not in html


def test_a_cashier_is_offered_no_benefit_that_they_may_not_give(client: Client, counter: Counter) -> None:
    person = hire(counter.shop, "cashier")
    cashier = sign_in_client(client, person)
    assert "Percent off the order" not in words_of(cashier.get("/vouchers/issue"))
    assert cashier.post("/vouchers/issue", form(benefit="percent", value="100")).status_code == 422
    limited = PlaceDraft(role="cashier", adjust_limit=10)
    change_staff(counter.shop.actor, encode("stf", person.staff_id), limited, version=None, now=timezone.now())
    assert "Money off the order" in words_of(cashier.get("/vouchers/issue"))
    refused = cashier.post("/vouchers/issue", form(benefit="amount", value="5", how_many="3"))
    assert refused.status_code == 422
    assert "at most 10" in words_of(refused)
    assert cashier.post("/vouchers/issue", form(benefit="amount", value="5", how_many="2")).status_code == 303


def path_of(card: CardView) -> str:
    return "/c/" + card.link.rpartition("/")[2]


def test_the_holder_sees_and_redeems_their_own(counter: Counter) -> None:
    person = anna(counter)
    card = counter.card(counter.points, customer=person)
    shown = issue(counter, title="Show it", card=card_id(card))
    own = issue(counter, title="Press it", customer=encode("cus", person.id), customer_may_redeem=True)
    strangers = issue(counter, title="Of nobody")
    client = Client()
    answer = client.get(path_of(card))
    words = words_of(answer)
    assert "Show it" in words
    assert "Press it" in words
    assert "Of nobody" not in words
    assert shown.code in words
    assert answer.content.decode().count("Redeem now") == 1
    public = encode("vch", own.id)
    assert client.get(f"{path_of(card)}/vouchers/{public}/redeem").status_code == 405
    done = words_of(client.post(f"{path_of(card)}/vouchers/{public}/redeem", follow=True))
    assert "Redeemed. Show this page." in done
    again = words_of(client.post(f"{path_of(card)}/vouchers/{public}/redeem", follow=True))
    assert "Redeemed already" in again
    refused = words_of(client.post(f"{path_of(card)}/vouchers/{encode('vch', shown.id)}/redeem", follow=True))
    assert "Show this voucher at the till" in refused
    for path in (
        f"{path_of(card)}/vouchers/{encode('vch', strangers.id)}/redeem",
        f"{path_of(card)}/vouchers/vch_nonsense/redeem",
        f"/c/nonsense/vouchers/{public}/redeem",
    ):
        assert client.post(path).status_code == 404


def test_the_link_of_a_blocked_or_deleted_card_shows_no_code_and_redeems_nothing(counter: Counter) -> None:
    person = anna(counter)
    card = counter.card(counter.points, customer=person)
    made = issue(counter, title="For Anna", customer=encode("cus", person.id), customer_may_redeem=True)
    press = f"{path_of(card)}/vouchers/{encode('vch', made.id)}/redeem"
    client = Client()
    block_card(counter.shop.actor, card_id(card), reason="lost", now=timezone.now())
    page = client.get(path_of(card)).content.decode()
    assert "For Anna" in page
    assert "waits: the card is blocked" in page
    for secret in (made.code, "QR code of this voucher", "Redeem now"):
        assert secret not in page
    assert "This card is blocked" in words_of(client.post(press, follow=True))
    unblock_card(counter.shop.actor, card_id(card), now=timezone.now())
    delete_card(counter.shop.actor, card_id(card), write_off=True, now=timezone.now())
    assert client.post(press).status_code == 404
    with unit_of_work(counter.shop.chain_id):
        assert rows("SELECT state FROM vouchers") == [("active",)]


@pytest.mark.parametrize("is_written", [True, False])
def test_an_expired_card_takes_its_own_vouchers_along_and_not_those_of_its_customer(
    counter: Counter, *, is_written: bool
) -> None:
    person = anna(counter)
    card = counter.card(counter.points, customer=person)
    of_card = issue(counter, title="Of the card", card=card_id(card), customer_may_redeem=True)
    own = issue(counter, title="Of Anna", customer=encode("cus", person.id), customer_may_redeem=True)
    over = timezone.now() - timedelta(days=1)
    with unit_of_work(counter.shop.chain_id):
        status = "expired" if is_written else "active"
        execute("UPDATE cards SET expires_at = %s, status = %s WHERE id = %s", [over, status, card.id])
    client = Client()
    page = client.get(path_of(card)).content.decode()
    assert "Of the card" in page
    assert "the card has expired" in page
    assert of_card.code not in page
    assert own.code in page
    assert "Redeem now" not in page
    for one in (of_card, own):
        client.post(f"{path_of(card)}/vouchers/{encode('vch', one.id)}/redeem", follow=True)
    with unit_of_work(counter.shop.chain_id):
        assert rows("SELECT DISTINCT state FROM vouchers") == [("active",)]
        execute("UPDATE cards SET status = 'deleted', deleted_at = %s WHERE id = %s", [over, card.id])
    gone = client.get(path_of(card))
    assert gone.status_code == 410
    for secret in (of_card.code, own.code, "Of the card", "Of Anna"):
        assert secret not in gone.content.decode()


def test_a_voucher_whose_time_has_not_come_says_so(browser: Client, counter: Counter) -> None:
    made = issue(counter, starts_at=timezone.now() + timedelta(days=2))
    words = words_of(browser.get(page_of(made)))
    assert "not begun" in words
    refused = words_of(browser.post(page_of(made, "/redeem"), follow=True))
    assert "This voucher begins" in refused


def test_a_batch_shows_how_far_it_is_and_comes_on_several_sheets(
    browser: Client, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "IN_REQUEST_MAX", 2)
    monkeypatch.setattr(printing, "AT_ONCE_MAX", 2)
    command = many.IssueMany(terms=IssueByHand(title="Opening day"), count=3)
    waiting: list[UUID] = []
    actor = replace(counter.shop.actor, key_id=None)
    batch = many.issue_many(actor, command, now=timezone.now(), defer=lambda _chain, one: waiting.append(one))
    address = f"/vouchers?batch={batch.public_id}"
    moving = browser.get(address)
    assert f'data-poll="/vouchers/batches/{batch.public_id}"' in moving.content.decode()
    assert "Vouchers are being made" in words_of(moving)
    many.run_batch(counter.shop.chain_id, waiting[0], now=timezone.now)
    told = browser.get(f"/vouchers/batches/{batch.public_id}", headers={"HX-Request": "true", "HX-Target": "batch"})
    assert "being made" not in words_of(told)
    # Without scripts the address is the list that shows them.
    assert (
        browser.get(f"/vouchers/batches/{batch.public_id}").headers["Location"] == f"/vouchers?batch={batch.public_id}"
    )
    with unit_of_work(counter.shop.chain_id):
        ((one,),) = rows("SELECT id FROM vouchers WHERE batch_id = %s ORDER BY id LIMIT 1", [batch.id])
    assert f"/vouchers?batch={batch.public_id}" in browser.get(f"/vouchers/{encode('vch', one)}").content.decode()
    assert words_of(browser.get(address)).count("Opening day") == 4
    assert "3 vouchers are issued" in words_of(browser.get("/notifications"))
    first = browser.get(f"/vouchers/print?batch={batch.public_id}")
    assert len(first.context["slips"]) == 2
    second = browser.get(first.context["next_url"])
    assert (len(second.context["slips"]), second.context["next_url"]) == (1, "")
    assert browser.get("/vouchers/batches/vbt_nonsense").status_code == 404
    assert browser.get(f"/vouchers/print?batch={batch.public_id}&after=nonsense").status_code == 422


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_typed_breaks_a_page(browser: Client, counter: Counter, text: str) -> None:
    made = issue(counter, title=text[:120], description=text[:2000])
    for path in ("/vouchers", page_of(made), f"/vouchers/print?voucher={encode('vch', made.id)}"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()
    for name in ("q", "state", "source", "customer", "card", "batch", "after"):
        assert browser.get("/vouchers", {name: text}).status_code in (200, 422)
    assert browser.get("/vouchers/print", {"voucher": text}).status_code in (404, 422)
    assert browser.get("/vouchers/issue", {"card": text}).status_code in (404, 422)
    for field in ("title", "value", "code", "card", "count", "until", "benefit", "validity"):
        assert browser.post("/vouchers/issue", form(**{field: text})).status_code in (303, 422)
