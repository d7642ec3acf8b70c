"""What tests of the pages of staff share."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

SETTINGS = [
    "/settings/business",
    "/settings/locations",
    "/settings/locations/new",
    "/settings/staff",
    "/settings/staff/invite",
    "/settings/keys",
    "/settings/keys/new",
]


READ_ONLY = {"/settings/locations", "/settings/staff", "/settings/keys"}


SIGNED_IN = [*SETTINGS, "/account", "/set-up/business", "/set-up/trade"]


QUERIES_MAX = 10


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


@contextmanager
def counted(most: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as caught:
        yield
    assert len(caught) <= most, "\n".join(query["sql"][:200] for query in caught)
