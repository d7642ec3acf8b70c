"""Routes that make many cards: blank ones for the printer, and one for each of many customers."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from ninja import Query
from pydantic import Field

from regulars.cards.actions.blank_batches import BLANKS_MAX, is_for_background, start_blank_cards
from regulars.cards.actions.blanks import BLANKS_AT_ONCE, AssignCommand, BlanksCommand, assign_card, make_blank_cards
from regulars.cards.actions.bulk import SELECTED_MAX, BulkIssueCommand, start_bulk_issue, start_undo
from regulars.cards.api.schemas import CardList, CardOut, LocationIn, present_card
from regulars.cards.api.types import location_id
from regulars.cards.errors import (
    BulkIssueNotFinished,
    CardAssigned,
    CardExists,
    CardNotActive,
    CardTypeArchived,
    HolderRequired,
    NotValidHere,
    NumbersTaken,
)
from regulars.cards.jobs import defer_bulk_issue
from regulars.cards.queries.bulk import BulkIssueView, access_bulk_issue, list_bulk_cards, list_bulk_issues
from regulars.chains.queries import get_chain
from regulars.customers.errors import AddALetter
from regulars.kernel.ids import encode
from regulars.kernel.refusal import NotFound
from regulars.platform.api.answers import Answer, accepted, answer, created
from regulars.platform.api.fields import In, Out, PhoneIn, ReferenceIn, TimeOut, WholeIn
from regulars.platform.api.listing import Paged, list_body, read_id_cursor, whole_list, write_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.programs.errors import ProgramNotActive

routes = Routes("Many cards")

NumberIn = Annotated[str, Field(max_length=64)]
UNFIT = (NotFound, ProgramNotActive, CardTypeArchived, NotValidHere)


class BatchIn(In):
    """Blank cards: so many with new numbers, or one for each number of a printer's list."""

    card_type: ReferenceIn
    count: Annotated[WholeIn, Field(ge=1, le=BLANKS_MAX)] | None = None
    numbers: Annotated[list[NumberIn], Field(max_length=BLANKS_AT_ONCE)] | None = None
    location: LocationIn | None = None


class AssignIn(In):
    """Whose a blank card becomes: exactly one of a phone and a customer."""

    phone: PhoneIn | None = None
    customer: ReferenceIn | None = None
    location: LocationIn | None = None


class CustomersMeant(In):
    """All customers that a list shows with this search and these filters."""

    search: Annotated[str, Field(max_length=200)] = ""
    tag: Annotated[str, Field(max_length=60)] = ""
    card_type: Annotated[str, Field(max_length=140, description="Holders of this type: `ctp_…`.")] = ""


class BulkIssueIn(In):
    """Cards of one type for these customers, or for all that a filter means."""

    card_type: ReferenceIn
    customers: Annotated[list[ReferenceIn], Field(min_length=1, max_length=SELECTED_MAX)] | None = None
    filter: CustomersMeant | None = None
    location: LocationIn | None = None


class BulkIssueOut(Out):
    """Cards made at once, and how far that is."""

    id: Annotated[str, Field(examples=["blk_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    card_type: str
    state: Literal["waiting", "running", "done", "undoing", "undone"]
    total: int
    done: int
    issued: int
    skipped: Annotated[
        int, Field(description="Held a card of the type already; of blank cards, their number was taken meanwhile.")
    ]
    kept: Annotated[int, Field(description="Not taken back, for they were used.")]
    created_at: TimeOut
    finished_at: TimeOut | None


class BulkIssueList(Out):
    """The newest, at most 50."""

    items: list[BulkIssueOut]
    next_cursor: str | None


@routes.post(
    "/card-batches", needs="cards:write", answers={201: BulkIssueOut, 202: BulkIssueOut}, refuses=[*UNFIT, NumbersTaken]
)
def make_card_batch(request: ApiRequest, body: BatchIn) -> Answer:
    """Make blank cards, all or none; more than 2,000 in the background, answered with 202."""
    command = BlanksCommand(
        card_type=check_reference(body.card_type),
        count=body.count or 0,
        numbers=tuple(body.numbers or ()),
        location_id=location_id(request, body.location),
    )
    if is_for_background(command):
        begun = start_blank_cards(request.actor, command, now=request.now, defer=defer_bulk_issue)
        return accepted(present_bulk(begun))
    return created(present_bulk(make_blank_cards(request.actor, command, now=request.now)))


@routes.get("/card-batches", needs="cards:read", answers={200: BulkIssueList})
def list_card_batches(request: ApiRequest) -> Answer:
    """List the newest batches of blank cards."""
    return answer(whole_list(map(present_bulk, list_bulk_issues(request.actor, kind="blanks"))))


@routes.get("/card-batches/{batch}", needs="cards:read", answers={200: BulkIssueOut})
def get_card_batch(request: ApiRequest, batch: str) -> Answer:
    """Read a batch of blank cards."""
    return answer(present_bulk(access_bulk_issue(request.actor, check_reference(batch), kind="blanks")))


@routes.get("/card-batches/{batch}/cards", needs="cards:read", answers={200: CardList})
def list_cards_of_batch(request: ApiRequest, batch: str, filters: Query[Paged]) -> Answer:
    """List the cards of a batch."""
    return _answer_cards(request, access_bulk_issue(request.actor, check_reference(batch), kind="blanks"), filters)


@routes.post(
    "/card-batches/{batch}/undo",
    needs="cards:delete",
    answers={202: BulkIssueOut},
    refuses=[BulkIssueNotFinished],
)
def undo_card_batch(request: ApiRequest, batch: str) -> Answer:
    """Take back the cards of a batch that nobody has used."""
    return _undo(request, batch, kind="blanks")


@routes.post(
    "/cards/{card}/assign",
    needs="cards:write",
    answers={200: CardOut},
    refuses=[HolderRequired, CardAssigned, CardNotActive, CardExists],
)
def assign_one_card(request: ApiRequest, card: str, body: AssignIn) -> Answer:
    """Give a blank card to a person."""
    command = AssignCommand(
        card=check_reference(card),
        phone=body.phone or "",
        customer=check_reference(body.customer or ""),
        location_id=location_id(request, body.location),
    )
    country = get_chain(request.actor.chain_id).country
    assigned = assign_card(request.actor, command, country=country, now=request.now)
    return answer(present_card(assigned), version=assigned.version)


@routes.post("/bulk-issues", needs="cards:write", answers={202: BulkIssueOut}, refuses=[*UNFIT, AddALetter])
def start_one_bulk_issue(request: ApiRequest, body: BulkIssueIn) -> Answer:
    """Issue a card to each of many customers, in the background.

    Who holds a card of the type is skipped and counted. Without `customers` and `filter`, all customers are meant.
    """
    meant = body.filter or CustomersMeant()
    query = {"q": meant.search, "tag": meant.tag, "type": meant.card_type}
    command = BulkIssueCommand(
        card_type=check_reference(body.card_type),
        customers=None if body.customers is None else tuple(body.customers),
        query=urlencode({name: value for name, value in query.items() if value}),
        location_id=location_id(request, body.location),
    )
    return accepted(present_bulk(start_bulk_issue(request.actor, command, now=request.now, defer=defer_bulk_issue)))


@routes.get("/bulk-issues", needs="cards:read", answers={200: BulkIssueList})
def list_all_bulk_issues(request: ApiRequest) -> Answer:
    """List the newest bulk issues."""
    return answer(whole_list(map(present_bulk, list_bulk_issues(request.actor, kind="customers"))))


@routes.get("/bulk-issues/{bulk}", needs="cards:read", answers={200: BulkIssueOut})
def get_bulk_issue(request: ApiRequest, bulk: str) -> Answer:
    """Read how far a bulk issue is."""
    return answer(present_bulk(access_bulk_issue(request.actor, check_reference(bulk), kind="customers")))


@routes.get("/bulk-issues/{bulk}/cards", needs="cards:read", answers={200: CardList})
def list_cards_of_bulk_issue(request: ApiRequest, bulk: str, filters: Query[Paged]) -> Answer:
    """List the cards that a bulk issue made."""
    return _answer_cards(request, access_bulk_issue(request.actor, check_reference(bulk), kind="customers"), filters)


@routes.post(
    "/bulk-issues/{bulk}/undo",
    needs="cards:delete",
    answers={202: BulkIssueOut},
    refuses=[BulkIssueNotFinished],
)
def undo_bulk_issue(request: ApiRequest, bulk: str) -> Answer:
    """Take back the cards of a bulk issue that nobody has used, in the background."""
    return _undo(request, bulk, kind="customers")


def _undo(request: ApiRequest, identifier: str, *, kind: str) -> Answer:
    undone = start_undo(request.actor, check_reference(identifier), kind=kind, now=request.now, defer=defer_bulk_issue)
    return accepted(present_bulk(undone))


def _answer_cards(request: ApiRequest, bulk: BulkIssueView, filters: Paged) -> Answer:
    listing = f"bulk:{bulk.id}"
    cards, last = list_bulk_cards(
        request.actor, bulk.id, now=request.now, after=read_id_cursor(listing, filters.cursor), limit=filters.limit
    )
    return answer(list_body(map(present_card, cards), write_cursor(listing, [str(last)]) if last else None))


def present_bulk(bulk: BulkIssueView) -> dict[str, Any]:
    """A bulk issue as the API writes it."""
    return {
        "id": bulk.public_id,
        "card_type": encode("ctp", bulk.card_type_id),
        "state": bulk.state,
        "total": bulk.total,
        "done": bulk.done,
        "issued": bulk.issued,
        "skipped": bulk.skipped,
        "kept": bulk.kept,
        "created_at": bulk.created_at,
        "finished_at": bulk.finished_at,
    }
