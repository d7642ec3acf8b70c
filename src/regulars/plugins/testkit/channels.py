"""What every channel must hold: an outsider's test calls one function with people whom it reaches and does not reach.

Raises AssertionError with a sentence that says what is wrong.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from uuid import UUID

from regulars.kernel.ids import new_id
from regulars.plugins.channels import REASONS, Channel, Handed, Letter, Person, Reach, Unreachable


def check_channel(
    channel: Channel,
    *,
    reached: Sequence[Person],
    unreached: Sequence[Person],
    count_sent: Callable[[], int],
    in_chain: Callable[[UUID], AbstractContextManager[object]],
    now: datetime,
) -> None:
    """It has a shape, reaches whom it should, says why not, carries what its limits say, and repeats where it says so.

    `count_sent` tells how many letters arrived; `in_chain` opens a unit of work.
    """
    _check_shape(channel)
    for person in unreached:
        with in_chain(person.chain_id):
            why = channel.reach(person, now=now)
        assert isinstance(why, Unreachable), f"{channel.key}: it reaches {person}"
        assert why.reason in REASONS, f"{channel.key}: the reason {why.reason} has no sentence"
    for person in reached:
        with in_chain(person.chain_id):
            found = channel.reach(person, now=now)
        assert isinstance(found, Reach), f"{channel.key}: it does not reach {person}: {found}"
        _check_sending(channel, person, count_sent, now)


def _check_shape(channel: Channel) -> None:
    assert isinstance(channel, Channel), f"{channel!r}: it does not have the shape of a channel"
    assert channel.key.isidentifier(), f"{channel.key!r}: the key is no plain word"
    assert str(channel.name), f"{channel.key}: it has no name"
    assert channel.consent, f"{channel.key}: no purpose says what people agree to"
    limits = channel.limits
    assert limits.text_max > 0, f"{channel.key}: it carries no text"
    assert 0 <= limits.shown_max <= limits.text_max, f"{channel.key}: more is shown than is carried"


def _check_sending(channel: Channel, person: Person, count_sent: Callable[[], int], now: datetime) -> None:
    text = ("Grüße, привет, नमस्ते\n" * channel.limits.text_max)[: channel.limits.text_max]
    letter = Letter(
        id=new_id(),
        person=person,
        subject="x" * channel.limits.subject_max,
        text=text,
        sender="Café Sonne",
        link="https://example.com/c/1",
    )
    before = count_sent()
    handed = channel.send(letter, now=now)
    assert isinstance(handed, Handed), f"{channel.key}: it answers {handed!r}"
    assert handed.outcome in ("sent", "waiting"), f"{channel.key}: a letter within its limits is not taken: {handed}"
    assert count_sent() == before + 1, f"{channel.key}: {count_sent() - before} letters arrived, not one"
    if channel.is_repeatable:
        channel.send(letter, now=now)
        assert count_sent() == before + 1, f"{channel.key}: the same letter arrived twice"
