"""What somebody may give away with a membership: what its price says, up to what they may adjust by hand (RWD-6, ORG-2)."""

from typing import Final

from regulars.cards.errors import AboveLimit
from regulars.kernel.amount import parse_amount
from regulars.kernel.refusal import Forbidden, Refused
from regulars.memberships.rules.freeze import worth_of_more
from regulars.memberships.rules.states import MembershipState
from regulars.platform.actor import Actor
from regulars.platform.database import row

RIGHT: Final = "promotions:write"


def may_give_away(actor: Actor) -> bool:
    """Whether the actor may give anything away: days, visits, or money that was paid."""
    return actor.may(RIGHT) or _limit_of(actor) is not None


def refuse_gift(actor: Actor, one: MembershipState, *, days: int, visits: int, decimals: int) -> None:
    """Refuse more days or visits than the actor may give away. Refuses: Forbidden, AboveLimit."""
    if not actor.may(RIGHT):
        _refuse_above(actor, worth_of_more(one, days=days, visits=visits), decimals)


def refuse_refund(actor: Actor, money: int, decimals: int) -> None:
    """Refuse to give back more money than the actor may adjust by. Refuses: Forbidden, AboveLimit."""
    if money and not actor.may(RIGHT):
        _refuse_above(actor, money, decimals)


def _refuse_above(actor: Actor, money: int | None, decimals: int) -> None:
    """Whoever has no limit of their own, like a key, needs the right; so does what nobody can put a price on."""
    limit = _limit_of(actor)
    if limit is None or money is None:
        raise Refused(Forbidden(needs=RIGHT))
    if money > parse_amount(limit, decimals):
        raise Refused(AboveLimit(limit=limit))


def _limit_of(actor: Actor) -> str | None:
    if actor.staff_id is None:
        return None
    found = row("SELECT adjust_limit FROM staff WHERE chain_id = %s AND id = %s", [actor.chain_id, actor.staff_id])
    return found[0] if found else None
