"""The four states of every list (UX 0.8): loading, empty for the first time, empty by filter, failed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from regulars.platform.database import unit_of_work
from regulars.staff.models import ApiKey
from tests.ledger_kit import open_counter
from tests.list_pages import LISTS, PARTS, ListPage, pages_with_lists
from tests.people import hire, open_shop, sign_in_client

EACH = pytest.mark.parametrize("listed", LISTS.values(), ids=LISTS.keys())
pytestmark = pytest.mark.django_db
FRAME = ("door_", "django_session", "set_config", "SAVEPOINT")
"""What every page asks before its list: who one is. These go on answering while the list fails."""


def words_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def fail_lists(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """The database gives up whatever is asked for a list."""
    if any(word in sql for word in FRAME):
        return execute(sql, params, many, context)
    raise OperationalError("the server closed the connection")


def test_no_list_is_forgotten() -> None:
    found = pages_with_lists()
    assert found - set(LISTS) - set(PARTS) == set(), "say in tests/list_pages.py which states this list has"
    assert (set(LISTS) | set(PARTS)) - found == set(), "these pages have no list any more"
    assert all(PARTS.values())


@EACH
def test_before_the_first_line_a_list_says_what_it_is_and_what_to_do(client: Client, listed: ListPage) -> None:
    shop = open_shop()
    with unit_of_work(shop.chain_id):
        # The shop of the tests comes with a key; a business does not.
        ApiKey.objects.all().delete()
    page = words_of(sign_in_client(client, shop).get(listed.url))
    assert bool(listed.empty) is not bool(listed.never_empty)
    if listed.never_empty:
        assert "<tbody><tr>" in page.replace("> <", "><")
        return
    assert listed.empty in page
    assert listed.action in page
    assert ("/sample-data/add" in page) is listed.has_sample


@EACH
def test_whoever_may_not_do_it_is_not_asked_to(client: Client, listed: ListPage) -> None:
    shop = open_shop()
    analyst = sign_in_client(client, hire(shop, "analyst"))
    answer = analyst.get(listed.url)
    if answer.status_code == 200 and listed.empty:
        assert "/sample-data/add" not in words_of(answer)


@pytest.mark.parametrize(
    "listed",
    [pytest.param(listed, id=name) for name, listed in LISTS.items() if listed.filtered],
)
def test_a_filter_that_leaves_nothing_can_be_taken_away(client: Client, listed: ListPage) -> None:
    counter = open_counter()
    counter.issue("+4915123456789")
    page = words_of(sign_in_client(client, counter.shop).get(listed.url + listed.filtered))
    assert 'class="empty filter"' in page
    assert listed.empty not in page
    assert f'href="{listed.url}"' in page.partition('class="empty filter"')[2].partition("</div></div>")[0]


@EACH
def test_a_list_that_fails_says_so_loses_nothing_and_offers_another_try(listed: ListPage) -> None:
    client = Client(raise_request_exception=False)
    browser = sign_in_client(client, open_shop())
    address = listed.url + (listed.filtered or "?from=here")
    with connection.execute_wrapper(fail_lists):
        failed = browser.get(address)
        fragment = browser.get(address, headers={"HX-Request": "true", "HX-Target": "list"})
    assert failed.status_code in (500, 503)
    assert f'href="{address.replace("&", "&amp;")}"' in failed.content.decode()
    assert "Try again" in failed.content.decode()
    assert fragment.status_code == failed.status_code
    assert "data-error-text" in fragment.content.decode()
    assert browser.get(address).status_code == 200


@EACH
def test_while_a_list_is_fetched_the_page_says_so(client: Client, listed: ListPage) -> None:
    page = words_of(sign_in_client(client, open_shop()).get(listed.url))
    assert 'hx-indicator="#busy"' in page
    assert 'id="busy"' in page
