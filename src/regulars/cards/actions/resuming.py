"""Cards that are being made or taken back, and lists that are being read, whose job is lost: they go on (CRD-10)."""

from collections.abc import Callable
from typing import Final

from regulars.cards.actions.bulk import Defer, tell_end
from regulars.cards.actions.number_lists import end_unread
from regulars.cards.models import BulkIssue, NumberList
from regulars.platform.actor import ALL_RIGHTS, Actor
from regulars.platform.clock import now_in
from regulars.platform.database import rows, unit_of_work
from regulars.platform.lost_jobs import Begun, Kind, resume

BULK_ISSUES: Final = "bulk-issue"
NUMBER_LISTS: Final = "number-list"


def resume_cards(*, defer_bulk_issue: Defer, defer_number_list: Defer) -> int:
    """Give a new job to what has none; how much.

    After too many failures a batch ends with the cards that it has, and a list as one that cannot be read. One whose cards
    are being taken back waits for a person, for it is neither here nor there.
    """
    with unit_of_work(None):
        found = rows("SELECT kind, chain_id, id, state FROM door_unfinished_card_work()")
    kinds = (
        Kind(BULK_ISSUES, _is_still(BulkIssue), lambda one: defer_bulk_issue(one.chain_id, one.id), _end_batch),
        Kind(NUMBER_LISTS, _is_still(NumberList), lambda one: defer_number_list(one.chain_id, one.id), _end_list),
    )
    return sum(
        resume(kind, (Begun(chain_id, work_id, state) for name, chain_id, work_id, state in found if name == kind.name))
        for kind in kinds
    )


def _is_still(model: type[BulkIssue] | type[NumberList]) -> Callable[[Begun], bool]:
    def look(one: Begun) -> bool:
        locked = model.objects.select_for_update(no_key=True, skip_locked=True)
        return locked.filter(chain_id=one.chain_id, id=one.id, state=one.state).exists()

    return look


def _end_batch(one: Begun) -> None:
    if one.state == "undoing":
        return
    batch = BulkIssue.objects.get(chain_id=one.chain_id, id=one.id)
    batch.state, batch.finished_at = "done", now_in(one.chain_id)
    batch.save(update_fields=["state", "finished_at"])
    tell_end(Actor(chain_id=one.chain_id, rights=ALL_RIGHTS, through="page", staff_id=batch.created_by), batch)


def _end_list(one: Begun) -> None:
    end_unread(one.chain_id, one.id, {"code": "list_given_up", "facts": {}})
