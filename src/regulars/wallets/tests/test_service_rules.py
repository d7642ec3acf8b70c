"""What the update service decides without a database."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel.ids import new_id
from regulars.wallets.rules.apple.service import (
    http_date,
    is_token_of,
    is_unchanged,
    next_moment,
    pass_token,
    read_tag,
)

NOW = datetime(2026, 11, 28, 12, 0, 0, 250_000, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


def test_a_token_opens_its_own_pass_only() -> None:
    ours, other = new_id(), new_id()
    token = pass_token(ours, key="k")
    assert len(token) >= 16
    assert is_token_of(f"ApplePass {token}", ours, key="k")
    for header, wanted, key in (
        (f"ApplePass {token}", other, "k"),
        (f"ApplePass {token}", ours, "another"),
        (token, ours, "k"),
        (f"Bearer {token}", ours, "k"),
        ("ApplePass ", ours, "k"),
        ("", ours, "k"),
        ("ApplePass ключ", ours, "k"),
        (f"ApplePass {token}\n", ours, "k"),
    ):
        assert not is_token_of(header, wanted, key=key)


def test_a_tag_is_a_number_that_we_gave() -> None:
    assert [read_tag(one) for one in ("12", "0", "", None, "-1", "1e3", "٣", "9" * 19, "2026-11-28T00:00:00+00:00")] == [
        12, 0, 0, 0, 0, 0, 0, 0, 0,
    ]  # fmt: skip


@given(st.lists(MOMENTS, min_size=1, max_size=20))
def test_two_changes_are_never_in_one_second(times: list[datetime]) -> None:
    last, told = None, []
    for now in times:
        last = next_moment(last, now)
        assert last >= now
        assert last.microsecond == 0
        told.append(last)
    assert told == sorted(set(told))


@given(MOMENTS, st.integers(-3, 3))
def test_what_the_phone_has_is_compared_by_seconds(at: datetime, seconds: int) -> None:
    modified_at = next_moment(None, at)
    assert is_unchanged(http_date(modified_at + timedelta(seconds=seconds)), modified_at) == (seconds >= 0)


def test_a_date_that_is_none_is_a_question_for_everything() -> None:
    assert not any(is_unchanged(text, NOW) for text in (None, "", "yesterday", "Sat, 99 Nov 2026 12:00:00 GMT", "12"))
    assert is_unchanged("Sat, 28 Nov 2026 12:00:01 -0000", NOW.replace(microsecond=0))
