"""Steps in the life of vouchers as parts of the one statement that writes what they belong to (DESIGN section 4).

Exact under races: a voucher that is not as it was read makes the whole statement fail, and whoever runs it (`ledger.post`)
raises LostRace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from regulars.kernel.ids import new_id
from regulars.ledger.actions.post import Part
from regulars.platform.actor import Actor
from regulars.vouchers.events import (
    VOUCHER_ACTIVATED,
    VOUCHER_CANCELLED,
    VOUCHER_EXPIRED,
    VOUCHER_GIVEN_BACK,
    VOUCHER_REDEEMED,
)
from regulars.vouchers.rules.redeeming import Redemption, next_states
from regulars.vouchers.rules.states import Verb
from regulars.vouchers.rules.vouchers import VoucherState

KINDS: Final[dict[Verb, str]] = {
    "activate": VOUCHER_ACTIVATED,
    "redeem": VOUCHER_REDEEMED,
    "give_back": VOUCHER_GIVEN_BACK,
    "cancel": VOUCHER_CANCELLED,
    "expire": VOUCHER_EXPIRED,
}

# `@` is the verb, so that one statement may redeem some vouchers and give others back. The steps are written only where
# every voucher was as it had been read; a second step to the same version would break the key besides.
STEP: Final = """
@_changed AS (
    UPDATE vouchers SET state = w.state, version = vouchers.version + 1, redeemed_at = w.redeemed_at,
        redeemed_location_id = CASE WHEN w.redeemed_at IS NOT NULL THEN w.location END,
        redeemed_staff_id = CASE WHEN w.redeemed_at IS NOT NULL THEN %(@_staff)s::uuid END,
        redeemed_key_id = CASE WHEN w.redeemed_at IS NOT NULL THEN %(@_key)s::uuid END,
        order_id = CASE WHEN w.redeemed_at IS NOT NULL THEN w.order_id END,
        is_of_order = w.redeemed_at IS NOT NULL AND w.of_order, state_reason = %(@_reason)s::text
    FROM unnest(%(@_ids)s::uuid[], %(@_versions)s::int[], %(@_states)s::text[], %(@_redeemed_ats)s::timestamptz[],
        %(@_locations)s::uuid[], %(@_orders)s::uuid[], %(@_of_orders)s::boolean[])
        AS w (id, seen, state, redeemed_at, location, order_id, of_order)
    WHERE vouchers.id = w.id AND vouchers.chain_id = %(chain)s::uuid AND vouchers.version = w.seen
    RETURNING vouchers.id
), @_noted AS (
    INSERT INTO voucher_events (voucher_id, version, id, chain_id, verb, state, at, staff_id, key_id, location_id,
        order_id, through)
    SELECT w.id, w.seen + 1, w.step, %(chain)s::uuid, %(@_verb)s::text, w.state, %(@_now)s::timestamptz,
        %(@_staff)s::uuid, %(@_key)s::uuid, w.location, w.order_id, %(@_through)s::text
    FROM unnest(%(@_ids)s::uuid[], %(@_versions)s::int[], %(@_states)s::text[], %(@_steps)s::uuid[],
        %(@_locations)s::uuid[], %(@_orders)s::uuid[]) AS w (id, seen, state, step, location, order_id)
    WHERE (SELECT regulars_all_written((SELECT count(*) FROM @_changed), %(@_wanted)s::bigint)::text) = ''
), @_announced AS (
    INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
    SELECT w.event, %(chain)s::uuid, %(@_now)s::timestamptz, %(@_kind)s::text, array_remove(ARRAY[w.card], NULL),
        ARRAY[]::uuid[], jsonb_build_object('voucher_id', w.id, 'state', w.state, 'order_id', w.order_id)
    FROM unnest(%(@_ids)s::uuid[], %(@_events)s::uuid[], %(@_cards)s::uuid[], %(@_states)s::text[],
        %(@_orders)s::uuid[]) AS w (id, event, card, state, order_id)
), @_queued AS (
    INSERT INTO event_queue (event_id, chain_id)
    SELECT e, %(chain)s::uuid FROM unnest(%(@_events)s::uuid[]) AS e
), @_audited AS (
    INSERT INTO audit_entries (id, chain_id, at, staff_id, login_id, key_id, through, address, request_id, verb,
        object_kind, object_id, location_id)
    SELECT w.audit, %(chain)s::uuid, %(@_now)s::timestamptz, %(@_staff)s::uuid, %(@_login)s::uuid, %(@_key)s::uuid,
        %(@_through)s::text, %(@_address)s::text, %(@_request)s::text, %(@_kind)s::text, 'voucher', w.id, w.location
    FROM unnest(%(@_ids)s::uuid[], %(@_audits)s::uuid[], %(@_locations)s::uuid[]) AS w (id, audit, location)
)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """A voucher that a redemption is taken back of, as it was read under its lock; `order_id` is the order that returns it."""

    voucher: VoucherState
    order_id: UUID | None = None
    location_id: UUID | None = None


def redeem_parts(actor: Actor, redemptions: Sequence[Redemption], *, now: datetime) -> list[Part]:
    """Redeem these vouchers, each of which `check_redeem` let pass under its lock."""
    return step_parts(actor, "redeem", redemptions, now=now)


def give_back_parts(actor: Actor, returned: Sequence[Return], *, now: datetime, reason: str = "") -> list[Part]:
    """Make redeemed vouchers active again. One whose time is over meanwhile expires at once."""
    steps = [
        Redemption(voucher=one.voucher, location_id=one.location_id, order_id=one.order_id, is_of_order=False)
        for one in returned
    ]
    return step_parts(actor, "give_back", steps, now=now, reason=reason)


def step_parts(actor: Actor, verb: Verb, steps: Sequence[Redemption], *, now: datetime, reason: str = "") -> list[Part]:
    """One step of each of these vouchers, each of which its state allows."""
    if not steps:
        return []
    states = next_states([one.voucher for one in steps], verb, now=now)
    values = {
        "ids": [one.voucher.id for one in steps],
        "versions": [one.voucher.version for one in steps],
        "states": list(states),
        "redeemed_ats": [now if verb == "redeem" else None for _ in steps],
        "locations": [one.location_id for one in steps],
        "orders": [one.order_id for one in steps],
        "of_orders": [one.is_of_order for one in steps],
        "steps": [new_id() for _ in steps],
        "events": [new_id() for _ in steps],
        "audits": [new_id() for _ in steps],
        "cards": [one.voucher.card_id for one in steps],
        "wanted": len(steps),
        "verb": verb,
        "kind": KINDS[verb],
        "now": now,
        "reason": reason,
        "staff": actor.staff_id,
        "key": actor.key_id,
        "login": actor.login_id,
        "through": actor.through,
        "address": actor.address,
        "request": actor.request_id,
    }
    return [Part(_statement(verb), {f"{verb}_{name}": value for name, value in values.items()})]


@lru_cache(maxsize=8)
def _statement(verb: Verb) -> str:
    return STEP.replace("@", verb)
