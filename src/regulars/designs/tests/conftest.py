"""A shop whose owner opens the designer of its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

# Read before Django is set up, so what needs it is imported where it is used.
if TYPE_CHECKING:
    from django.test import Client

    from tests.ledger_kit import Counter


@pytest.fixture
def counter() -> Counter:
    """The shop's counter."""
    from tests.ledger_kit import open_counter

    return open_counter()


@pytest.fixture
def client(counter: Counter) -> Client:
    """The owner's browser."""
    from django.test import Client

    from tests.people import sign_in_client

    return sign_in_client(Client(), counter.shop)


@pytest.fixture
def url(counter: Counter) -> str:
    """Where the designer is."""
    from regulars.kernel.ids import encode

    return f"/cards/types/{encode('ctp', counter.card_type.id)}/design"
