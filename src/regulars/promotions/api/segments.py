"""Routes of order segments."""

from typing import Annotated, Any

from pydantic import Field

from regulars.kernel.ids import encode
from regulars.kernel.refusal import ExternalIdTaken, NotFound
from regulars.platform.api.answers import Answer, answer, created, nothing
from regulars.platform.api.fields import ExternalIdIn, In, Out
from regulars.platform.api.listing import whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.promotions.actions.segments import SegmentDraft, change_segment, create_segment, delete_segment
from regulars.promotions.api.schemas import SCHEMA, NameIn
from regulars.promotions.errors import OrderSegmentUsed
from regulars.promotions.queries.segments import SegmentView, access_segment, list_segments

routes = Routes("Order segments")


class OrderSegmentIn(In):
    """Named conditions over orders, of which every one must hold."""

    name: NameIn
    external_id: ExternalIdIn | None = None
    conditions: Any = Field(None, json_schema_extra=SCHEMA["conditions"])


class OrderSegmentChange(In):
    """Fields to change; those left out stay."""

    name: NameIn | None = None
    conditions: Any = Field(None, json_schema_extra=SCHEMA["conditions"])


class OrderSegmentOut(Out):
    """An order segment."""

    id: Annotated[str, Field(examples=["osg_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: Annotated[str, Field(examples=["large-baskets"])]
    name: Annotated[str, Field(examples=["Large baskets"])]
    conditions: list[dict[str, Any]]
    version: int


class OrderSegmentList(Out):
    """All order segments, by name."""

    items: list[OrderSegmentOut]
    next_cursor: str | None


@routes.get("/order-segments", needs="promotions:read", answers={200: OrderSegmentList})
def list_order_segments(request: ApiRequest) -> Answer:
    """List the order segments."""
    return answer(whole_list(map(present_segment, list_segments(request.actor))))


@routes.post("/order-segments", needs="promotions:write", answers={201: OrderSegmentOut}, refuses=[ExternalIdTaken])
def create_order_segment(request: ApiRequest, body: OrderSegmentIn) -> Answer:
    """Make an order segment.

    A promotion asks for it with the condition `in_order_segment`.
    """
    draft = SegmentDraft(name=body.name, conditions=body.conditions or [], external_id=body.external_id)
    made = create_segment(request.actor, draft, now=request.now)
    return created(present_segment(made), version=made.version)


@routes.get("/order-segments/{segment}", needs="promotions:read", answers={200: OrderSegmentOut})
def get_order_segment(request: ApiRequest, segment: str) -> Answer:
    """Read an order segment."""
    found = access_segment(request.actor, check_reference(segment))
    return answer(present_segment(found), version=found.version)


@routes.patch("/order-segments/{segment}", needs="promotions:write", answers={200: OrderSegmentOut})
def change_order_segment(request: ApiRequest, segment: str, body: OrderSegmentChange) -> Answer:
    """Change an order segment.

    Promotions that ask for it go by the new conditions at once.
    """
    changes = {name: getattr(body, name) for name in body.model_fields_set if getattr(body, name) is not None}
    changed = change_segment(
        request.actor, check_reference(segment), changes, now=request.now, version=expected_version(request)
    )
    return answer(present_segment(changed), version=changed.version)


@routes.delete(
    "/order-segments/{segment}", needs="promotions:write", answers={204: None}, refuses=[NotFound, OrderSegmentUsed]
)
def delete_order_segment(request: ApiRequest, segment: str) -> Answer:
    """Delete an order segment that no promotion asks for."""
    delete_segment(request.actor, check_reference(segment), now=request.now)
    return nothing()


def present_segment(segment: SegmentView) -> dict[str, Any]:
    """An order segment as the API writes it."""
    return {
        "id": encode("osg", segment.id),
        "external_id": segment.external_id,
        "name": segment.name,
        "conditions": segment.conditions,
        "version": segment.version,
    }
