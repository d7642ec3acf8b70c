"""Freezes over HTTP, and what nights bring to memberships (RWD-6)."""

from typing import Any

import pytest

from regulars.memberships.jobs import mail_notice
from regulars.platform.database import from_json, rows, unit_of_work
from tests.mail_server import StandIn
from tests.membership_kit import Studio, open_studio

THIRTY = {"visits": None, "period": {"unit": "days", "value": 30}, "freezes_max": 2, "freeze_days_max": 20}


@pytest.fixture
def studio(db: None) -> Studio:
    return open_studio()


def thirty(studio: Studio, **more: Any) -> str:
    return str(studio.sell(studio.type(**{**THIRTY, **more}), with_code=True)["id"])


def events(studio: Studio, kind: str) -> list[dict[str, Any]]:
    with unit_of_work(studio.caller.chain_id):
        found = rows("SELECT payload FROM events WHERE kind = %s ORDER BY id", [kind])
    return [from_json(values[0]) for values in found]


def test_the_end_moves_by_the_days_frozen_and_moves_back_where_it_is_ended_early(studio: Studio) -> None:
    membership = thirty(studio, freeze_days_min=3)
    assert studio.read(membership)["ends_on"] == studio.day(30)
    frozen = studio.act(membership, "freeze", days=10, reason="Holidays").body
    assert (frozen["state"], frozen["frozen_from"], frozen["frozen_until"]) == ("frozen", studio.day(), studio.day(9))
    assert (frozen["ends_on"], frozen["freezes"], frozen["frozen_days"]) == (studio.day(40), 1, 10)
    refused = studio.use(membership)
    assert (refused.status, refused.code, refused.body["frozen_until"]) == (409, "membership_frozen", studio.day(9))
    studio.pass_days(4)
    back = studio.act(membership, "unfreeze").body
    assert (back["state"], back["frozen_until"], back["frozen_days"]) == ("active", None, 4)
    assert back["ends_on"] == studio.day(30)
    assert studio.use(membership).status == 201
    assert studio.act(membership, "unfreeze").code == "not_frozen"


def test_a_freeze_ends_by_itself_at_midnight_of_the_studio(studio: Studio) -> None:
    membership = thirty(studio)
    studio.act(membership, "freeze", days=3)
    studio.pass_days(2)
    assert studio.use(membership).code == "membership_frozen"
    studio.pass_days(1, nights=False)
    # Nobody has written it down yet: it can be used all the same.
    assert studio.use(membership).status == 201
    studio.pass_days(1)
    assert studio.read(membership)["state"] == "active"


def test_a_freeze_to_come_begins_when_its_day_comes_and_can_be_called_off(studio: Studio) -> None:
    membership = thirty(studio)
    planned = studio.act(membership, "freeze", days=5, starts_on=studio.day(7)).body
    assert (planned["state"], planned["frozen_from"], planned["ends_on"]) == ("active", studio.day(7), studio.day(35))
    assert studio.use(membership).status == 201
    studio.pass_days(8)
    assert studio.read(membership)["state"] == "frozen"
    assert len(events(studio, "membership.frozen")) == 1
    studio.pass_days(5)
    assert studio.read(membership)["state"] == "active"
    assert len(events(studio, "membership.unfrozen")) == 1
    again = studio.act(membership, "freeze", days=5, starts_on=studio.day(3)).body
    assert again["freezes"] == 2
    off = studio.act(membership, "unfreeze").body
    assert (off["freezes"], off["frozen_days"], off["ends_on"]) == (1, 5, studio.day(22))
    assert off["frozen_from"] is None


def test_every_limit_of_a_freeze_refuses_with_its_reason(studio: Studio) -> None:
    membership = thirty(studio, freeze_days_min=3)

    def refused(**body: Any) -> tuple[str | None, Any]:
        reply = studio.act(membership, "freeze", **body)
        assert reply.status == 409, reply.body
        known = ("least", "most", "left", "limit", "first", "last", "frozen_from", "used_on")
        return reply.code, [reply.body[name] for name in known if name in reply.body]

    assert refused(days=2) == ("freeze_too_short", [3])
    assert refused(days=31) == ("freeze_too_long", [30])
    assert refused(days=21) == ("freeze_days_used_up", [20])
    assert refused(days=5, starts_on=studio.day(-1)) == ("freeze_outside", [studio.day(), studio.day(30)])
    assert refused(days=5, starts_on=studio.day(31)) == ("freeze_outside", [studio.day(), studio.day(30)])
    for wrong in (0, -1, 3651):
        assert studio.act(membership, "freeze", days=wrong).codes_at() == {"/days": "out_of_range"}
    studio.use(membership)
    assert refused(days=5, starts_on=studio.day()) == ("freeze_covers_use", [studio.day()])
    first = studio.act(membership, "freeze", days=5).body
    assert first["frozen_from"] == studio.day(1)
    assert refused(days=5, starts_on=studio.day(3)) == ("freeze_overlaps", [studio.day(1)])
    studio.pass_days(7)
    assert refused(days=16) == ("freeze_days_used_up", [15])
    studio.act(membership, "freeze", days=5)
    studio.pass_days(6)
    assert refused(days=5) == ("freezes_used_up", [2])


def test_what_is_over_or_has_no_end_is_not_frozen(studio: Studio) -> None:
    endless = studio.sell(studio.type(), with_code=True)["id"]
    assert studio.act(endless, "freeze", days=5).code == "membership_without_end"
    used_up = thirty(studio, visits=1)
    studio.use(used_up)
    assert studio.act(used_up, "freeze", days=5).code == "membership_used_up"
    never = thirty(studio, freezes_max=0)
    assert studio.act(never, "freeze", days=5).code == "freezes_used_up"
    expired = thirty(studio)
    studio.pass_days(31)
    assert studio.act(expired, "freeze", days=5).code == "membership_expired"
    assert studio.act(expired, "unfreeze").code == "membership_expired"


def test_a_period_that_is_over_is_announced_once(studio: Studio) -> None:
    membership = thirty(studio)
    studio.pass_days(40)
    studio.pass_days(1)
    told = events(studio, "membership.expired")
    assert [one["membership"] for one in told] == [membership]
    assert told[0]["ends_on"] == studio.day(-11)


def test_before_the_end_an_event_is_told_once_by_days_and_by_visits(studio: Studio) -> None:
    kind = studio.type(visits=5, period={"unit": "days", "value": 30}, notice_days=7, notice_visits=2)
    membership = studio.sell(kind, customer=studio.customer())["id"]
    studio.pass_days(22)
    assert events(studio, "membership.ending") == []
    assert studio.read(membership)["ending"] is None
    studio.pass_days(1)
    assert studio.read(membership)["ending"] == "days"
    studio.use(membership, visits=3)
    studio.pass_days(1)
    studio.pass_days(1)
    told = events(studio, "membership.ending")
    assert [(one["because"], one["remaining"]) for one in told] == [("days", 5), ("visits", 2)]
    # A new end is worth telling of again.
    studio.act(membership, "extend", days=30, reason="Gift")
    studio.pass_days(29)
    assert [one["because"] for one in events(studio, "membership.ending")] == ["days", "visits", "days"]


@pytest.fixture
def server(settings: Any) -> Any:
    from threading import Thread

    with StandIn() as made:
        Thread(target=made.serve_forever, daemon=True).start()
        settings.EMAIL_URL = made.url
        yield made
        made.shutdown()


def jobs() -> list[dict[str, str]]:
    found = rows("SELECT args FROM procrastinate_jobs WHERE task_name = 'memberships.mail_notice' ORDER BY id")
    return [from_json(values[0]) for values in found]


def test_the_customer_is_written_to_in_their_language(studio: Studio, server: StandIn) -> None:
    kind = studio.type(visits=5, period={"unit": "days", "value": 30}, notice_days=7, name="Йога")
    studio.sell(kind, customer=studio.customer(language="ru", name="Мия"))
    studio.sell(kind, customer=studio.customer(email=None, phone="+4915111111111"))
    studio.pass_days(25)
    waiting = jobs()
    assert len(waiting) == 2
    for job in waiting:
        mail_notice(**job)
    assert [one.upper() for one in server.recipients] == ["RCPT TO:<MIA@EXAMPLE.COM>"]
    message = server.taken[0]
    assert message["Subject"] == "Йога: скоро закончится"
    text = message.get_content()
    assert "Здравствуйте, Мия" in text
    assert "5 посещений" in text
    assert "Studio Nord" in text


def test_what_is_over_by_the_time_of_the_mail_is_not_written_about(studio: Studio, server: StandIn) -> None:
    kind = studio.type(visits=3, notice_visits=1, name="Three")
    kept = studio.sell(kind, customer=studio.customer())["id"]
    gone = studio.sell(kind, customer=studio.customer(email="tom@example.com", name="Tom"))["id"]
    studio.use(kept, visits=2)
    studio.use(gone, visits=2)
    studio.pass_days(1)
    studio.act(gone, "cancel", reason="Moved away")
    for job in jobs():
        mail_notice(**job)
    assert [one["To"] for one in server.taken] == ["mia@example.com"]
    assert "your membership “Three” has 1 visit left." in server.taken[0].get_content()


def test_without_a_mail_server_nothing_waits(studio: Studio) -> None:
    studio.sell(studio.type(visits=2, notice_visits=1), customer=studio.customer())
    membership = studio.sell(studio.type(visits=2, notice_visits=1), with_code=True)["id"]
    studio.use(membership)
    studio.pass_days(1)
    assert len(events(studio, "membership.ending")) == 1
    assert jobs() == []
