"""Writes of types of gift cards."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.chains.queries import get_chain
from regulars.giftcards.models import GiftCardType
from regulars.giftcards.queries.types import TypeView, access_type, find_type
from regulars.giftcards.rules.types import TypeDraft, TypeTerms, read_type
from regulars.kernel.refusal import ChangedMeanwhile, Invalid, Refused
from regulars.platform.actor import Actor
from regulars.platform.audit import changed_only, record
from regulars.platform.database import unit_of_work
from regulars.programs.rules.validity import present_validity


def create_type(
    actor: Actor, draft: TypeDraft, *, location_ids: Sequence[UUID] | None = None, now: datetime
) -> TypeView:
    """Make a type of gift cards. Refuses: Forbidden, Invalid."""
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        terms = _read(actor, draft)
        made = GiftCardType(chain_id=actor.chain_id, created_at=now)
        _apply(made, terms, location_ids)
        made.save(force_insert=True)
        record(
            actor,
            verb="gift_card_type.created",
            object_kind="gift_card_type",
            object_id=made.id,
            now=now,
            after=_facts(made),
        )
        return _view(actor, made.id)


def change_type(
    actor: Actor,
    identifier: str,
    draft: TypeDraft,
    *,
    location_ids: Sequence[UUID] | None,
    version: int | None = None,
    now: datetime,
) -> TypeView:
    """Change a type. Limits, places and number of payments hold for cards that were sold too; value and validity do not.

    Refuses: Forbidden, NotFound, Invalid, ChangedMeanwhile (where `version` is given and old).
    """
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        found = _lock(actor, identifier)
        if version is not None and version != found.version:
            raise Refused(ChangedMeanwhile())
        terms = _read(actor, draft)
        before = _facts(found)
        _apply(found, terms, location_ids)
        _save(actor, found, before, "gift_card_type.changed", now=now)
        return _view(actor, found.id)


def archive_type(actor: Actor, identifier: str, *, now: datetime) -> TypeView:
    """Sell no more of a type; cards that were sold stay as they are. Refuses: Forbidden, NotFound."""
    return _set_archived(actor, identifier, now, now=now)


def restore_type(actor: Actor, identifier: str, *, now: datetime) -> TypeView:
    """Sell a type again. Refuses: Forbidden, NotFound."""
    return _set_archived(actor, identifier, None, now=now)


def _set_archived(actor: Actor, identifier: str, at: datetime | None, *, now: datetime) -> TypeView:
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        found = _lock(actor, identifier)
        if (found.archived_at is None) != (at is None):
            before = _facts(found)
            found.archived_at = at
            _save(actor, found, before, "gift_card_type.changed", now=now)
        return _view(actor, found.id)


def _lock(actor: Actor, identifier: str) -> GiftCardType:
    found = access_type(actor, identifier)
    return GiftCardType.objects.select_for_update(no_key=True).get(id=found.id)


def _read(actor: Actor, draft: TypeDraft) -> TypeTerms:
    terms, problems = read_type(draft, decimals=get_chain(actor.chain_id).currency_decimals)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    return terms


def _apply(row: GiftCardType, terms: TypeTerms, location_ids: Sequence[UUID] | None) -> None:
    row.name = terms.name
    row.is_single_use = terms.is_single_use
    row.has_code = terms.has_code
    row.values = list(terms.values)
    row.value_min = terms.value_min
    row.value_max = terms.value_max
    row.limits = dict(terms.limits)
    row.validity = present_validity(terms.validity)
    row.location_ids = list(location_ids) if location_ids else None


def _save(actor: Actor, row: GiftCardType, before: dict[str, Any], verb: str, *, now: datetime) -> None:
    before, after = changed_only(before, _facts(row))
    if after:
        row.version += 1
        row.save()
        record(actor, verb=verb, object_kind="gift_card_type", object_id=row.id, now=now, before=before, after=after)


def _facts(row: GiftCardType) -> dict[str, Any]:
    return {
        "name": row.name,
        "single_use": row.is_single_use,
        "with_code": row.has_code,
        "values": list(row.values),
        "value_min": row.value_min,
        "value_max": row.value_max,
        "limits": dict(row.limits),
        "validity": dict(row.validity),
        "locations": [str(one) for one in row.location_ids or ()],
        "archived": row.archived_at is not None,
    }


def _view(actor: Actor, type_id: UUID) -> TypeView:
    found = find_type(actor.chain_id, type_id)
    assert found is not None
    return found
