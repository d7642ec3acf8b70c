"""Pages of one's own account."""

import re

import pytest
from django.test import Client

from regulars.customers.tests.people import enter, issue, stamp_card
from regulars.staff.tests.page_kit import text_of
from tests.people import PASSWORD, Shop, open_shop, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def owner(client: Client, shop: Shop) -> Client:
    return sign_in_client(client, shop)


@pytest.mark.parametrize("path", ["/customers", "/cards"])
def test_the_height_of_rows_belongs_to_the_login_and_leads_back_to_the_list(
    owner: Client, shop: Shop, path: str
) -> None:
    enter_somebody(shop)
    page = text_of(owner.get(f"{path}?q=anna"))
    assert 'value="roomy" form="density" aria-pressed="true"' in page
    assert f'name="next" value="{path}?q=anna"' in page
    chosen = owner.post("/preferences", {"density": "dense", "next": f"{path}?q=anna"})
    assert (chosen.status_code, chosen["Location"]) == (303, f"{path}?q=anna")
    # Another device of the same person.
    elsewhere = sign_in_client(Client(), shop)
    assert re.search(r'<table class="table rows fold[^"]* dense">', text_of(elsewhere.get(path)))
    assert 'value="dense" form="density" aria-pressed="true"' in text_of(elsewhere.get(path))
    elsewhere.post("/preferences", {"density": "<x>"})
    elsewhere.post("/preferences", {"density": "roomy"})
    assert not re.search(r'<table class="[^"]* dense">', text_of(owner.get(path)))


def enter_somebody(shop: Shop) -> None:
    """Somebody with a card, so that both lists have a row."""
    person = enter(shop, "Anna Weber", phone="0151 23456789")
    issue(shop, stamp_card(shop), person)


def test_language_and_theme_belong_to_the_login(owner: Client, shop: Shop) -> None:
    saved = owner.post("/account", {"name": "Анна 😀", "language": "hi", "theme": "dark", "shortcuts": ""})
    assert saved.status_code == 303
    elsewhere = sign_in_client(Client(), shop)
    page = text_of(elsewhere.get("/account"))
    assert '<html lang="hi"' in page
    assert 'data-theme="dark"' in page
    assert 'data-shortcuts="off"' in page
    assert "Анна 😀" in page
    owner.post("/preferences", {"language": "ru", "theme": "light", "shortcuts": "on", "next": "/account"})
    page = text_of(elsewhere.get("/account"))
    assert '<html lang="ru"' in page
    assert 'data-theme="light"' in page
    assert owner.post("/preferences", {"language": "xx", "theme": "<x>", "next": "/account"}).status_code == 303


def test_strangers_keep_preferences_on_their_device(client: Client) -> None:
    answer = client.post("/preferences", {"language": "ru", "next": "/sign-in"})
    assert answer["Location"] == "/sign-in"
    assert client.cookies["django_language"].value == "ru"


def test_a_new_password_on_the_page_keeps_this_device_and_ends_the_others(owner: Client, shop: Shop) -> None:
    elsewhere = sign_in_client(Client(), shop)
    key = owner.cookies["session"].value
    wrong = owner.post("/account/password", {"old": "wrong", "password": "another fine password"})
    assert wrong.status_code == 422
    assert "not your present password" in text_of(wrong)
    owner.post("/account/password", {"old": PASSWORD, "password": "another fine password"})
    assert owner.cookies["session"].value != key
    assert owner.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302


def test_the_set_up_list_is_hidden_and_brought_back(owner: Client) -> None:
    shown = "Get started"
    assert shown in text_of(owner.get("/"))
    assert owner.post("/set-up-list", {"hidden": "1", "next": "/"})["Location"] == "/"
    assert shown not in text_of(owner.get("/"))
    assert shown in text_of(owner.get("/account"))
    owner.post("/set-up-list", {"hidden": "0", "next": "/"})
    assert shown in text_of(owner.get("/"))
    assert shown not in text_of(owner.get("/account"))


def test_other_devices_are_listed_and_signed_out(owner: Client, shop: Shop) -> None:
    elsewhere = sign_in_client(Client(), shop)
    assert "Sign out everywhere else" in text_of(owner.get("/account"))
    owner.post("/account/sessions/end")
    assert elsewhere.get("/account").status_code == 302
    assert "Sign out everywhere else" not in text_of(owner.get("/account"))
