"""Reads of bulk issues: cards made at once for many customers, or blank."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from regulars.cards.models import BulkIssue
from regulars.cards.queries.cards import CardView, card_link, list_cards_by_ids
from regulars.customers.queries import CustomerFilter, list_matching_ids
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import row, rows

COUNT_MAX = 100_000


@dataclass(frozen=True, slots=True)
class BulkIssueView:
    """A bulk issue and how far it is: waiting, running, done, undoing, undone."""

    id: UUID
    kind: str
    card_type_id: UUID
    card_type_name: str
    state: str
    total: int
    done: int
    issued: int
    skipped: int
    kept: int
    created_at: datetime
    finished_at: datetime | None

    @property
    def public_id(self) -> str:
        """The id in addresses."""
        return encode("blk", self.id)

    @property
    def is_moving(self) -> bool:
        """Whether something is still being done."""
        return self.state in ("waiting", "running", "undoing")


@dataclass(frozen=True, slots=True)
class BulkCount:
    """What a bulk issue would do: how many customers are meant, how many of them hold the type."""

    customers: int
    holders: int
    is_more: bool

    @property
    def new_cards(self) -> int:
        """How many cards would be issued."""
        return self.customers - self.holders


def view_bulk_issue(one: BulkIssue, card_type_name: str) -> BulkIssueView:
    """The value of a row."""
    return BulkIssueView(
        id=one.id,
        kind=one.kind,
        card_type_id=one.card_type_id,
        card_type_name=card_type_name,
        state=one.state,
        total=one.total,
        done=one.done,
        issued=one.issued,
        skipped=one.skipped,
        kept=one.kept,
        created_at=one.created_at,
        finished_at=one.finished_at,
    )


def access_bulk_issue(actor: Actor, identifier: str, *, kind: str) -> BulkIssueView:
    """The bulk issue of this kind with this id. Refuses: Forbidden, NotFound."""
    actor.require("cards:read")
    bulk_id = decode("blk", identifier)
    found = (
        BulkIssue.objects.filter(chain_id=actor.chain_id, id=bulk_id, kind=kind).select_related("card_type").first()
        if bulk_id
        else None
    )
    if found is None:
        raise Refused(NotFound())
    return view_bulk_issue(found, found.card_type.name)


def list_bulk_issues(actor: Actor, *, kind: str, limit: int = 50) -> list[BulkIssueView]:
    """The newest bulk issues of a kind."""
    actor.require("cards:read")
    found = BulkIssue.objects.filter(chain_id=actor.chain_id, kind=kind).select_related("card_type").order_by("-id")
    return [view_bulk_issue(one, one.card_type.name) for one in found[:limit]]


def list_bulk_cards(
    actor: Actor, bulk_id: UUID, *, now: datetime, after: UUID | None = None, limit: int = 50
) -> tuple[list[CardView], UUID | None]:
    """One page of the cards that a bulk issue made and that are still there, and where the next page goes on."""
    found = rows(
        "SELECT b.card_id FROM bulk_issued_cards b JOIN cards k ON k.id = b.card_id"
        " WHERE b.chain_id = %(chain)s AND b.bulk_issue_id = %(bulk)s AND k.status <> 'undone'"
        " AND (%(after)s::uuid IS NULL OR b.card_id > %(after)s) ORDER BY b.card_id LIMIT %(limit)s",
        {"chain": actor.chain_id, "bulk": bulk_id, "after": after, "limit": limit + 1},
    )
    ids = [values[0] for values in found[:limit]]
    cards = list_cards_by_ids(actor.chain_id, ids, now=now)
    return [cards[card_id] for card_id in ids], ids[-1] if len(found) > limit else None


def list_bulk_links(
    actor: Actor, bulk_id: UUID, *, after: UUID | None = None, limit: int = 2_000
) -> list[tuple[UUID, str, str]]:
    """The next cards of a batch for a printing house: id, number, and the public link that its QR code holds."""
    actor.require("cards:read")
    found = rows(
        "SELECT b.card_id, k.number, k.link_version FROM bulk_issued_cards b JOIN cards k ON k.id = b.card_id"
        " WHERE b.chain_id = %(chain)s AND b.bulk_issue_id = %(bulk)s AND k.status <> 'undone'"
        " AND (%(after)s::uuid IS NULL OR b.card_id > %(after)s) ORDER BY b.card_id LIMIT %(limit)s",
        {"chain": actor.chain_id, "bulk": bulk_id, "after": after, "limit": limit},
    )
    return [(card_id, number, card_link(card_id, version)) for card_id, number, version in found]


def count_bulk_issue(
    actor: Actor,
    card_type_id: UUID,
    *,
    wanted: CustomerFilter | None,
    customer_ids: tuple[UUID, ...] | None,
    country: str,
) -> BulkCount:
    """Count what a bulk issue would do, up to COUNT_MAX customers. Refuses: Forbidden, AddALetter."""
    ids = list(customer_ids or ())
    if wanted is not None:
        ids = list_matching_ids(actor, wanted, country=country, limit=COUNT_MAX + 1)
    found = row(HOLDERS, {"chain": actor.chain_id, "type": card_type_id, "customers": ids})
    known, holders = found or (0, 0)
    return BulkCount(customers=min(known, COUNT_MAX), holders=holders, is_more=known > COUNT_MAX)


HOLDERS = """
SELECT count(*), count(*) FILTER (WHERE EXISTS (
    SELECT FROM cards k WHERE k.customer_id = c.id AND k.card_type_id = %(type)s AND k.status NOT IN ('deleted', 'undone')
)) FROM customers c WHERE c.chain_id = %(chain)s AND c.id = ANY(%(customers)s::uuid[])
"""
