"""People and their own data: seen, taken along, changed, deleted; blank cards made one's own (CUS-7, CRD-10)."""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.balances import DepositCommand, top_up_deposit
from regulars.cards.actions.blanks import BlanksCommand, make_blank_cards
from regulars.cards.actions.lifecycle import restore_card
from regulars.cards.errors import NotRestorable
from regulars.cards.queries.bulk import list_bulk_cards
from regulars.cards.queries.cards import CardView
from regulars.cards.tests.counter import card_id, type_id
from regulars.customers.actions import enter_customer
from regulars.customers.rules import CustomerDraft
from regulars.kernel.refusal import Refused
from regulars.platform.database import unit_of_work
from regulars.storefront.actions.settings import stop_asking, write_consent
from regulars.storefront.tests.join_kit import PHONE, JoinShop, open_join_shop
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db
WORDS = {"en": "I agree to the terms.\nhttps://example.com/terms", "ru": "Я согласен с условиями."}


@pytest.fixture
def shop(settings: Any) -> Iterator[JoinShop]:
    with open_join_shop(settings) as made:
        made.set_up()
        yield made


def consent(shop: JoinShop, purpose: str = "", *, name: str = "", required: bool = False, **texts: str) -> str:
    return write_consent(shop.counter.shop.actor, purpose, texts, name=name, is_required=required, now=timezone.now())


def held(shop: JoinShop) -> list[tuple[Any, ...]]:
    return shop.rows(
        "SELECT purpose, given, source, text_version FROM consents WHERE chain_id = %s ORDER BY at, id", [shop.chain_id]
    )


def joined(shop: JoinShop, client: Client, **typed: str) -> str:
    waiting = shop.join(client, email="anna@example.com", **typed).headers["Location"]
    shop.deliver()
    return str(client.post(waiting, {"code": shop.code()}).headers["Location"])


def own_page(shop: JoinShop, client: Client, card: str) -> str:
    sent = client.post(f"{card}/mine", {"key": "x"})
    assert sent.status_code == 303, sent.content.decode()
    shop.deliver()
    path = str(sent.headers["Location"])
    assert client.post(path, {"code": shop.code()}).status_code == 303
    return path


def test_who_agreed_to_which_version_is_kept(shop: JoinShop) -> None:
    terms = consent(shop, name="Terms", required=True, **WORDS)
    news = consent(shop, name="News", en="Send me news")
    consent(shop, news, en="Send me news by mail")
    assert consent(shop, news, en="Send me news by mail") == news
    page = Client().get(shop.page()).content.decode()
    assert "Send me news by mail" in page
    assert 'href="https://example.com/terms"' in page
    assert "Я согласен" in Client().get(shop.page(), HTTP_ACCEPT_LANGUAGE="ru").content.decode()
    assert "Without this you cannot join." in shop.join(email="anna@example.com").content.decode()
    joined(shop, Client(), **{f"consent_{terms}": "on", f"consent_{news}": "on"})
    assert held(shop) == [(terms, True, "join page", "1"), (news, True, "join page", "2")]
    stop_asking(shop.counter.shop.actor, terms, now=timezone.now())
    assert "I agree to the terms" not in Client().get(shop.page()).content.decode()


def test_one_sees_takes_along_and_withdraws(shop: JoinShop) -> None:
    news = consent(shop, name="News", en="Send me news")
    client = Client()
    card = joined(shop, client, **{f"consent_{news}": "on"})
    assert f"{card}/mine" in client.get(card).content.decode()
    path = own_page(shop, client, card)
    page = client.get(path).content.decode()
    assert "anna@example.com" in page
    stored = json.loads(client.get(f"{path}/export").content)
    assert stored["record"]["email"] == "anna@example.com"
    assert stored["cards"][0]["type"] == "Bonus card"
    assert stored["balances"] == [{"card": stored["cards"][0]["number"], "name": "Points", "balance": "50"}]
    assert [one["purpose"] for one in stored["consents"]] == [news]
    assert client.post(f"{path}/consents", {}).status_code == 303
    assert held(shop)[-1] == (news, False, "own page", "1")
    assert client.post(f"{path}/consents", {}).status_code == 303
    assert len(held(shop)) == 2, "nothing changed, nothing kept"


def test_the_page_opens_by_the_code_alone(shop: JoinShop) -> None:
    client = Client()
    card = joined(shop, client)
    path = str(client.post(f"{card}/mine", {"key": "x"}).headers["Location"])
    for rest in ("/export", "/delete"):
        assert client.get(path + rest).status_code == 404
    assert client.post(f"{path}/delete", {"write_off": "yes"}).status_code == 404
    assert client.post(f"{path}/consents", {"agreed": "news"}).status_code == 404
    assert "anna@example.com" not in client.get(path).content.decode()
    assert client.post(path, {"code": "12"}).status_code == 422
    assert len(shop.customers()) == 1


def test_one_deletes_oneself_and_the_books_stay(shop: JoinShop) -> None:
    client = Client()
    card = joined(shop, client, name="Anna Secret")
    path = own_page(shop, client, card)
    assert "50 Points" in client.get(f"{path}/delete").content.decode()
    refused = client.post(f"{path}/delete")
    assert refused.status_code == 422
    assert "what is left on your cards is lost" in refused.content.decode()
    assert len(shop.customers()) == 1
    assert "You are deleted" in client.post(f"{path}/delete", {"write_off": "yes"}).content.decode()
    assert shop.customers() == []
    assert client.get(card).status_code == 404
    assert client.get(path).status_code == 404
    chain = [shop.chain_id]
    assert shop.rows("SELECT count(*), sum(amount) FROM entries WHERE chain_id = %s", chain) == [(2, 0)]
    (closed,) = shop.rows("SELECT id, status, customer_id, phone FROM cards WHERE chain_id = %s", chain)
    assert closed[1:] == ("deleted", None, None)
    with pytest.raises(Refused) as refused_back:
        restore_card(shop.counter.shop.actor, f"{card_id_of(closed[0])}", now=timezone.now())
    assert isinstance(refused_back.value.refusal, NotRestorable)
    for table in ("customers", "customer_phones", "consents", "customer_notes", "join_requests", "audit_details"):
        rest = shop.rows(f"SELECT * FROM {table} WHERE chain_id = %s", chain)
        assert "Secret" not in str(rest), table
        assert "anna@example.com" not in str(rest), table
    joined(shop, Client())
    assert shop.rows("SELECT count(*) FROM entries WHERE chain_id = %s", chain)[0][0] >= 2


def card_id_of(identifier: Any) -> str:
    from regulars.kernel.ids import encode

    return encode("crd", identifier)


def test_a_deposit_is_paid_out_before_anybody_is_deleted(shop: JoinShop) -> None:
    anna = shop.counter.person("Anna", "", "anna@example.com")
    card = shop.counter.card(shop.counter.deposit, customer=anna)
    top_up_deposit(shop.counter.shop.actor, DepositCommand(card=card_id(card), amount="20"), now=timezone.now())
    assert shop.counter.total(card, "deposit") == 2000
    path = own_page(shop, Client(), card.link.partition("/c/")[1] + card.link.partition("/c/")[2])
    answer = Client().post(f"{path}/delete", {"write_off": "yes"})
    assert answer.status_code == 422
    assert "paid out at the till" in answer.content.decode()
    assert len(shop.customers()) == 1


def test_staff_erase_with_the_right_to_delete_cards(shop: JoinShop) -> None:
    anna = shop.counter.person("Anna", PHONE)
    shop.counter.card(shop.counter.points, customer=anna)
    from regulars.kernel.ids import encode

    path = f"/customers/{encode('cus', anna.id)}"
    cashier = sign_in_client(Client(), hire(shop.counter.shop, "cashier"))
    assert cashier.post(f"{path}/delete", {"write_off": "yes"}).status_code in (403, 422)
    assert cashier.get(f"{path}/export").status_code == 200
    staff = shop.counter.client()
    assert "still something on this card" in staff.post(f"{path}/delete").content.decode()
    assert staff.post(f"{path}/delete", {"write_off": "yes"}).status_code == 303
    assert shop.customers() == []


def blanks(shop: JoinShop, count: int) -> list[CardView]:
    command = BlanksCommand(card_type=type_id(shop.counter.points), count=count)
    made = make_blank_cards(shop.counter.shop.actor, command, now=timezone.now())
    with unit_of_work(shop.chain_id):
        return list(list_bulk_cards(shop.counter.shop.actor, made.id, now=timezone.now(), limit=500)[0])


def test_a_blank_card_becomes_whose_phone_opens_it(shop: JoinShop) -> None:
    blank, other = blanks(shop, 2)
    shop.counter.adjust(blank, "7")
    path = "/c/" + blank.link.partition("/c/")[2]
    page = Client().get(path).content.decode()
    found = re.search(r'href="(/j/[^"]+card=[^"]+)"', page)
    assert found, "the web card leads to the join page"
    client = Client()
    assert "Make this card yours" in client.get(found[1]).content.decode()
    opened = joined(shop, client, card=path.rpartition("/")[2])
    assert opened == path
    assert shop.counter.now(blank).customer_id is not None
    assert shop.counter.total(blank, "points") == 57
    again = Client()
    waiting = shop.join(again, email="thief@example.com", card=path.rpartition("/")[2]).headers["Location"]
    shop.deliver()
    assert again.post(waiting, {"code": shop.code()}).headers["Location"] != path, "it is somebody's"
    by_number = Client()
    waiting = shop.join(by_number, email="third@example.com", card=other.number).headers["Location"]
    shop.deliver()
    by_number.post(waiting, {"code": shop.code()})
    assert shop.counter.now(other).is_blank, "a number alone opens nothing"


def test_the_till_asks_whose_a_blank_card_is(shop: JoinShop) -> None:
    (blank,) = blanks(shop, 1)
    till = shop.counter.client()
    page = till.post("/till/found", {"text": blank.number, "by": "typed"}, follow=True).content.decode()
    assert "Whose card is it?" in page
    give = f"/till/card/{card_id(blank)}/give"
    assert "No phone can be read here" in till.post(give, {"phone": "12"}).content.decode()
    assert shop.counter.now(blank).is_blank
    assert "Whose card is it?" not in till.post(give, {"phone": PHONE}).content.decode()
    assert shop.counter.now(blank).phone == PHONE


def test_the_till_knows_the_code_of_a_join_page(settings: Any) -> None:
    with open_join_shop(settings, mail=False) as shop:
        shop.set_up()
        client = Client()
        waiting = shop.join(client, phone=PHONE).headers["Location"]
        found = re.search(r"J-(\d{7})", client.get(waiting).content.decode())
        assert found
        till = shop.counter.client()
        led = till.post("/till/found", {"text": f"j {found[1]}", "by": "typed"})
        assert led.headers["Location"] == f"/joining/J-{found[1]}?till=1"
        assert till.post(f"/joining/J-{found[1]}", {"till": "1"}).headers["Location"].startswith("/till/card/crd_")


def test_the_settings_are_saved_and_refused(shop: JoinShop) -> None:
    staff = shop.counter.client()
    page = f"/settings/joining/{type_id(shop.counter.points)}"
    slug = shop.page().rpartition("/")[2]
    assert shop.page() in staff.get("/settings/joining").content.decode()
    sent = {"slug": slug, "is_open": "on", "name": "off", "phone": "off", "email": "required", "birthday": "off"}
    sent |= {"confirmation": "code", "version": "1"}
    assert staff.post(page, sent).status_code == 303
    assert 'name="name"' not in Client().get(shop.page()).content.decode()
    for wrong in ({"email": "off"}, {"phone": "x"}, {"confirmation": ""}, {"slug": "a b"}, {"version": "x"}):
        assert staff.post(page, sent | {"version": "2"} | wrong).status_code == 422, wrong
    assert staff.post(page, sent).status_code in (409, 422), "somebody saved meanwhile"
    closed = {name: value for name, value in sent.items() if name != "is_open"} | {"version": "2", "slug": "new-place"}
    assert staff.post(page, closed).status_code == 303
    assert Client().get(f"/j/{slug}").status_code == 404
    assert Client().get("/j/new-place").status_code == 410
    assert staff.post("/settings/joining/consents/new", {"name": "", "text_en": "x"}).status_code == 422
    assert staff.post("/settings/joining/consents/new", {"name": "News", "text_en": ""}).status_code == 422
    assert staff.post("/settings/joining/consents/new", {"name": "News", "text_en": "Yes"}).status_code == 303
    assert staff.get("/settings/joining/consents/news").status_code == 200
    assert staff.post("/settings/joining/consents/news/stop").status_code == 303
    cashier = sign_in_client(Client(), hire(shop.counter.shop, "cashier"))
    assert cashier.get(page).status_code == 403


def test_the_birthday_of_a_known_person_is_filled_in_and_nothing_overwritten(shop: JoinShop) -> None:
    draft = CustomerDraft(name="Anna", email="anna@example.com")
    now = timezone.now()
    enter_customer(shop.counter.shop.actor, draft, country="DE", today=now.date(), now=now)
    joined(shop, Client(), name="Somebody else", birthday="1990-05-17")
    found = shop.rows("SELECT name, birthday FROM customers WHERE chain_id = %s", [shop.chain_id])
    assert found == [("Anna", date(1990, 5, 17))]
