"""How much of an inviter's bonus stands after something of the order came back (RWD-7, LED-4); pure."""

from regulars.programs.rules import RefundRules


def bonus_kept(amount: int, *, state: str, total: int, refunded: int, rules: RefundRules) -> int:
    """What the inviter keeps: nothing of an order that came back whole, and in proportion of one that came back in part.

    A program that takes earned points back only with a full refund, or never, does so here too.
    """
    if rules.earned_points == "keep":
        return amount
    if state in ("cancelled", "refunded"):
        return 0
    if rules.earned_points == "only_when_full" or not refunded or not total:
        return amount
    return amount - amount * min(refunded, total) // total
