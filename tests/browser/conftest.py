"""A browser for tests: Debian's Chromium, one context per test; a console error or a broken CSP fails the test.

Fixtures: `page` is a Playwright page on `live_url` (the whole product over a database of its own); `guide` is a page on
the style guide, which needs no database. Checks are in `tests.browser.checks`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import override_settings
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.camera import Scene, WithCamera, make_film

# Playwright's synchronous interface runs an event loop in the test's own thread, which Django takes for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing but our own server is reached, and a page that asks for anything else logs an error, which fails its test.
    # Watching requests one by one would do it too, but keeps Chromium from caching what every page needs.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
STEP_MS = 10_000
expect.set_options(timeout=STEP_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, started once; without it the browser tests are skipped and say so."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine: install it or name it in CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Make pages: `open_page(url, width=375, scheme="dark", language="ru", javascript=False)`; faults are checked at the end."""
    # Whatever order a test names them in, its pages are closed before the server and its database go: what a page still
    # asks for would find none.
    if "live_url" in request.fixturenames:
        request.getfixturevalue("live_url")
    contexts: list[Any] = []
    faults: list[str] = []

    def make(
        base_url: str,
        *,
        width: int = 1280,
        height: int = 800,
        scheme: str = "light",
        language: str = "en",
        javascript: bool = True,
        agent: str | None = None,
    ) -> Page:
        context = browser.new_context(
            base_url=base_url,
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale=language,
            java_script_enabled=javascript,
            user_agent=agent,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(STEP_MS)
        # The first page of a run waits until the server has read all of its code, which says how busy the machine is.
        context.set_default_navigation_timeout(3 * STEP_MS)
        page = context.new_page()
        page.on("console", lambda message: note_fault(message, faults))
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def with_camera(browser: Browser, tmp_path: Path, live_url: str) -> Iterator[WithCamera]:
    """A page of a phone in a browser of its own, whose camera sees this film.

    Without scenes it has two cameras, which see what Chromium shows them: a film is always of one.
    """
    faults: list[str] = []
    opened: list[Browser] = []

    def make(scenes: Sequence[Scene]) -> Page:
        seen = [f"--use-file-for-fake-video-capture={make_film(tmp_path / 'camera.mjpeg', scenes)}"] if scenes else []
        flags = [
            *FLAGS,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream=device-count=2",
            *seen,
        ]
        own = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
        opened.append(own)
        context = own.new_context(base_url=live_url, viewport={"width": 375, "height": 740}, reduced_motion="reduce")
        context.set_default_timeout(3 * STEP_MS)
        page = context.new_page()
        page.on("console", lambda message: note_fault(message, faults))
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    yield make
    for own in opened:
        own.close()
    assert faults == []


def note_fault(message: ConsoleMessage, faults: list[str]) -> None:
    """Keep errors and warnings, but what is often a test's own subject or no fault of the page.

    A refused request is logged by the browser itself. A request that ends because the person goes on, by sending the form
    whose preview is on its way or by typing another letter, is logged by htmx as two errors: one names the abort, one comes
    with every request that had no answer, whose real failure is named by a third (`htmx:sendError`, `htmx:timeout`).
    """
    text = message.text
    refused = "the server responded with a status of 4" in text or "Response Status Error Code 4" in text
    left = text.startswith(("htmx:sendAbort,", "htmx:afterRequest,"))
    if message.type in ("error", "warning") and not refused and not left:
        faults.append(text)


@pytest.fixture
def page(open_page: Callable[..., Page], live_url: str) -> Page:
    """A page on the whole product."""
    return open_page(live_url)


@pytest.fixture(scope="module")
def guide_url() -> Iterator[str]:
    """The address of a server that serves the style guide: the page frame and its components, without a database.

    Its settings are the process's while it runs, so it ends with the file that asked for it.
    """
    with override_settings(
        ROOT_URLCONF="tests.browser.guide_urls",
        MIDDLEWARE=[
            "regulars.platform.pages.security.security_headers",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django_htmx.middleware.HtmxMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.messages.context_processors.messages",
                        "regulars.platform.pages.shell.shell_context",
                    ]
                },
            }
        ],
        MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
        REGULARS_STYLEGUIDE=True,
        REGULARS_NAVIGATION="tests.browser.guide_urls.NAVIGATION",
        REGULARS_SHELL="",
        STATIC_URL="/static/",
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
    ):
        thread = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={})
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        assert thread.error is None
        yield f"http://127.0.0.1:{thread.port}"
        thread.terminate()
