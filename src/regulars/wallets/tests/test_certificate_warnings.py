"""Those who can renew a certificate are told before it ends, each warning once per certificate (WAL-2)."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from regulars.chains.actions import Forward, catch_up, move_clock
from regulars.platform.clock import now_in, real_now
from regulars.platform.database import unit_of_work
from regulars.platform.timely import do_what_is_due
from regulars.wallets.actions.certificate_warnings import warn_of_certificate
from regulars.wallets.actions.certificates import remove_certificate, upload_certificate
from regulars.wallets.queries.certificates import find_certificate_view
from regulars.wallets.rules.apple.certificate import Files, due_warning
from tests.ledger_kit import Counter, open_counter
from tests.people import Person, hire, sign_in_client
from tests.wallet_kit import our_apple

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (timedelta(days=31), None),
        (timedelta(days=30, seconds=1), None),
        (timedelta(days=30), 30),
        (timedelta(days=14, seconds=1), 30),
        (timedelta(days=14), 14),
        (timedelta(days=3), 3),
        (timedelta(seconds=1), 3),
        (timedelta(0), 0),
        (timedelta(days=-400), 0),
    ],
)
def test_the_most_urgent_warning_whose_time_has_come(left: timedelta, days: int | None) -> None:
    assert due_warning(NOW + left, NOW) == days


def upload(counter: Counter, *, days: int) -> datetime:
    """A certificate that ends in so many days; when it does."""
    ours = our_apple()
    near = ours.leaf_for(begins=timezone.now() - timedelta(days=1), days=days + 1)
    files = Files(near.pem, near.key_pem, ours.intermediate.pem)
    return upload_certificate(counter.actor, files, now=timezone.now()).ends_at


def told(counter: Counter) -> list[str]:
    """How the certificates of a chain were told of, to each who was, the unread ones."""
    return [kind for (kind,) in counter.read("SELECT kind FROM notifications WHERE read_at IS NULL ORDER BY id")]


def read_all(counter: Counter) -> None:
    counter.read("UPDATE notifications SET read_at = now() RETURNING 1")


def page_of(person: Person) -> str:
    return unescape(sign_in_client(Client(), person).get("/notifications").content.decode())


@pytest.mark.django_db
def test_each_warning_is_told_once_and_the_end_too() -> None:
    counter = open_counter()
    ends_at = upload(counter, days=100)
    heard = []
    for hour in range(0, 38 * 24, 12):
        if warn_of_certificate(counter.chain_id, ends_at - timedelta(days=35) + timedelta(hours=hour)):
            heard.append((timedelta(hours=hour) - timedelta(days=35), *told(counter)))
            read_all(counter)
    ends, ended = "pass_certificate.ends", "pass_certificate.ended"
    assert heard == [
        (timedelta(days=-30), ends),
        (timedelta(days=-14), ends),
        (timedelta(days=-3), ends),
        (timedelta(0), ended),
    ]


@pytest.mark.django_db
def test_whoever_may_renew_it_reads_when_it_ends_and_what_to_do() -> None:
    counter = open_counter()
    manager, cashier = hire(counter.shop, "manager"), hire(counter.shop, "cashier")
    ends_at = upload(counter, days=20)
    do_what_is_due(counter.chain_id, real_now())
    for person in (counter.shop, manager):
        page = page_of(person)
        assert "The certificate ends on" in page
        assert str(ends_at.year) in page
        assert "upload it here before that day" in page
    assert "The certificate" not in page_of(cashier)
    warn_of_certificate(counter.chain_id, ends_at)
    page = page_of(manager)
    assert ("The certificate ended on" in page, "The certificate ends on" in page) == (True, False), "one line"


@pytest.mark.django_db
def test_who_comes_late_tells_the_most_urgent_alone() -> None:
    counter = open_counter()
    ends_at = upload(counter, days=100)
    assert warn_of_certificate(counter.chain_id, ends_at - timedelta(days=2))
    assert told(counter) == ["pass_certificate.ends"]
    read_all(counter)
    for days in (30, 14, 3, 1):
        assert not warn_of_certificate(counter.chain_id, ends_at - timedelta(days=days))
    assert warn_of_certificate(counter.chain_id, ends_at + timedelta(days=90))
    assert told(counter) == ["pass_certificate.ended"]


@pytest.mark.django_db
def test_a_new_certificate_ends_the_warnings_and_has_its_own() -> None:
    counter = open_counter()
    old = upload(counter, days=20)
    assert warn_of_certificate(counter.chain_id, real_now())
    read_all(counter)
    new = upload(counter, days=300)
    for moment in (real_now(), old - timedelta(days=3), old, old + timedelta(days=30)):
        assert not warn_of_certificate(counter.chain_id, moment)
    assert told(counter) == []
    assert warn_of_certificate(counter.chain_id, new - timedelta(days=30))
    assert told(counter) == ["pass_certificate.ends"]
    remove_certificate(counter.actor, now=timezone.now())
    assert not warn_of_certificate(counter.chain_id, new)


@pytest.mark.django_db
def test_another_chain_hears_nothing_of_it() -> None:
    counter, other, without = open_counter(), open_counter(name="Tea"), open_counter(name="Cake")
    ends_at = upload(counter, days=20)
    upload(other, days=300)
    for one in (other, without):
        assert not warn_of_certificate(one.chain_id, ends_at)
    assert warn_of_certificate(counter.chain_id, ends_at)
    assert (told(counter), told(other), told(without)) == (["pass_certificate.ended"], [], [])


@pytest.mark.django_db
def test_a_clock_that_a_test_chain_moved_ends_no_certificate() -> None:
    counter = open_counter(is_test=True)
    ends_at = upload(counter, days=60)
    move_clock(counter.actor, Forward(to=ends_at + timedelta(days=10)), real=real_now(), defer=lambda _: None)
    catch_up(counter.chain_id, now=now_in(counter.chain_id))
    assert told(counter) == []
    with unit_of_work(counter.chain_id):
        view = find_certificate_view(counter.chain_id)
    assert view is not None
    assert not view.ends_soon(real_now())
    ahead = now_in(counter.chain_id) - real_now()
    assert warn_of_certificate(counter.chain_id, ends_at + ahead - timedelta(days=29))
    assert told(counter) == ["pass_certificate.ends"]
