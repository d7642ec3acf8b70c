"""Routes of a program that begins: who would get a card, and giving it to them (PRG-7)."""

from typing import Annotated, Literal

from ninja import Query
from pydantic import Field

from regulars.cards.actions.enrolment import activate_program, count_enrolment
from regulars.cards.errors import CardTypeArchived
from regulars.cards.jobs import defer_bulk_issue
from regulars.kernel.ids import encode
from regulars.platform.api.answers import Answer, answer
from regulars.platform.api.fields import In, Out, ReferenceIn
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.programs.errors import StateChangeRefused

routes = Routes("Programs")


class ActivateIn(In):
    """Whether present customers get a card when a program begins."""

    enrol: Literal["none", "all"] = "none"
    card_type: Annotated[
        ReferenceIn | None, Field(description="Which card they get; may be left out where the program has one type.")
    ] = None


class EnrolmentFilters(In):
    """Which card they would get."""

    card_type: ReferenceIn | None = None


class EnrolmentOut(Out):
    """What enrolling all present customers would do."""

    card_type: str
    customers: int
    holding: Annotated[int, Field(description="Of them, who hold a card of the type already and get none.")]
    to_issue: int
    is_more: Annotated[bool, Field(description="There are more: only so many were counted.")]


class ActivatedOut(Out):
    """An active program, and the bulk issue that enrols its customers (null: nobody is enrolled)."""

    id: Annotated[str, Field(examples=["prg_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    state: Literal["active"]
    version: int
    bulk_issue: Annotated[str | None, Field(examples=["blk_01hf3zj7k8w9x0y1z2a3b4c5d6"])]


@routes.get("/programs/{program}/enrolment", needs="customers:read", answers={200: EnrolmentOut})
def count_one_enrolment(request: ApiRequest, program: str, filters: Query[EnrolmentFilters]) -> Answer:
    """Count who would get a card if all present customers were enrolled."""
    named = check_reference(filters.card_type) if filters.card_type else ""
    card_type, count = count_enrolment(request.actor, check_reference(program), named)
    return answer(
        {
            "card_type": encode("ctp", card_type.id),
            "customers": count.customers,
            "holding": count.holders,
            "to_issue": count.new_cards,
            "is_more": count.is_more,
        }
    )


@routes.post(
    "/programs/{program}/activate",
    needs="programs:write",
    answers={200: ActivatedOut},
    refuses=[StateChangeRefused, CardTypeArchived],
)
def activate_one_program(request: ApiRequest, program: str, body: ActivateIn) -> Answer:
    """Activate a program and enrol all present customers, or none.

    Who holds a card of the type gets none. Initial balances are given once to each person, ever.
    """
    done = activate_program(
        request.actor,
        check_reference(program),
        enrols=body.enrol == "all",
        card_type=check_reference(body.card_type) if body.card_type else "",
        now=request.now,
        defer=defer_bulk_issue,
        version=expected_version(request),
    )
    return answer(
        {
            "id": encode("prg", done.program.id),
            "state": done.program.state,
            "version": done.program.version,
            "bulk_issue": done.bulk_issue.public_id if done.bulk_issue else None,
        },
        version=done.program.version,
    )
