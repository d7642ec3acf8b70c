"""Taking back rewards that were made up and that nobody got (UX 8)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.rewards.models import FormerGoal, GivenReward, Milestone, Reward, StampRule


def unmake_milestones(actor: Actor, card_type_id: UUID, *, now: datetime) -> None:
    """Delete the goals of a card type that is out of sight itself, in the running unit of work."""
    mine = {"chain_id": actor.chain_id, "card_type_id": card_type_id}
    gone, _ = Milestone.objects.filter(**mine).delete()
    StampRule.objects.filter(**mine).update(rounds=None, money_per_stamp=None)
    if gone:
        audit.record(actor, verb="milestones.undone", object_kind="card_type", object_id=card_type_id, now=now)


def with_first_goals(chain_id: UUID, card_type_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these card types whose goals were set once and never changed: that was one change of the type itself."""
    found = StampRule.objects.filter(chain_id=chain_id, card_type_id__in=card_type_ids, version=1)
    return set(found.values_list("card_type_id", flat=True))


def unmake_rewards(actor: Actor, external_ids: Sequence[str], *, now: datetime) -> None:
    """Delete the rewards of these external ids that nobody got and that no goal brings, in the running unit of work."""
    found = Reward.objects.select_for_update().filter(chain_id=actor.chain_id, external_id__in=list(external_ids))
    ids = [one.id for one in found]
    kept = {
        *GivenReward.objects.filter(reward_id__in=ids).values_list("reward_id", flat=True),
        *Milestone.objects.filter(reward_id__in=ids).values_list("reward_id", flat=True),
        *FormerGoal.objects.filter(reward_id__in=ids).values_list("reward_id", flat=True),
    }
    gone = [one for one in ids if one not in kept]
    Reward.objects.filter(chain_id=actor.chain_id, id__in=gone).delete()
    changes = [audit.Change(object_id=one) for one in gone]
    audit.record_many(actor, verb="reward.undone", object_kind="reward", changes=changes, now=now)
