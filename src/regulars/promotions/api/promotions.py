"""Routes of promotions."""

from typing import Any, Final

from ninja import Query

from regulars.kernel.refusal import ExternalIdTaken, FieldProblem, Invalid, NotFound, Refused
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.listing import Paged, page_of, read_id_cursor, whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.programs.queries import find_program
from regulars.promotions.actions.keeping import NOBODY, Protection
from regulars.promotions.actions.publishing import (
    end_promotion,
    pause_promotion,
    publish_promotion,
    resume_promotion,
)
from regulars.promotions.actions.writing import PromotionDraft, change_promotion, create_promotion
from regulars.promotions.api.promises import present_kept, present_warnings
from regulars.promotions.api.schemas import (
    PromotionChange,
    PromotionIn,
    PromotionKeptOut,
    PromotionList,
    PromotionOut,
    PromotionVersionList,
    PromotionWordsOut,
    ProtectionIn,
    PublishedPromotionOut,
    State,
    present_changes,
    present_promotion,
    present_version,
    present_words,
)
from regulars.promotions.errors import NothingToPublish, ProgramArchived, PromotionEnded, PromotionNotPublished
from regulars.promotions.queries.promotions import PromotionView, access_promotion, list_promotions, list_versions
from regulars.promotions.queries.told import compare_with_published, tell_promotions

routes = Routes("Promotions")
LISTING: Final = "promotions"


class PromotionFilters(Paged):
    """Filters of the list."""

    state: State | None = None
    program: str | None = None


@routes.get("/promotions", needs="promotions:read", answers={200: PromotionList})
def list_all_promotions(request: ApiRequest, filters: Query[PromotionFilters]) -> Answer:
    """List the promotions, newest first."""
    program_id = None
    if filters.program is not None:
        program = find_program(request.actor.chain_id, check_reference(filters.program))
        if program is None:
            problem = FieldProblem("/query/program", "unknown_program", "There is no such program.")
            raise Refused(Invalid(errors=(problem,)))
        program_id = program.id
    found = list_promotions(
        request.actor,
        state=filters.state,
        program_id=program_id,
        after=read_id_cursor(LISTING, filters.cursor),
        limit=filters.limit + 1,
    )
    return answer(
        page_of(
            found,
            limit=filters.limit,
            listing=LISTING,
            position=lambda one: [str(one.id)],
            present=present_promotion,
        )
    )


@routes.post(
    "/promotions",
    needs="promotions:write",
    answers={201: PromotionOut},
    refuses=[NotFound, ExternalIdTaken, ProgramArchived],
)
def create_one_promotion(request: ApiRequest, body: PromotionIn) -> Answer:
    """Make a promotion in a program.

    It begins as a draft, which prices nothing, unless `state` says active.
    """
    draft = PromotionDraft(
        name=body.name,
        program=check_reference(body.program),
        content=body.said(),
        external_id=body.external_id,
        state=body.state,
    )
    made = create_promotion(request.actor, draft, now=request.now)
    return created(present_promotion(made), version=made.version)


@routes.get("/promotions/{promotion}", needs="promotions:read", answers={200: PromotionOut})
def get_promotion(request: ApiRequest, promotion: str) -> Answer:
    """Read a promotion: its draft where it has one."""
    found = access_promotion(request.actor, check_reference(promotion))
    return answer(present_promotion(found), version=found.version)


@routes.patch(
    "/promotions/{promotion}",
    needs="promotions:write",
    answers={200: PromotionOut},
    refuses=[PromotionEnded, ProgramArchived],
)
def change_one_promotion(request: ApiRequest, promotion: str, body: PromotionChange) -> Answer:
    """Change the draft of a promotion.

    What is published prices orders as before, until the draft is published. Fields that are left out stay; a field
    that is sent takes the place of all that stood there. A name changes at once.
    """
    changes: dict[str, Any] = body.said()
    if body.name is not None:
        changes["name"] = body.name
    changed = change_promotion(
        request.actor, check_reference(promotion), changes, now=request.now, version=expected_version(request)
    )
    return answer(present_promotion(changed), version=changed.version)


@routes.post(
    "/promotions/{promotion}/publish",
    needs="promotions:write",
    answers={200: PublishedPromotionOut},
    refuses=[NotFound, NothingToPublish, PromotionEnded, ProgramArchived],
)
def publish_one_promotion(request: ApiRequest, promotion: str, body: ProtectionIn | None = None) -> Answer:
    """Publish the draft as the next version: it prices orders from now on.

    Orders keep the version that priced them. A paused promotion stays paused. `changes` says in words what is promised
    no longer and what is promised instead; `protect` lets those who would lose something keep the version that ran.
    """
    written = access_promotion(request.actor, check_reference(promotion))
    changes = compare_with_published(request.actor, written)
    made = publish_promotion(request.actor, check_reference(promotion), now=request.now, protection=_protection(body))
    told = {"changes": present_changes(changes), "warnings": present_warnings(request.actor, made)}
    return answer({**_with_kept(request, made), **told}, version=made.version)


def _protection(body: ProtectionIn | None) -> Protection:
    return NOBODY if body is None else body.protection()


def _with_kept(request: ApiRequest, promotion: PromotionView) -> dict[str, Any]:
    kept = present_kept(request.actor, promotion.id, now=request.now)
    return {**present_promotion(promotion), "kept": kept}


@routes.post(
    "/promotions/{promotion}/pause",
    needs="promotions:write",
    answers={200: PromotionKeptOut},
    refuses=[NotFound, PromotionEnded, PromotionNotPublished],
)
def pause_one_promotion(request: ApiRequest, promotion: str, body: ProtectionIn | None = None) -> Answer:
    """Let a promotion rest: it prices nothing until it goes on, except for those who are protected."""
    made = pause_promotion(request.actor, check_reference(promotion), now=request.now, protection=_protection(body))
    return answer(_with_kept(request, made), version=made.version)


@routes.post(
    "/promotions/{promotion}/resume",
    needs="promotions:write",
    answers={200: PromotionOut},
    refuses=[NotFound, PromotionEnded, PromotionNotPublished],
)
def resume_one_promotion(request: ApiRequest, promotion: str) -> Answer:
    """Let a paused promotion go on; what is used of its limits stays used."""
    made = resume_promotion(request.actor, check_reference(promotion), now=request.now)
    return answer(present_promotion(made), version=made.version)


@routes.post(
    "/promotions/{promotion}/end", needs="promotions:write", answers={200: PromotionKeptOut}, refuses=[NotFound]
)
def end_one_promotion(request: ApiRequest, promotion: str, body: ProtectionIn | None = None) -> Answer:
    """End a promotion for good; it stays readable, and goes on for those who are protected until their day."""
    made = end_promotion(request.actor, check_reference(promotion), now=request.now, protection=_protection(body))
    return answer(_with_kept(request, made), version=made.version)


@routes.get("/promotions/{promotion}/words", needs="promotions:read", answers={200: PromotionWordsOut})
def tell_one_promotion(request: ApiRequest, promotion: str) -> Answer:
    """Tell a promotion in plain sentences, and what publishing it would change.

    The sentences are in the language that the request accepts.
    """
    found = access_promotion(request.actor, check_reference(promotion))
    (told,) = tell_promotions(request.actor, [found])
    changes = compare_with_published(request.actor, found)
    return answer({"sentences": present_words(told), "changes": present_changes(changes)})


@routes.get("/promotions/{promotion}/versions", needs="promotions:read", answers={200: PromotionVersionList})
def list_promotion_versions(request: ApiRequest, promotion: str) -> Answer:
    """List everything that was published of a promotion, newest first."""
    found = access_promotion(request.actor, check_reference(promotion))
    return answer(whole_list(map(present_version, list_versions(request.actor, found.id))))
