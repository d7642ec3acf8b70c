"""What requests and answers about promotions look like."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from regulars.kernel.ids import encode
from regulars.platform.api.fields import DateIn, ExternalIdIn, In, Out, ReferenceIn, TimeOut
from regulars.promotions.actions.keeping import Protection, Who
from regulars.promotions.queries.promotions import PromotionView, VersionView
from regulars.promotions.rules.definition import definition_schema
from regulars.promotions.rules.definition.values import NOTHING_SAID
from regulars.promotions.rules.describe.speech import Comparison, Told
from regulars.promotions.rules.promised import Kind

SCHEMA = definition_schema()
State = Literal["draft", "active", "paused", "ended"]
NameIn = Annotated[str, Field(min_length=1, max_length=120, examples=["5 % back"])]
CARD_TYPES = "Card types of its program that it is for; null for all of them."
KIND = (
    "rests: money that waits for the next full block; rewards: units collected for what it gives; visits: orders on the"
    " way to the one that gets it; uses: uses left; rates: rates reached by earlier orders; orders: open orders."
)
SAID = frozenset(SCHEMA) | {"card_types"}
"""The fields of a definition, with the card types beside it."""


class DefinitionIn(In):
    """What a promotion says; every field may be left out (docs/reference/promotions.md)."""

    products: Any = Field(None, json_schema_extra=SCHEMA["products"])
    conditions: Any = Field(None, json_schema_extra=SCHEMA["conditions"])
    benefits: Any = Field(None, json_schema_extra=SCHEMA["benefits"])
    earnings: Any = Field(None, json_schema_extra=SCHEMA["earnings"])
    multipliers: Any = Field(None, json_schema_extra=SCHEMA["multipliers"])
    codes: Any = Field(None, json_schema_extra=SCHEMA["codes"])
    code_pools: Any = Field(None, json_schema_extra=SCHEMA["code_pools"])
    by_voucher: Any = Field(None, json_schema_extra=SCHEMA["by_voucher"])
    priority: Any = Field(None, json_schema_extra=SCHEMA["priority"])
    group: Any = Field(None, json_schema_extra=SCHEMA["group"])
    stands_alone: Any = Field(None, json_schema_extra=SCHEMA["stands_alone"])
    counts_units_once: Any = Field(None, json_schema_extra=SCHEMA["counts_units_once"])
    limits: Any = Field(None, json_schema_extra=SCHEMA["limits"])
    cost: Any = Field(None, json_schema_extra=SCHEMA["cost"])
    trigger: Any = Field(None, json_schema_extra=SCHEMA["trigger"])
    card_types: list[ReferenceIn] | None = Field(None, description=CARD_TYPES)

    def said(self) -> dict[str, Any]:
        """The fields of the definition that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set if name in SAID}


class PromotionIn(DefinitionIn):
    """A new promotion."""

    name: NameIn
    program: ReferenceIn
    external_id: ExternalIdIn | None = None
    state: Literal["draft", "active"] = "draft"


class PromotionChange(DefinitionIn):
    """Fields to change; those left out stay."""

    name: NameIn | None = None


class DefinitionOut(Out):
    """What a promotion says."""

    products: dict[str, Any]
    conditions: list[dict[str, Any]]
    benefits: list[dict[str, Any]]
    earnings: list[dict[str, Any]]
    multipliers: list[dict[str, Any]]
    codes: list[str]
    code_pools: list[str]
    by_voucher: bool
    priority: int
    group: str
    stands_alone: bool
    counts_units_once: bool
    limits: dict[str, Any]
    cost: dict[str, Any] | None
    trigger: dict[str, Any] | None
    card_types: list[str] | None


class PromotionOut(DefinitionOut):
    """A promotion: its draft where `has_draft`, else what is published."""

    id: Annotated[str, Field(examples=["prm_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: Annotated[str, Field(examples=["five-percent-back"])]
    name: str
    state: State
    program: Annotated[str, Field(examples=["prg_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    published: Annotated[int, Field(description="The version that prices orders; 0 before the first.")]
    has_draft: Annotated[bool, Field(description="Whether something is written that is not published.")]
    created_at: TimeOut
    ended_at: TimeOut | None
    version: int


class PromotionList(Out):
    """One page, newest first."""

    items: list[PromotionOut]
    next_cursor: str | None


class PromotionSentenceOut(Out):
    """One sentence of a promotion, in the language of the request."""

    part: Annotated[str, Field(examples=["gives"], description="when, about, gives, earns, limits, beside or trigger.")]
    text: Annotated[str, Field(examples=["10% off each line."])]


class PromotionChangesOut(Out):
    """What a version says no longer, and what it says instead."""

    gone: list[PromotionSentenceOut]
    come: list[PromotionSentenceOut]


class PromotionWordsOut(Out):
    """A promotion in words, and what publishing it would change."""

    sentences: list[PromotionSentenceOut]
    changes: PromotionChangesOut


class ProtectionIn(In):
    """Who keeps what a change would take from them, and the last day on which they do."""

    protect: Annotated[
        Who,
        Field(description="nobody, the open orders that were priced with it, or everybody who would lose something."),
    ] = "nobody"
    until: Annotated[DateIn | None, Field(description="Wanted unless nobody is protected.")] = None

    def protection(self) -> Protection:
        """As the actions take it."""
        return Protection(self.protect, self.until)


class LossOut(Out):
    """What a change takes from people, of one kind."""

    kind: Annotated[Kind, Field(description=KIND)]
    text: Annotated[str, Field(description="In a sentence, in the language of the request.")]
    people: Annotated[int, Field(description="Cards, customers or orders.")]
    is_more: Annotated[bool, Field(description="Whether there are more than were counted.")]
    amount: Annotated[
        str, Field(description="Money that waits, units collected, uses lost, discounts of open orders; else 0.")
    ]
    ready: Annotated[int, Field(description="Those who have enough already, or orders that are reserved.")]


class PromotionWarningOut(Out):
    """Something to look at that does not stand against publishing."""

    code: Literal["same_name"]
    text: str
    promotions: list[str]


class KeptOut(Out):
    """That some keep a version while it runs otherwise or no more."""

    number: int
    change: Literal["publish", "pause", "end"]
    people: int
    orders: int
    until: TimeOut
    at: TimeOut


class OutlookOut(Out):
    """What a change would take from people; nothing is changed by asking."""

    change: Literal["publish", "pause", "end"]
    losses: list[LossOut]
    warnings: list[PromotionWarningOut]
    kept: list[KeptOut]


class LoserOut(Out):
    """One who would lose something."""

    customer: str | None
    card: str | None
    order: str | None
    name: str
    card_number: str
    amount: Annotated[str, Field(description="In words; empty where nothing is counted.")]
    is_ready: bool


class LoserList(Out):
    """One page, by id."""

    items: list[LoserOut]
    next_cursor: str | None


class PromotionKeptOut(PromotionOut):
    """A promotion, with who keeps which version of it."""

    kept: list[KeptOut]


class PublishedPromotionOut(PromotionKeptOut):
    """A published promotion, with what that changed."""

    changes: PromotionChangesOut
    warnings: list[PromotionWarningOut]


class PromotionVersionOut(DefinitionOut):
    """A published version."""

    number: int
    name: str
    staff: str | None
    at: TimeOut


class PromotionVersionList(Out):
    """All versions, newest first."""

    items: list[PromotionVersionOut]
    next_cursor: str | None


USUAL: dict[str, Any] = {
    "products": {},
    "conditions": [],
    "benefits": [],
    "earnings": [],
    "multipliers": [],
    "codes": [],
    "code_pools": [],
    "by_voucher": NOTHING_SAID.by_voucher,
    "priority": NOTHING_SAID.priority,
    "group": NOTHING_SAID.group,
    "stands_alone": NOTHING_SAID.stands_alone,
    "counts_units_once": NOTHING_SAID.counts_units_once,
    "limits": {},
    "cost": None,
    "trigger": None,
    "card_types": None,
}


def present_promotion(promotion: PromotionView) -> dict[str, Any]:
    """A promotion as the API writes it."""
    return {
        "id": encode("prm", promotion.id),
        "external_id": promotion.external_id,
        "name": promotion.name,
        "state": promotion.state,
        "program": encode("prg", promotion.program_id),
        "published": promotion.published,
        "has_draft": promotion.has_draft,
        **USUAL,
        **promotion.content,
        "created_at": promotion.created_at,
        "ended_at": promotion.ended_at,
        "version": promotion.version,
    }


def present_words(told: Sequence[Told]) -> list[dict[str, str]]:
    """Sentences as the API writes them."""
    return [{"part": one.part, "text": one.text} for one in told]


def present_changes(changes: Comparison) -> dict[str, Any]:
    """A comparison as the API writes it."""
    return {"gone": present_words(changes.gone), "come": present_words(changes.come)}


def present_version(version: VersionView) -> dict[str, Any]:
    """A version as the API writes it."""
    return {
        "number": version.number,
        "name": version.name,
        **USUAL,
        **version.content,
        "staff": encode("stf", version.staff_id) if version.staff_id else None,
        "at": version.at,
    }
