"""What the routes of customers take and give."""

from typing import Annotated, Any, Literal

from pydantic import Field

from regulars.customers.queries import LISTED_MAX
from regulars.platform.api.fields import (
    AmountOut,
    DateIn,
    DateOut,
    EmailIn,
    ExternalIdIn,
    Filters,
    Flag,
    In,
    Out,
    PhoneIn,
    ReferenceIn,
    TimeIn,
    TimeOut,
)
from regulars.platform.api.listing import Paged

NameIn = Annotated[str, Field(max_length=200, examples=["Anna Weber"])]
TagIn = Annotated[str, Field(max_length=60, examples=["regular"])]
LanguageIn = Annotated[str, Field(max_length=20, examples=["de"], description="A BCP 47 tag.")]
CustomIn = Annotated[dict[str, Any], Field(description="Values of the chain's own fields, by key.")]
PhonesIn = Annotated[list[PhoneIn], Field(max_length=10, description="The first is the main one.")]


class ConsentIn(In):
    """What a customer agrees to, or withdraws."""

    purpose: Annotated[str, Field(max_length=60, examples=["marketing"])]
    given: bool
    source: Annotated[str, Field(max_length=60, examples=["web form"])]
    text_version: Annotated[str, Field(max_length=60)] = ""
    at: TimeIn | None = None


class CustomerIn(In):
    """A customer to enter: a phone or an e-mail is needed, so that people can be told apart."""

    phone: Annotated[PhoneIn | None, Field(description="In any notation; read with the chain's country.")] = None
    phones: PhonesIn | None = None
    email: EmailIn | None = None
    name: NameIn = ""
    birthday: DateIn | None = None
    language: LanguageIn = ""
    tags: Annotated[list[TagIn], Field(max_length=50)] = []
    custom: CustomIn = {}
    consents: Annotated[list[ConsentIn], Field(max_length=50)] = []
    external_id: ExternalIdIn | None = None
    comment: Annotated[str, Field(max_length=4000)] = ""
    referred_by: Annotated[
        str | None,
        Field(
            max_length=140, examples=["K7M2QX9P"], description="Who invited them: a code, an id, or `ext:` and an id."
        ),
    ] = None
    location: Annotated[
        ReferenceIn | None, Field(description="Where they came in: decides which cards they get by themselves.")
    ] = None


class CustomerChange(In):
    """Fields to change; those left out stay, null empties."""

    phone: PhoneIn | None = None
    phones: PhonesIn | None = None
    email: EmailIn | None = None
    name: NameIn | None = None
    birthday: DateIn | None = None
    language: LanguageIn | None = None
    tags: Annotated[list[TagIn] | None, Field(max_length=50)] = None
    custom: CustomIn | None = None
    consents: Annotated[list[ConsentIn] | None, Field(max_length=50)] = None
    external_id: ExternalIdIn | None = None
    comment: Annotated[str | None, Field(max_length=4000)] = None
    loyalty_off: Annotated[
        bool | None, Field(description="True: purchases earn and spend nothing; what the cards hold stays.")
    ] = None


class ReferralIn(In):
    """Who invited a customer; left out, only their own code is made."""

    referred_by: Annotated[
        str | None, Field(max_length=140, examples=["K7M2QX9P"], description="A code, an id, or `ext:` and an id.")
    ] = None


class InvitedOut(Out):
    """Somebody on the other end of an invitation."""

    customer: str
    name: str
    at: TimeOut


class ReferralOut(Out):
    """A customer's invitations."""

    code: Annotated[str | None, Field(description="By it they invite others; null until it is first asked for.")]
    link: Annotated[str | None, Field(description="A page with the code, to hand on; null as long as the code.")]
    invited_by: InvitedOut | None
    invited: Annotated[list[InvitedOut], Field(description="The newest hundred.")]
    invited_count: int
    bonuses: Annotated[list[dict[str, Any]], Field(description="What their invitations brought, or why they did not.")]


class NoteIn(In):
    """A note about a customer."""

    text: Annotated[str, Field(min_length=1, max_length=4000, examples=["Prefers oat milk"])]


class ConsentOut(Out):
    """What stands for one purpose now."""

    purpose: str
    given: bool
    source: str
    text_version: str
    at: TimeOut


class CustomerOut(Out):
    """A customer."""

    id: Annotated[str, Field(examples=["cus_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: str | None
    name: Annotated[str, Field(examples=["Anna Weber"])]
    phone: Annotated[str | None, Field(examples=["+4915123456789"], description="E.164; the main one.")]
    phones: list[str]
    email: str | None
    birthday: DateOut | None
    language: str
    tags: list[str]
    custom: dict[str, Any]
    comment: str
    loyalty_off: bool
    created_at: TimeOut
    version: int


class StatisticsOut(Out):
    """What a customer's purchases and visits add up to; money in the currency of the business."""

    sold: Annotated[
        AmountOut,
        Field(
            description="List value of the goods and services they bought. What tops up a gift card or a deposit counts,"
            " here and as paid, once it pays for something."
        ),
    ]
    paid: Annotated[AmountOut, Field(description="What they paid for it, after discounts and without points.")]
    visits: int
    average: Annotated[AmountOut | None, Field(description="Paid for each visit.")]
    lifetime_value: Annotated[AmountOut, Field(description="All that they have paid so far, less what was refunded.")]
    first_visit: TimeOut | None
    last_visit: TimeOut | None
    usual_interval_days: Annotated[int | None, Field(description="The usual number of days between two visits.")]
    next_visit_expected: Annotated[DateOut | None, Field(description="The last visit and the usual interval.")]


class CustomerInFull(CustomerOut):
    """A customer with what they agreed to, and with what they bought."""

    consents: list[ConsentOut]
    statistics: StatisticsOut


class CustomerList(Out):
    """A page of customers."""

    items: list[CustomerOut]
    next_cursor: str | None


class TimelineItemOut(Out):
    """One thing that happened; `facts` depend on its kind."""

    id: str
    at: TimeOut
    kind: Annotated[str, Field(examples=["card.issued"])]
    staff: str
    place: str
    through: str
    facts: dict[str, Any]


class Timeline(Out):
    """A page of a customer's time line, newest first."""

    items: list[TimelineItemOut]
    next_cursor: str | None


class RemoveFilters(Filters):
    """What becomes of what is left on their cards."""

    write_off: Annotated[Flag, Field(description="Post off what is left on their cards; never a deposit.")] = False


class CustomerFilters(Paged):
    """Which customers; everything given must hold."""

    search: Annotated[
        str | None,
        Field(
            max_length=200,
            description="Part of a name, a phone, an e-mail, a card number, an id."
            f" At most {LISTED_MAX} of each are found: a longer text finds the rest.",
        ),
    ] = None
    phone: Annotated[str | None, Field(max_length=60)] = None
    email: Annotated[str | None, Field(max_length=254)] = None
    tag: Annotated[str | None, Field(max_length=60)] = None
    loyalty_off: Annotated[Flag, Field(description="Only customers whose loyalty is switched off.")] = False
    order: Literal["newest", "oldest", "name", "-name"] = "newest"
