"""What a change of a promotion would take from people, before it is made (ORD-13)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.cards.queries.people import require_everybody
from regulars.chains.queries import get_chain
from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import rows
from regulars.promotions.models import Promotion, PromotionVersion
from regulars.promotions.queries.promised.subjects import Ground, Loser, Loss, count_losses, list_losers
from regulars.promotions.queries.promotions import access_promotion, definition_part, find_row
from regulars.promotions.queries.written import current_names
from regulars.promotions.rules.definition import read_definition
from regulars.promotions.rules.definition.values import Definition
from regulars.promotions.rules.promised import Change, Promise, broken_promises

TWINS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a change would break, promise by promise; nothing is changed by asking."""

    change: Change
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class Twin:
    """Another promotion that runs under the same name."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class KeptView:
    """A decision that some keep a version until a moment, with how many they were."""

    id: UUID
    number: int
    change: Change
    until: datetime
    people: int
    orders: int
    at: datetime


def preview_change(actor: Actor, identifier: str, change: Change, *, now: datetime) -> Outlook:
    """Count who would lose what by publishing the draft, by a rest, or by the end. Refuses: Forbidden, NotFound."""
    found = _row(actor, identifier)
    ground = ground_of(found, now=now)
    return Outlook(change, tuple(count_losses(ground, promises_of(found, change))))


def list_who_loses(
    actor: Actor, identifier: str, change: Change, kind: str, *, now: datetime, after: UUID | None, limit: int
) -> tuple[Promise, list[Loser]]:
    """Those who would lose something of a kind, in the order of their ids. Refuses: Forbidden, NotFound (nobody would)."""
    require_everybody(actor)
    found = _row(actor, identifier)
    promise = next((one for one in promises_of(found, change) if one.kind == kind), None)
    if promise is None:
        raise Refused(NotFound())
    return promise, list_losers(ground_of(found, now=now), promise, after=after, limit=limit)


def promises_of(promotion: Promotion, change: Change) -> tuple[Promise, ...]:
    """What a change of this promotion breaks; nothing where it never ran, has ended, or where the change changes nothing."""
    if not promotion.published or promotion.state == "ended":
        return ()
    version = PromotionVersion.objects.get(promotion_id=promotion.id, number=promotion.published)
    old = _definition(promotion.chain_id, version.content)
    if change == "pause" and promotion.state != "active":
        return ()
    if change != "publish":
        return broken_promises(old, None) if old else ()
    if promotion.draft is None:
        return ()
    new = _definition(promotion.chain_id, promotion.draft)
    if old is None or new is None:
        return ()
    return broken_promises(old, new, drops_cards=_drops_cards(version.content, promotion.draft))


def ground_of(promotion: Promotion, *, now: datetime) -> Ground:
    """Of whom to ask: holders of the cards that the published version is for."""
    if promotion.card_type_ids is None:
        asked = [promotion.chain_id, promotion.program_id]
        card_types = [
            values[0] for values in rows("SELECT id FROM card_types WHERE chain_id = %s AND program_id = %s", asked)
        ]
    else:
        card_types = list(promotion.card_type_ids)
    zone = ZoneInfo(get_chain(promotion.chain_id).time_zone)
    return Ground(promotion.chain_id, promotion.id, card_types, zone, now)


def list_kept(actor: Actor, promotion_id: UUID, *, now: datetime) -> list[KeptView]:
    """Who keeps which version of a promotion until when, as far as it is not over; newest first."""
    actor.require("promotions:read")
    found = rows(
        "SELECT id, number, change, until, people, orders, at FROM kept_versions"
        " WHERE chain_id = %s AND promotion_id = %s AND until > %s ORDER BY id DESC LIMIT 50",
        [actor.chain_id, promotion_id, now],
    )
    return [KeptView(*values) for values in found]


def find_twins(actor: Actor, promotion_id: UUID, name: str) -> list[Twin]:
    """Other promotions that run under this name, whatever its letters' case."""
    actor.require("promotions:read")
    found = rows(
        "SELECT id, name FROM promotions WHERE chain_id = %s AND state = 'active' AND id <> %s"
        " AND lower(name) = lower(%s) ORDER BY id LIMIT %s",
        [actor.chain_id, promotion_id, name, TWINS_MAX],
    )
    return [Twin(*values) for values in found]


def read_version(chain_id: UUID, promotion_id: UUID, number: int) -> Definition | None:
    """What a published version says; None where it cannot be read any more."""
    version = PromotionVersion.objects.filter(chain_id=chain_id, promotion_id=promotion_id, number=number).first()
    return _definition(chain_id, version.content) if version else None


def _row(actor: Actor, identifier: str) -> Promotion:
    view = access_promotion(actor, identifier)
    found = find_row(actor.chain_id, view.id)
    assert found is not None
    return found


def _definition(chain_id: UUID, content: dict[str, Any]) -> Definition | None:
    read = read_definition(definition_part(content), replace(current_names(chain_id), is_trusting=True))
    return read if isinstance(read, Definition) else None


def _drops_cards(old: dict[str, Any], new: dict[str, Any]) -> bool:
    before, after = old.get("card_types"), new.get("card_types")
    if after is None:
        return False
    return before is None or not {decode("ctp", one) for one in before} <= {decode("ctp", one) for one in after}
