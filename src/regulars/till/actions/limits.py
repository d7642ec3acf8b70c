"""Limits of the till: set by the owner, kept by every press that gives something (TIL-6)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from regulars.kernel.refusal import FieldProblem, Invalid, Refusal, Refused
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import after_edge, execute, row, unit_of_work
from regulars.till.errors import CardTooOften, StaffTooOften
from regulars.till.queries.limits import find_limits
from regulars.till.rules.limits import GIVING, MOST, Limits

SETS: Final = "settings:write"


def refuse_too_often(actor: Actor, card_id: UUID | None, *, now: datetime) -> None:
    """Refuse one more gift than a limit allows, and note that it was. Inside the unit of work that holds the card.

    Codes on receipts count for the card whoever claims them, and for the staff where they scan them: those are presses.
    Refuses: CardTooOften, StaffTooOften.
    """
    limits = find_limits(actor.chain_id)
    counted = row(
        """
        SELECT (SELECT count(*) FROM till_presses WHERE card_id = %(card)s AND kind = ANY(%(kinds)s) AND undone_at IS NULL
                AND pressed_at > %(day)s)
            + (SELECT count(*) FROM receipt_codes WHERE card_id = %(card)s AND staff_id IS NULL AND claimed_at > %(day)s),
            (SELECT count(*) FROM till_presses WHERE chain_id = %(chain)s AND staff_id = %(staff)s
                AND kind = ANY(%(kinds)s) AND undone_at IS NULL AND pressed_at > %(hour)s)
        """,
        {
            "card": card_id,
            "kinds": list(GIVING),
            "chain": actor.chain_id,
            "staff": actor.staff_id,
            "day": now - timedelta(days=1),
            "hour": now - timedelta(hours=1),
        },
    )
    assert counted is not None
    if counted[0] >= limits.card_a_day:
        _refuse(actor, CardTooOften(most=limits.card_a_day), card_id, now=now)
    if counted[1] >= limits.staff_an_hour:
        _refuse(actor, StaffTooOften(most=limits.staff_an_hour), card_id, now=now)


def _refuse(actor: Actor, refusal: Refusal, card_id: UUID | None, *, now: datetime) -> None:
    """Refuse, and leave a line in the journal that outlives the refusal."""

    def note() -> None:
        with unit_of_work(actor.chain_id):
            record(
                actor,
                verb="refuse_press",
                object_kind="card",
                object_id=card_id,
                now=now,
                after={"code": refusal.code},
            )

    after_edge(note)
    raise Refused(refusal)


def set_limits(actor: Actor, limits: Limits, *, now: datetime) -> None:
    """Set how often is too often. Refuses: Forbidden, Invalid."""
    actor.require(SETS)
    problems = tuple(
        FieldProblem(pointer, "out_of_range", f"1 to {MOST}.")
        for pointer, value in (("/card_a_day", limits.card_a_day), ("/staff_an_hour", limits.staff_an_hour))
        if not 1 <= value <= MOST
    )
    if problems:
        raise Refused(Invalid(errors=problems))
    with unit_of_work(actor.chain_id):
        before = find_limits(actor.chain_id)
        execute(
            "INSERT INTO till_limits (chain_id, card_a_day, staff_an_hour) VALUES (%s, %s, %s)"
            " ON CONFLICT (chain_id) DO UPDATE SET card_a_day = excluded.card_a_day, staff_an_hour = excluded.staff_an_hour",
            [actor.chain_id, limits.card_a_day, limits.staff_an_hour],
        )
        record(
            actor,
            verb="set_till_limits",
            object_kind="chain",
            object_id=actor.chain_id,
            now=now,
            before={"card_a_day": before.card_a_day, "staff_an_hour": before.staff_an_hour},
            after={"card_a_day": limits.card_a_day, "staff_an_hour": limits.staff_an_hour},
        )
