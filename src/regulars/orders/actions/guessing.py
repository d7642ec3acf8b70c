"""Codes of orders are no way to guess codes: wrong ones are counted as at the door of lookups (RWD-9)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from regulars.codes.actions.lookup import count_wrong_codes, refuse_guessers
from regulars.codes.errors import UnknownCode
from regulars.kernel.codes import code_key
from regulars.kernel.refusal import Refused
from regulars.orders.queries.terms import kept_terms
from regulars.orders.rules.command import OrderDraft
from regulars.orders.rules.view import OrderView
from regulars.platform.actor import Actor


def guarded(
    actor: Actor, draft: OrderDraft, run: Callable[[OrderDraft], OrderView], *, now: datetime, is_asking: bool = False
) -> OrderView:
    """Run what prices or records an order; whoever gave too many wrong codes is not heard for a while.

    An order that is paid already is accepted all the same, and its codes are not looked at. Nothing is asked for an order
    whose codes are slogans of promotions. Refuses: TooManyAttempts, and what `run` does.
    """
    if not _may_guess(actor, draft):
        return run(draft)
    try:
        refuse_guessers(actor, now=now)
    except Refused:
        if is_asking or draft.state == "open" or any(one.is_gift_card for one in draft.spend):
            raise
        draft = replace(draft, hears_slogans_only=True)
    try:
        view = run(draft)
    except Refused as refused:
        if isinstance(refused.refusal, UnknownCode):
            count_wrong_codes(actor, 1, now=now)
        raise
    wrong = sum(one.kind == "unknown" for one in view.redemptions)
    if wrong:
        count_wrong_codes(actor, wrong, now=now)
    return view


def _may_guess(actor: Actor, draft: OrderDraft) -> bool:
    """Whether the order has a gift card, or codes that promotions do not know by themselves."""
    if any(one.is_gift_card for one in draft.spend):
        return True
    if not draft.codes:
        return False
    terms = kept_terms(actor.chain_id)
    return terms is None or any(code_key(one) not in terms.compiled.codes for one in draft.codes)
