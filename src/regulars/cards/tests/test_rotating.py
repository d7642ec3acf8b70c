"""Codes that change: the rule, and what is shown at tills and through the API (TIL-6)."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from regulars.cards.actions.lifecycle import renew_link
from regulars.cards.actions.shown import DEVICES_MAX, NewDevice, add_device, find_shown_card
from regulars.cards.actions.unmake import unmake_cards
from regulars.cards.actions.wallet_secrets import keep_wallet_secret
from regulars.cards.models import CardDevice, CardType
from regulars.cards.queries.cards import CardView
from regulars.cards.rules.rotating import (
    FIXED_A_DAY,
    SECONDS,
    judge_code,
    make_code,
    page_secret,
    read_code,
    step_at,
    totp,
    wallet_pattern,
)
from regulars.cards.tests.counter import Counter, card_id, open_counter
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Refused
from regulars.platform.database import unit_of_work

NOW = datetime(2026, 11, 28, 12, 0, 10, tzinfo=UTC)
SECRET = b"s" * 32


@given(st.builds(new_id), st.binary(min_size=32, max_size=32), st.integers(0, 2**30 - 1))
def test_a_code_is_read_as_it_was_made_and_is_what_a_small_qr_code_holds(maker, secret, step) -> None:  # type: ignore[no-untyped-def]
    code = make_code(maker, secret, step)
    read = read_code(code.lower())
    assert read is not None
    assert (read.maker, read.step) == (maker, step)
    assert len(code) == 50
    assert code.isalnum()


@pytest.mark.parametrize("text", ["", "RC", "1234567890", "RC" + "0" * 47, "RC" + "U" * 48, "https://x/c/1", "é" * 50])
def test_what_is_no_code_is_none(text: str) -> None:
    assert read_code(text) is None


@pytest.mark.parametrize(
    ("away", "used", "verdict"),
    [
        (0, 0, "good"),
        (-1, 0, "good"),
        (1, 0, "good"),
        (-2, 0, "late"),
        (2, 0, "early"),
        (-3000, 0, "late"),
        (0, 1, "good"),
    ],
)
def test_a_code_is_good_one_step_before_and_after(away: int, used: int, verdict: str) -> None:
    code = read_code(make_code(new_id(), SECRET, step_at(NOW) + away))
    assert code is not None
    assert judge_code(code, SECRET, used_step=used, now=NOW) == verdict
    assert judge_code(code, b"t" * 32, used_step=used, now=NOW) == "forged"


def test_a_step_is_good_once_and_none_before_it_afterwards() -> None:
    maker, step = new_id(), step_at(NOW)
    codes = [read_code(make_code(maker, SECRET, step + away)) for away in (-1, 0, 1)]
    assert [judge_code(one, SECRET, used_step=step, now=NOW) for one in codes if one] == ["used", "used", "good"]


@pytest.mark.parametrize(
    ("seconds", "digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_digits_are_those_of_the_table_in_rfc_6238(seconds: int, digits: str) -> None:
    assert totp(b"12345678901234567890", step_at(datetime.fromtimestamp(seconds, UTC))) == digits


def drawn(maker: UUID, secret: bytes, at: datetime) -> str:
    """The pattern as Google's phone fills it."""
    filled = wallet_pattern(maker).replace("{totp_timestamp_seconds}", str(int(at.timestamp())))
    return filled.replace("{totp_value_0}", totp(secret, step_at(at)))


@given(st.builds(new_id), st.binary(min_size=20, max_size=20), st.integers(10**9, 10**11))
def test_a_code_of_a_wallet_is_read_as_it_was_drawn(maker, secret, seconds) -> None:  # type: ignore[no-untyped-def]
    at = datetime.fromtimestamp(seconds, UTC)
    code = drawn(maker, secret, at)
    read = read_code(code.lower())
    assert read is not None
    assert (read.maker, read.step, read.is_wallets) == (maker, step_at(at), True)
    assert judge_code(read, secret, used_step=0, now=at) == "good"
    assert re.fullmatch("[0-9A-Z]{46,48}", code), "the letters that a QR code packs most tightly"


@pytest.mark.parametrize(("away", "verdict"), [(0, "good"), (-1, "good"), (1, "good"), (-2, "late"), (2, "early")])
def test_a_code_of_a_wallet_is_good_one_step_before_and_after(away: int, verdict: str) -> None:
    code = read_code(drawn(new_id(), SECRET, NOW + timedelta(seconds=away * SECONDS)))
    assert code is not None
    assert judge_code(code, SECRET, used_step=0, now=NOW) == verdict
    assert judge_code(code, SECRET, used_step=code.step, now=NOW) == (verdict if verdict != "good" else "used")
    assert judge_code(code, b"t" * 32, used_step=0, now=NOW) == "forged"
    assert judge_code(replace(code, step=step_at(NOW) + 1 - away), SECRET, used_step=0, now=NOW) == "forged", (
        "the moment that it names is proved by its digits"
    )


@pytest.mark.parametrize("text", ["RG" + "0" * 44, "RG", "RG" + "Z" * 26 + "1" * 17, "RG" + "0" * 26 + "٣" * 18])
def test_what_no_wallet_draws_is_good_nowhere(text: str) -> None:
    read = read_code(text)
    assert read is None or judge_code(read, SECRET, used_step=0, now=NOW) == "forged"


@pytest.fixture
def counter(db: None) -> Counter:
    return open_counter()


@pytest.fixture
def card(counter: Counter) -> CardView:
    made = counter.card(counter.stamps, phone="+4915122222222")
    CardType.objects.filter(id=made.type_id).update(rotates=True)
    return made


def shown(counter: Counter, payload: str, now: datetime = NOW) -> str:
    """The card's number, or the code of the refusal."""
    try:
        with unit_of_work(counter.shop.actor.chain_id):
            return find_shown_card(counter.shop.actor, payload, now=now).number
    except Refused as refused:
        return refused.refusal.code


def phone_of(counter: Counter, card: CardView) -> NewDevice:
    return add_device(counter.shop.actor.chain_id, card.id, now=NOW)


def test_a_code_is_taken_once_and_a_picture_of_it_is_not(counter: Counter, card: CardView) -> None:
    phone = phone_of(counter, card)
    code = make_code(phone.id, phone.secret, step_at(NOW))
    assert shown(counter, code) == card.number
    assert shown(counter, code) == "rotating_code_used"
    later = NOW + timedelta(seconds=SECONDS)
    assert shown(counter, make_code(phone.id, phone.secret, step_at(later)), later) == card.number
    assert shown(counter, code, NOW + timedelta(minutes=5)) == "rotating_code_late"
    assert shown(counter, make_code(phone.id, phone.secret, step_at(NOW) + 9)) == "rotating_code_early"
    assert shown(counter, make_code(phone.id, b"x" * 32, step_at(later)), later) == "not_found"
    assert shown(counter, make_code(new_id(), phone.secret, step_at(later)), later) == "not_found"


def test_a_renewed_link_switches_its_phones_off(counter: Counter, card: CardView) -> None:
    phone = phone_of(counter, card)
    on_page = page_secret(card.id, card.link_version, key=settings.LINK_KEY)
    renew_link(counter.shop.actor, card_id(card), now=NOW)
    assert shown(counter, make_code(phone.id, phone.secret, step_at(NOW))) == "rotating_code_off"
    assert shown(counter, make_code(card.id, on_page, step_at(NOW))) == "not_found"
    again = phone_of(counter, card)
    assert shown(counter, make_code(again.id, again.secret, step_at(NOW))) == card.number


def test_the_code_that_the_page_itself_draws_is_good_once(counter: Counter, card: CardView) -> None:
    code = make_code(card.id, page_secret(card.id, card.link_version, key=settings.LINK_KEY), step_at(NOW))
    assert [shown(counter, code), shown(counter, code)] == [card.number, "rotating_code_used"]


def test_a_fixed_code_of_such_a_card_has_a_limit_each_day(counter: Counter, card: CardView) -> None:
    for _ in range(FIXED_A_DAY):
        assert shown(counter, card.number) == card.number
    assert shown(counter, card.link) == "fixed_code_limit"
    assert shown(counter, card_id(card)) == "fixed_code_limit", (
        "it stands in the link, for anybody to draw a code of it"
    )
    assert shown(counter, card.number, NOW + timedelta(days=1)) == card.number


def test_a_card_whose_code_does_not_change_is_shown_as_often_as_one_likes(counter: Counter) -> None:
    plain = counter.card(counter.stamps, phone="+4915122222223")
    assert {shown(counter, plain.number) for _ in range(FIXED_A_DAY + 3)} == {plain.number}
    phone = phone_of(counter, plain)
    assert shown(counter, make_code(phone.id, phone.secret, step_at(NOW))) == "rotating_code_off"


def test_codes_of_another_business_are_unknown(counter: Counter, card: CardView) -> None:
    phone = phone_of(counter, card)
    other = open_counter(name="Elsewhere")
    assert shown(other, make_code(phone.id, phone.secret, step_at(NOW))) == "not_found"


def test_the_oldest_phone_is_forgotten_when_there_are_too_many(counter: Counter, card: CardView) -> None:
    first = phone_of(counter, card)
    for _ in range(DEVICES_MAX):
        phone_of(counter, card)
    with unit_of_work(counter.shop.actor.chain_id):
        assert CardDevice.objects.filter(card_id=card.id).count() == DEVICES_MAX
    assert shown(counter, make_code(first.id, first.secret, step_at(NOW))) == "not_found"


def test_a_card_that_is_taken_back_leaves_no_secret(counter: Counter, card: CardView) -> None:
    phone, chain_id = phone_of(counter, card), counter.shop.actor.chain_id
    with unit_of_work(chain_id):
        google = keep_wallet_secret(chain_id, card.id, wallet="google", now=NOW)
        assert keep_wallet_secret(chain_id, card.id, wallet="google", now=NOW) == google
        assert unmake_cards(counter.shop.actor, [card.id], now=NOW) == [card.id]
        assert CardDevice.objects.filter(card_id=card.id).count() == 0
    assert shown(counter, drawn(google.id, google.secret, NOW)) == "not_found"
    assert shown(counter, make_code(phone.id, phone.secret, step_at(NOW))) == "not_found"
