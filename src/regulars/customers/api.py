"""Routes of customers."""

from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import Field

from regulars.chains.queries import get_chain, where_it_happens
from regulars.customers.actions import change_customer, enter_customer, remove_customer, write_note
from regulars.customers.errors import AddALetter, CustomerHasCards, PhoneTaken
from regulars.customers.queries import (
    LISTED_MAX,
    CustomerFilter,
    CustomerView,
    TimelineItem,
    access_customer,
    list_consents,
    list_customers,
    list_timeline,
)
from regulars.customers.rules import ConsentDraft, CustomerDraft
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ExternalIdTaken
from regulars.platform.api.answers import Answer, answer, created, nothing
from regulars.platform.api.fields import (
    DateIn,
    DateOut,
    EmailIn,
    ExternalIdIn,
    In,
    Out,
    PhoneIn,
    ReferenceIn,
    TimeIn,
    TimeOut,
)
from regulars.platform.api.listing import Paged, list_body, read_id_cursor, read_text_cursor, write_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version

routes = Routes("Customers")

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
    created_at: TimeOut
    version: int


class CustomerWithConsents(CustomerOut):
    """A customer with what they agreed to."""

    consents: list[ConsentOut]


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
    order: Literal["newest", "oldest", "name", "-name"] = "newest"


@routes.post(
    "/customers", needs="customers:write", answers={201: CustomerWithConsents}, refuses=[PhoneTaken, ExternalIdTaken]
)
def enter_one_customer(request: ApiRequest, body: CustomerIn) -> Answer:
    """Enter a customer.

    Unclaimed cards of their phones become theirs at once, then they get the cards that newcomers at this `location`
    get by themselves. A phone belongs to at most one customer.
    """
    chain = get_chain(request.actor.chain_id)
    phones = body.phones if body.phones is not None else [body.phone] if body.phone else []
    if body.phones is not None and body.phone and body.phone not in body.phones:
        phones = [body.phone, *body.phones]
    draft = CustomerDraft(
        name=body.name,
        phones=tuple(phones),
        email=body.email or "",
        birthday=body.birthday,
        language=body.language,
        tags=tuple(body.tags),
        custom=body.custom,
        consents=_consents(body.consents),
        external_id=body.external_id,
        comment=body.comment,
    )
    today = request.now.astimezone(chain.zone).date()
    customer = enter_customer(
        request.actor,
        draft,
        country=chain.country,
        today=today,
        now=request.now,
        location_id=where_it_happens(request.actor, check_reference(body.location) if body.location else None),
    )
    return created(_present_with_consents(request, customer), version=customer.version)


@routes.get("/customers", needs="customers:read", answers={200: CustomerList}, refuses=[AddALetter])
def list_some_customers(request: ApiRequest, filters: Query[CustomerFilters]) -> Answer:
    """List or search customers."""
    chain = get_chain(request.actor.chain_id)
    listing = f"customers:{filters.order}"
    wanted = CustomerFilter(
        search=filters.search or "", phone=filters.phone or "", email=filters.email or "", tag=filters.tag or ""
    )
    page = list_customers(
        request.actor,
        wanted,
        country=chain.country,
        order=filters.order,
        after=read_text_cursor(listing, filters.cursor),
        limit=filters.limit,
    )
    next_cursor = write_cursor(listing, [page.last[0], str(page.last[1])]) if page.last else None
    return answer(list_body(map(present_customer, page.customers), next_cursor))


@routes.get("/customers/{customer}", needs="customers:read", answers={200: CustomerWithConsents})
def get_customer(request: ApiRequest, customer: str) -> Answer:
    """Read a customer."""
    found = access_customer(request.actor, check_reference(customer))
    return answer(_present_with_consents(request, found), version=found.version)


@routes.patch(
    "/customers/{customer}",
    needs="customers:write",
    answers={200: CustomerWithConsents},
    refuses=[PhoneTaken, ExternalIdTaken],
)
def change_one_customer(request: ApiRequest, customer: str, body: CustomerChange) -> Answer:
    """Change a customer.

    Fields that are left out stay as they are. A phone that is taken away leaves its cards with the customer. Consents
    are added to those that stand.
    """
    chain = get_chain(request.actor.chain_id)
    changed = change_customer(
        request.actor,
        check_reference(customer),
        _changes(body),
        country=chain.country,
        today=request.now.astimezone(chain.zone).date(),
        now=request.now,
        version=expected_version(request),
    )
    return answer(_present_with_consents(request, changed), version=changed.version)


@routes.delete("/customers/{customer}", needs="customers:write", answers={204: None}, refuses=[CustomerHasCards])
def remove_one_customer(request: ApiRequest, customer: str) -> Answer:
    """Delete a customer who holds no card."""
    remove_customer(request.actor, check_reference(customer), now=request.now)
    return nothing()


@routes.get("/customers/{customer}/timeline", needs="customers:read", answers={200: Timeline})
def get_timeline(request: ApiRequest, customer: str, filters: Query[Paged]) -> Answer:
    """Read everything that happened with a customer, newest first."""
    found = access_customer(request.actor, check_reference(customer))
    listing = f"timeline:{found.id}"
    items, last = list_timeline(
        request.actor, found.id, before=read_id_cursor(listing, filters.cursor), limit=filters.limit
    )
    return answer(list_body(map(present_item, items), write_cursor(listing, [str(last)]) if last else None))


@routes.post("/customers/{customer}/notes", needs="customers:write", answers={204: None})
def note_about_customer(request: ApiRequest, customer: str, body: NoteIn) -> Answer:
    """Write a note into a customer's time line."""
    write_note(request.actor, check_reference(customer), body.text, now=request.now)
    return nothing()


def present_customer(customer: CustomerView) -> dict[str, Any]:
    """A customer as the API writes it."""
    return {
        "id": encode("cus", customer.id),
        "external_id": customer.external_id,
        "name": customer.name,
        "phone": customer.phone,
        "phones": list(customer.phones),
        "email": customer.email,
        "birthday": customer.birthday,
        "language": customer.language,
        "tags": list(customer.tags),
        "custom": customer.custom,
        "comment": customer.comment,
        "created_at": customer.created_at,
        "version": customer.version,
    }


def present_item(item: TimelineItem) -> dict[str, Any]:
    """One thing of a time line as the API writes it."""
    return {
        "id": encode("tli", item.id),
        "at": item.at,
        "kind": item.kind,
        "staff": item.staff_name,
        "place": item.place_name,
        "through": item.through,
        "facts": dict(item.facts),
    }


def _present_with_consents(request: ApiRequest, customer: CustomerView) -> dict[str, Any]:
    consents = [
        {
            "purpose": consent.purpose,
            "given": consent.given,
            "source": consent.source,
            "text_version": consent.text_version,
            "at": consent.at,
        }
        for consent in list_consents(request.actor.chain_id, customer.id)
    ]
    return present_customer(customer) | {"consents": consents}


def _consents(consents: list[ConsentIn]) -> tuple[ConsentDraft, ...]:
    return tuple(
        ConsentDraft(
            purpose=consent.purpose,
            given=consent.given,
            source=consent.source,
            text_version=consent.text_version,
            at=consent.at,
        )
        for consent in consents
    )


EMPTY: dict[str, Any] = {"name": "", "email": "", "language": "", "comment": "", "tags": (), "custom": {}, "phones": ()}


def _changes(body: CustomerChange) -> dict[str, Any]:
    sent = {name: getattr(body, name) for name in body.model_fields_set}
    phone = sent.pop("phone", None) if "phone" in sent else ...
    if phone is not ... and "phones" not in sent:
        sent["phones"] = [phone] if phone else []
    changes = {name: EMPTY[name] if value is None and name in EMPTY else value for name, value in sent.items()}
    for name in ("phones", "tags"):
        if name in changes:
            changes[name] = tuple(changes[name])
    if "consents" in changes:
        changes["consents"] = _consents(changes["consents"] or [])
    return changes
