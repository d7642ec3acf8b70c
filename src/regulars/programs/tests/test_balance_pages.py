"""The pages of balance types and of what expires (PRG-2, PRG-3, PRG-4)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from regulars.kernel.ids import encode
from regulars.platform.database import execute, unit_of_work
from regulars.programs.queries import BalanceTypeView, list_programs
from tests.ledger_kit import Counter, open_counter
from tests.people import sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def client_of(counter: Counter) -> Client:
    return sign_in_client(Client(), counter.shop)


def points_of(counter: Counter) -> BalanceTypeView:
    with unit_of_work(counter.chain_id):
        return next(one for one in list_programs(counter.actor)[0].balance_types if one.kind == "points")


def address(counter: Counter) -> str:
    return f"/balances/{encode('bal', points_of(counter).id)}"


def sent(counter: Counter, **changes: str) -> dict[str, str]:
    """What the browser sends of the form, with some fields changed."""
    one = points_of(counter)
    return {
        "name": one.name,
        "rounding": one.rounding,
        "initial_balance": "0",
        "activation_delay_days": "0",
        "expiry": "never",
        "value": "",
        "notice_days": "7",
        "existing": "keep",
        "version": str(one.version),
        **changes,
    }


def main_of(client: Client, path: str) -> str:
    return client.get(path).content.decode().partition("<main")[2].partition("</main>")[0]


def test_the_list_says_what_each_balance_is_worth_and_how_long_it_lives(counter: Counter) -> None:
    page = main_of(client_of(counter), "/balances")
    assert "for ever" in page
    assert address(counter) in page
    assert "/balances" in main_of(client_of(counter), "/cards/types")


def test_a_balance_type_is_changed(counter: Counter) -> None:
    client = client_of(counter)
    changes = sent(counter, money_per_unit="0,05", expiry="days", value="30", activation_delay_days="2", notice_days="")
    assert client.post(address(counter), changes).status_code == 303
    one = points_of(counter)
    assert (str(one.money_per_unit), one.expiry.kind, one.expiry.value) == ("0.05000000", "days", 30)
    assert (one.activation_delay_days, one.notice_days) == (2, None)
    page = main_of(client, address(counter))
    assert 'value="0.05"' in page
    assert "30 days" in main_of(client, "/balances")
    stale = client.post(address(counter), sent(counter, version="1", name="x"))
    assert stale.status_code == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"expiry": "days", "value": ""},
        {"expiry": "months", "value": "121"},
        {"expiry": "weeks"},
        {"money_per_unit": "0"},
        {"money_per_unit": "much"},
        {"money_per_unit": "NaN"},
        {"notice_days": "0"},
        {"initial_balance": "0.00001"},
        {"initial_balance": "-3"},
        {"name": ""},
        {"existing": "never"},
    ],
)
def test_what_cannot_be_is_told_at_its_field(counter: Counter, changes: dict[str, str]) -> None:
    answer = client_of(counter).post(address(counter), sent(counter, **changes))
    assert answer.status_code == 422
    assert points_of(counter).version == 1


def test_a_new_expiry_says_whose_balances_it_touches(counter: Counter) -> None:
    card = counter.issue("+49 151 11111111")
    counter.adjust(card, "30")
    client = client_of(counter)

    def effect(**changes: str) -> str:
        headers = {"HX-Request": "true", "HX-Target": "policy-effect"}
        return client.get(address(counter), sent(counter, **changes), headers=headers).content.decode()

    assert "Nobody loses anything" in effect(expiry="days", value="30")
    assert "1 balance with 30.00" in effect(expiry="days", value="30", existing="from_now")
    with unit_of_work(counter.chain_id):
        execute("UPDATE lots SET activates_at = activates_at - interval '90 days'")
    assert "1 balance loses 30.00" in effect(expiry="days", value="30", existing="from_start")
    assert "with the next night" not in effect(expiry="inactive_months", value="12", existing="from_start")


def test_what_expires_between_two_days(counter: Counter) -> None:
    client = client_of(counter)
    assert "Nothing expires" in main_of(client, "/cards/expiring")
    assert client.post(address(counter), sent(counter, expiry="days", value="5")).status_code == 303
    card = counter.issue("+49 151 11111111")
    counter.adjust(card, "30")
    assert card.number in main_of(client, "/cards/expiring")
    today = timezone.now().date()
    late = f"?from={today + timedelta(days=8)}&to={today + timedelta(days=9)}"
    assert "Nothing expires" in main_of(client, f"/cards/expiring{late}")
    for odd in ("?from=x", "?to=9999-99-99", "?from=0001-01-01&to=", "?from=2026-13-01"):
        assert client.get(f"/cards/expiring{odd}").status_code == 200
