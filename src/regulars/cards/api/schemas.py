"""What requests and answers about cards hold."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, WithJsonSchema

from regulars.cards.queries.cards import BalanceView, CardView
from regulars.cards.queries.types import CardTypeView
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.platform.api.fields import (
    AmountIn,
    AmountOut,
    ExternalIdIn,
    In,
    Out,
    PhoneIn,
    ReferenceIn,
    TimeOut,
    WholeIn,
)
from regulars.programs.queries.tiers import TierShown, TierView

Status = Literal["active", "blocked", "expired", "deleted"]
Kind = Literal["points", "status", "stamps", "deposit"]
NumberIn = Annotated[str, Field(min_length=1, max_length=64, examples=["4807 1084 74"])]
ShownBalanceIn = Annotated[
    ExternalIdIn,
    Field(description="External id of the balance type that stands for a card in lists; null: by kind."),
]
LocationIn = Annotated[ReferenceIn, Field(description="Where it happens: `loc_…` or `ext:…`.")]


KINDS_SCHEMA: Final = {
    "anyOf": [{"enum": ["any", "none"]}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}],
    "description": "any, none, or the categories that points pay for.",
}
KindsIn = Annotated[Any, WithJsonSchema(KINDS_SCHEMA)]


class SpendLimitsIn(In):
    """What points may pay of an order; what is left out limits nothing."""

    percent: Annotated[AmountIn, Field(description="Of the bill.", examples=["50"])] | None = None
    amount: Annotated[AmountIn, Field(description="In money.")] | None = None
    minimum_order: Annotated[AmountIn, Field(description="From this bill on.")] | None = None
    goods: KindsIn = None
    services: KindsIn = None


class SpendLimitsOut(Out):
    """What points may pay of an order; what is null limits nothing."""

    percent: AmountOut | None
    amount: AmountOut | None
    minimum_order: AmountOut | None
    goods: Literal["any", "none"] | list[str]
    services: Literal["any", "none"] | list[str]


TakeOverIn = Annotated[
    WholeIn,
    Field(
        ge=0,
        le=365,
        description="A new card earns what its customer's orders of so many days could not earn without it. 0: nothing.",
    ),
]


class CardTypeIn(In):
    """A card type; its cards have all balance types of its program."""

    name: Annotated[str, Field(min_length=1, max_length=120, examples=["Coffee card"])]
    program: ReferenceIn
    external_id: ExternalIdIn | None = None
    locations: Annotated[list[ReferenceIn] | None, Field(max_length=1000, description="Null: valid everywhere.")] = None
    several_per_customer: bool = False
    goal: Annotated[WholeIn, Field(ge=1, le=100, description="Stamps to a full card.")] | None = None
    number_format: Annotated[str, Field(max_length=32, description="`#` a digit, `@` a letter, `*` a check digit.")] = (
        ""
    )
    automatic_issue: Literal["never", "everywhere", "locations"] = "never"
    issue_locations: Annotated[list[ReferenceIn], Field(max_length=1000)] = []
    take_over_days: TakeOverIn = 0
    valid_days: Annotated[WholeIn, Field(ge=1, le=36500)] | None = None
    shown_balance: ShownBalanceIn | None = None
    spend_limits: SpendLimitsIn | None = None


class CardTypeChange(In):
    """Fields to change; those left out stay, and the version goes up by one."""

    name: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    external_id: ExternalIdIn | None = None
    locations: Annotated[list[ReferenceIn] | None, Field(max_length=1000)] = None
    several_per_customer: bool | None = None
    goal: Annotated[WholeIn, Field(ge=1, le=100)] | None = None
    number_format: Annotated[str, Field(max_length=32)] | None = None
    automatic_issue: Literal["never", "everywhere", "locations"] | None = None
    issue_locations: Annotated[list[ReferenceIn], Field(max_length=1000)] | None = None
    take_over_days: TakeOverIn | None = None
    valid_days: Annotated[WholeIn, Field(ge=1, le=36500)] | None = None
    shown_balance: ShownBalanceIn | None = None
    spend_limits: SpendLimitsIn | None = None
    state: Literal["active", "archived"] | None = None


class CardTypeOut(Out):
    """A card type."""

    id: Annotated[str, Field(examples=["ctp_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: Annotated[str, Field(examples=["coffee-card"])]
    name: Annotated[str, Field(examples=["Coffee card"])]
    program: Annotated[str, Field(examples=["prg_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    version: int
    state: Literal["active", "archived"]
    locations: list[str] | None
    several_per_customer: bool
    goal: int | None
    number_format: str
    automatic_issue: Literal["never", "everywhere", "locations"]
    issue_locations: list[str]
    take_over_days: int
    valid_days: int | None
    shown_balance: str | None
    spend_limits: SpendLimitsOut
    balance_types: Annotated[list[str], Field(description="External ids.", examples=[["points", "deposit"]])]


class CardTypeList(Out):
    """All card types, oldest first."""

    items: list[CardTypeOut]
    next_cursor: str | None


class CardIn(In):
    """A card to issue, to exactly one of a phone and a customer."""

    card_type: ReferenceIn
    phone: Annotated[PhoneIn | None, Field(description="Of a customer, or of nobody yet: the card is unclaimed.")] = (
        None
    )
    customer: ReferenceIn | None = None
    number: Annotated[NumberIn | None, Field(description="Made where it is left out.")] = None
    location: LocationIn | None = None


class CardTypeOfCard(Out):
    """The type of a card."""

    id: str
    external_id: str
    name: str
    version: int


class HolderOut(Out):
    """Who holds a card."""

    id: str
    name: str


class ExpiresNext(Out):
    """What expires next."""

    at: TimeOut
    amount: AmountOut


class BalanceOut(Out):
    """One balance of a card: total = available + pending + held."""

    balance_type: Annotated[str, Field(description="External id.", examples=["points"])]
    kind: Kind
    total: AmountOut
    available: AmountOut
    pending: AmountOut
    held: AmountOut
    expires_next: ExpiresNext | None


class StampProgressOut(Out):
    """Stamps so far, and the goal."""

    stamps: Annotated[int, Field(examples=[2])]
    goal: Annotated[int, Field(examples=[8])]


class TierName(Out):
    """A tier."""

    id: Annotated[str, Field(examples=["tier_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: Annotated[str, Field(examples=["gold"])]
    name: Annotated[str, Field(examples=["Gold"])]


class NextTier(TierName):
    """The next tier, and what is missing to it."""

    threshold: AmountOut
    missing: AmountOut


class KeepTier(Out):
    """What is missing to keep the tier, and until when it can be made up for."""

    missing: AmountOut
    until: TimeOut


class TierOfCard(Out):
    """Where the holder of a card stands in one tier group; amounts in what the group counts."""

    group: Annotated[str, Field(description="External id.", examples=["levels"])]
    name: str
    tier: TierName | None
    since: TimeOut | None
    until: TimeOut | None
    counts: Literal["status", "sold", "paid", "visits"]
    counted: AmountOut
    next: NextTier | None
    keep: KeepTier | None


class CardOut(Out):
    """A card with its balances."""

    id: Annotated[str, Field(examples=["crd_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    number: Annotated[str, Field(examples=["4807108474"])]
    short_number: Annotated[str | None, Field(examples=["123456"])]
    status: Status
    status_reason: str
    card_type: CardTypeOfCard
    customer: HolderOut | None
    phone: Annotated[str | None, Field(examples=["+4915123456789"])]
    unclaimed: bool
    balances: list[BalanceOut]
    tiers: list[TierOfCard]
    progress: StampProgressOut | None
    platforms: Annotated[list[str], Field(examples=[["web"]])]
    link: Annotated[str, Field(examples=["https://cards.example.com/c/…"])]
    issued_at: TimeOut
    expires_at: TimeOut | None
    last_activity_at: TimeOut | None
    version: int


class CardList(Out):
    """A page of cards."""

    items: list[CardOut]
    next_cursor: str | None


def present_card_type(card_type: CardTypeView) -> dict[str, Any]:
    """A card type as the API writes it."""
    locations = card_type.location_ids
    return {
        "id": encode("ctp", card_type.id),
        "external_id": card_type.external_id,
        "name": card_type.name,
        "program": encode("prg", card_type.program.id),
        "version": card_type.version,
        "state": card_type.state,
        "locations": None if locations is None else [encode("loc", place) for place in locations],
        "several_per_customer": card_type.several_per_customer,
        "goal": card_type.goal,
        "number_format": card_type.number_format,
        "automatic_issue": card_type.automatic_issue,
        "issue_locations": [encode("loc", place) for place in card_type.issue_location_ids],
        "take_over_days": card_type.take_over_days,
        "valid_days": card_type.valid_days,
        "shown_balance": card_type.shown_balance,
        "spend_limits": {
            "percent": None,
            "amount": None,
            "minimum_order": None,
            "goods": "any",
            "services": "any",
            **card_type.spend_limits,
        },
        "balance_types": [balance_type.external_id for balance_type in card_type.balance_types],
    }


def present_card(card: CardView) -> dict[str, Any]:
    """A card as the API writes it."""
    progress = card.progress
    return {
        "id": encode("crd", card.id),
        "number": card.number,
        "short_number": card.short_number,
        "status": card.status,
        "status_reason": card.status_reason,
        "card_type": {
            "id": encode("ctp", card.type_id),
            "external_id": card.type_external_id,
            "name": card.type_name,
            "version": card.type_version,
        },
        "customer": {"id": encode("cus", card.customer_id), "name": card.customer_name} if card.customer_id else None,
        "phone": card.holder_phone,
        "unclaimed": card.is_unclaimed,
        "balances": [present_balance(balance) for balance in card.balances],
        "tiers": [present_tier_of_card(one) for one in card.tiers],
        "progress": {"stamps": progress.stamps, "goal": progress.goal} if progress else None,
        "platforms": list(card.platforms),
        "link": card.link,
        "issued_at": card.issued_at,
        "expires_at": card.expires_at,
        "last_activity_at": card.last_activity_at,
        "version": card.version,
    }


def present_tier_of_card(shown: TierShown) -> dict[str, Any]:
    """Where somebody stands in a tier group, as the API writes it."""

    def text(units: int) -> str:
        return format_amount(units, shown.group.decimals)

    following = shown.next
    return {
        "group": shown.group.external_id,
        "name": shown.group.name,
        "tier": present_tier_name(shown.tier) if shown.tier else None,
        "since": shown.since,
        "until": shown.until,
        "counts": shown.group.counts,
        "counted": text(shown.counted),
        "next": present_tier_name(following)
        | {"threshold": text(following.threshold), "missing": text(shown.missing or 0)}
        if following
        else None,
        "keep": {"missing": text(shown.missing_to_keep), "until": shown.until} if shown.missing_to_keep else None,
    }


def present_tier_name(tier: TierView) -> dict[str, Any]:
    """A tier in few words."""
    return {"id": encode("tier", tier.id), "external_id": tier.external_id, "name": tier.name}


def present_balance(balance: BalanceView) -> dict[str, Any]:
    """One balance as the API writes it."""

    def text(units: int) -> str:
        return format_amount(units, balance.decimals)

    next_end = {"at": balance.expires_at, "amount": text(balance.expires_amount)} if balance.expires_at else None
    return {
        "balance_type": balance.external_id,
        "kind": balance.kind,
        "total": text(balance.total),
        "available": text(balance.available),
        "pending": text(balance.pending),
        "held": text(balance.held),
        "expires_next": next_end,
    }
