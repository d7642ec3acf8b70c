"""Routes of the design of a card type: draft, publish, versions."""

from typing import Annotated, Any, Literal

from pydantic import Field

from regulars.chains.queries import get_chain
from regulars.designs.actions.drafts import discard_draft, import_design, restore_version, save_draft
from regulars.designs.actions.publishing import publish_design
from regulars.designs.errors import DesignUnreadable, NothingToPublish
from regulars.designs.queries.published import DesignView, get_design_view, list_versions
from regulars.designs.rules.definition import write_design
from regulars.designs.rules.shown import list_notices
from regulars.kernel.ids import encode
from regulars.kernel.refusal import NotFound
from regulars.platform.api.answers import Answer, answer
from regulars.platform.api.fields import In, Out, TimeOut
from regulars.platform.api.listing import whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version

routes = Routes("Designs")


class DesignIn(In):
    """A design in its JSON form. `files` are pictures as base64, by the names that the design gives them."""

    design: Annotated[dict[str, Any], Field(description="As `GET …/design` writes it; unknown keys are refused.")]
    files: Annotated[dict[str, str] | None, Field(description="What the pages export beside the design.")] = None


class PublishIn(In):
    """How the design is published. It changes no goals: where these change, `PUT …/milestones` asks for `holders`."""

    holders: Annotated[
        Literal["move", "finish_round"] | None,
        Field(description="How holders move over. Nothing follows from it here, as a design changes no goals."),
    ] = None


class NoticeOut(Out):
    """Something to see before publishing; `bad` keeps it from being published."""

    code: str
    tone: Literal["bad", "warm"]
    facts: dict[str, Any]


class DesignOut(Out):
    """The design of a card type: its draft, or what is published where there is none."""

    card_type: str
    design: dict[str, Any]
    is_draft: bool
    draft_version: int
    published_version: int
    saved_at: TimeOut | None
    cards: Annotated[int, Field(description="The live cards that publishing updates.")]
    notices: list[NoticeOut]


class PublishedOut(Out):
    """The version that was made, and how many live cards show it."""

    card_type: str
    version: int
    cards: int


class VersionOut(Out):
    """A published edit of a card type; `has_design` where a design was published with it."""

    version: int
    at: TimeOut
    has_design: bool


class VersionList(Out):
    """Versions, newest first."""

    items: list[VersionOut]
    next_cursor: None = None


@routes.get("/card-types/{card_type}/design", needs="cards:read", answers={200: DesignOut})
def get_one_design(request: ApiRequest, card_type: str) -> Answer:
    """Read the design of a card type: its draft, or what is published where there is none."""
    return _answer(request, get_design_view(request.actor, check_reference(card_type)))


@routes.put("/card-types/{card_type}/design", needs="cards:write", answers={200: DesignOut})
def put_design(request: ApiRequest, card_type: str, body: DesignIn) -> Answer:
    """Keep a draft of the design; nothing is shown on cards before it is published."""
    reference = check_reference(card_type)
    if body.files is not None:
        view = import_design(request.actor, reference, {**body.design, "files": body.files}, now=request.now)
    else:
        version = expected_version(request)
        view = save_draft(request.actor, reference, body.design, now=request.now, version=version)
    return _answer(request, view)


@routes.delete("/card-types/{card_type}/design", needs="cards:write", answers={200: DesignOut})
def delete_draft(request: ApiRequest, card_type: str) -> Answer:
    """Throw the draft away; what is published stays."""
    return _answer(request, discard_draft(request.actor, check_reference(card_type)))


@routes.post(
    "/card-types/{card_type}/publish",
    needs="cards:write",
    answers={200: PublishedOut},
    refuses=[NotFound, NothingToPublish, DesignUnreadable],
)
def publish_one_design(request: ApiRequest, card_type: str, body: PublishIn | None = None) -> Answer:
    """Publish the draft: the card type gets its next version, which every card that is issued shows."""
    reference = check_reference(card_type)
    made = publish_design(request.actor, reference, now=request.now, version=expected_version(request))
    found = get_design_view(request.actor, reference).card_type
    return answer({"card_type": encode("ctp", found.id), "version": made.version, "cards": made.cards})


@routes.get("/card-types/{card_type}/versions", needs="cards:read", answers={200: VersionList})
def list_all_versions(request: ApiRequest, card_type: str) -> Answer:
    """List the published edits of a card type, newest first."""
    found = list_versions(request.actor, check_reference(card_type))
    return answer(whole_list({"version": one.version, "at": one.at, "has_design": one.has_design} for one in found))


@routes.post(
    "/card-types/{card_type}/versions/{version}/restore",
    needs="cards:write",
    answers={200: DesignOut},
    refuses=[NotFound],
)
def restore_one_version(request: ApiRequest, card_type: str, version: int) -> Answer:
    """Make the draft what was published under this version."""
    return _answer(request, restore_version(request.actor, check_reference(card_type), version, now=request.now))


def _answer(request: ApiRequest, view: DesignView) -> Answer:
    chain = get_chain(request.actor.chain_id)
    notices = list_notices(view.design, language=chain.language, name=chain.name, type_name=view.card_type.name)
    body = {
        "card_type": encode("ctp", view.card_type.id),
        "design": write_design(view.design),
        "is_draft": view.is_draft,
        "draft_version": view.version,
        "published_version": view.card_type.version,
        "saved_at": view.saved_at,
        "cards": view.cards,
        "notices": [{"code": one.code, "tone": one.tone, "facts": one.facts} for one in notices],
    }
    return answer(body, version=view.version)
