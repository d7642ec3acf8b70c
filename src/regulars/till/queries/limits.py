"""The limits of the till, and what has come near them (TIL-6)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.platform.actor import Actor
from regulars.platform.database import row, rows
from regulars.till.rules.limits import GIVING, Limits
from regulars.till.rules.presses import number_end, short_name

SEES: Final = "staff:write"
DAYS: Final = 30
LINES_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class BusyCard:
    """A card that was given something unusually often on a day, by so many of the staff."""

    card_id: UUID
    number: str
    holder: str
    day: date
    times: int
    staff: int
    names: str
    own: int
    """How often by codes on receipts that were added without the staff."""

    @property
    def who(self) -> str:
        """The holder as the till names people, else the end of the number."""
        return short_name(self.holder) or number_end(self.number)


@dataclass(frozen=True, slots=True)
class BusyStaff:
    """One of the staff who gave unusually often within an hour of the clock."""

    name: str
    hour: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A press that a limit refused."""

    at: datetime
    code: str
    name: str


def find_limits(chain_id: UUID) -> Limits:
    """The limits of the business; sensible ones where nobody set any."""
    found = row("SELECT card_a_day, staff_an_hour FROM till_limits WHERE chain_id = %s", [chain_id])
    return Limits(*found) if found else Limits()


def list_busy_cards(actor: Actor, limits: Limits, *, zone: ZoneInfo, now: datetime) -> list[BusyCard]:
    """Cards that were given something unusually often on a day of the last month, newest first. Refuses: Forbidden."""
    actor.require(SEES)
    found = rows(
        f"""
        SELECT p.card_id, k.number, coalesce(c.name, ''), (p.at AT TIME ZONE %(zone)s)::date AS day, count(*),
            count(DISTINCT p.staff_id), coalesce(string_agg(DISTINCT coalesce(nullif(l.name, ''), l.email), ', '), ''),
            count(*) FILTER (WHERE p.staff_id IS NULL)
        FROM (
            SELECT card_id, staff_id, pressed_at AS at FROM till_presses
            WHERE chain_id = %(chain)s AND kind = ANY(%(kinds)s) AND undone_at IS NULL AND pressed_at > %(since)s
            UNION ALL
            SELECT card_id, NULL, claimed_at FROM receipt_codes
            WHERE chain_id = %(chain)s AND staff_id IS NULL AND claimed_at > %(since)s
        ) p
        JOIN cards k ON k.id = p.card_id
        LEFT JOIN customers c ON c.id = k.customer_id
        LEFT JOIN staff s ON s.id = p.staff_id
        LEFT JOIN logins l ON l.id = s.login_id
        GROUP BY 1, 2, 3, 4 HAVING count(*) >= %(least)s ORDER BY day DESC, count(*) DESC LIMIT {LINES_MAX}
        """,
        {
            "chain": actor.chain_id,
            "zone": zone.key,
            "kinds": list(GIVING),
            "since": now - timedelta(days=DAYS),
            "least": limits.card_is_unusual,
        },
    )
    return [BusyCard(*one) for one in found]


def list_busy_staff(actor: Actor, limits: Limits, *, now: datetime) -> list[BusyStaff]:
    """Staff who gave unusually often within an hour of the last month, newest first. Refuses: Forbidden."""
    actor.require(SEES)
    found = rows(
        f"""
        SELECT coalesce(nullif(l.name, ''), l.email, ''), date_trunc('hour', p.pressed_at) AS hour, count(*)
        FROM till_presses p LEFT JOIN staff s ON s.id = p.staff_id LEFT JOIN logins l ON l.id = s.login_id
        WHERE p.chain_id = %(chain)s AND p.kind = ANY(%(kinds)s) AND p.undone_at IS NULL AND p.pressed_at > %(since)s
        GROUP BY 1, 2 HAVING count(*) >= %(least)s ORDER BY hour DESC LIMIT {LINES_MAX}
        """,
        {
            "chain": actor.chain_id,
            "kinds": list(GIVING),
            "since": now - timedelta(days=DAYS),
            "least": limits.staff_is_unusual,
        },
    )
    return [BusyStaff(*one) for one in found]


def list_refused(actor: Actor, *, now: datetime) -> list[Refused]:
    """What a limit refused in the last month, newest first. Refuses: Forbidden."""
    actor.require(SEES)
    found = rows(
        f"""
        SELECT a.at, coalesce(d.after ->> 'code', ''), coalesce(nullif(l.name, ''), l.email, '')
        FROM audit_entries a LEFT JOIN audit_details d ON d.entry_id = a.id AND d.chain_id = a.chain_id LEFT JOIN staff s ON s.id = a.staff_id LEFT JOIN logins l ON l.id = s.login_id
        WHERE a.chain_id = %s AND a.verb = 'refuse_press' AND a.at > %s ORDER BY a.id DESC LIMIT {LINES_MAX}
        """,
        [actor.chain_id, now - timedelta(days=DAYS)],
    )
    return [Refused(*one) for one in found]
