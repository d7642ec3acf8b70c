"""Sign-in, sign-out, passwords and sessions (ORG-3)."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.contrib.auth import hashers
from django.db import connections
from django.utils import timezone

from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import Invalid, Refusal, Refused
from regulars.platform.attempts import TooManyAttempts
from regulars.platform.audit import list_entries
from regulars.platform.database import row, rows, unit_of_work
from regulars.staff.actions import (
    change_password,
    disable_staff,
    end_other_sessions,
    make_reset_token,
    reset_password,
    sign_in,
    sign_out,
)
from regulars.staff.actions.passwords import can_reset, read_login
from regulars.staff.errors import LinkExpired, SignInFailed, WrongPassword
from regulars.staff.jobs import forget_sessions
from regulars.staff.queries import find_login_id, list_sessions
from tests.people import NOW, PASSWORD, Person, hire, open_shop

HERE, THERE = "203.0.113.7", "198.51.100.9"
NEW = "another fine password"


def try_sign_in(email: str, password: str, *, address: str = HERE, now: Any = NOW) -> Any:
    return sign_in(email=email, password=password, address=address, device="Firefox", now=now)


def refusal_of(action: Callable[..., Any], *args: Any, **kwargs: Any) -> Refusal:
    with pytest.raises(Refused) as caught:
        action(*args, **kwargs)
    return caught.value.refusal


def is_open(session_id: object) -> bool:
    found = row("SELECT login_id FROM door_page(%s, NULL, '2s')", [session_id])
    return found is not None


@pytest.mark.django_db
def test_the_right_password_begins_a_session() -> None:
    shop = open_shop()
    made = try_sign_in(f"  {shop.email.upper()} ", PASSWORD)
    assert made.login_id == shop.login_id
    assert is_open(made.session_id)
    with unit_of_work(shop.chain_id):
        (line,) = list_entries(shop.actor, object_id=shop.login_id)
    assert line.verb == "login.signed_in"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "email", ["nobody@example.com", "", "\x00", "a\ud800@b", "x" * 10_000, "' OR 1=1 --", "👩@example.com"]
)
def test_every_failure_gets_the_same_answer(email: str) -> None:
    shop = open_shop()
    assert refusal_of(try_sign_in, email, PASSWORD) == SignInFailed()
    assert refusal_of(try_sign_in, shop.email, "wrong") == SignInFailed()
    assert refusal_of(try_sign_in, shop.email, "\ud800\x00") == SignInFailed()
    assert refusal_of(try_sign_in, shop.email, "x" * 100_000) == SignInFailed()


@pytest.mark.django_db
def test_an_unknown_email_costs_as_much_hashing_as_a_wrong_password() -> None:
    shop = open_shop()
    hasher = hashers.get_hasher()
    with (
        mock.patch.object(type(hasher), "encode", wraps=hasher.encode) as encode_,
        mock.patch.object(type(hasher), "verify", wraps=hasher.verify) as verify,
    ):
        refusal_of(try_sign_in, "nobody@example.com", "wrong")
        unknown = encode_.call_count + verify.call_count
        encode_.reset_mock()
        verify.reset_mock()
        refusal_of(try_sign_in, shop.email, "wrong")
        assert encode_.call_count + verify.call_count == unknown == 1


@pytest.mark.django_db
def test_who_guesses_waits_longer_and_longer_and_the_owner_elsewhere_never() -> None:
    shop = open_shop()
    waits = []
    now = NOW
    for _ in range(5):
        assert refusal_of(try_sign_in, shop.email, "guess", now=now) == SignInFailed()
    for _ in range(4):
        refusal = refusal_of(try_sign_in, shop.email, PASSWORD, now=now)
        assert isinstance(refusal, TooManyAttempts)
        waits.append(refusal.retry_after)
        now += timedelta(seconds=refusal.retry_after)
        assert refusal_of(try_sign_in, shop.email, "guess", now=now) == SignInFailed()
    assert waits == [30, 60, 120, 240]
    assert try_sign_in(shop.email, PASSWORD, address=THERE, now=now).login_id == shop.login_id


@pytest.mark.django_db
def test_the_right_password_starts_counting_afresh() -> None:
    shop = open_shop()
    for _ in range(3):
        for _ in range(4):
            refusal_of(try_sign_in, shop.email, "guess")
        try_sign_in(shop.email, PASSWORD)


@pytest.mark.django_db
def test_one_source_that_tries_many_accounts_is_slowed_down() -> None:
    answers = Counter(refusal_of(try_sign_in, f"a{number}@example.com", "x").code for number in range(62))
    assert answers == {"sign_in_failed": 60, "too_many_attempts": 2}
    assert refusal_of(try_sign_in, "other@example.com", "x", address="2001:db8::1") == SignInFailed()


@pytest.mark.django_db
def test_addresses_of_one_ipv6_household_count_as_one() -> None:
    shop = open_shop()
    answers = [
        refusal_of(try_sign_in, shop.email, "x", address=f"2001:db8:1:2::{number:x}").code for number in range(7)
    ]
    assert answers[5:] == ["too_many_attempts", "too_many_attempts"]


@pytest.mark.committed
def test_many_guesses_at_one_instant_are_all_counted() -> None:
    shop = open_shop()
    answers: Counter[str] = Counter()
    together = threading.Barrier(12)

    def guess() -> None:
        together.wait()
        try:
            try_sign_in(shop.email, "guess")
        except Refused as refused:
            answers[refused.refusal.code] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {"sign_in_failed": 5, "too_many_attempts": 7}


@pytest.mark.django_db
def test_devices_are_forgotten_a_month_after_they_were_seen() -> None:
    shop = open_shop()
    now = timezone.now()
    old = try_sign_in(shop.email, PASSWORD, now=now - timedelta(days=31))
    recent = try_sign_in(shop.email, PASSWORD, now=now - timedelta(days=29))
    forget_sessions(0)
    assert not is_open(old.session_id)
    assert is_open(recent.session_id)


@pytest.mark.django_db
def test_signing_out_ends_this_session_alone() -> None:
    shop = open_shop()
    first, second = try_sign_in(shop.email, PASSWORD), try_sign_in(shop.email, PASSWORD)
    sign_out(login_id=shop.login_id, session_id=first.session_id, actor=shop.actor, now=NOW)
    assert not is_open(first.session_id)
    assert is_open(second.session_id)


@pytest.mark.django_db
def test_nobody_ends_the_session_of_another_login() -> None:
    shop, other = open_shop(), open_shop()
    made = try_sign_in(shop.email, PASSWORD)
    sign_out(login_id=other.login_id, session_id=made.session_id, actor=other.actor, now=NOW)
    end_other_sessions(login_id=other.login_id, session_id=uuid4(), actor=other.actor, now=NOW)
    assert is_open(made.session_id)


@pytest.mark.django_db
def test_a_new_password_ends_the_other_sessions() -> None:
    shop = open_shop()
    here, elsewhere = try_sign_in(shop.email, PASSWORD), try_sign_in(shop.email, PASSWORD)
    changed = change_password(
        login_id=shop.login_id, session_id=here.session_id, old=PASSWORD, new=NEW, actor=shop.actor, address=HERE, now=NOW
    )  # fmt: skip
    assert not is_open(here.session_id)
    assert not is_open(elsewhere.session_id)
    assert is_open(changed.session_id)
    assert refusal_of(try_sign_in, shop.email, PASSWORD) == SignInFailed()
    assert try_sign_in(shop.email, NEW)
    with unit_of_work(shop.chain_id, login_id=shop.login_id):
        devices = [one.device for one in list_sessions(shop.login_id, since=NOW - timedelta(days=1))]
    assert devices == ["Firefox", "Firefox"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("wrong", NEW, "wrong_password"),
        ("\ud800", NEW, "wrong_password"),
        ("x" * 10_000, NEW, "wrong_password"),
        (PASSWORD, "short", "weak_password"),
        (PASSWORD, "password1234", "weak_password"),
        (PASSWORD, "x" * 10_000, "too_long"),
        (PASSWORD, "nul\x00nul nul nul", "invalid_text"),
    ],
)
def test_passwords_that_do_not_fit_are_refused(old: str, new: str, code: str) -> None:
    shop = open_shop()
    refusal = refusal_of(
        change_password,
        login_id=shop.login_id, session_id=uuid4(), old=old, new=new, actor=shop.actor, address=HERE, now=NOW,
    )  # fmt: skip
    found = [problem.code for problem in refusal.errors] if isinstance(refusal, Invalid) else [refusal.code]
    assert found == [code]
    assert try_sign_in(shop.email, PASSWORD)


@pytest.mark.django_db
def test_guessing_the_old_password_of_a_borrowed_session_is_slowed_down() -> None:
    shop = open_shop()
    given = {"login_id": shop.login_id, "session_id": uuid4(), "new": NEW, "actor": shop.actor, "address": HERE}
    answers = [refusal_of(change_password, old=str(number), now=NOW, **given).code for number in range(6)]
    assert answers == [WrongPassword.code] * 5 + [TooManyAttempts.code]


@pytest.mark.django_db
def test_a_reset_link_works_once() -> None:
    shop = open_shop()
    before = try_sign_in(shop.email, PASSWORD)
    token = make_reset_token(read_login(shop.login_id))
    assert can_reset(shop.login_id, token)
    made = reset_password(login_id=shop.login_id, token=token, new=NEW, address=HERE, device="", now=NOW)
    assert is_open(made.session_id)
    assert not is_open(before.session_id)
    assert not can_reset(shop.login_id, token)
    again = refusal_of(
        reset_password, login_id=shop.login_id, token=token, new=PASSWORD, address=HERE, device="", now=NOW
    )
    assert again == LinkExpired()


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "x", "\x00", "c0ffee-" + "0" * 32, "\ud800"])
def test_what_is_no_reset_link_opens_nothing(token: str) -> None:
    shop = open_shop()
    assert not can_reset(shop.login_id, token)
    assert not can_reset(new_id(), token)
    given = {"token": token, "new": NEW, "address": HERE, "device": "", "now": NOW}
    assert refusal_of(reset_password, login_id=shop.login_id, **given) == LinkExpired()
    assert refusal_of(reset_password, login_id=new_id(), **given) == LinkExpired()


@pytest.mark.committed
def test_two_who_hold_one_reset_link_set_one_password() -> None:
    shop = open_shop()
    token = make_reset_token(read_login(shop.login_id))
    done: list[str] = []
    together = threading.Barrier(4)

    def reset(number: int) -> None:
        together.wait()
        try:
            reset_password(login_id=shop.login_id, token=token, new=f"{NEW} {number}", address=HERE, device="", now=NOW)
            done.append(f"{NEW} {number}")
        except Refused as refused:
            assert refused.refusal == LinkExpired()  # noqa: PT017
        finally:
            connections.close_all()

    threads = [threading.Thread(target=reset, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert try_sign_in(shop.email, done[0])


@pytest.mark.django_db
def test_the_app_sees_no_login_of_strangers_and_no_session_but_its_own() -> None:
    shop, other = open_shop(), open_shop()
    try_sign_in(shop.email, PASSWORD)
    with unit_of_work(other.chain_id, login_id=other.login_id):
        assert rows("SELECT id FROM logins") == [(other.login_id,)]
        assert rows("SELECT id FROM login_sessions") == []
    with unit_of_work(None):
        assert rows("SELECT id FROM logins") == []


@pytest.mark.django_db
def test_a_disabled_person_is_out_at_once() -> None:
    shop = open_shop()
    cashier: Person = hire(shop, "cashier")
    made = try_sign_in(cashier.email, PASSWORD)
    disable_staff(shop.actor, encode("stf", cashier.staff_id), now=NOW)
    assert not is_open(made.session_id)
    assert find_login_id(cashier.email) == cashier.login_id
    again = try_sign_in(cashier.email, PASSWORD)
    assert row("SELECT chain_id FROM door_page(%s, %s, '2s')", [again.session_id, shop.chain_id]) == (None,)
