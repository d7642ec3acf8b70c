"""Giving a card type the word in the address where people join it (WAL-3)."""

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from regulars.cards.errors import JoinSlugTaken
from regulars.cards.queries.join import find_join_door, find_join_slug
from regulars.cards.queries.types import access_card_type
from regulars.cards.rules.join_slug import check_slug, slug_from
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import execute, row, unit_of_work

_TAIL_SIGNS: Final = "23456789abcdefghjkmnpqrstvwxyz"
_TAIL_LENGTH: Final = 4
_SET: Final = "UPDATE card_types SET join_slug = %s WHERE chain_id = %s AND id = %s"


def ensure_join_slug(chain_id: UUID, card_type_id: UUID) -> str:
    """The slug of a card type, made of its name at the first call; the same one ever after, until somebody changes it."""
    with unit_of_work(chain_id):
        return give_join_slug(chain_id, card_type_id)


def give_join_slug(chain_id: UUID, card_type_id: UUID) -> str:
    """`ensure_join_slug` inside the running unit of work, as that of a page that is read."""
    known = find_join_slug(chain_id, card_type_id)
    if known is not None:
        return known
    # Two first calls at once make one slug.
    found = row(
        "SELECT join_slug, name FROM card_types WHERE chain_id = %s AND id = %s FOR NO KEY UPDATE",
        [chain_id, card_type_id],
    )
    assert found is not None, card_type_id
    if found[0] is not None:
        return str(found[0])
    slug = slug_from(found[1])
    while not _take(chain_id, card_type_id, slug):
        slug = slug_from(found[1], "".join(secrets.choice(_TAIL_SIGNS) for _ in range(_TAIL_LENGTH)))
    return slug


def change_join_slug(actor: Actor, identifier: str, slug: str, *, now: datetime) -> str:
    """Let people join a card type at another address; the old one, printed or not, leads nowhere from then on.

    Refuses: Forbidden, NotFound, Invalid, JoinSlugTaken.
    """
    actor.require("cards:write")
    wanted = slug.strip().lower()
    problems = check_slug(wanted, "/join_slug")
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    with unit_of_work(actor.chain_id):
        view = access_card_type(actor, identifier)
        before = find_join_slug(actor.chain_id, view.id)
        if before == wanted:
            return wanted
        if not _take(actor.chain_id, view.id, wanted):
            raise Refused(JoinSlugTaken(slug=wanted))
        audit.record(
            actor,
            verb="card_type.changed",
            object_kind="card_type",
            object_id=view.id,
            now=now,
            before={"join_slug": before},
            after={"join_slug": wanted},
        )
    return wanted


def _take(chain_id: UUID, card_type_id: UUID, slug: str) -> bool:
    if find_join_door(slug) is not None:
        return False
    try:
        with transaction.atomic():
            execute(_SET, [slug, chain_id, card_type_id])
    except IntegrityError:
        # Another chain took it since, or has it on a type that was undone, which the door does not lead to.
        return False
    return True
