"""Routes of pools of codes: what they are, how codes come into them, and how they are handed out."""

from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from regulars.codes.actions.generate import GENERATED_MAX, cancel_batch, start_generating
from regulars.codes.actions.handing import HANDED_MAX, hand_out
from regulars.codes.actions.importing import IMPORTED_MAX, import_codes, start_fetching, start_undoing
from regulars.codes.actions.pools import change_pool, create_pool
from regulars.codes.api.schemas import (
    CodeBatchList,
    CodeBatchOut,
    PoolChange,
    PoolIn,
    PoolList,
    PoolOut,
    present_batch,
    present_pool,
)
from regulars.codes.errors import (
    CodeBatchNotDone,
    CodePoolBusy,
    CodePoolFull,
    CodePoolNotSending,
    CodePoolWithoutRemote,
    TooManyCodeBatches,
    TooManyCodePools,
    TooManyCodes,
)
from regulars.codes.jobs import defer_fetching, defer_generating, defer_undoing
from regulars.codes.queries.pools import PoolView, access_batch, access_pool, count_codes, list_batches, list_pools
from regulars.codes.rules.importing import REASONS
from regulars.codes.rules.patterns import DEFAULT_PATTERN, PATTERN_LENGTH_MAX
from regulars.codes.rules.pools import PoolDraft
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ExternalIdTaken
from regulars.platform.api.answers import Answer, accepted, answer, created
from regulars.platform.api.fields import Flag, In, Out, WholeIn
from regulars.platform.api.listing import Paged, page_of, read_id_cursor, whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version

routes = Routes("Code pools")


class PoolFilters(Paged):
    """Which pools."""

    archived: Annotated[Flag, Field(description="Those put away instead of the others.")] = False


class GenerateIn(In):
    """How many codes of which pattern."""

    count: Annotated[WholeIn, Field(ge=1, le=GENERATED_MAX)]
    pattern: Annotated[
        str,
        Field(
            max_length=PATTERN_LENGTH_MAX,
            examples=["SUMMER-****-****-****-*****"],
            description="`*` is a random letter or digit without look-alikes (5 bits), `#` a random digit (3.3 bits),"
            " everything else stands as it is. At least 64 random bits.",
        ),
    ] = DEFAULT_PATTERN


class CodesIn(In):
    """Codes that were made elsewhere."""

    codes: Annotated[
        list[Annotated[str, Field(max_length=1_000)]],
        Field(min_length=1, max_length=IMPORTED_MAX, examples=[["SPRING-7K3M-9PQX"]]),
    ]


class CodeResultOut(Out):
    """What became of one code of a list."""

    code: str
    status: Literal["inserted", "duplicate", "over_limit", "invalid"]
    detail: str


class CodesImportOut(Out):
    """What became of a list of codes, in its order, and how often what."""

    batch: str
    inserted: int
    duplicated: int
    over_limit: int
    invalid: int
    results: list[CodeResultOut]


class HandOutIn(In):
    """Whom to give a code each."""

    customers: Annotated[list[Annotated[str, Field(max_length=140)]], Field(min_length=1, max_length=HANDED_MAX)]
    again: Annotated[bool, Field(description="A second one also to who holds an unused one.")] = False


class HandedOut(Out):
    """What became of one customer."""

    customer: str
    status: Literal["attached", "kept", "pool_empty", "unknown_customer"]
    id: str | None
    code: str | None


class HandedList(Out):
    """What became of each customer, in order, and how many got a code."""

    attached: int
    results: list[HandedOut]


@routes.get("/code-pools", needs="promotions:read", answers={200: PoolList})
def list_code_pools(request: ApiRequest, filters: Query[PoolFilters]) -> Answer:
    """List the pools of codes."""
    listing = f"code-pools:{filters.archived}"
    after = read_id_cursor(listing, filters.cursor)
    found = list_pools(request.actor, archived=filters.archived, after=after, limit=filters.limit + 1)
    counts = count_codes(request.actor.chain_id, [one.id for one in found])
    return answer(
        page_of(
            found,
            limit=filters.limit,
            listing=listing,
            position=lambda one: [str(one.id)],
            present=lambda one: present_pool(one, counts[one.id]),
        )
    )


@routes.post(
    "/code-pools", needs="promotions:write", answers={201: PoolOut}, refuses=[ExternalIdTaken, TooManyCodePools]
)
def create_code_pool(request: ApiRequest, body: PoolIn) -> Answer:
    """Make an empty pool of codes.

    A `personal` code is for one customer and one use, a `universal` one for many. A promotion is unlocked by the codes of a
    pool when its `code_pools` name it.
    """
    made = create_pool(request.actor, PoolDraft(**body.model_dump()), now=request.now)
    return created(_present(made), version=made.version)


@routes.get("/code-pools/{pool}", needs="promotions:read", answers={200: PoolOut})
def get_code_pool(request: ApiRequest, pool: str) -> Answer:
    """Read a pool with how many codes it has."""
    found = access_pool(request.actor, check_reference(pool))
    return answer(_present(found), version=found.version)


@routes.patch(
    "/code-pools/{pool}",
    needs="promotions:write",
    answers={200: PoolOut},
    refuses=[ExternalIdTaken, CodePoolBusy],
)
def change_code_pool(request: ApiRequest, pool: str, body: PoolChange) -> Answer:
    """Change a pool; its codes follow what it says of validity and limits. `state` pauses it or puts it away.

    Codes of a paused pool do not work until it is active again. Outside its sending period they do.
    """
    found = access_pool(request.actor, check_reference(pool))
    sent = {name: getattr(body, name) for name in body.model_fields_set}
    kept = {name: getattr(found, name) for name in PoolDraft.__struct_fields__ if name != "remote_secret"}
    never_null = (
        "name",
        "external_id",
        "kind",
        "state",
        "needs_activation",
        "lives_from",
        "remote_url",
        "remote_header",
    )
    sent = {name: value for name, value in sent.items() if value is not None or name not in never_null}
    changed = change_pool(
        request.actor, pool, PoolDraft(**(kept | sent)), now=request.now, version=expected_version(request)
    )
    return answer(_present(changed), version=changed.version)


@routes.post(
    "/code-pools/{pool}/generate",
    needs="promotions:write",
    answers={202: CodeBatchOut},
    refuses=[CodePoolFull, TooManyCodeBatches, TooManyCodes],
    key="required",
)
def generate_codes(request: ApiRequest, pool: str, body: GenerateIn) -> Answer:
    """Make codes of a pattern, in the background: ask for the batch until it is `done`."""
    batch = start_generating(
        request.actor,
        check_reference(pool),
        count=body.count,
        pattern=body.pattern,
        now=request.now,
        defer=defer_generating,
    )
    return accepted(present_batch(batch))


@routes.post("/code-pools/{pool}/import", needs="promotions:write", answers={200: CodesImportOut}, key="required")
def import_some_codes(request: ApiRequest, pool: str, body: CodesIn) -> Answer:
    """Take codes that were made elsewhere into a pool; a wrong one hinders no other.

    Two codes are the same if they look the same: case, blanks, hyphens and look-alike letters make no difference.
    """
    found = import_codes(request.actor, check_reference(pool), body.codes, now=request.now)
    return answer(
        {
            "batch": found.batch.public_id,
            "inserted": found.inserted,
            "duplicated": found.duplicated,
            "over_limit": found.over_limit,
            "invalid": found.invalid,
            "results": [
                {"code": code, "status": _status(status), "detail": "" if status == "inserted" else _(REASONS[status])}
                for code, status in zip(body.codes, found.statuses, strict=True)
            ],
        }
    )


@routes.post(
    "/code-pools/{pool}/fetch",
    needs="promotions:write",
    answers={202: CodeBatchOut},
    refuses=[CodePoolWithoutRemote, CodePoolBusy, TooManyCodeBatches, TooManyCodes],
    key="required",
)
def fetch_some_codes(request: ApiRequest, pool: str) -> Answer:
    """Fetch codes from the remote service of a pool, in the background.

    Its answer is `{"codes": […]}`, a list, or a code on each line; up to 100,000 codes and 10 MB.
    """
    return accepted(
        present_batch(start_fetching(request.actor, check_reference(pool), now=request.now, defer=defer_fetching))
    )


@routes.post(
    "/code-pools/{pool}/attach",
    needs="rewards:write",
    answers={200: HandedList},
    refuses=[CodePoolNotSending],
    key="required",
)
def hand_out_codes(request: ApiRequest, pool: str, body: HandOutIn) -> Answer:
    """Give each of these customers a free code of a pool.

    Where the pool runs dry in the middle, those who had their turn keep their codes, the others answer `pool_empty`.
    """
    handed = hand_out(request.actor, check_reference(pool), body.customers, again=body.again, now=request.now)
    return answer(
        {
            "attached": sum(one.status == "attached" for one in handed),
            "results": [
                {
                    "customer": one.customer,
                    "status": one.status,
                    "id": encode("cod", one.code_id) if one.code_id else None,
                    "code": one.text or None,
                }
                for one in handed
            ],
        }
    )


@routes.get("/code-pools/{pool}/batches", needs="promotions:read", answers={200: CodeBatchList})
def list_code_batches(request: ApiRequest, pool: str) -> Answer:
    """List how codes came into a pool, newest first."""
    found = access_pool(request.actor, check_reference(pool))
    return answer(whole_list(map(present_batch, list_batches(request.actor, found.id))))


@routes.get("/code-batches/{batch}", needs="promotions:read", answers={200: CodeBatchOut})
def get_code_batch(request: ApiRequest, batch: str) -> Answer:
    """Read how far a batch is."""
    return answer(present_batch(access_batch(request.actor, batch)))


@routes.post("/code-batches/{batch}/cancel", needs="promotions:write", answers={200: CodeBatchOut})
def cancel_code_batch(request: ApiRequest, batch: str) -> Answer:
    """Stop making codes; those that are made stay."""
    return answer(present_batch(cancel_batch(request.actor, batch, now=request.now)))


@routes.post(
    "/code-batches/{batch}/undo", needs="promotions:write", answers={202: CodeBatchOut}, refuses=[CodeBatchNotDone]
)
def undo_code_batch(request: ApiRequest, batch: str) -> Answer:
    """Take back the codes of a batch that nobody has or used, in the background; `made` then counts those that are left."""
    return accepted(present_batch(start_undoing(request.actor, batch, now=request.now, defer=defer_undoing)))


def _present(pool: PoolView) -> dict[str, Any]:
    return present_pool(pool, count_codes_of(pool))


def count_codes_of(pool: PoolView) -> dict[str, int]:
    """How many codes of each state a pool has; needs the unit of work of its chain."""
    return count_codes(pool.chain_id, [pool.id])[pool.id]


def _status(status: str) -> str:
    return status if status in ("inserted", "duplicate", "over_limit") else "invalid"
