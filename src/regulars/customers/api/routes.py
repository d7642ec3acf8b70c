"""Routes of customers."""

from typing import Any

from ninja import Query

from regulars.cards.errors import BalanceLeft
from regulars.chains.queries import get_chain, where_it_happens
from regulars.customers.actions import (
    change_customer,
    enter_customer,
    invite_customer,
    make_referral_code,
    remove_customer,
    write_note,
)
from regulars.customers.api.schemas import (
    ConsentIn,
    CustomerChange,
    CustomerFilters,
    CustomerIn,
    CustomerInFull,
    CustomerList,
    NoteIn,
    ReferralIn,
    ReferralOut,
    RemoveFilters,
    Timeline,
)
from regulars.customers.errors import REFERRAL_REFUSALS, AddALetter, PhoneTaken
from regulars.customers.queries import (
    CustomerFilter,
    CustomerView,
    TimelineItem,
    access_customer,
    list_consents,
    list_customers,
    list_timeline,
)
from regulars.customers.queries.referrals import InvitedPerson, find_referral
from regulars.customers.rules import ConsentDraft, CustomerDraft
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ExternalIdTaken
from regulars.orders.queries.referrals import present_bonuses
from regulars.orders.queries.statistics import StatisticsView, find_statistics
from regulars.platform.api.answers import Answer, answer, created, nothing
from regulars.platform.api.listing import Paged, list_body, read_id_cursor, read_text_cursor, write_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.platform.tenancy import ChainSettings

routes = Routes("Customers")


@routes.post(
    "/customers",
    needs="customers:write",
    answers={201: CustomerInFull},
    refuses=[PhoneTaken, ExternalIdTaken, *REFERRAL_REFUSALS],
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
        referred_by=body.referred_by or "",
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
    return created(_present_in_full(request, customer), version=customer.version)


@routes.get("/customers", needs="customers:read", answers={200: CustomerList}, refuses=[AddALetter])
def list_some_customers(request: ApiRequest, filters: Query[CustomerFilters]) -> Answer:
    """List or search customers."""
    chain = get_chain(request.actor.chain_id)
    listing = f"customers:{filters.order}"
    wanted = CustomerFilter(
        search=filters.search or "",
        phone=filters.phone or "",
        email=filters.email or "",
        tag=filters.tag or "",
        loyalty_off=filters.loyalty_off,
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


@routes.get("/customers/{customer}", needs="customers:read", answers={200: CustomerInFull})
def get_customer(request: ApiRequest, customer: str) -> Answer:
    """Read a customer."""
    found = access_customer(request.actor, check_reference(customer))
    return answer(_present_in_full(request, found), version=found.version)


@routes.patch(
    "/customers/{customer}",
    needs="customers:write",
    answers={200: CustomerInFull},
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
    return answer(_present_in_full(request, changed), version=changed.version)


@routes.delete("/customers/{customer}", needs="customers:write", answers={204: None}, refuses=[BalanceLeft])
def remove_one_customer(request: ApiRequest, customer: str, filters: Query[RemoveFilters]) -> Answer:
    """Erase a person.

    Their data goes for good; entries of the ledger, orders and amounts stay, of nobody. Their cards are closed and never come
    back (this needs `cards:delete`); what is left on them is posted off with `write_off`, a deposit never: move or pay it out
    first.
    """
    remove_customer(request.actor, check_reference(customer), write_off=filters.write_off, now=request.now)
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


@routes.get("/customers/{customer}/referral", needs="customers:read", answers={200: ReferralOut})
def get_referral(request: ApiRequest, customer: str) -> Answer:
    """Read a customer's invitations: their code, who invited them, whom they invited, and what that brought."""
    found = access_customer(request.actor, check_reference(customer))
    return answer(_present_referral(request, found))


@routes.post(
    "/customers/{customer}/referral",
    needs="customers:write",
    answers={200: ReferralOut},
    refuses=list(REFERRAL_REFUSALS),
)
def invite_or_make_code(request: ApiRequest, customer: str, body: ReferralIn | None = None) -> Answer:
    """Make a customer's code to invite others by, or say who invited them.

    Without `referred_by` the code is made where there is none yet. Who has bought something already cannot be invited
    any more, nobody invites themselves, and invitations never go in a circle.
    """
    reference = check_reference(customer)
    if body is not None and body.referred_by:
        invite_customer(request.actor, reference, body.referred_by, now=request.now)
    else:
        make_referral_code(request.actor, reference)
    return answer(_present_referral(request, access_customer(request.actor, reference)))


def _present_referral(request: ApiRequest, customer: CustomerView) -> dict[str, Any]:
    view = find_referral(request.actor.chain_id, customer.id)

    def person(one: InvitedPerson) -> dict[str, Any]:
        return {"customer": encode("cus", one.id), "name": one.label, "at": one.at}

    return {
        "code": view.code,
        "link": view.link,
        "invited_by": person(view.invited_by) if view.invited_by else None,
        "invited": [person(one) for one in view.invited],
        "invited_count": view.count,
        "bonuses": present_bonuses(request.actor.chain_id, customer.id),
    }


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
        "loyalty_off": customer.loyalty_off,
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


def _present_in_full(request: ApiRequest, customer: CustomerView) -> dict[str, Any]:
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
    chain = get_chain(request.actor.chain_id)
    statistics = find_statistics(request.actor.chain_id, customer.id)
    return present_customer(customer) | {
        "consents": consents,
        "statistics": present_statistics(statistics, chain),
    }


def present_statistics(statistics: StatisticsView, chain: ChainSettings) -> dict[str, Any]:
    """Statistics as the API writes them."""

    def money(amount: int) -> str:
        return format_amount(amount, chain.currency_decimals)

    return {
        "sold": money(statistics.sold),
        "paid": money(statistics.paid),
        "visits": statistics.visits,
        "average": None if statistics.average is None else money(statistics.average),
        "lifetime_value": money(statistics.lifetime_value),
        "first_visit": statistics.first_at,
        "last_visit": statistics.last_at,
        "usual_interval_days": statistics.interval_days,
        "next_visit_expected": statistics.expected_next(chain.zone),
    }


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


EMPTY: dict[str, Any] = {
    "name": "",
    "email": "",
    "language": "",
    "comment": "",
    "tags": (),
    "custom": {},
    "phones": (),
    "loyalty_off": False,
}


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
