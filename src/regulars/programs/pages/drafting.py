"""The tier groups of a program as drafts: all are written together, so those that nobody changes come along."""

from collections.abc import Sequence

from regulars.platform.database import unit_of_work
from regulars.platform.sessions import PageRequest
from regulars.programs.pages.forms import draft_of
from regulars.programs.queries import ProgramView, access_program
from regulars.programs.queries.tiers import TierGroupView, list_tier_groups
from regulars.programs.rules.tier_drafts import TierGroupDraft


def read_groups(request: PageRequest, program: str) -> tuple[ProgramView, list[TierGroupView]]:
    """A program and its tier groups. Refuses: Forbidden, NotFound."""
    if request.method != "POST":
        view = access_program(request.actor, program)
        return view, list_tier_groups(request.actor.chain_id, [view.id])
    with unit_of_work(request.actor.chain_id):
        view = access_program(request.actor, program)
        return view, list_tier_groups(request.actor.chain_id, [view.id])


def drafts_with(
    groups: Sequence[TierGroupView], held: TierGroupView | None, draft: TierGroupDraft | None
) -> list[TierGroupDraft]:
    """All groups as they are, with `draft` in the place of one of them, or behind them; None takes that one away."""
    drafts = [draft if held is not None and one.id == held.id else draft_of(one) for one in groups]
    if held is None:
        drafts.append(draft)
    return [one for one in drafts if one is not None]
