"""Pages of staff and keys; rights, hostile input and the number of queries on every page of the settings."""

import re

import pytest
from django.test import Client

from regulars.chains.actions import create_location
from regulars.chains.rules import LocationDraft
from regulars.kernel.ids import encode
from regulars.staff.actions import NewLogin
from regulars.staff.tests.page_kit import QUERIES_MAX, READ_ONLY, SETTINGS, SIGNED_IN, counted, text_of
from tests.people import NOW, PASSWORD, Shop, hire, open_shop, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def owner(client: Client, shop: Shop) -> Client:
    return sign_in_client(client, shop)


def test_a_person_is_edited_disabled_and_brought_back(owner: Client, shop: Shop) -> None:
    person = hire(shop, "cashier")
    path = f"/settings/staff/{encode('stf', person.staff_id)}"
    form = text_of(owner.get(path))
    assert re.search(r'name="rights" value="balances:write"[^>]*checked', form)
    saved = owner.post(path, {"role": "analyst", "rights": ["exports:write"], "version": "1"})
    assert saved.status_code == 303
    assert "Analyst" in text_of(owner.get("/settings/staff"))
    late = owner.post(path, {"role": "cashier", "version": "1"})
    assert late.status_code == 422
    assert "meanwhile" in text_of(late)
    owner.post(f"{path}/disable")
    assert "disabled" in text_of(owner.get("/settings/staff"))
    owner.post(f"{path}/enable")
    assert "disabled" not in text_of(owner.get("/settings/staff")).split("<main")[1].split("</table>")[0]


def test_a_limit_for_changes_of_balances_is_kept_and_taken_away(owner: Client, shop: Shop) -> None:
    person = hire(shop, "cashier")
    path = f"/settings/staff/{encode('stf', person.staff_id)}"
    assert owner.post(path, {"role": "cashier", "version": "1", "adjust_limit": "20"}).status_code == 303
    assert re.search(r'name="adjust_limit"[^>]*value="20"', text_of(owner.get(path)))
    for wrong in ("-1", "1.5", "1e99", "9" * 30, "x", "\x00"):
        assert owner.post(path, {"role": "cashier", "version": "2", "adjust_limit": wrong}).status_code == 422
    assert owner.post(path, {"role": "cashier", "version": "2", "adjust_limit": ""}).status_code == 303
    assert not re.search(r'name="adjust_limit"[^>]*value="20"', text_of(owner.get(path)))


def test_the_last_owner_sees_why_not(owner: Client, shop: Shop) -> None:
    path = f"/settings/staff/{encode('stf', shop.staff_id)}"
    answer = owner.post(path, {"role": "cashier", "version": "1"})
    assert answer.status_code == 422
    assert "only owner" in text_of(answer)


def test_a_key_is_shown_once(owner: Client, shop: Shop) -> None:
    shown = owner.post("/settings/keys/new", {"name": "Till 1", "scopes": ["cards:read", "balances:write"]})
    key = re.search(r"rk_[\w-]{43}", text_of(shown))
    assert key
    assert shown["Cache-Control"] == "no-store"
    listed = text_of(owner.get("/settings/keys"))
    assert key[0] not in listed
    assert key[0][:8] in listed
    revoke = re.search(r'href="(/settings/keys/key_\w+/revoke)"', listed)
    assert revoke
    assert "cannot be undone" in text_of(owner.get(revoke[1]))
    assert owner.post(revoke[1]).status_code == 303
    assert "revoked" in text_of(owner.get("/settings/keys"))


@pytest.mark.parametrize("path", SIGNED_IN)
def test_strangers_see_no_page(client: Client, shop: Shop, path: str) -> None:
    for answer in [client.get(path)] + ([] if path in READ_ONLY else [client.post(path, {"name": "x"})]):
        assert answer.status_code in {302, 303}
        assert answer["Location"].startswith("/sign-in")


@pytest.mark.parametrize("path", SETTINGS)
def test_a_cashier_changes_no_settings(client: Client, shop: Shop, path: str) -> None:
    sign_in_client(client, hire(shop, "cashier"))
    assert client.get(path).status_code == 403
    assert client.post(path, {"name": "x"}).status_code == (405 if path in READ_ONLY else 403)
    assert client.get("/settings")["Location"] == "/account"


@pytest.mark.parametrize("path", SIGNED_IN)
@pytest.mark.parametrize("value", ["\x00", "x" * 10_000, "😀" * 50, "<script>alert(1)</script>", "ردود", "-1"])
def test_hostile_text_never_breaks_a_page(owner: Client, path: str, value: str) -> None:
    names = [
        "name",
        "email",
        "country",
        "currency",
        "time_zone",
        "language",
        "accent",
        "version",
        "external_id",
        "role",
        "scopes",
        "locations",
        "theme",
        "trade",
        "address",
    ]
    answer = owner.post(path, dict.fromkeys(names, value))
    assert answer.status_code in {200, 303, 422} | ({405} if path in READ_ONLY else set()), path
    assert "<script>alert" not in answer.content.decode()
    assert owner.get(path, {"q": value}).status_code in {200, 422}


@pytest.mark.parametrize("kind", ["stf", "loc", "key"])
def test_ids_of_another_chain_and_no_ids_at_all_are_not_there(owner: Client, kind: str) -> None:
    other = open_shop()
    theirs = {"stf": other.staff_id, "loc": other.location_id, "key": other.staff_id}[kind]
    folder = {"stf": "staff", "loc": "locations", "key": "keys"}[kind]
    verbs = {
        "stf": ["", "/disable", "/enable"],
        "loc": ["", "/archive", "/restore"],
        "key": ["/revoke", "/regenerate"],
    }[kind]
    for identifier in (encode(kind, theirs), "x", f"{kind}_" + "0" * 26, "%00"):
        for verb in verbs:
            body = {"name": "x", "role": "cashier", "version": "1"}
            assert owner.post(f"/settings/{folder}/{identifier}{verb}", body).status_code == 404


@pytest.mark.parametrize("path", [*SIGNED_IN, "/settings"])
def test_pages_ask_the_database_a_bounded_number_of_times(owner: Client, shop: Shop, path: str) -> None:
    for number in range(8):
        hire(shop, "cashier")
        create_location(shop.actor, LocationDraft(name=f"L{number}"), now=NOW)
    with counted(QUERIES_MAX):
        owner.get(path)


@pytest.mark.parametrize("language", ["en", "ru", "hi"])
def test_every_page_can_be_drawn_in_every_language(owner: Client, language: str) -> None:
    owner.post("/account", {"language": language, "theme": "system"})
    for path in SIGNED_IN:
        answer = owner.get(path)
        assert answer.status_code == 200, path
        assert f'<html lang="{language}"' in answer.content.decode()


def test_pages_answer_head_and_refuse_other_methods(owner: Client) -> None:
    assert owner.head("/account").status_code == 200
    assert owner.delete("/account").status_code == 405


def test_nothing_secret_is_kept_in_a_repr() -> None:
    assert PASSWORD not in repr(NewLogin(email="a@b", password=PASSWORD))
