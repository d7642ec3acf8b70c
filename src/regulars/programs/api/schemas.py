"""What the routes of programs take and give."""

from decimal import Decimal
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field

from regulars.platform.api.fields import (
    AmountIn,
    AmountOut,
    DateIn,
    ExternalIdIn,
    In,
    Out,
    ReferenceIn,
    TimeOut,
    WholeIn,
    refused_value,
)
from regulars.programs.actions.keeping import TierProtection, TierWho
from regulars.programs.rules import check_rates
from regulars.programs.rules.program import NOTICE_DAYS, NOTICE_DAYS_MAX
from regulars.programs.rules.refunds import Discounts, Earned, Spent

NameIn = Annotated[str, Field(min_length=1, max_length=120, examples=["Coffee club"])]


def _check_rate(value: str) -> str:
    if check_rates(Decimal(value), None, ""):
        raise refused_value("out_of_range", _("Above zero, with at most 10 digits before and 8 after the point."))
    return value


RateIn = Annotated[AmountIn, AfterValidator(_check_rate)]
EarnWhen = Annotated[
    Literal["paid", "completed"],
    Field(description="What orders earn can be spent once they are paid, or is pending until they are completed."),
]
EarnsOnPoints = Annotated[bool, Field(description="Whether the part of an order that points paid earns as well.")]
NoticeIn = Annotated[WholeIn, Field(ge=1, le=NOTICE_DAYS_MAX, description="Null: no notice.")]
DescriptionIn = Annotated[str, Field(max_length=4000)]


class ExpiryIn(In):
    """How long units live; every end is the end of a day in the business's time zone.

    `days` and `months` count from the day a lot can first be spent. `month_end`, `quarter_end` and `year_end` end it with
    that period, or `value` whole periods later. `inactive_months` ends the whole balance where no order earned or redeemed
    for so long.
    """

    kind: Literal["never", "days", "months", "month_end", "quarter_end", "year_end", "inactive_months"]
    value: Annotated[WholeIn, Field(ge=0, le=3650)] | None = None


class RefundsIn(In):
    """What a cancel or refund takes back and gives back; what is left out stays as it is."""

    not_recovered: Annotated[
        Literal["debt", "cap"] | None,
        Field(description="Points spent already become a debt that the next earnings fill, or are left."),
    ] = None
    spent_points: Spent | None = None
    earned_points: Earned | None = None
    discounts: Discounts | None = None
    returned_lot_days: Annotated[WholeIn, Field(ge=1, le=3650)] | None = None
    redeemed_rewards: Literal["keep", "take_back"] | None = None


class BalanceTypeIn(In):
    """A balance type of a new program; a deposit counts the chain's currency."""

    name: Annotated[str, Field(min_length=1, max_length=120, examples=["Points"])]
    kind: Literal["points", "status", "stamps", "deposit"]
    external_id: ExternalIdIn | None = None
    decimals: Annotated[WholeIn, Field(ge=0, le=4)] | None = None
    initial_balance: Annotated[AmountIn, Field(description="Given once to each person.")] = "0"
    activation_delay_days: Annotated[WholeIn, Field(ge=0, le=3650)] = 0
    rounding: Literal["down", "up", "half_up"] = "down"
    money_per_unit: RateIn | None = None
    units_per_money: RateIn | None = None
    expiry: ExpiryIn | None = None
    notice_days: NoticeIn | None = NOTICE_DAYS


class TierIn(In):
    """A tier; its threshold in what the group counts."""

    name: Annotated[str, Field(min_length=1, max_length=120, examples=["Gold"])]
    threshold: AmountIn
    external_id: Annotated[ExternalIdIn | None, Field(description="Names the tier to change; made where left out.")] = (
        None
    )
    multiplier: Annotated[AmountIn, Field(description="What promotions earn counts so many times.")] = "1"
    background: Annotated[str, Field(max_length=7, description="Colour of the card, `#7a4f2d`; empty: the type's.")] = (
        ""
    )


class TierGroupIn(In):
    """Tiers of which a person has one at most."""

    name: Annotated[str, Field(min_length=1, max_length=120, examples=["Levels"])]
    counts: Annotated[
        Literal["status", "sold", "paid", "visits"],
        Field(description="Status units, list value of purchases, money paid for them, or how many they were."),
    ]
    tiers: Annotated[list[TierIn], Field(max_length=20, description="Lowest first.")]
    external_id: Annotated[
        ExternalIdIn | None, Field(description="Names the group to change; made where left out.")
    ] = None
    balance_type: Annotated[
        ExternalIdIn | None, Field(description="External id of the status balance, where status is counted.")
    ] = None
    period: Annotated[
        Literal["lifetime", "year", "months"],
        Field(description="All time, the calendar year, or the last `months` months."),
    ] = "lifetime"
    months: Annotated[WholeIn, Field(ge=0, le=120)] = 0
    grace_days: Annotated[WholeIn, Field(ge=0, le=366, description="Days after a period before anybody falls.")] = 0


class TierProtectionIn(In):
    """Who keeps a tier, and what it brings, that becomes worse or goes (ORD-13)."""

    protect: Annotated[TierWho, Field(description="nobody, or the holders of every tier that becomes worse.")] = (
        "nobody"
    )
    until: Annotated[
        DateIn | None,
        Field(description="The last day; left out: the end of each one's own period and grace, where there is one."),
    ] = None

    def protection(self) -> TierProtection:
        """As the actions take it."""
        return TierProtection(self.protect, self.until)


TierGroupsIn = Annotated[list[TierGroupIn], Field(max_length=10)]


class ProgramIn(In):
    """A program with its balance types."""

    name: NameIn
    external_id: ExternalIdIn | None = None
    description: DescriptionIn = ""
    state: Literal["draft", "active"] = "draft"
    earn_when: EarnWhen = "paid"
    earns_on_points: EarnsOnPoints = False
    refunds: RefundsIn | None = None
    balance_types: Annotated[list[BalanceTypeIn], Field(max_length=20)] = []
    tier_groups: TierGroupsIn = []


class ProgramChange(In):
    """Fields to change; those left out stay."""

    name: NameIn | None = None
    description: DescriptionIn | None = None
    state: Literal["draft", "active", "paused", "archived"] | None = None
    earn_when: EarnWhen | None = None
    earns_on_points: EarnsOnPoints | None = None
    refunds: RefundsIn | None = None
    tier_groups: Annotated[
        TierGroupsIn | None, Field(description="All of them: those that are named stay or change, the others go.")
    ] = None
    tier_protection: Annotated[
        TierProtectionIn | None, Field(description="Whom the change of tiers leaves what they have.")
    ] = None


class TiersPreviewIn(In):
    """Tier groups that somebody thinks of; all of them, as in a change of the program."""

    tier_groups: TierGroupsIn


class TierLosersIn(TiersPreviewIn):
    """The same, and of which tier the people are wanted."""

    tier: ReferenceIn
    limit: Annotated[WholeIn, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(max_length=600)] = None


class TierLossOut(Out):
    """What a change of tiers would take from the holders of one tier."""

    tier: Annotated[str, Field(examples=["tier_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    name: str
    when: Annotated[
        Literal["now", "period_end", "less"],
        Field(description="They fall with the change, when their period ends as it counts now, or stay and earn less."),
    ]
    to: Annotated[str | None, Field(description="The name of the tier in which they are then.")]
    people: int
    is_more: Annotated[bool, Field(description="Whether there are more than were counted.")]
    multiplier_before: AmountOut | None
    multiplier_after: AmountOut | None
    text: Annotated[str, Field(description="In a sentence, in the language of the request.")]


class TiersPreviewOut(Out):
    """What a change of tiers would take from people; nothing is changed by asking."""

    losses: list[TierLossOut]


class TierLoserOut(Out):
    """One of them."""

    customer: str | None
    card: str | None
    name: str
    card_number: str
    counted: Annotated[AmountOut, Field(description="What counts for them now.")]
    text: Annotated[str, Field(description="What becomes of them, in the language of the request.")]


class TierLoserList(Out):
    """One page, by id."""

    items: list[TierLoserOut]
    next_cursor: str | None


class TierOut(Out):
    """A tier."""

    id: Annotated[str, Field(examples=["tier_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: Annotated[str, Field(examples=["gold"])]
    name: Annotated[str, Field(examples=["Gold"])]
    threshold: AmountOut
    multiplier: AmountOut
    background: str


class ClosingTierOut(Out):
    """A tier that was taken away and that its holders keep (ORD-13)."""

    id: Annotated[str, Field(examples=["tier_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    name: str
    closes_at: TimeOut


class TierGroupOut(Out):
    """Tiers of which a person has one at most."""

    id: Annotated[str, Field(examples=["tgr_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: Annotated[str, Field(examples=["levels"])]
    name: str
    counts: Literal["status", "sold", "paid", "visits"]
    balance_type: str | None
    period: Literal["lifetime", "year", "months"]
    months: int
    grace_days: int
    tiers: list[TierOut]
    closing: Annotated[
        list[ClosingTierOut],
        Field(description="Tiers that nobody enters any more and that their holders keep a while."),
    ]


class ExpiryOut(Out):
    """How long units live."""

    kind: Literal["never", "days", "months", "month_end", "quarter_end", "year_end", "inactive_months"]
    value: int | None


class RefundsOut(Out):
    """What a cancel or refund takes back and gives back."""

    not_recovered: Literal["debt", "cap"]
    spent_points: Spent
    earned_points: Earned
    discounts: Discounts
    returned_lot_days: int
    redeemed_rewards: Literal["keep", "take_back"]


class BalanceTypeOut(Out):
    """What is counted."""

    id: Annotated[str, Field(examples=["bal_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: Annotated[str, Field(examples=["points"])]
    name: str
    kind: Literal["points", "status", "stamps", "deposit"]
    decimals: int
    initial_balance: AmountOut
    activation_delay_days: int
    rounding: str
    money_per_unit: AmountOut | None
    units_per_money: AmountOut | None
    expiry: ExpiryOut
    notice_days: Annotated[int | None, Field(description="How many days before its end a lot is announced, once.")]
    version: int


class ProgramOut(Out):
    """A program."""

    id: Annotated[str, Field(examples=["prg_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: Annotated[str, Field(examples=["coffee-club"])]
    name: Annotated[str, Field(examples=["Coffee club"])]
    description: str
    state: Literal["draft", "active", "paused", "archived"]
    earn_when: Literal["paid", "completed"]
    earns_on_points: bool
    refunds: RefundsOut
    balance_types: list[BalanceTypeOut]
    tier_groups: list[TierGroupOut]
    version: int


class ProgramList(Out):
    """All programs, oldest first."""

    items: list[ProgramOut]
    next_cursor: str | None
