"""Switching an expiry policy on where there are balances: shown first, then done for them as was chosen (PRG-3, ORD-13)."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.chains.queries import get_chain
from regulars.kernel.refusal import FieldProblem, Forbidden, Invalid, Refused
from regulars.ledger.queries.policy import (
    Effect,
    Touched,
    effect_on_balances,
    effect_on_lots,
    list_touched_balances,
    list_touched_lots,
    new_end_sql,
)
from regulars.platform.actor import Actor, system_actor
from regulars.platform.audit import record
from regulars.platform.database import execute, retried, rows, unit_of_work
from regulars.programs.actions import BalanceTypeChange, update_balance_type
from regulars.programs.models import BalanceType
from regulars.programs.queries import BalanceTypeView, access_balance_type
from regulars.programs.rules import check_expiry, read_expiry
from regulars.programs.rules.expiry import ExpiryPolicy, balance_end, inactive_since

Existing = Literal["keep", "from_now", "from_start"]
"""What a policy means for units that are there: they keep what they were given (those holding now are protected), live by it
as if they had come in today, or as if it had always been so."""

EXISTING: Final[tuple[Existing, ...]] = get_args(Existing)
ACCOUNTS_PER_CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True)
class PolicyWork:
    """A policy to be carried over to the lots that are there; what a job needs to know of it."""

    balance_type_id: UUID
    old: ExpiryPolicy
    new: ExpiryPolicy
    from_now: bool
    decided_at: datetime


def preview_policy(
    actor: Actor, balance_type: BalanceTypeView, expiry: Mapping[str, Any], *, existing: Existing, now: datetime
) -> Effect:
    """Count whose balances a policy touches and how much; nothing is changed. Refuses: Invalid."""
    actor.require("programs:read")
    new = _policy(expiry, balance_type, existing)
    if existing == "keep":
        return Effect(0, 0, 0, 0, None)
    zone = ZoneInfo(get_chain(actor.chain_id).time_zone)
    if not new.is_of_whole_balance:
        old = balance_type.expiry
        return effect_on_lots(
            actor.chain_id, balance_type.id, old, new, from_now=existing == "from_now", zone=zone, now=now
        )
    before = inactive_since(new, now, zone)
    effect, counted_from = effect_on_balances(actor.chain_id, balance_type.id, before=before, now=now)
    if existing == "from_now":
        effect = replace(effect, balances_at_once=0, units_at_once=0)
        counted_from = now if effect.balances else None
    first_end = balance_end(new, counted_from, zone) if counted_from else None
    return replace(effect, first_end=first_end)


def list_policy_losers(
    actor: Actor,
    balance_type: BalanceTypeView,
    expiry: Mapping[str, Any],
    *,
    existing: Existing,
    now: datetime,
    after: UUID | None,
    limit: int,
) -> list[Touched]:
    """Whose points would end before they would have, in the order of their accounts. Refuses: Forbidden, Invalid."""
    actor.require("customers:read")
    if actor.location_ids is not None:
        raise Refused(Forbidden(needs="customers:read"))
    new = _policy(expiry, balance_type, existing)
    if existing == "keep":
        return []
    zone = ZoneInfo(get_chain(actor.chain_id).time_zone)
    if new.is_of_whole_balance:
        before = None if existing == "from_now" else inactive_since(new, now, zone)
        return list_touched_balances(actor.chain_id, balance_type.id, before=before, after=after, limit=limit)
    return list_touched_lots(
        actor.chain_id,
        balance_type.id,
        balance_type.expiry,
        new,
        from_now=existing == "from_now",
        zone=zone,
        now=now,
        after=after,
        limit=limit,
    )


def change_policy(
    actor: Actor,
    identifier: str,
    change: BalanceTypeChange,
    *,
    existing: Existing | None,
    now: datetime,
    version: int | None = None,
    defer: Callable[[UUID, PolicyWork], None],
) -> BalanceTypeView:
    """Change a balance type; where its policy changes, `existing` says what that means for what is there.

    Units that are there are changed in the background, which `defer` begins; the journal keeps what it meant. Refuses what
    change_balance_type refuses.
    """
    with unit_of_work(actor.chain_id):
        before = access_balance_type(actor, identifier)
        chosen: Existing = existing or "keep"
        if change.expiry is not None:
            if existing is None and change.expiry.get("kind") == "inactive_months":
                chosen = "from_now"
            _policy(change.expiry, before, chosen)
        after = update_balance_type(actor, identifier, change, now=now, version=version)
        if after.expiry == before.expiry or change.expiry is None:
            return after
        effect = preview_policy(actor, before, change.expiry, existing=chosen, now=now)
        counts_from = now if after.expiry.is_of_whole_balance and chosen == "from_now" else None
        BalanceType.objects.filter(id=after.id).update(lapse_counts_from=counts_from)
        record(
            actor,
            verb="balance_type.policy_changed",
            object_kind="balance_type",
            object_id=after.id,
            now=now,
            before={"expiry": asdict(before.expiry)},
            after={"expiry": asdict(after.expiry), "existing": chosen, **_facts(effect)},
        )
        if chosen != "keep":
            defer(
                actor.chain_id,
                PolicyWork(after.id, before.expiry, after.expiry, from_now=chosen == "from_now", decided_at=now),
            )
        return replace(after, lapse_counts_from=counts_from)


def apply_policy(chain_id: UUID, work: PolicyWork, *, limit: int = ACCOUNTS_PER_CHUNK) -> int:
    """Give the lots that are there their new end, account by account in chunks; returns how many lots were changed.

    Safe to run twice and after a kill: a lot that has its new end is left alone.
    """
    after, changed = UUID(int=0), 0

    @retried
    def step() -> tuple[UUID | None, int]:
        with unit_of_work(chain_id):
            zone = get_chain(chain_id).time_zone
            found = rows(
                "SELECT id FROM accounts WHERE chain_id = %s AND balance_type_id = %s AND id > %s ORDER BY id LIMIT %s"
                " FOR NO KEY UPDATE",
                [chain_id, work.balance_type_id, after, limit],
            )
            ids = [values[0] for values in found]
            if not ids:
                return None, 0
            touched = execute(
                f"""
                UPDATE lots SET expires_at = f.ends_at, noticed_at = NULL FROM (
                    SELECT l.id, {new_end_sql(work.old, work.new, from_now=work.from_now)} AS ends_at FROM lots l
                    WHERE l.account_id = ANY(%(ids)s) AND l.remaining > 0
                        AND (l.expires_at IS NULL OR l.expires_at > %(decided_at)s)
                ) f
                WHERE lots.id = f.id AND lots.expires_at IS DISTINCT FROM f.ends_at
                """,
                {"ids": ids, "zone": zone, "decided_at": work.decided_at},
            )
            return ids[-1], touched

    while True:
        last, touched = step()
        changed += touched
        if last is None:
            break
        after = last
    if changed:
        with unit_of_work(chain_id):
            record(
                system_actor(chain_id),
                verb="balance_type.policy_applied",
                object_kind="balance_type",
                object_id=work.balance_type_id,
                now=work.decided_at,
                after={"lots": changed},
            )
    return changed


def _policy(expiry: Mapping[str, Any], balance_type: BalanceTypeView, existing: Existing) -> ExpiryPolicy:
    problems = check_expiry(dict(expiry), "/expiry", kind=balance_type.kind)
    if not problems and expiry.get("kind") == "inactive_months" and existing == "keep":
        detail = "A policy over whole balances has no old and new units: it counts from now, or from the last order."
        problems.append(FieldProblem("/existing", "not_for_whole_balance", detail))
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    return read_expiry(dict(expiry))


def _facts(effect: Effect) -> dict[str, Any]:
    return {
        "balances": effect.balances,
        "units": effect.units,
        "balances_at_once": effect.balances_at_once,
        "units_at_once": effect.units_at_once,
        "balances_sooner": effect.balances_sooner,
        "units_sooner": effect.units_sooner,
    }
