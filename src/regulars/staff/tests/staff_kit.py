"""What tests of staff share: how a refusal is caught, whether a key opens."""

from collections.abc import Callable
from typing import Any

import pytest

from regulars.kernel.refusal import Invalid, Refusal, Refused
from regulars.platform.api.keys import hash_key
from regulars.platform.database import row
from regulars.staff.rules import PlaceDraft

CASHIER, MANAGER, OWNER = PlaceDraft(role="cashier"), PlaceDraft(role="manager"), PlaceDraft(role="owner")


def refusal_of(action: Callable[..., Any], *args: Any, **kwargs: Any) -> Refusal:
    with pytest.raises(Refused) as caught:
        action(*args, **kwargs)
    return caught.value.refusal


def pointers(refusal: Refusal) -> list[str]:
    assert isinstance(refusal, Invalid)
    return [problem.pointer for problem in refusal.errors]


def opens(key: str) -> bool:
    return row("SELECT chain_id FROM door_api_key(%s)", [hash_key(key)]) is not None
