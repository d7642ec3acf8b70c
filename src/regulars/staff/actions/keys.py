"""API keys: shown once, stored hashed, ended at once (ORG-5)."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.kernel.fields import check_name
from regulars.kernel.refusal import Invalid, NotFound, Refused
from regulars.kernel.text import one_line
from regulars.platform.actor import ALL_RIGHTS, Actor
from regulars.platform.api.keys import hash_key
from regulars.platform.audit import record
from regulars.platform.database import unit_of_work
from regulars.staff import rules
from regulars.staff.models import ApiKey
from regulars.staff.queries import KeyView, access_key, view_key

KEY_BYTES: Final = 32
START_LENGTH: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A key with its text, which exists only here."""

    view: KeyView
    key: str = field(repr=False)


def create_key(actor: Actor, *, name: str, scopes: Collection[str], now: datetime) -> MadeKey:
    """Make a key that acts as the actor's own staff login, within these scopes. Refuses: Forbidden, Invalid."""
    actor.require("keys:write")
    assert actor.staff_id is not None, "a key is bound to a staff login"
    with unit_of_work(actor.chain_id):
        return insert_key(actor, staff_id=actor.staff_id, name=name, scopes=scopes, now=now)


def insert_key(actor: Actor, *, staff_id: UUID, name: str, scopes: Collection[str], now: datetime) -> MadeKey:
    """Make a key inside the running unit of work. Refuses: Invalid."""
    problems = [*check_name(name, "/name"), *rules.check_scopes(scopes, ALL_RIGHTS)]
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    key = _new_key()
    made = ApiKey.objects.create(
        chain_id=actor.chain_id,
        staff_id=staff_id,
        name=one_line(name),
        start=key[:START_LENGTH],
        key_hash=hash_key(key),
        scopes=sorted(scopes),
    )
    _record(
        actor,
        made,
        "key.created",
        before={},
        after={"name": made.name, "scopes": made.scopes, "staff": staff_id},
        now=now,
    )
    return MadeKey(view=_view(made), key=key)


def regenerate_key(actor: Actor, identifier: str, *, now: datetime) -> MadeKey:
    """Give a key a new text; the old one ends with this. Refuses: Forbidden, NotFound (revoked keys too)."""
    actor.require("keys:write")
    key = _new_key()
    with unit_of_work(actor.chain_id):
        found = _lock(actor, identifier)
        if found.revoked_at is not None:
            raise Refused(NotFound())
        before = {"start": found.start}
        found.start, found.key_hash, found.last_used_at = key[:START_LENGTH], hash_key(key), None
        found.save()
        _record(actor, found, "key.regenerated", before=before, after={"start": found.start}, now=now)
        return MadeKey(view=_view(found), key=key)


def revoke_key(actor: Actor, identifier: str, *, now: datetime) -> KeyView:
    """End a key with this. Refuses: Forbidden, NotFound."""
    actor.require("keys:write")
    with unit_of_work(actor.chain_id):
        found = _lock(actor, identifier)
        if found.revoked_at is None:
            found.revoked_at = now
            found.save()
            _record(actor, found, "key.revoked", before={"revoked_at": None}, after={"revoked_at": now}, now=now)
        return _view(found)


def _new_key() -> str:
    """`rk_` and 43 letters: 256 random bits."""
    return "rk_" + secrets.token_urlsafe(KEY_BYTES)


def _lock(actor: Actor, identifier: str) -> ApiKey:
    return ApiKey.objects.select_for_update(no_key=True).get(id=access_key(actor, identifier).id)


def _view(key: ApiKey) -> KeyView:
    return view_key(ApiKey.objects.select_related("staff__login").get(id=key.id))


def _record(
    actor: Actor, key: ApiKey, verb: str, *, before: dict[str, Any], after: dict[str, Any], now: datetime
) -> None:
    record(actor, verb=verb, object_kind="key", object_id=key.id, now=now, before=before or None, after=after)
