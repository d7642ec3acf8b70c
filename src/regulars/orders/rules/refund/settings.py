"""What a program stores about refunds, as settings (LED-4); what it does not say is as usual."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from regulars.orders.rules.refund.values import Kept, RefundSettings, Shortfall, Spent

_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "spent": get_args(Spent),
    "shortfall": get_args(Shortfall),
    "kept": get_args(Kept),
}


def settings_of(stored: Mapping[str, Any]) -> RefundSettings:
    """The settings of a program; a value that is none of its choices counts as not said."""
    said: dict[str, Any] = {name: stored[name] for name, choices in _CHOICES.items() if stored.get(name) in choices}
    days = stored.get("returned_days")
    if isinstance(days, int) and days > 0:
        said["returned_days"] = days
    return RefundSettings(**said)
