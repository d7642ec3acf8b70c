"""Reads of vouchers that were issued together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.vouchers.models import VoucherBatch

LISTED_MAX: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherBatchView:
    """Vouchers that were issued together, and how far that is: waiting, running, done."""

    id: UUID
    title: str
    state: str
    holders: str
    total: int
    done: int
    issued: int
    skipped: int
    created_at: datetime
    finished_at: datetime | None

    @property
    def public_id(self) -> str:
        """The id in addresses."""
        return encode("vbt", self.id)

    @property
    def is_moving(self) -> bool:
        """Whether some of them are still to be made."""
        return self.state != "done"


def view_batch(one: VoucherBatch) -> VoucherBatchView:
    """The value of a row."""
    return VoucherBatchView(
        id=one.id,
        title=one.title,
        state=one.state,
        holders=one.holders,
        total=one.total,
        done=one.done,
        issued=one.issued,
        skipped=one.skipped,
        created_at=one.created_at,
        finished_at=one.finished_at,
    )


def find_batch(chain_id: UUID, batch_id: UUID) -> VoucherBatchView | None:
    """The batch with this id; None for none, or one of before batches were noted."""
    found = VoucherBatch.objects.filter(chain_id=chain_id, id=batch_id).defer("draft", "holder_ids").first()
    return view_batch(found) if found else None


def access_batch(actor: Actor, identifier: str) -> VoucherBatchView:
    """The batch with this id (`vbt_…`). Refuses: Forbidden, NotFound."""
    actor.require("rewards:read")
    batch_id = decode("vbt", identifier)
    found = find_batch(actor.chain_id, batch_id) if batch_id else None
    if found is None:
        raise Refused(NotFound())
    return found


def list_batches(actor: Actor) -> list[VoucherBatchView]:
    """The newest batches, at most 50. Refuses: Forbidden."""
    actor.require("rewards:read")
    found = VoucherBatch.objects.filter(chain_id=actor.chain_id).defer("draft", "holder_ids").order_by("-id")
    return [view_batch(one) for one in found[:LISTED_MAX]]
