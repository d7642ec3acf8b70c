"""The page or its fragment, the headers, the failures and the preferences, over Django's own request cycle."""

from collections.abc import Iterator

import pytest
from django.test import Client, override_settings

POLICY_PARTS = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client() -> Iterator[Client]:
    with override_settings(
        ROOT_URLCONF="tests.browser.guide_urls",
        REGULARS_STYLEGUIDE=True,
        REGULARS_SHELL="",
        REGULARS_NAVIGATION="tests.browser.guide_urls.NAVIGATION",
        REGULARS_KEEP_PREFERENCES="",
        MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
        STORAGES={"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
        MIDDLEWARE=[
            "regulars.platform.pages.security.security_headers",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django_htmx.middleware.HtmxMiddleware",
        ],
    ):
        yield Client()


def test_every_answer_forbids_inline_code_and_framing(client: Client) -> None:
    for path in ("/styleguide", "/nothing", "/styleguide/failure-500"):
        response = client.get(path)
        assert all(part in response["Content-Security-Policy"] for part in POLICY_PARTS)
        assert "unsafe" not in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        assert "private" in response["Cache-Control"]


def test_no_page_holds_inline_style_or_script(client: Client) -> None:
    for screen in ("", "/list?open=4807108474", "/import", "/bare", "/card", "/dialog"):
        text = client.get(f"/styleguide{screen}").content.decode()
        assert " style=" not in text
        assert "<style" not in text
        assert "hx-on" not in text
        assert text.count("<script") == text.count("<script defer src=") + text.count('<script type="module" src=')


def test_htmx_gets_the_fragment_it_asks_for_and_others_the_page(client: Client) -> None:
    address = "/styleguide/list?open=4807108474"
    fragment = client.get(address, headers={**HTMX, "HX-Target": "panel"})
    assert b"<html" not in fragment.content
    assert "Jürgen Krause" in fragment.content.decode()
    assert fragment["Cache-Control"] == "no-store"
    assert "HX-Request" in fragment["Vary"]
    whole = [
        client.get(address),
        client.get(address, headers={**HTMX, "HX-Target": "elsewhere"}),
        client.get(address, headers={**HTMX, "HX-Target": "panel", "HX-Boosted": "true"}),
        client.get(address, headers={**HTMX, "HX-Target": "panel", "HX-History-Restore-Request": "true"}),
    ]
    for page in whole:
        assert b"<html" in page.content
        assert "HX-Request" in page["Vary"]


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 422, 429, 500, 503])
def test_every_failure_is_a_calm_page_and_for_htmx_a_sentence(client: Client, status: int) -> None:
    page = client.get(f"/styleguide/failure-{status}")
    assert page.status_code == status
    assert b"<h1>" in page.content
    short = client.get(f"/styleguide/failure-{status}", headers=HTMX)
    assert short.status_code == status
    assert b"<html" not in short.content
    assert b"data-error-text" in short.content


def test_preferences_are_kept_and_lead_back_to_this_host_only(client: Client) -> None:
    kept = client.post("/preferences", {"theme": "dark", "language": "ru", "next": "/styleguide?a=1"})
    assert kept.status_code == 303
    assert kept["Location"] == "/styleguide?a=1"
    page = client.get("/styleguide").content.decode()
    assert 'lang="ru"' in page
    assert 'data-theme="dark"' in page
    for foreign in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\x00"):
        assert client.post("/preferences", {"next": foreign})["Location"] == "/"


def test_unknown_preferences_are_ignored(client: Client) -> None:
    client.post("/preferences", {"theme": '"><script>', "language": "../../etc", "density": "x" * 5000})
    page = client.get("/styleguide").content.decode()
    assert 'data-theme="system"' in page
    assert 'lang="en"' in page
    assert client.get("/preferences").status_code == 405


def test_the_style_guide_is_closed_in_production(client: Client) -> None:
    with override_settings(REGULARS_STYLEGUIDE=False, DEBUG=False):
        assert client.get("/styleguide").status_code == 404
        assert client.get("/styleguide/list").status_code == 404
