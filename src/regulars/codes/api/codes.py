"""Routes of the codes of pools. A code never stands in an address: it is looked up in a body, and named by its id from then on."""

from typing import Annotated

from ninja import Query
from pydantic import Field

from regulars.codes.actions.handing import activate_code, attach_code, detach_code, expire_code
from regulars.codes.actions.lookup import find_code_owner
from regulars.codes.api.schemas import CodeIn, CodeList, CodeOut, State, present_code
from regulars.codes.errors import CodeNotPossible, CodePoolNotSending, UnknownCode
from regulars.codes.queries.codes import CodeFilter, access_code, list_codes
from regulars.codes.queries.pools import access_pool
from regulars.customers.queries import access_customer
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.api.answers import Answer, answer
from regulars.platform.api.fields import In, ReferenceIn
from regulars.platform.api.listing import Paged, page_of, read_id_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.attempts import TooManyAttempts
from regulars.platform.database import unit_of_work

routes = Routes("Codes")


class CodeFilters(Paged):
    """Which codes; everything given must hold. A pool or a customer is wanted."""

    pool: ReferenceIn | None = None
    customer: ReferenceIn | None = None
    state: State | None = None


class LookupIn(In):
    """A code as it was typed or scanned."""

    code: CodeIn


class AttachIn(In):
    """Whose it becomes."""

    customer: Annotated[str, Field(max_length=140, examples=["cus_01hf3zj7k8w9x0y1z2a3b4c5d6"])]


class DetachIn(In):
    """Of a universal code, from whom it is taken."""

    customer: Annotated[str, Field(max_length=140)] = ""


@routes.get("/codes", needs="rewards:read", answers={200: CodeList})
def list_some_codes(request: ApiRequest, filters: Query[CodeFilters]) -> Answer:
    """List codes of a pool or of a customer, newest first."""
    pool = access_pool(request.actor, check_reference(filters.pool), right="rewards:read") if filters.pool else None
    customer = access_customer(request.actor, check_reference(filters.customer)) if filters.customer else None
    wanted = CodeFilter(
        pool_id=pool.id if pool else None, customer_id=customer.id if customer else None, state=filters.state or ""
    )
    listing = f"codes:{wanted.pool_id}:{wanted.customer_id}:{wanted.state}"
    found = list_codes(request.actor, wanted, after=read_id_cursor(listing, filters.cursor), limit=filters.limit + 1)
    return answer(
        page_of(found, limit=filters.limit, listing=listing, position=lambda one: [str(one.id)], present=present_code)
    )


@routes.post(
    "/codes/lookup",
    needs="rewards:read",
    answers={200: CodeOut},
    refuses=[UnknownCode, TooManyAttempts],
    key="none",
    transaction="own",
)
def look_up_code(request: ApiRequest, body: LookupIn) -> Answer:
    """Find a code of a pool by what was typed or scanned.

    Every wrong code answers `unknown_code`. Wrong tries are counted: after 20 within an hour, those from the same place wait.
    """
    owner = find_code_owner(request.actor, body.code, kinds=("code",), now=request.now)
    if owner.owner_id is None:
        raise Refused(UnknownCode())
    with unit_of_work(request.actor.chain_id):
        return answer(present_code(access_code(request.actor, encode("cod", owner.owner_id))))


@routes.get("/codes/{code}", needs="rewards:read", answers={200: CodeOut})
def get_code(request: ApiRequest, code: str) -> Answer:
    """Read a code by its id."""
    return answer(present_code(access_code(request.actor, code)))


@routes.post(
    "/codes/{code}/attach",
    needs="rewards:write",
    answers={200: CodeOut},
    refuses=[CodePoolNotSending, CodeNotPossible],
    key="required",
)
def attach_one_code(request: ApiRequest, code: str, body: AttachIn) -> Answer:
    """Give a free code to a customer. One that is theirs already stays theirs."""
    return answer(present_code(attach_code(request.actor, code, body.customer, now=request.now)))


@routes.post(
    "/codes/{code}/detach", needs="rewards:write", answers={200: CodeOut}, refuses=[CodeNotPossible], key="required"
)
def detach_one_code(request: ApiRequest, code: str, body: DetachIn | None = None) -> Answer:
    """Take an unused code back from its customer: it is free again."""
    return answer(
        present_code(detach_code(request.actor, code, customer=body.customer if body else "", now=request.now))
    )


@routes.post(
    "/codes/{code}/activate", needs="rewards:write", answers={200: CodeOut}, refuses=[CodeNotPossible], key="required"
)
def activate_one_code(request: ApiRequest, code: str) -> Answer:
    """Let an attached code work, where its pool wants codes to be activated."""
    return answer(present_code(activate_code(request.actor, code, now=request.now)))


@routes.post(
    "/codes/{code}/expire", needs="rewards:write", answers={200: CodeOut}, refuses=[CodeNotPossible], key="required"
)
def expire_one_code(request: ApiRequest, code: str) -> Answer:
    """End a code that has not been used up."""
    return answer(present_code(expire_code(request.actor, code, now=request.now)))
