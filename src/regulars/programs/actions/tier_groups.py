"""The tier groups of a program, written as a whole: what is named stays or changes, what is left out is archived (PRG-6)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.kernel.amount import parse_amount
from regulars.kernel.fields import external_id_from
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import FieldProblem, Forbidden, Invalid, NotFound, Refused
from regulars.kernel.text import one_line
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work
from regulars.platform.events import announce
from regulars.programs.actions.keeping import NOBODY, TierProtection, keep_tiers
from regulars.programs.errors import ProgramNotActive
from regulars.programs.events import TIERS_CHANGED
from regulars.programs.models import HolderTier, Program, Tier, TierGroup
from regulars.programs.queries.programs import ProgramView, access_program
from regulars.programs.queries.tier_losses import (
    TierLoser,
    TierLoss,
    count_tier_losses,
    list_tier_losers,
    plan_groups,
)
from regulars.programs.queries.tiers import TierGroupView, TierView, list_tier_groups
from regulars.programs.rules.tier_drafts import (
    CountedBalance,
    TierDraft,
    TierGroupDraft,
    check_tier_groups,
    threshold_decimals,
)

Defer = Callable[[UUID, UUID], None]
"""Puts the recount of a program into the background inside the running transaction."""


def set_tier_groups(
    actor: Actor,
    program: str,
    drafts: Sequence[TierGroupDraft],
    *,
    currency_decimals: int,
    now: datetime,
    defer: Defer,
    protection: TierProtection = NOBODY,
) -> list[TierGroupView]:
    """Give a program these tier groups; everybody's tier is reckoned anew in the background.

    `protection` lets those who would fall, or get less, keep what they have for a time (ORD-13). Refuses: Forbidden,
    NotFound, Invalid, ProgramNotActive (an archived program is read only).
    """
    actor.require("programs:write")
    with unit_of_work(actor.chain_id):
        view = access_program(actor, program)
        Program.objects.select_for_update(no_key=True).get(id=view.id)
        if view.state == "archived":
            raise Refused(ProgramNotActive(program=view.name, state=view.state))
        write_tier_groups(actor, view, drafts, currency_decimals=currency_decimals, now=now, protection=protection)
        defer(actor.chain_id, view.id)
        return list_tier_groups(actor.chain_id, [view.id])


def preview_tier_groups(
    actor: Actor, program: str, drafts: Sequence[TierGroupDraft], *, currency_decimals: int, now: datetime
) -> list[TierLoss]:
    """Count who would lose what by these tier groups; nothing is changed. Refuses: Forbidden, NotFound, Invalid."""
    view = access_program(actor, program)
    _check(view, drafts, currency_decimals)
    groups = plan_groups(actor.chain_id, view, drafts, currency_decimals=currency_decimals)
    return count_tier_losses(actor.chain_id, groups, now=now)


def list_who_falls(
    actor: Actor,
    program: str,
    drafts: Sequence[TierGroupDraft],
    tier: str,
    *,
    currency_decimals: int,
    now: datetime,
    after: UUID | None,
    limit: int,
) -> tuple[TierView, list[TierLoser]]:
    """Who would lose something in a tier, in the order of their ids. Refuses: Forbidden, NotFound, Invalid."""
    actor.require("customers:read")
    if actor.location_ids is not None:
        raise Refused(Forbidden(needs="customers:read"))
    view = access_program(actor, program)
    _check(view, drafts, currency_decimals)
    wanted = decode("tier", tier)
    for group in plan_groups(actor.chain_id, view, drafts, currency_decimals=currency_decimals):
        for one in group.old.tiers:
            if one.id == wanted or f"ext:{one.external_id}" == tier:
                found = list_tier_losers(actor.chain_id, group, one, now=now, after=after, limit=limit)
                return one, found
    raise Refused(NotFound())


def write_tier_groups(
    actor: Actor,
    program: ProgramView,
    drafts: Sequence[TierGroupDraft],
    *,
    currency_decimals: int,
    now: datetime,
    protection: TierProtection = NOBODY,
) -> None:
    """Write the tier groups of a program inside the running unit of work. Refuses: Invalid."""
    balances = _check(program, drafts, currency_decimals)
    before = list_tier_groups(actor.chain_id, [program.id])
    kept = keep_tiers(
        actor,
        program,
        plan_groups(actor.chain_id, program, drafts, currency_decimals=currency_decimals),
        protection,
        now=now,
    )
    writing = _Writing(actor, program, now=now, closing=kept)
    for place, draft in enumerate(drafts):
        decimals = threshold_decimals(draft, balances, currency_decimals)
        writing.write_group(draft, place, decimals=decimals)
    writing.archive_the_rest()
    after = list_tier_groups(actor.chain_id, [program.id])
    if after != before:
        audit.record(
            actor,
            verb="program.tiers_changed",
            object_kind="program",
            object_id=program.id,
            now=now,
            before={"tier_groups": [facts_of(one) for one in before]},
            after={"tier_groups": [facts_of(one) for one in after]},
        )
        announce(actor.chain_id, TIERS_CHANGED, now=now, payload={"program": encode("prg", program.id)})


def unmake_tier_groups(actor: Actor, program_id: UUID, *, now: datetime) -> None:
    """Archive the tier groups of a program that goes out of sight, with who is in them; their external ids are free."""
    for group in TierGroup.objects.filter(chain_id=actor.chain_id, program_id=program_id):
        HolderTier.objects.filter(chain_id=actor.chain_id, group_id=group.id).delete()
        for tier in Tier.objects.filter(group_id=group.id):
            tier.external_id, tier.archived_at = encode("tier", tier.id), tier.archived_at or now
            tier.save(update_fields=["external_id", "archived_at"])
        group.external_id, group.archived_at = encode("tgr", group.id), group.archived_at or now
        group.save(update_fields=["external_id", "archived_at"])


def _check(program: ProgramView, drafts: Sequence[TierGroupDraft], currency_decimals: int) -> dict[str, CountedBalance]:
    balances = {one.external_id: CountedBalance(kind=one.kind, decimals=one.decimals) for one in program.balance_types}
    problems = check_tier_groups(drafts, balances, currency_decimals=currency_decimals)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    return balances


def facts_of(group: TierGroupView) -> dict[str, Any]:
    """What the journal keeps of a tier group."""
    return {
        "id": encode("tgr", group.id),
        "name": group.name,
        "counts": group.counts,
        "balance_type": group.balance_type,
        "period": group.period,
        "months": group.months,
        "grace_days": group.grace_days,
        "tiers": [
            {
                "name": one.name,
                "threshold": one.threshold,
                "multiplier": str(one.multiplier),
                "background": one.background,
            }
            for one in group.tiers
        ],
    }


class _Writing:
    """One pass over the groups and tiers of a program; ids and external ids of the chain looked up once."""

    def __init__(self, actor: Actor, program: ProgramView, *, now: datetime, closing: Mapping[UUID, datetime]) -> None:
        self.actor, self.program, self.now, self.closing = actor, program, now, closing
        chain_groups = list(TierGroup.objects.filter(chain_id=actor.chain_id))
        chain_tiers = list(Tier.objects.filter(chain_id=actor.chain_id))
        self.groups = {one.id: one for one in chain_groups if one.program_id == program.id}
        self.tiers = {one.id: one for one in chain_tiers if one.group_id in self.groups}
        self.group_names = {one.external_id: one.id for one in chain_groups}
        self.tier_names = {one.external_id: one.id for one in chain_tiers}
        self.kept: set[UUID] = set()

    def write_group(self, draft: TierGroupDraft, place: int, *, decimals: int) -> None:
        """Change the group that the draft names, or make one."""
        pointer = f"/tier_groups/{place}"
        found = self._find(draft.key, "tgr", self.groups, self.group_names, pointer)
        balance = next((one.id for one in self.program.balance_types if one.external_id == draft.balance_type), None)
        group = found or TierGroup(
            chain_id=self.actor.chain_id,
            program_id=self.program.id,
            external_id=draft.key or external_id_from(draft.name, frozenset(self.group_names)),
        )
        self.group_names[group.external_id] = group.id
        group.name, group.counts, group.balance_type_id = one_line(draft.name), draft.counts, balance
        group.period, group.months, group.grace_days = draft.period, draft.months, draft.grace_days
        group.position, group.archived_at = place, None
        group.save()
        self.kept.add(group.id)
        for number, tier in enumerate(draft.tiers):
            self._write_tier(group, tier, f"{pointer}/tiers/{number}", decimals=decimals)

    def _write_tier(self, group: TierGroup, draft: TierDraft, pointer: str, *, decimals: int) -> None:
        mine = {one.id: one for one in self.tiers.values() if one.group_id == group.id}
        tier = self._find(draft.key, "tier", mine, self.tier_names, pointer) or Tier(
            chain_id=self.actor.chain_id,
            group_id=group.id,
            external_id=draft.key or external_id_from(draft.name, frozenset(self.tier_names)),
        )
        self.tier_names[tier.external_id] = tier.id
        tier.name, tier.threshold = one_line(draft.name), parse_amount(draft.threshold, decimals)
        tier.multiplier, tier.background, tier.archived_at = draft.multiplier, draft.background, None
        tier.closes_at = None
        tier.save()
        self.kept.add(tier.id)

    def _find(self, key: str | None, prefix: str, mine: dict[UUID, Any], names: dict[str, UUID], pointer: str) -> Any:
        if key is None:
            return None
        by_id = decode(prefix, key)
        if by_id in mine:
            return mine[by_id]
        named = names.get(key)
        if named in mine:
            return mine[named]
        if named is not None or by_id is not None:
            detail = "This id belongs to another tier or group."
            raise Refused(Invalid(errors=(FieldProblem(f"{pointer}/external_id", "external_id_taken", detail),)))
        return None

    def archive_the_rest(self) -> None:
        """Archive what nobody named: whoever is in such a tier leaves it with the recount.

        A tier that some keep closes: nobody enters it, and it is archived when their time is over.
        """
        for tier_id, closes_at in self.closing.items():
            if tier_id not in self.kept:
                Tier.objects.filter(chain_id=self.actor.chain_id, id=tier_id).update(closes_at=closes_at)
        mine = Tier.objects.filter(chain_id=self.actor.chain_id, group_id__in=self.groups)
        closing = mine.filter(archived_at=None, closes_at__gt=self.now).exclude(id__in=self.kept)
        staying = set(closing.values_list("id", flat=True)) | set(closing.values_list("group_id", flat=True))
        gone = [one for one in (*self.groups, *self.tiers) if one not in self.kept and one not in staying]
        TierGroup.objects.filter(chain_id=self.actor.chain_id, id__in=gone, archived_at=None).update(
            archived_at=self.now
        )
        Tier.objects.filter(chain_id=self.actor.chain_id, id__in=gone, archived_at=None).update(archived_at=self.now)
