"""What the tests of the HTTP contract share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.contract.chains import Caller

# Imported inside the fixtures: pytest reads this file before Django has loaded the models.


@pytest.fixture
def caller(db: None) -> Caller:
    """A program of a fresh chain with every right."""
    from tests.contract.chains import open_chain

    return open_chain()


@pytest.fixture
def stranger(db: None) -> Caller:
    """A program of another chain, with every right there."""
    from tests.contract.chains import open_chain

    return open_chain("Salon Fremd")
