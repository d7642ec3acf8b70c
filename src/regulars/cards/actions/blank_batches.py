"""Blank cards by tens of thousands: made in the background, by generated numbers or a printer's list (CRD-10)."""

from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.cards.actions.blanks import BLANKS_AT_ONCE, BlanksCommand
from regulars.cards.actions.bulk import Defer
from regulars.cards.actions.issue import refuse_unfit
from regulars.cards.actions.join_slug import ensure_join_slug
from regulars.cards.errors import NumberListNotReady
from regulars.cards.models import BulkIssue, NumberList
from regulars.cards.queries.bulk import BulkIssueView, view_bulk_issue
from regulars.cards.queries.types import CardTypeView, access_card_type
from regulars.cards.rules.number_lists import LISTED_MAX
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work

BLANKS_MAX: Final = LISTED_MAX


def is_for_background(command: BlanksCommand) -> bool:
    """Whether so many cards are made in the background and not while somebody waits."""
    return not command.numbers and command.count > BLANKS_AT_ONCE


def start_blank_cards(actor: Actor, command: BlanksCommand, *, now: datetime, defer: Defer) -> BulkIssueView:
    """Begin to make blank cards with generated numbers in the background.

    Refuses: Forbidden, NotFound, Invalid, ProgramNotActive, CardTypeArchived, NotValidHere.
    """
    actor.require("cards:write")
    if not 1 <= command.count <= BLANKS_MAX:
        detail = f"A whole number from 1 to {BLANKS_MAX}."
        raise Refused(Invalid(errors=(FieldProblem("/count", "out_of_range", detail),)))
    with unit_of_work(actor.chain_id):
        card_type = access_card_type(actor, command.card_type)
        refuse_unfit(actor, card_type, location_id=command.location_id)
        made = _start(
            actor, card_type, total=command.count, location_id=command.location_id, now=now, defer=defer, source=None
        )
    ensure_join_slug(actor.chain_id, card_type.id)
    return made


def start_cards_of_list(actor: Actor, identifier: str, *, now: datetime, defer: Defer) -> BulkIssueView:
    """Begin to make a blank card for every number of a checked list that fits; asked twice, the first batch is answered.

    Refuses: Forbidden, NotFound, NumberListNotReady, ProgramNotActive, CardTypeArchived, NotValidHere.
    """
    actor.require("cards:write")
    list_id = decode("nls", identifier)
    with unit_of_work(actor.chain_id):
        found = NumberList.objects.select_for_update(no_key=True).filter(chain_id=actor.chain_id)
        one = found.filter(id=list_id).first() if list_id else None
        if one is None:
            raise Refused(NotFound())
        card_type = access_card_type(actor, encode("ctp", one.card_type_id))
        if one.state == "used":
            return view_bulk_issue(BulkIssue.objects.get(number_list_id=one.id), card_type.name)
        if one.state != "checked" or not one.good:
            raise Refused(NumberListNotReady())
        refuse_unfit(actor, card_type, location_id=one.location_id)
        one.state = "used"
        one.save(update_fields=["state"])
        made = _start(
            actor, card_type, total=one.good, location_id=one.location_id, now=now, defer=defer, source=one.id
        )
    ensure_join_slug(actor.chain_id, card_type.id)
    return made


def stop_blank_cards(actor: Actor, identifier: str, *, now: datetime) -> BulkIssueView:
    """Stop making the cards of a batch: those made stay and can be taken back, the rest never comes.

    One that is not being made any more stays as it is. Refuses: Forbidden, NotFound.
    """
    actor.require("cards:write")
    bulk_id = decode("blk", identifier)
    with unit_of_work(actor.chain_id):
        found = BulkIssue.objects.select_for_update(no_key=True, of=("self",)).select_related("card_type")
        one = found.filter(chain_id=actor.chain_id, id=bulk_id, kind="blanks").first() if bulk_id else None
        if one is None:
            raise Refused(NotFound())
        if one.state in ("waiting", "running"):
            one.state, one.finished_at = "done", now
            one.save(update_fields=["state", "finished_at"])
            audit.record(actor, verb="bulk_issue.stopped", object_kind="bulk_issue", object_id=one.id, now=now)
        return view_bulk_issue(one, one.card_type.name)


def _start(
    actor: Actor,
    card_type: CardTypeView,
    *,
    total: int,
    location_id: UUID | None,
    now: datetime,
    defer: Defer,
    source: UUID | None,
) -> BulkIssueView:
    batch = BulkIssue.objects.create(
        chain_id=actor.chain_id,
        kind="blanks",
        card_type_id=card_type.id,
        location_id=location_id,
        total=total,
        number_list_id=source,
        created_by=actor.staff_id,
        created_at=now,
    )
    audit.record(
        actor,
        verb="bulk_issue.started",
        object_kind="bulk_issue",
        object_id=batch.id,
        now=now,
        after={"kind": "blanks", "card_type": card_type.external_id, "count": total},
    )
    defer(actor.chain_id, batch.id)
    return view_bulk_issue(batch, card_type.name)
