"""What a refund did, as it is answered and kept: amounts are decimal text."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Moved:
    """Units of a balance type of a card. `money` is what they had paid; `reason` says why they were not recovered.

    `kind` is earn or spend: what was earned was to be taken back, what was spent was to return.
    """

    card: str
    balance_type: str
    amount: str
    kind: str
    money: str | None = None
    reason: str | None = None
    owed: str | None = None
    expires_at: str | None = None


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A code or voucher that can be used again, money that is on a gift card again (`amount`), or visits of a membership.

    Of visits `amount` is what they had paid.
    """

    kind: str
    id: str
    code: str
    amount: str | None = None
    visits: int | None = None


@dataclass(frozen=True, slots=True)
class RewardBack:
    """A reward whose goal is no longer reached: cancelled, or kept since it had been used. `id` is as the API writes it."""

    id: str
    title: str
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What went back in money, what was taken back, what returned, what could not be had, and rewards that stay."""

    money_back: str
    taken_back: tuple[Moved, ...] = ()
    returned: tuple[Moved, ...] = ()
    not_recovered: tuple[Moved, ...] = ()
    kept_rewards: tuple[str, ...] = ()
    given_back: tuple[GivenBack, ...] = ()
    cancelled_rewards: tuple[str, ...] = ()


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """The outcome as it is stored."""
    return {
        "money_back": outcome.money_back,
        "taken_back": [_moved_json(one) for one in outcome.taken_back],
        "returned": [_moved_json(one) for one in outcome.returned],
        "not_recovered": [_moved_json(one) for one in outcome.not_recovered],
        "kept_rewards": list(outcome.kept_rewards),
        **({"given_back": [asdict(one) for one in outcome.given_back]} if outcome.given_back else {}),
        "cancelled_rewards": list(outcome.cancelled_rewards),
    }


def read_outcome(stored: dict[str, Any]) -> Outcome:
    """The outcome that `outcome_json` wrote."""
    return Outcome(
        money_back=stored["money_back"],
        taken_back=tuple(Moved(**one) for one in stored["taken_back"]),
        returned=tuple(Moved(**one) for one in stored["returned"]),
        not_recovered=tuple(Moved(**one) for one in stored["not_recovered"]),
        kept_rewards=tuple(stored["kept_rewards"]),
        given_back=tuple(GivenBack(**one) for one in stored.get("given_back", ())),
        # Refunds from before there were rewards say nothing of them.
        cancelled_rewards=tuple(stored.get("cancelled_rewards", ())),
    )


def _moved_json(one: Moved) -> dict[str, Any]:
    return {name: value for name, value in asdict(one).items() if value is not None}
