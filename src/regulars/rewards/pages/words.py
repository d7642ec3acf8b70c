"""Words of rewards in the reader's language."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.platform.pages import figures
from regulars.rewards.queries.given import GivenReward
from regulars.rewards.queries.milestones import CardStanding
from regulars.rewards.queries.rewards import RewardView

Text = str | Promise

KINDS: Final[dict[str, Text]] = {
    "award": gettext_lazy("Award: handed over by your staff"),
    "voucher": gettext_lazy("Voucher: with a code of its own"),
    "lottery": gettext_lazy("Lottery: one of several, drawn by the server"),
}
KINDS_SHORT: Final[dict[str, Text]] = {
    "award": pgettext_lazy("reward", "Award"),
    "voucher": pgettext_lazy("reward", "Voucher"),
    "lottery": pgettext_lazy("reward", "Lottery"),
    "nothing": pgettext_lazy("reward", "Nothing"),
}
VARIANT_KINDS: Final[dict[str, Text]] = {name: KINDS_SHORT[name] for name in ("award", "voucher", "nothing")}
VALIDITIES: Final[dict[str, Text]] = {
    "unlimited": gettext_lazy("without end"),
    "days": gettext_lazy("for so many days"),
    "months": gettext_lazy("for so many months"),
    "until": gettext_lazy("until a day"),
}
BENEFITS: Final[dict[str, Text]] = {
    "": gettext_lazy("your staff hand it over"),
    "percent": gettext_lazy("so many percent off"),
    "amount": gettext_lazy("so much money off"),
    "product": gettext_lazy("one piece of a product free"),
    "promotion": gettext_lazy("it unlocks a promotion"),
}
STATES: Final[dict[str, tuple[Text, str, str]]] = {
    "given": (pgettext_lazy("state of a reward", "waiting"), "accent", "gift"),
    "handed_over": (pgettext_lazy("state of a reward", "handed over"), "good", "check"),
    "cancelled": (pgettext_lazy("state of a reward", "cancelled"), "bad", "x"),
    "redeemed": (pgettext_lazy("state of a reward", "redeemed"), "good", "check"),
    "expired": (pgettext_lazy("state of a reward", "expired"), "warm", "hourglass"),
    "nothing": (pgettext_lazy("state of a reward", "drawn"), "", ""),
}
ORIGINS: Final[dict[str, Text]] = {
    "milestone": gettext_lazy("for stamps"),
    "catalogue": gettext_lazy("for points"),
}


def state_of(one: GivenReward) -> tuple[Text, str, str]:
    """What became of a reward: words, tone, icon."""
    if one.state == "given" and one.kind == "nothing":
        return STATES["nothing"]
    if one.state == "given" and one.voucher_state in STATES:
        return STATES[str(one.voucher_state)]
    return STATES[one.state]


def price_text(view: RewardView) -> str:
    """What a reward costs, in words; "" where it has no price."""
    if view.price is None:
        return ""
    amount = figures.number(Decimal(format_amount(view.price, view.price_decimals)))
    return f"{amount} {view.price_type_name}"


def next_words(standing: CardStanding) -> str:
    """What a card gets next and how far that is."""
    if standing.next is None or standing.next_reward is None:
        return _("The last round is full")
    missing = ngettext("%(count)s more stamp", "%(count)s more stamps", standing.next.missing) % {
        "count": figures.number(standing.next.missing)
    }
    return _("%(missing)s: %(reward)s") % {"missing": missing, "reward": standing.next_reward.title}


def round_words(standing: CardStanding) -> str:
    """Which round a card is in; "" for the first of those without end."""
    if standing.milestones.rounds is not None and standing.milestones.rounds > 1:
        return _("Round %(round)s of %(rounds)s") % {
            "round": figures.number(standing.round),
            "rounds": figures.number(standing.milestones.rounds),
        }
    return _("Round %(round)s") % {"round": figures.number(standing.round)} if standing.round > 1 else ""


def standing_context(standing: CardStanding, picture: Callable[[UUID, UUID | None], str]) -> dict[str, Any]:
    """Where a card stands, for a template: dots, the next reward with its picture, the round."""
    goals = {one.stamps for one in standing.goals}
    reward = standing.next_reward
    return {
        "filled": standing.filled,
        "size": standing.size,
        "percent": standing.percent,
        "next": next_words(standing),
        "icon": reward.icon if reward else "gift",
        "picture": picture(reward.reward_id, reward.picture_id) if reward else "",
        "round": round_words(standing),
        "dots": [
            {"is_full": number <= standing.filled, "is_goal": number in goals} for number in range(1, standing.size + 1)
        ],
    }


def picture_url(reward_id: UUID, picture_id: UUID | None, token: str = "") -> str:
    """Where the picture of a reward is; "" where it has none. With a token, for whoever holds that card."""
    if picture_id is None:
        return ""
    public = encode("rwd", reward_id)
    if token:
        return f"{reverse('rewards:public_picture', args=[token, public])}?v={picture_id.hex}"
    return f"{reverse('rewards:picture', args=[public])}?v={picture_id.hex}"
