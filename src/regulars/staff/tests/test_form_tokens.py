"""Forms are taken from our own pages only; pages that pass no referrer on included."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.people import open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def token_in(browser: Client, path: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(path).content.decode())
    assert found
    return found[1]


def status_of(browser: Client, path: str, fields: dict[str, str], **headers: Any) -> int:
    return browser.post(path, fields, headers=headers).status_code


def test_a_page_without_referrer_may_send_its_form(browser: Client) -> None:
    fields = {"language": "en", "token": "wrong", "csrfmiddlewaretoken": token_in(browser, "/set-up")}
    assert status_of(browser, "/set-up", fields, origin="null") == 422
    assert status_of(browser, "/set-up", {**fields, "csrfmiddlewaretoken": "x" * 64}, origin="null") == 403
    assert status_of(browser, "/set-up", {"language": "en"}, origin="null") == 403
    assert status_of(browser, "/set-up", fields, origin="https://evil.example") == 403


def test_other_pages_take_no_form_of_unknown_origin(browser: Client) -> None:
    open_shop()
    fields = {"email": "a@example.com", "password": "x", "csrfmiddlewaretoken": token_in(browser, "/sign-in")}
    assert status_of(browser, "/sign-in", fields, origin="null") == 403
    assert status_of(browser, "/sign-in", fields, origin="https://evil.example") == 403
    assert status_of(browser, "/sign-in", {"email": "a@example.com", "password": "x"}) == 403
    assert status_of(browser, "/sign-in", fields, origin="http://testserver") == 422


def test_forms_come_through_a_proxy_that_ends_tls(browser: Client) -> None:
    open_shop()
    fields = {"email": "a@example.com", "password": "x", "csrfmiddlewaretoken": token_in(browser, "/sign-in")}
    assert status_of(browser, "/sign-in", fields, origin=settings.URL) == 422
