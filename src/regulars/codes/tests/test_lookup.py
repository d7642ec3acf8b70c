"""The one door of codes: one answer for every wrong one, tries counted, an alarm when somebody guesses (RWD-9)."""

from datetime import UTC, datetime, timedelta

import pytest

from regulars.codes.actions.lookup import (
    NARROW,
    SOURCE,
    TOTAL,
    count_wrong_codes,
    find_code_owner,
    refuse_guessers,
)
from regulars.codes.actions.space import take_code
from regulars.codes.errors import UnknownCode
from regulars.codes.rules.space import CodeOwner
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Forbidden, Refused
from regulars.platform.actor import Actor
from regulars.platform.attempts import TooManyAttempts
from regulars.platform.database import rows, unit_of_work
from tests.contract.chains import Caller, open_chain

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def shop() -> Caller:
    return open_chain()


def refusal(actor: Actor, text: str, *, source: str = "till 1", now: datetime = NOW, **kinds: object) -> type | None:
    try:
        find_code_owner(actor, text, source=source, now=now, **kinds)  # type: ignore[arg-type]
    except Refused as refused:
        return type(refused.refusal)
    return None


def alarms(shop: Caller) -> tuple[int, int, int]:
    with unit_of_work(shop.chain_id):
        return tuple(  # type: ignore[return-value]
            rows(sql)[0][0]
            for sql in (
                "SELECT count(*) FROM audit_entries WHERE verb = 'codes.guessed'",
                "SELECT count(*) FROM events WHERE kind = 'codes.guessed'",
                "SELECT count(*) FROM notifications WHERE kind = 'codes.guessed'",
            )
        )


def test_every_wrong_code_has_one_answer(shop: Caller) -> None:
    voucher, other = new_id(), open_chain()
    with unit_of_work(shop.chain_id):
        take_code(shop.chain_id, "voucher", voucher, "7K3M-9PQX-2WRT-A")
    with unit_of_work(other.chain_id):
        take_code(other.chain_id, "voucher", new_id(), "AAAA-9PQX-2WRT-A")
    found = find_code_owner(shop.actor, " 7k3m 9pqx2wrta", source="till", kinds=("voucher",), now=NOW)
    assert found == CodeOwner("voucher", voucher)
    for wrong in ("nothing", "", "x" * 100_000, "AAAA-9PQX-2WRT-A", "\x00"):
        assert refusal(shop.actor, wrong) is UnknownCode
    assert refusal(shop.actor, "7K3M-9PQX-2WRT-A", kinds=("gift_card",)) is UnknownCode
    assert refusal(Actor(chain_id=shop.chain_id, rights=frozenset(), through="page"), "x") is Forbidden


def test_whoever_guesses_waits_and_the_owner_is_told_once(shop: Caller) -> None:
    with unit_of_work(shop.chain_id):
        take_code(shop.chain_id, "voucher", new_id(), "7K3M-9PQX-2WRT-A")
    for _ in range(50):
        assert refusal(shop.actor, "7K3M-9PQX-2WRT-A") is None
    for attempt in range(SOURCE.free):
        assert alarms(shop) == (0, 0, 0)
        assert refusal(shop.actor, f"wrong {attempt}") is UnknownCode
    assert alarms(shop) == (1, 1, 1)
    # A right code does not help now; another till is not held up.
    assert refusal(shop.actor, "7K3M-9PQX-2WRT-A") is TooManyAttempts
    assert refusal(shop.actor, "7K3M-9PQX-2WRT-A", source="till 2") is None
    with pytest.raises(Refused):
        refuse_guessers(shop.actor, source="till 1", now=NOW)
    refuse_guessers(shop.actor, source="till 2", now=NOW)
    assert alarms(shop) == (1, 1, 1)
    assert refusal(shop.actor, "7K3M-9PQX-2WRT-A", now=NOW + timedelta(minutes=1)) is None


def test_guesses_from_many_places_leave_each_a_few(shop: Caller) -> None:
    for place in range(20):
        count_wrong_codes(shop.actor, TOTAL.free // 20, source=f"place {place}", now=NOW)
    assert alarms(shop) == (1, 1, 1)
    for attempt in range(NARROW.free):
        assert refusal(shop.actor, f"wrong {attempt}", source="new place") is UnknownCode
    assert refusal(shop.actor, "wrong", source="new place") is TooManyAttempts
    with unit_of_work(shop.chain_id):
        take_code(shop.chain_id, "voucher", new_id(), "7K3M-9PQX-2WRT-A")
    for _ in range(30):
        assert refusal(shop.actor, "7K3M-9PQX-2WRT-A", source="honest till") is None
