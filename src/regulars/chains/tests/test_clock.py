"""The movable clock of test chains: where it goes, what follows it, what does not (ORG-6, ADR 16)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction
from django.test import Client, override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from regulars.chains.actions import Forward, catch_up, move_clock
from regulars.chains.errors import ClockBackwards, NotATestChain
from regulars.chains.jobs import catch_up_all, catch_up_chain, defer_catch_up
from regulars.chains.queries import ChainClock, get_clock
from regulars.chains.rules import days_between, moment_after, read_period
from regulars.chains.rules.clock import Period
from regulars.kernel.refusal import Forbidden, Invalid, Refusal, Refused
from regulars.platform.audit import list_entries
from regulars.platform.clock import now_in, real_now
from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.timely import DueWorkFailed
from tests.people import Shop, hire, open_shop, sign_in_client

BERLIN = ZoneInfo("Europe/Berlin")
SOON = timedelta(seconds=30)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("P3D", Period(days=3)),
        ("P1Y2M", Period(months=14)),
        ("P2W", Period(days=14)),
        ("PT36H", Period(seconds=36 * 3600)),
        ("P1DT1M", Period(days=1, seconds=60)),
        *(
            (text, None)
            for text in ("", "P", "PT", "P1DT", "P0D", "-P1D", "P-1D", "P1.5D", "3D", "p1d", "P1H", "P1D ", "P٣D")
        ),
        ("P1234567D", None),
    ],
)
def test_a_length_of_time_is_read_as_iso_8601_writes_it(text: str, period: Period | None) -> None:
    assert read_period(text) == period


@pytest.mark.parametrize(
    ("now", "text", "then"),
    [
        ("2027-01-31T10:00:00+01:00", "P1M", "2027-02-28T10:00:00+01:00"),
        ("2028-02-29T10:00:00+01:00", "P1Y", "2029-02-28T10:00:00+01:00"),
        ("2026-12-15T10:00:00+01:00", "P1M", "2027-01-15T10:00:00+01:00"),
        # The same time of day over the change of clocks; hours are hours.
        ("2027-03-27T10:00:00+01:00", "P1D", "2027-03-28T10:00:00+02:00"),
        ("2027-03-27T10:00:00+01:00", "PT24H", "2027-03-28T11:00:00+02:00"),
        ("2027-10-30T10:00:00+02:00", "P1D", "2027-10-31T10:00:00+01:00"),
    ],
)
def test_days_and_months_go_by_the_calendar_of_the_chain(now: str, text: str, then: str) -> None:
    period = read_period(text)
    assert period
    assert moment_after(at(now).astimezone(UTC), period, zone=BERLIN) == at(then)


@given(
    st.timedeltas(timedelta(0), timedelta(days=29_000)),
    st.integers(1, 500),
    st.integers(0, 40),
)
def test_ahead_is_ahead(later: timedelta, days: int, months: int) -> None:
    now = at("2020-01-01T00:00:00+00:00") + later
    then = moment_after(now, Period(months=months, days=days), zone=BERLIN)
    assert then
    assert then > now
    walked = days_between(now, then, zone=BERLIN)
    assert walked[-1] == then
    assert walked == sorted(set(walked))
    assert all(one.astimezone(BERLIN).hour == 0 for one in walked[:-1])
    assert now < walked[0]
    assert len(walked) - 1 <= (then - now).days + 1


def test_no_calendar_goes_on_for_ever() -> None:
    assert moment_after(real_now(), Period(months=999_999), zone=BERLIN) is None
    assert moment_after(real_now(), Period(days=9_999_999), zone=BERLIN) is None


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop(is_test=True)


def nothing(chain_id: UUID) -> None:
    """Puts nothing into the background."""


def forward(shop: Shop, advance: str | None = None, to: datetime | None = None) -> ChainClock:
    return move_clock(shop.actor, Forward(advance=advance, to=to), real=real_now(), defer=nothing)


def refusal_of(shop: Shop, advance: str | None = None, to: datetime | None = None) -> Refusal:
    with pytest.raises(Refused) as caught:
        forward(shop, advance, to)
    return caught.value.refusal


def test_a_test_chain_goes_ahead_and_its_clock_runs_on(shop: Shop) -> None:
    assert now_in(shop.chain_id) - real_now() < SOON
    target = real_now() + timedelta(days=40)
    assert forward(shop, to=target).now == target
    assert target <= now_in(shop.chain_id) < target + SOON
    forward(shop, "P1D")
    assert timedelta(days=40, hours=22) < now_in(shop.chain_id) - real_now() < timedelta(days=41, hours=2)
    with unit_of_work(shop.chain_id):
        clock = get_clock(shop.chain_id, real=real_now())
        said = list_entries(shop.actor, object_id=shop.chain_id)
    assert clock.is_test
    assert [line.verb for line in said][:2] == ["chain.clock_moved", "chain.clock_moved"]
    assert said[1].after["now"].startswith(target.strftime("%Y-%m-%d"))


def test_the_clock_goes_ahead_only_and_not_too_far(shop: Shop) -> None:
    forward(shop, "P1M")
    assert isinstance(refusal_of(shop, to=real_now() + timedelta(days=10)), ClockBackwards)
    for advance in ("P51Y", "P9999M", "P999999Y", "P999999W"):
        refusal = refusal_of(shop, advance)
        assert isinstance(refusal, Invalid)
        assert [(one.pointer, one.code) for one in refusal.errors] == [("/advance", "too_far")]
    assert isinstance(refusal_of(shop, "soon"), Invalid)
    assert isinstance(refusal_of(shop), Invalid)
    assert isinstance(refusal_of(shop, "P1D", real_now()), Invalid)


def test_a_real_chain_keeps_the_real_time(db: None) -> None:
    real = open_shop()
    assert isinstance(refusal_of(real, "P1D"), NotATestChain)
    for change in ("clock_ahead = interval '1 day'", "is_test = true"):
        with pytest.raises(DatabaseError), unit_of_work(real.chain_id), transaction.atomic():
            execute(f"UPDATE chains SET {change} WHERE id = %s", [real.chain_id])
    test = open_shop(is_test=True)
    forward(test, "P1D")
    for change in ("clock_ahead = interval '0'", "is_test = false"):
        with pytest.raises(DatabaseError), unit_of_work(test.chain_id), transaction.atomic():
            execute(f"UPDATE chains SET {change} WHERE id = %s", [test.chain_id])


def test_moving_it_needs_the_right(shop: Shop) -> None:
    cashier = hire(shop, "cashier")
    with pytest.raises(Refused) as caught:
        move_clock(cashier.actor, Forward(advance="P1D"), real=real_now(), defer=nothing)
    assert isinstance(caught.value.refusal, Forbidden)


SEEN: list[tuple[UUID, datetime]] = []
DUE: tuple[Any, ...] = ()


def note(chain_id: UUID, now: datetime) -> None:
    SEEN.append((chain_id, now))


def break_on_thursdays(chain_id: UUID, now: datetime) -> None:
    if now.astimezone(BERLIN).weekday() == 3:
        raise ValueError("it is Thursday")


@contextmanager
def due(*functions: Any) -> Iterator[list[tuple[UUID, datetime]]]:
    global DUE
    DUE = functions
    SEEN.clear()
    with override_settings(REGULARS_DUE=f"{__name__}.DUE"):
        yield SEEN


def test_what_is_due_is_done_day_by_day(shop: Shop) -> None:
    forward(shop, "P3D")
    now = now_in(shop.chain_id)
    with due(note) as seen:
        catch_up_chain(str(shop.chain_id))
        assert {chain_id for chain_id, _ in seen} == {shop.chain_id}
        moments = [moment.astimezone(BERLIN) for _, moment in seen]
        assert len(moments) in (4, 5)
        assert all((one.hour, one.minute) == (0, 0) for one in moments[:-1])
        assert now <= moments[-1] < now + SOON
        seen.clear()
        catch_up_chain(str(shop.chain_id))
        assert len(seen) == 1


def test_what_fails_holds_up_nothing_else_and_is_done_again(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    forward(shop, "P8D")
    with due(break_on_thursdays, note) as seen:
        with pytest.raises(DueWorkFailed):
            catch_up(shop.chain_id, now=now_in(shop.chain_id))
        assert len(seen) >= 8
        with unit_of_work(shop.chain_id):
            reached = get_clock(shop.chain_id, real=real_now()).caught_up_to
        assert reached
        assert reached.astimezone(BERLIN).weekday() == 2 or reached <= real_now()
    with due(note) as seen:
        catch_up(shop.chain_id, now=now_in(shop.chain_id))
        assert any(moment.astimezone(BERLIN).weekday() == 3 for _, moment in seen)
    with unit_of_work(shop.chain_id):
        caught = get_clock(shop.chain_id, real=real_now()).caught_up_to
    assert caught
    assert now_in(shop.chain_id) - caught < SOON


def test_moving_and_every_hour_put_it_into_the_background_once(shop: Shop) -> None:
    def waiting() -> int:
        with unit_of_work(None):
            found = rows(
                "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'chains.catch_up' AND lock = %s",
                [f"timely-{shop.chain_id}"],
            )
        return int(found[0][0])

    for _ in range(2):
        move_clock(shop.actor, Forward(advance="P1D"), real=real_now(), defer=defer_catch_up)
        assert waiting() == 1
    catch_up_all(0)
    assert waiting() == 1


def test_the_page_moves_the_clock_and_every_page_tells_of_it(client: Client, shop: Shop) -> None:
    sign_in_client(client, shop)
    first = client.get("/settings/clock").content.decode()
    assert "One month on" in first
    assert "Test business" in client.get("/settings/business").content.decode()
    assert client.post("/settings/clock", {"advance": "P1M"}).status_code == 303
    assert timedelta(days=27) < now_in(shop.chain_id) - real_now() < timedelta(days=32)
    target = (now_in(shop.chain_id) + timedelta(days=2)).astimezone(BERLIN)
    assert client.post("/settings/clock", {"to": target.strftime("%Y-%m-%dT%H:%M")}).status_code == 303
    assert abs(now_in(shop.chain_id) - target) < timedelta(minutes=2)
    back = client.post("/settings/clock", {"to": real_now().strftime("%Y-%m-%dT%H:%M")})
    assert back.status_code == 422
    assert "only be moved ahead" in back.content.decode()
    assert client.post("/settings/clock", {"to": "soon"}).status_code == 422
    assert client.post("/settings/clock", {}).status_code == 422
    assert client.post("/settings/clock", {"advance": "P99Y"}).status_code == 422


def test_a_real_business_has_no_such_page(client: Client, db: None) -> None:
    sign_in_client(client, open_shop())
    assert client.get("/settings/clock").status_code == 404
    shown = client.get("/settings/business").content.decode()
    assert "/settings/clock" not in shown
    assert "Test business" not in shown


def test_a_second_business_can_be_a_test(client: Client, db: None) -> None:
    shop = open_shop()
    sign_in_client(client, shop)
    assert "is_test" in client.get("/set-up/business").content.decode()
    assert client.post("/set-up/business", {"name": "Try", "country": "DE", "is_test": "on"}).status_code == 303
    assert "Test business" in client.get("/settings/business").content.decode()


def test_sign_ins_and_invitations_keep_to_the_real_time(client: Client, shop: Shop) -> None:
    forward(shop, "P2Y")
    sign_in_client(client, shop)
    client.post("/settings/staff/invite", {"email": "new@example.com", "role": "cashier", "everywhere": "on"})
    with unit_of_work(shop.chain_id):
        ends = rows("SELECT expires_at FROM invitations WHERE chain_id = %s", [shop.chain_id])
    assert all(real_now() < end < real_now() + timedelta(days=60) for (end,) in ends)
    assert ends
    assert timezone.now() < real_now() + SOON
