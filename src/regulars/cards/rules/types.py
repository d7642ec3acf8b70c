"""What a card type may be; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from regulars.cards.rules.numbers import check_number_format
from regulars.cards.rules.spend_limits import read_spend_limits
from regulars.kernel.fields import check_choice, check_external_id, check_name
from regulars.kernel.refusal import FieldProblem, Invalid

GOAL_MAX: Final = 100
TAKE_OVER_DAYS_MAX: Final = 365
AUTOMATIC_ISSUES: Final = ("never", "everywhere", "locations")
COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
ICONS: Final = ("coffee", "scissors", "star", "heart", "pizza", "flower-2", "car", "dumbbell", "paw-print", "gift")


@dataclass(frozen=True, slots=True)
class CardTypeDraft:
    """A card type as somebody wants it. `location_ids` None means everywhere.

    `shown_balance` is the external id of the balance that stands for a card in lists; None chooses by kind (CRD-4).
    """

    name: str
    external_id: str | None = None
    location_ids: tuple[UUID, ...] | None = None
    several_per_customer: bool = False
    goal: int | None = None
    number_format: str = ""
    automatic_issue: str = "never"
    issue_location_ids: tuple[UUID, ...] = ()
    take_over_days: int = 0
    """A new card takes over what orders of so many days could not earn without it; 0 is never."""
    valid_days: int | None = None
    shown_balance: str | None = None
    spend_limits: Mapping[str, Any] = field(default_factory=dict)
    """What its points may pay of an order, as `rules.spend_limits` reads it."""
    background: str = "#2a1d14"
    foreground: str = "#fbeedb"
    icon: str = "coffee"


def check_card_type(draft: CardTypeDraft, *, kinds: Mapping[str, str], currency_decimals: int = 2) -> Invalid | None:
    """Say field by field what is wrong; `kinds` are those of its program's balance types, by external id."""
    problems: list[FieldProblem] = [
        *check_name(draft.name, "/name"),
        *check_external_id(draft.external_id, "/external_id"),
        *check_number_format(draft.number_format, "/number_format"),
        *check_choice(draft.automatic_issue, AUTOMATIC_ISSUES, "/automatic_issue"),
        *check_choice(draft.icon, ICONS, "/icon"),
    ]
    if draft.goal is not None and not 1 <= draft.goal <= GOAL_MAX:
        problems.append(FieldProblem("/goal", "out_of_range", f"A goal is a whole number from 1 to {GOAL_MAX}."))
    elif draft.goal is not None and "stamps" not in kinds.values():
        problems.append(FieldProblem("/goal", "no_stamps", "Only a card that counts stamps has a goal."))
    if draft.valid_days is not None and not 1 <= draft.valid_days <= 36500:
        problems.append(FieldProblem("/valid_days", "out_of_range", "1 to 36500 days, or nothing for no end."))
    if not 0 <= draft.take_over_days <= TAKE_OVER_DAYS_MAX:
        problems.append(FieldProblem("/take_over_days", "out_of_range", "0 to 365 days; 0 is never."))
    if draft.shown_balance is not None and draft.shown_balance not in kinds:
        known = ", ".join(kinds) or "none"
        problems.append(
            FieldProblem("/shown_balance", "unknown_value", f"One of the program's balance types: {known}.")
        )
    if draft.automatic_issue == "locations" and not draft.issue_location_ids:
        problems.append(FieldProblem("/issue_locations", "required", "Choose at least one location."))
    problems += read_spend_limits(draft.spend_limits, "/spend_limits", currency_decimals=currency_decimals)[1]
    problems += [
        FieldProblem(f"/{part}", "invalid_colour", "A colour like #2a1d14.")
        for part, colour in (("background", draft.background), ("foreground", draft.foreground))
        if not COLOUR.fullmatch(colour)
    ]
    return Invalid(errors=tuple(problems)) if problems else None
