"""Pages of the set-up, and of moving between businesses and locations."""

import re
from typing import Any

import pytest
from django.test import Client

from regulars.chains.actions import create_location
from regulars.chains.rules import LocationDraft
from regulars.kernel.ids import encode
from regulars.platform.database import row
from regulars.staff.actions import make_set_up_token
from regulars.staff.tests.page_kit import text_of
from tests.people import NOW, PASSWORD, Shop, hire, open_shop, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def owner(client: Client, shop: Shop) -> Client:
    return sign_in_client(client, shop)


def test_the_set_up_from_an_empty_installation_to_a_business(client: Client, django_db_blocker: Any) -> None:
    assert client.get("/sign-in")["Location"] == "/set-up"
    token = make_set_up_token(now=NOW)
    page = client.get(f"/set-up?token={token}")
    assert token
    assert token in text_of(page)
    assert client.post("/set-up", {"language": "ru", "token": "wrong"}).status_code == 422
    assert client.get("/set-up/owner")["Location"] == "/set-up"
    assert client.post("/set-up", {"language": "ru", "token": f" {token} "})["Location"] == "/set-up/owner"
    assert client.post("/set-up/owner", {"name": "Анна", "email": "no", "password": "short"}).status_code == 422
    made = client.post("/set-up/owner", {"name": "Анна", "email": "anna@example.com", "password": PASSWORD})
    assert made["Location"] == "/set-up/business"
    business = client.get("/set-up/business")
    assert 'value="RU" selected' in text_of(business)
    assert 'lang="ru"' in text_of(business)
    assert client.post("/set-up/business", {"name": "", "country": "RU"}).status_code == 422
    assert client.post("/set-up/business", {"name": "Кофейня", "country": "RU"})["Location"] == "/set-up/trade"
    trade = text_of(client.get("/set-up/trade"))
    assert 'value="RUB" selected' in trade
    assert 'value="Europe/Moscow" selected' in trade
    done = client.post("/set-up/trade", {"trade": "cafe", "currency": "RUB", "time_zone": "Asia/Omsk"})
    assert (done.status_code, done["Location"]) == (303, "/")
    settings = text_of(client.get("/settings/business"))
    assert "Кофейня" in settings
    assert 'value="Asia/Omsk" selected' in settings
    assert client.get("/set-up")["Location"] == "/sign-in"


def test_a_stranger_on_the_port_cannot_claim_the_server(client: Client) -> None:
    make_set_up_token(now=NOW)
    for guess in ("", "x", "\x00", "0" * 10_000):
        assert client.post("/set-up", {"language": "en", "token": guess}).status_code in {422, 400}
    assert (
        client.post("/set-up/owner", {"name": "x", "email": "x@example.com", "password": PASSWORD})["Location"]
        == "/set-up"
    )
    assert row("SELECT door_has_logins()") == (False,)


def test_no_code_is_made_once_somebody_can_sign_in(shop: Shop) -> None:
    assert make_set_up_token(now=NOW) is None


def test_start_your_own_makes_a_business_beside_the_sample(client: Client) -> None:
    sample = open_shop(name="Sample café", is_sample=True)
    sign_in_client(client, sample)
    page = text_of(client.get("/account"))
    assert "This is sample data." in page
    assert 'href="/set-up/business"' in page
    assert 'href="/sample/remove"' in page
    client.post("/set-up/business", {"name": "My own", "country": "IN"})
    mine = text_of(client.get("/account"))
    assert "This is sample data." not in mine
    assert "Sample café" in mine
    chain = re.search(r'formaction="(/place/chn_\w+)"><bdi>Sample', mine)
    assert chain
    assert client.post(chain[1], {"next": "/settings/keys"})["Location"] == "/"
    assert "This is sample data." in text_of(client.get("/account"))
    sign_in_client(client, sample)
    assert "My own" in text_of(client.get("/settings/business"))


def test_the_sample_goes_with_one_press(client: Client) -> None:
    sample = open_shop(is_sample=True)
    sign_in_client(client, sample)
    assert "go for good" in text_of(client.get("/sample/remove"))
    gone = client.post("/sample/remove")
    assert gone["Location"] == "/set-up/business"
    assert client.get("/set-up/business").status_code == 200
    assert client.get("/settings/business")["Location"] == "/no-business"


def test_a_real_business_has_no_such_button(owner: Client, shop: Shop) -> None:
    assert "/sample/remove" not in text_of(owner.get("/account"))
    assert owner.get("/sample/remove").status_code == 409
    assert owner.post("/sample/remove").status_code == 409
    assert owner.get("/settings/business").status_code == 200


def test_the_switcher_moves_between_locations(owner: Client, shop: Shop) -> None:
    assert "/place/" not in text_of(owner.get("/account"))
    other = create_location(shop.actor, LocationDraft(name="Hafen"), now=NOW)
    chain, location = encode("chn", shop.chain_id), encode("loc", other.id)
    assert "All locations" in text_of(owner.get("/account"))
    moved = owner.post(f"/place/{chain}/{location}", {"next": "/account"})
    assert moved["Location"] == "/account"
    assert re.search(r"<small><bdi>Hafen</bdi>", text_of(owner.get("/account")))
    owner.post(f"/place/{chain}", {"next": "/account"})
    assert not re.search(r"<small><bdi>Hafen</bdi>", text_of(owner.get("/account")))


def test_nobody_moves_into_a_chain_or_location_that_is_not_theirs(owner: Client, shop: Shop) -> None:
    other = open_shop(name="Other")
    mine, theirs = encode("chn", shop.chain_id), encode("chn", other.chain_id)
    paths = [
        f"/place/{theirs}",
        f"/place/{mine}/{encode('loc', other.location_id)}",
        "/place/x",
        f"/place/{mine}/x",
        f"/place/{theirs}/{encode('loc', shop.location_id)}",
    ]
    assert [owner.post(path).status_code for path in paths] == [404] * 5
    session = owner.session
    session["chain"], session["location"] = str(other.chain_id), "'; --"
    session.save()
    assert "Other" not in text_of(owner.get("/settings/business"))


def test_a_cashier_of_one_location_has_no_other_to_choose(client: Client, shop: Shop) -> None:
    other = create_location(shop.actor, LocationDraft(name="Hafen"), now=NOW)
    create_location(shop.actor, LocationDraft(name="Bahnhof"), now=NOW)
    cashier = hire(shop, "cashier", locations=frozenset({shop.location_id}))
    sign_in_client(client, cashier)
    page = text_of(client.get("/account"))
    assert "Hafen" not in page
    path = f"/place/{encode('chn', shop.chain_id)}/{encode('loc', other.id)}"
    assert client.post(path).status_code == 404
