"""Pages of signing in and out, of forgotten passwords and of invitations."""

import re

import pytest
from django.test import Client

from regulars.kernel.ids import encode
from regulars.platform.database import row, unit_of_work
from regulars.staff.actions import disable_staff, invite_staff, make_reset_token
from regulars.staff.actions.passwords import read_login
from regulars.staff.rules import PlaceDraft
from regulars.staff.tests.page_kit import text_of
from tests.people import NOW, PASSWORD, Shop, hire, open_shop, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def owner(client: Client, shop: Shop) -> Client:
    return sign_in_client(client, shop)


def test_the_form_signs_in_and_leads_to_where_one_wanted_to_go(client: Client, shop: Shop) -> None:
    asked = client.get("/settings/staff")
    assert (asked.status_code, asked["Location"]) == (302, "/sign-in?next=%2Fsettings%2Fstaff")
    form = client.get(asked["Location"])
    assert 'value="/settings/staff"' in text_of(form)
    done = client.post("/sign-in", {"email": shop.email, "password": PASSWORD, "next": "/settings/staff"})
    assert (done.status_code, done["Location"]) == (303, "/settings/staff")
    assert client.get("/settings/staff").status_code == 200
    assert client.get("/sign-in")["Location"] == "/"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil", "x"])
def test_signing_in_never_leads_to_another_site(client: Client, shop: Shop, wanted: str) -> None:
    done = client.post("/sign-in", {"email": shop.email, "password": PASSWORD, "next": wanted})
    assert done["Location"] == "/"


def test_the_session_key_changes_with_signing_in(client: Client, shop: Shop) -> None:
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies["session"] = session.session_key or ""
    client.post("/sign-in", {"email": shop.email, "password": PASSWORD})
    assert client.cookies["session"].value != session.session_key
    assert "planted" not in client.session


def test_a_wrong_password_keeps_the_email_and_says_so(client: Client, shop: Shop) -> None:
    answer = client.post("/sign-in", {"email": shop.email, "password": "wrong"})
    assert answer.status_code == 422
    text = text_of(answer)
    assert "<title>Error:" in text
    assert "do not belong together" in text
    assert f'value="{shop.email}"' in text
    assert "wrong" not in re.findall(r'type="password"[^>]*value="([^"]*)"', text)


def test_the_page_says_how_long_to_wait(client: Client, shop: Shop) -> None:
    for _ in range(5):
        client.post("/sign-in", {"email": shop.email, "password": "wrong"})
    answer = client.post("/sign-in", {"email": shop.email, "password": PASSWORD})
    assert answer.status_code == 429
    assert "Wait " in text_of(answer)


def test_signing_out_ends_the_session(owner: Client) -> None:
    before = dict(owner.cookies)["session"].value
    assert owner.get("/sign-out").status_code == 405
    assert owner.post("/sign-out")["Location"] == "/sign-in"
    assert owner.get("/account")["Location"].startswith("/sign-in")
    owner.cookies["session"] = before
    assert owner.get("/account").status_code == 302


def test_a_disabled_person_is_led_out_with_the_next_click(client: Client, shop: Shop) -> None:
    manager = hire(shop, "manager")
    sign_in_client(client, manager)
    assert client.get("/settings/business").status_code == 200
    disable_staff(shop.actor, encode("stf", manager.staff_id), now=NOW)
    assert client.get("/settings/business")["Location"].startswith("/sign-in")
    assert client.post("/settings/locations/new", {"name": "x"})["Location"].startswith("/sign-in")


def test_a_login_without_a_place_is_told_so(client: Client, shop: Shop) -> None:
    manager = hire(shop, "manager")
    disable_staff(shop.actor, encode("stf", manager.staff_id), now=NOW)
    client.post("/sign-in", {"email": manager.email, "password": PASSWORD})
    assert client.get("/settings/business")["Location"] == "/no-business"
    page = client.get("/no-business")
    assert page.status_code == 200
    assert "Ask its owner" in text_of(page)
    assert client.get("/set-up/business").status_code == 403


def test_without_a_mail_server_the_page_says_who_helps(client: Client, shop: Shop) -> None:
    assert "reset-password" in text_of(client.get("/forgot-password"))


def test_the_link_sets_a_password_and_signs_in(client: Client, shop: Shop) -> None:
    path = f"/reset-password/{encode('lgn', shop.login_id)}/{make_reset_token(read_login(shop.login_id))}"
    page = client.get(path)
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["Cache-Control"] == "no-store"
    assert "noindex" in page["X-Robots-Tag"]
    assert client.post(path, {"password": "short"}).status_code == 422
    assert client.post(path, {"password": "another fine password"})["Location"] == "/"
    assert client.get("/account").status_code == 200
    assert Client().get(path).status_code == 410


@pytest.mark.parametrize(
    "path",
    [
        "/reset-password/x/y",
        "/reset-password/lgn_00000000000000000000000000/x-y",
        "/invitation/x",
        "/reset-password/%00/%00",
        "/invitation/%00",
        "/invitation/" + "x" * 5000,
    ],
)
def test_links_that_are_none_say_so(client: Client, path: str) -> None:
    assert client.get(path).status_code == 410
    assert client.post(path, {"password": PASSWORD, "name": "x"}).status_code == 410


def test_an_invitation_by_link_all_the_way(client: Client, shop: Shop, owner: Client) -> None:
    shown = owner.post("/settings/staff/invite", {"email": "neu@example.com", "role": "manager"})
    assert shown["Cache-Control"] == "no-store"
    found = re.search(r"/invitation/[\w-]+", text_of(shown))
    assert found
    guest = Client()
    page = guest.get(found[0])
    assert page["Referrer-Policy"] == "no-referrer"
    assert "neu@example.com" in text_of(page)
    assert guest.post(found[0], {"name": "Neu", "password": "short"}).status_code == 422
    joined = guest.post(found[0], {"name": "Neu", "password": PASSWORD})
    assert (joined.status_code, joined["Location"]) == (303, "/")
    assert guest.get("/settings/staff").status_code == 200
    assert "neu@example.com" in text_of(owner.get("/settings/staff"))
    assert Client().get(found[0]).status_code == 410


def test_who_has_a_login_joins_with_one_press(client: Client, shop: Shop) -> None:
    other = open_shop(name="Second")
    made = invite_staff(other.actor, email=shop.email, place=PlaceDraft(role="analyst"), now=NOW)
    path = f"/invitation/{made.token}"
    with unit_of_work(other.chain_id):
        row("UPDATE invitations SET expires_at = now() + interval '1 day'")
    assert "/sign-in?next=/invitation/" in text_of(client.get(path))
    assert client.post(path, {}).status_code == 409
    sign_in_client(client, shop)
    assert client.post(path, {})["Location"] == "/"
    page = text_of(client.get("/account"))
    assert "Second" in page
    stranger = sign_in_client(Client(), open_shop())
    assert stranger.get(path).status_code == 410
