"""What every kind of wallet must hold: an outsider's test calls one function with its provider and passes that it can sync.

It raises AssertionError with a sentence that says what is wrong.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import new_id
from regulars.platform.database import unit_of_work
from regulars.wallets.rules.port import Message, PassChange, WalletProvider
from regulars.wallets.rules.view import Number, ShownField, WalletCard

_MESSAGE: Final = Message(key="msg-1", header={"en": "Hello"}, body={"en": "A text", "ru": "Текст"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A provider with an account, passes that it is asked to sync, and how its service is switched off and on again."""

    provider: WalletProvider
    account: Any
    changes: Sequence[PassChange]
    switch_off: Callable[[], None]
    switch_on: Callable[[], None]
    stranger: UUID | None
    """A chain that has not set the provider up; None where there is nothing to set up."""
    now: datetime


def check_wallet(trial: Trial) -> None:
    """Answers for every pass, in order, twice the same; tells what differs; fails calmly; says what is missing."""
    _check_digest(trial)
    _check_sync(trial)
    _check_notify(trial)
    _check_failing(trial)
    _check_setup(trial)


def _check_digest(trial: Trial) -> None:
    card = trial.changes[0].shown
    first = trial.provider.digest(card)
    assert len(first) >= 16, "a digest is at least sixteen bytes"
    assert first == trial.provider.digest(replace(card)), "the same card has the same digest"
    for other in (_richer(card), replace(card, is_void=not card.is_void)):
        assert trial.provider.digest(other) != first, "a card that shows something else has another digest"


def _check_sync(trial: Trial) -> None:
    for _ in range(2):
        outcomes = trial.provider.sync(trial.account, trial.changes, now=lambda: trial.now)
        assert len(outcomes) == len(trial.changes), "each pass has an outcome"
        for change, outcome in zip(trial.changes, outcomes, strict=True):
            wanted = _asked(trial.provider, change)
            assert set(outcome.answers) == wanted, f"answers are for {wanted}, not for {set(outcome.answers)}"
            told = {answer.told for answer in outcome.answers.values()}
            assert told <= {"sent"}, f"what is well is sent, and sent again: {told}"
    over = [replace(change, shown=replace(change.shown, is_void=True)) for change in trial.changes]
    for outcome in trial.provider.sync(trial.account, over, now=lambda: trial.now):
        assert {answer.told for answer in outcome.answers.values()} <= {"sent"}, "a card that is over is taken back"
    assert trial.provider.sync(trial.account, [], now=lambda: trial.now) == [], "no passes have no outcomes"


def _check_notify(trial: Trial) -> None:
    answer = trial.provider.notify(trial.account, trial.changes[0], _MESSAGE, now=trial.now)
    wanted = "sent" if "message" in trial.provider.capabilities else "refused"
    assert answer.told == wanted, f"a message is {wanted}, not {answer.told}"


def _check_failing(trial: Trial) -> None:
    trial.switch_off()
    try:
        outcomes = trial.provider.sync(trial.account, trial.changes, now=lambda: trial.now)
        answers = [answer for outcome in outcomes for answer in outcome.answers.values()]
        assert answers, "each pass is answered for"
        assert all(one.told == "later" and one.reason for one in answers), (
            f"a service that is not there is a reason to try later: {answers}"
        )
    finally:
        trial.switch_on()
    told = {
        one.told
        for out in trial.provider.sync(trial.account, trial.changes, now=lambda: trial.now)
        for one in out.answers.values()
    }
    assert told <= {"sent"}, "once the service is there again all goes on"


def _check_setup(trial: Trial) -> None:
    own = trial.changes[0].chain_id
    with unit_of_work(own):
        assert trial.provider.find_account(own, now=trial.now) is not None, "who set it up has an account"
        assert trial.provider.verify_setup(own, now=trial.now) == [], "who set it up misses nothing"
    if trial.stranger is None:
        return
    with unit_of_work(trial.stranger):
        assert trial.provider.find_account(trial.stranger, now=trial.now) is None, "who set nothing up has no account"
        problems = trial.provider.verify_setup(trial.stranger, now=trial.now)
    assert problems, "who set nothing up is told what is missing"
    for one in problems:
        assert all((one.code, one.message.format(**one.facts))), "a problem has a code and a sentence"


def _asked(provider: WalletProvider, change: PassChange) -> set[UUID]:
    if "content" in provider.capabilities:
        return {change.pass_id}
    return {phone.id for phone in change.phones}


def _richer(card: WalletCard) -> WalletCard:
    one = ShownField(
        key=f"more-{new_id().hex[:6]}",
        place="primary",
        label={card.language: "More"},
        value=Number(Decimal(12)),
        announce={card.language: "%@"},
    )
    return replace(card, fields=(one, *card.fields))
