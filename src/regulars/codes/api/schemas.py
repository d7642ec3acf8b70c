"""What requests and answers about codes look like."""

from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import Field

from regulars.codes.queries.codes import CodeView
from regulars.codes.queries.pools import BatchView, PoolView
from regulars.codes.rules.pools import CODES_MAX, LIVES_DAYS_MAX, SECRET_LENGTH_MAX, USES_MAX
from regulars.kernel.ids import encode
from regulars.platform.api.fields import ExternalIdIn, In, Out, TimeIn, TimeOut, WholeIn
from regulars.platform.api.references import public_id
from regulars.products.rules.feeds import URL_LENGTH_MAX

PoolKind = Literal["personal", "universal"]
PoolState = Literal["active", "paused", "archived"]
LivesFrom = Literal["attached", "activated"]
State = Literal["free", "attached", "active", "used", "expired"]
BatchState = Literal["waiting", "running", "done", "failed", "cancelled", "undoing", "undone"]
PoolName = Annotated[str, Field(min_length=1, max_length=120, examples=["Summer"])]
Uses = Annotated[WholeIn, Field(ge=1, le=USES_MAX)]
Days = Annotated[WholeIn, Field(ge=1, le=LIVES_DAYS_MAX, description="A code ends with this day after `lives_from`.")]
Most = Annotated[WholeIn, Field(ge=1, le=CODES_MAX, description="More codes than this are `over_limit`.")]
Url = Annotated[str, Field(max_length=URL_LENGTH_MAX, examples=["https://codes.example.com/next"])]
Header = Annotated[str, Field(max_length=64, examples=["X-Api-Key"])]
Secret = Annotated[str, Field(max_length=SECRET_LENGTH_MAX, description="Sent in `remote_header`; never shown again.")]
CodeIn = Annotated[str, Field(max_length=1_000, examples=["summer 7k3m 9pqx 2wrt a5hdv"])]


class PoolIn(In):
    """A pool of codes. Its sending period is when codes are handed out, its validity how long they work."""

    name: PoolName
    external_id: ExternalIdIn | None = None
    kind: PoolKind = "personal"
    needs_activation: bool = False
    sends_from: TimeIn | None = None
    sends_until: TimeIn | None = None
    valid_from: TimeIn | None = None
    valid_until: TimeIn | None = None
    lives_days: Days | None = None
    lives_from: LivesFrom = "attached"
    uses_per_customer: Uses | None = None
    uses_per_code: Annotated[Uses | None, Field(description="Of a universal code; a personal one is used once.")] = None
    uses_total: Uses | None = None
    codes_max: Most | None = None
    remote_url: Url = ""
    remote_header: Header = ""
    remote_secret: Secret | None = None


class PoolChange(In):
    """Fields to change; those left out stay, null empties times and limits."""

    name: PoolName | None = None
    external_id: ExternalIdIn | None = None
    kind: PoolKind | None = None
    state: PoolState | None = None
    needs_activation: bool | None = None
    sends_from: TimeIn | None = None
    sends_until: TimeIn | None = None
    valid_from: TimeIn | None = None
    valid_until: TimeIn | None = None
    lives_days: Days | None = None
    lives_from: LivesFrom | None = None
    uses_per_customer: Uses | None = None
    uses_per_code: Uses | None = None
    uses_total: Uses | None = None
    codes_max: Most | None = None
    remote_url: Url | None = None
    remote_header: Header | None = None
    remote_secret: Secret | None = None


class PoolOut(Out):
    """A pool of codes. `counts` says how many codes are in each state."""

    id: Annotated[str, Field(examples=["cpl_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: str
    name: str
    kind: PoolKind
    state: PoolState
    needs_activation: bool
    sends_from: TimeOut | None
    sends_until: TimeOut | None
    valid_from: TimeOut | None
    valid_until: TimeOut | None
    lives_days: int | None
    lives_from: LivesFrom
    uses_per_customer: int | None
    uses_per_code: int | None
    uses_total: int | None
    codes_max: int | None
    remote_url: str
    remote_header: str
    has_secret: bool
    counts: dict[str, int]
    version: int
    created_at: TimeOut


class PoolList(Out):
    """A page of pools, newest first."""

    items: list[PoolOut]
    next_cursor: str | None


class BatchProblemOut(Out):
    """Why no codes came."""

    code: str
    detail: str


class CodeBatchOut(Out):
    """Codes that came, or come, into a pool at once: `made` grows until `wanted`."""

    id: Annotated[str, Field(examples=["cbt_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    pool: str
    source: Literal["generate", "import", "fetch"]
    pattern: str
    state: BatchState
    wanted: int
    made: int
    duplicated: int
    over_limit: int
    problem: BatchProblemOut | None
    created_at: TimeOut
    finished_at: TimeOut | None


class BatchList(Out):
    """The newest batches of a pool, at most 20."""

    items: list[CodeBatchOut]
    next_cursor: str | None


class CodeOut(Out):
    """A code of a pool. `code` is hidden but for its end from whoever may neither make nor hand out codes."""

    id: Annotated[str, Field(examples=["cod_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    pool: str
    code: Annotated[str, Field(examples=["SUMMER-7K3M-9PQX-2WRT-A5HDV"])]
    state: State
    customer: str | None
    uses: int
    attached_at: TimeOut | None
    activated_at: TimeOut | None
    used_at: TimeOut | None
    valid_from: TimeOut | None
    valid_until: TimeOut | None
    ended_at: TimeOut | None


class CodeList(Out):
    """A page of codes, newest first."""

    items: list[CodeOut]
    next_cursor: str | None


def present_pool(pool: PoolView, counts: dict[str, int]) -> dict[str, Any]:
    """A pool as the API writes it."""
    names = [name for name in PoolOut.model_fields if name not in ("id", "counts")]
    return {"id": pool.public_id, **{name: getattr(pool, name) for name in names}, "counts": counts}


def present_batch(batch: BatchView) -> dict[str, Any]:
    """A batch as the API writes it."""
    problem = batch.problem
    return {
        "id": batch.public_id,
        "pool": encode("cpl", batch.pool_id),
        **{name: getattr(batch, name) for name in ("source", "pattern", "state", "wanted", "made")},
        **{name: getattr(batch, name) for name in ("duplicated", "over_limit", "created_at", "finished_at")},
        "problem": {"code": problem["code"], "detail": problem_text(batch)} if problem else None,
    }


def problem_text(batch: BatchView) -> str:
    """Why no codes came, in the language of whoever asks; "" where nothing went wrong."""
    return _(batch.problem["message"]).format_map(batch.problem["values"]) if batch.problem else ""


def present_code(code: CodeView) -> dict[str, Any]:
    """A code as the API writes it."""
    return {
        "id": code.public_id,
        "pool": encode("cpl", code.pool_id),
        "code": code.text,
        "state": code.state,
        "customer": public_id("cus", code.customer_id),
        "uses": code.uses,
        **{name: getattr(code, name) for name in ("attached_at", "activated_at", "used_at")},
        **{name: getattr(code, name) for name in ("valid_from", "valid_until", "ended_at")},
    }
