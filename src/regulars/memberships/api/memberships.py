"""Routes of memberships: sell, use, freeze, unfreeze, extend, cancel (RWD-6)."""

from typing import Annotated, Any

from ninja import Query
from pydantic import Field

from regulars.cards.errors import AboveLimit
from regulars.chains.errors import DoneElsewhere
from regulars.chains.queries import get_chain, where_it_happens
from regulars.codes.actions.lookup import find_code_owner
from regulars.codes.errors import CodeTaken, CodeTooShort, UnknownCode
from regulars.customers.queries import access_customer
from regulars.kernel.ids import decode
from regulars.kernel.refusal import ExternalIdTaken, NotFound, Refused
from regulars.memberships import errors
from regulars.memberships.actions.rest import (
    FreezeCommand,
    extend_membership,
    freeze_membership,
    unfreeze_membership,
)
from regulars.memberships.actions.sell import SaleCommand, cancel_membership, sell_membership
from regulars.memberships.actions.use import UseCommand, undo_use, use_membership
from regulars.memberships.actions.write import Place
from regulars.memberships.api.schemas import (
    LocationIn,
    MembershipList,
    MembershipOut,
    MembershipUsedOut,
    MembershipUseList,
    StateName,
    present_membership,
    present_use,
)
from regulars.memberships.api.types import read_money
from regulars.memberships.queries.memberships import (
    MembershipFilter,
    MembershipView,
    access_membership,
    find_membership,
    list_memberships,
)
from regulars.memberships.queries.types import access_type
from regulars.memberships.queries.uses import list_uses
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.fields import AmountIn, DateIn, ExternalIdIn, In, ReasonIn, ReferenceIn, WholeIn
from regulars.platform.api.listing import Paged, list_body, read_id_cursor, whole_list, write_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.attempts import TooManyAttempts
from regulars.platform.database import unit_of_work

routes = Routes("Memberships")

LISTING = "memberships"
OVER = [
    errors.MembershipUsedUp,
    errors.MembershipExpired,
    errors.MembershipCancelled,
]


class MembershipSaleIn(In):
    """A membership to sell: to a customer, at a card, or to whoever shows its code."""

    type: ReferenceIn
    customer: ReferenceIn | None = None
    card: Annotated[ReferenceIn | None, Field(description="Its holder is the customer.")] = None
    price: Annotated[AmountIn | None, Field(description="What is paid; left out, what the type costs.")] = None
    code: Annotated[
        str | None,
        Field(min_length=1, max_length=100, description="A code of your own: 13 letters or digits, or more."),
    ] = None
    with_code: Annotated[bool, Field(description="Make a code that cannot be guessed.")] = False
    external_id: ExternalIdIn | None = None
    location: LocationIn | None = None


class MembershipUseIn(In):
    """Visits to take."""

    visits: Annotated[WholeIn, Field(examples=[1])] = 1
    sku: Annotated[
        str | None, Field(min_length=1, max_length=128, description="What for, where it is for some services only.")
    ] = None
    location: LocationIn | None = None
    again: Annotated[bool, Field(description="Confirms a use soon after another.")] = False


class MembershipUndoIn(In):
    """Why a use is undone."""

    reason: ReasonIn
    location: LocationIn | None = None


class MembershipFreezeIn(In):
    """Days that a membership rests."""

    days: Annotated[WholeIn, Field(examples=[14])]
    starts_on: Annotated[DateIn | None, Field(description="Left out: today, or tomorrow where it was used today.")] = (
        None
    )
    reason: Annotated[str, Field(max_length=500)] = ""
    location: LocationIn | None = None


class MembershipUnfreezeIn(In):
    """Where a freeze is ended."""

    location: LocationIn | None = None


class MembershipExtendIn(In):
    """Days or visits to add."""

    days: WholeIn = 0
    visits: WholeIn = 0
    reason: ReasonIn
    location: LocationIn | None = None


class MembershipCancelIn(In):
    """Why a membership is taken back, and what of its price is given back."""

    reason: ReasonIn
    refund: AmountIn | None = None
    location: LocationIn | None = None


class MembershipLookupIn(In):
    """A code, however it is typed."""

    code: Annotated[str, Field(min_length=1, max_length=200, examples=["7K3M-Q0ZT-1X9C-4WVA"])]


class MembershipFilters(Paged):
    """Which memberships; everything given must hold."""

    search: Annotated[str | None, Field(max_length=200, description="Name, phone, e-mail or card number.")] = None
    state: StateName | None = None
    type: Annotated[str | None, Field(max_length=140)] = None
    customer: Annotated[str | None, Field(max_length=140)] = None
    card: Annotated[str | None, Field(max_length=140)] = None
    ends_within: Annotated[int | None, Field(ge=0, le=3650, description="Days.")] = None


@routes.get("/memberships", needs="rewards:read", answers={200: MembershipList}, refuses=[NotFound])
def list_some_memberships(request: ApiRequest, filters: Query[MembershipFilters]) -> Answer:
    """List memberships, newest first."""
    actor, place = request.actor, _place(request, None)
    customer = (
        access_customer(actor.acting_with("customers:read"), check_reference(filters.customer)).id
        if filters.customer
        else None
    )
    card = decode("crd", filters.card) if filters.card else None
    if filters.card and card is None:
        raise Refused(NotFound())
    wanted = MembershipFilter(
        search=filters.search or "",
        state=filters.state or "",
        type_id=access_type(actor, check_reference(filters.type)).id if filters.type else None,
        customer_id=customer,
        card_id=card,
        ends_within=filters.ends_within,
    )
    found = list_memberships(
        actor,
        wanted,
        today=request.now.astimezone(place.zone).date(),
        after=read_id_cursor(LISTING, filters.cursor),
        limit=filters.limit,
    )
    shown = found[: filters.limit]
    next_cursor = write_cursor(LISTING, [str(shown[-1].id)]) if len(found) > len(shown) else None
    return answer(list_body((_present(request, one, place.decimals) for one in shown), next_cursor))


@routes.post(
    "/memberships",
    needs="rewards:write",
    answers={201: MembershipOut},
    refuses=[
        NotFound,
        errors.MembershipTypeArchived,
        errors.HolderNeeded,
        errors.CardOfSomebodyElse,
        errors.CardNotInUse,
        CodeTaken,
        CodeTooShort,
        ExternalIdTaken,
    ],
    key="required",
)
def sell_one_membership(request: ApiRequest, body: MembershipSaleIn) -> Answer:
    """Sell a membership; it begins today, or with its first use, as its type says."""
    place = _place(request, body.location)
    command = SaleCommand(
        type=check_reference(body.type),
        customer=check_reference(body.customer) if body.customer else None,
        card=check_reference(body.card) if body.card else None,
        price=read_money(body.price, "/price", place.decimals),
        code=body.code,
        with_code=body.with_code,
        external_id=body.external_id,
        location_id=place.location_id,
    )
    sold = sell_membership(request.actor, command, zone=place.zone, now=request.now)
    return created(_present(request, sold, place.decimals), version=sold.now.version)


@routes.post(
    "/memberships/lookup",
    needs="rewards:read",
    answers={200: MembershipOut},
    refuses=[UnknownCode, TooManyAttempts],
    key="none",
    transaction="own",
)
def look_up_membership(request: ApiRequest, body: MembershipLookupIn) -> Answer:
    """Find a membership by its code: blanks, dashes, case and look-alike letters do not count.

    Every wrong code has the same answer; who tries too many waits.
    """
    owner = find_code_owner(request.actor, body.code, kinds=("membership",), now=request.now)
    assert owner.owner_id is not None
    with unit_of_work(request.actor.chain_id):
        place = _place(request, None)
        today = request.now.astimezone(place.zone).date()
        found = find_membership(request.actor.chain_id, owner.owner_id, today=today)
        if found is None:
            raise Refused(UnknownCode())
        return answer(_present(request, found, place.decimals), version=found.now.version)


@routes.get("/memberships/{membership}", needs="rewards:read", answers={200: MembershipOut})
def get_membership(request: ApiRequest, membership: str) -> Answer:
    """Read a membership as it is today."""
    place = _place(request, None)
    today = request.now.astimezone(place.zone).date()
    found = access_membership(request.actor, check_reference(membership), today=today)
    return answer(_present(request, found, place.decimals), version=found.now.version)


@routes.get("/memberships/{membership}/uses", needs="rewards:read", answers={200: MembershipUseList})
def list_uses_of_membership(request: ApiRequest, membership: str) -> Answer:
    """List what a membership was used for, newest first, with what was given back."""
    today = request.now.astimezone(_place(request, None).zone).date()
    found = access_membership(request.actor, check_reference(membership), today=today)
    return answer(whole_list(present_use(one) for one in list_uses(request.actor.chain_id, found.id)))


@routes.post(
    "/memberships/{membership}/use",
    needs="rewards:write",
    answers={201: MembershipUsedOut},
    refuses=[
        NotFound,
        *OVER,
        errors.MembershipFrozen,
        errors.TooFewVisits,
        errors.WrongLocation,
        errors.NotCovered,
        errors.UsedRecently,
    ],
    key="required",
)
def use_one_membership(request: ApiRequest, membership: str, body: MembershipUseIn) -> Answer:
    """Take visits of a membership; the first use begins one that had not begun."""
    place = _place(request, body.location)
    command = UseCommand(visits=body.visits, sku=body.sku, again=body.again)
    after, use = use_membership(request.actor, check_reference(membership), command, at=place, now=request.now)
    return answer(present_use(use) | {"membership": _present(request, after, place.decimals)}, status=201)


@routes.post(
    "/memberships/{membership}/uses/{use}/undo",
    needs="rewards:write",
    answers={200: MembershipUsedOut},
    refuses=[NotFound, DoneElsewhere, errors.UseAlreadyUndone, errors.UseOfOrder, errors.MembershipCancelled],
    key="required",
)
def undo_one_use(request: ApiRequest, membership: str, use: str, body: MembershipUndoIn) -> Answer:
    """Give the visits of a use back; the use stays to be seen, undone."""
    place = _place(request, body.location)
    after, undone = undo_use(
        request.actor, check_reference(membership), use, reason=body.reason, at=place, now=request.now
    )
    return answer(present_use(undone) | {"membership": _present(request, after, place.decimals)})


@routes.post(
    "/memberships/{membership}/freeze",
    needs="rewards:write",
    answers={200: MembershipOut},
    refuses=[
        NotFound,
        *OVER,
        errors.MembershipNotBegun,
        errors.MembershipWithoutEnd,
        errors.FreezeOverlaps,
        errors.FreezesUsedUp,
        errors.FreezeDaysUsedUp,
        errors.FreezeTooShort,
        errors.FreezeTooLong,
        errors.FreezeOutside,
        errors.FreezeCoversUse,
    ],
    key="required",
)
def freeze_one_membership(request: ApiRequest, membership: str, body: MembershipFreezeIn) -> Answer:
    """Let a membership rest; its end moves by the days."""
    place = _place(request, body.location)
    command = FreezeCommand(days=body.days, starts_on=body.starts_on, reason=body.reason)
    after = freeze_membership(request.actor, check_reference(membership), command, at=place, now=request.now)
    return answer(_present(request, after, place.decimals))


@routes.post(
    "/memberships/{membership}/unfreeze",
    needs="rewards:write",
    answers={200: MembershipOut},
    refuses=[NotFound, *OVER, errors.MembershipNotBegun, errors.MembershipWithoutEnd, errors.NotFrozen],
    key="required",
)
def unfreeze_one_membership(request: ApiRequest, membership: str, body: MembershipUnfreezeIn) -> Answer:
    """End a freeze today, or call off the one that is to come; only the days that it rested stay added."""
    place = _place(request, body.location)
    after = unfreeze_membership(request.actor, check_reference(membership), at=place, now=request.now)
    return answer(_present(request, after, place.decimals))


@routes.post(
    "/memberships/{membership}/extend",
    needs="rewards:write",
    answers={200: MembershipOut},
    refuses=[
        NotFound,
        errors.MembershipCancelled,
        errors.MembershipWithoutEnd,
        errors.VisitsUnlimited,
        errors.StillExpired,
        AboveLimit,
    ],
    key="required",
)
def extend_one_membership(request: ApiRequest, membership: str, body: MembershipExtendIn) -> Answer:
    """Add days or visits; what had ended or was used up can be used again."""
    place = _place(request, body.location)
    after = extend_membership(
        request.actor,
        check_reference(membership),
        days=body.days,
        visits=body.visits,
        reason=body.reason,
        at=place,
        now=request.now,
    )
    return answer(_present(request, after, place.decimals))


@routes.post(
    "/memberships/{membership}/cancel",
    needs="rewards:write",
    answers={200: MembershipOut},
    refuses=[NotFound, errors.MembershipCancelled, errors.RefundTooHigh, AboveLimit],
    key="required",
)
def cancel_one_membership(request: ApiRequest, membership: str, body: MembershipCancelIn) -> Answer:
    """Take a membership back for good, and note what of its price is given back."""
    place = _place(request, body.location)
    after = cancel_membership(
        request.actor,
        check_reference(membership),
        reason=body.reason,
        refund=read_money(body.refund, "/refund", place.decimals),
        at=place,
        now=request.now,
    )
    return answer(_present(request, after, place.decimals))


def _present(request: ApiRequest, one: MembershipView, decimals: int) -> dict[str, Any]:
    return present_membership(one, decimals, shows_code=request.actor.may("rewards:write"))


def _place(request: ApiRequest, location: str | None) -> Place:
    """Where the request happens."""
    chain = get_chain(request.actor.chain_id)
    return Place(
        zone=chain.zone,
        decimals=chain.currency_decimals,
        location_id=where_it_happens(request.actor, location),
    )
