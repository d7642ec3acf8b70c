"""The life of a card: block, delete, restore, replace, a new link (CRD-3, CRD-7)."""

from dataclasses import replace as changed
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.cards.actions.balances import retry_lost_races
from regulars.cards.actions.numbers import take_numbers, take_short_numbers
from regulars.cards.errors import BalanceLeft, CardExists, CardNotActive, NotRestorable
from regulars.cards.events import (
    CARD_BLOCKED,
    CARD_DELETED,
    CARD_LINK_RENEWED,
    CARD_REPLACED,
    CARD_RESTORED,
    CARD_UNBLOCKED,
)
from regulars.cards.queries.cards import BalanceView, CardView, access_card, find_card
from regulars.cards.rules.numbers import check_number
from regulars.cards.rules.window import restorable_until
from regulars.kernel.amount import format_amount
from regulars.kernel.fields import check_text
from regulars.kernel.ids import encode
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.ledger.actions.post import post
from regulars.ledger.queries.accounts import drawn_lots, lock_accounts
from regulars.ledger.rules.plan import plan_close, plan_reopen
from regulars.ledger.rules.posting import Leg, Posting, Taken
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import execute, from_json, row, rows, unit_of_work
from regulars.platform.events import announce
from regulars.platform.hot import open_cursor
from regulars.programs.rules import read_refunds

REASON_LENGTH_MAX: Final = 500


def block_card(actor: Actor, card: str, *, reason: str, now: datetime) -> CardView:
    """Block a card: it shows its balance and does nothing more. Refuses: Forbidden, NotFound, Invalid, CardNotActive."""
    return _set_status(actor, card, "blocked", reason=_reason(reason), now=now)


def unblock_card(actor: Actor, card: str, *, now: datetime) -> CardView:
    """Make a blocked card active again. Refuses: Forbidden, NotFound, CardNotActive."""
    return _set_status(actor, card, "active", reason="", now=now)


def _reason(text: str) -> str:
    problems = check_text(text, "/reason", length_max=REASON_LENGTH_MAX)
    if not text.strip():
        problems.append(FieldProblem("/reason", "required", "Say why."))
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    return text.strip()


def _set_status(actor: Actor, card: str, status: str, *, reason: str, now: datetime) -> CardView:
    actor.require("cards:write")
    with unit_of_work(actor.chain_id):
        view = _lock(actor, card, now=now)
        if view.status not in ("active", "blocked"):
            raise Refused(CardNotActive(status_of_card=view.status))
        if view.status == status and view.status_reason == reason:
            return view
        _update(view.id, status=status, status_reason=reason)
        _tell(
            actor,
            view,
            verb="card.blocked" if status == "blocked" else "card.unblocked",
            event=CARD_BLOCKED if status == "blocked" else CARD_UNBLOCKED,
            now=now,
            before={"status": view.status, "reason": view.status_reason},
            after={"status": status, "reason": reason},
        )
        return _get(actor, view.id, now=now)


@retry_lost_races
def delete_card(actor: Actor, card: str, *, write_off: bool = False, now: datetime) -> CardView:
    """Delete a card for 30 days to come; what is left on it is posted off where `write_off` says so.

    Refuses: Forbidden, NotFound, CardNotActive, BalanceLeft (always where a deposit is left: move or pay it out first).
    """
    actor.require("cards:delete")
    with unit_of_work(actor.chain_id):
        view = _lock(actor, card, now=now)
        if view.status == "deleted":
            raise Refused(CardNotActive(status_of_card=view.status))
        close_card(actor, view, write_off=write_off, now=now)
        return _get(actor, view.id, now=now)


def close_card(actor: Actor, view: CardView, *, write_off: bool, now: datetime) -> None:
    """Take a locked card out of use inside the running unit of work, with what `delete_card` says. Refuses: BalanceLeft."""
    cursor = open_cursor()
    states = lock_accounts(cursor, [balance.account_id for balance in view.balances], now=now, end_holds=True)
    left = [balance for balance in _get(actor, view.id, now=now).balances if balance.total]
    if left and (not write_off or any(balance.kind == "deposit" for balance in left)):
        raise Refused(_balance_left(left))
    legs = [
        Leg(plan=plan, card_id=view.id, balance_type_id=balance.balance_type_id)
        for balance in left
        if (plan := plan_close(states[balance.account_id]))
    ]
    postings = [
        Posting(
            kind="adjust",
            source="card deleted",
            at=now,
            legs=(leg,),
            staff_id=actor.staff_id,
            key_id=actor.key_id,
            reason="card deleted",
        )
        for leg in legs
    ]
    if postings:
        post(cursor, actor, postings)
    _update(view.id, status="deleted", deleted_at=now)
    execute("DELETE FROM card_slots WHERE card_id = %s", [view.id])
    execute("UPDATE card_devices SET hidden_secret = '' WHERE card_id = %s AND wallet <> ''", [view.id])
    _tell(
        actor,
        view,
        verb="card.deleted",
        event=CARD_DELETED,
        now=now,
        before={"status": view.status},
        after={"status": "deleted", "written_off": [encode("txn", posting.id) for posting in postings]},
    )


def _balance_left(left: list[BalanceView]) -> BalanceLeft:
    parts = [(balance, format_amount(balance.total, balance.decimals)) for balance in left]
    return BalanceLeft(
        text=", ".join(f"{amount} {balance.name}" for balance, amount in parts),
        balances=tuple(
            {"balance_type": balance.external_id, "kind": balance.kind, "total": amount} for balance, amount in parts
        ),
    )


@retry_lost_races
def restore_card(actor: Actor, card: str, *, now: datetime) -> CardView:
    """Bring a deleted card back within 30 days, with what was posted off it; one that was blocked is blocked again.

    Refuses: Forbidden, NotFound, CardNotActive, NotRestorable, CardExists where the holder has another one now.
    """
    actor.require("cards:delete")
    with unit_of_work(actor.chain_id):
        view = _lock(actor, card, now=now)
        if view.status != "deleted" or view.deleted_at is None:
            raise Refused(CardNotActive(status_of_card=view.status))
        if now > restorable_until(view.deleted_at) or _is_erased(view.id):
            raise Refused(NotRestorable())
        _take_slot(actor, view)
        # A card is never blocked without a reason, and keeps it while it is deleted.
        status = "blocked" if view.status_reason else "active"
        _update(view.id, status=status, deleted_at=None)
        _post_back(actor, view, now=now)
        _tell(
            actor,
            view,
            verb="card.restored",
            event=CARD_RESTORED,
            now=now,
            before={"status": "deleted"},
            after={"status": status},
        )
        return _get(actor, view.id, now=now)


def _is_erased(card_id: UUID) -> bool:
    """Whether its holder was erased: nobody could come for it, and with its balance it would be anybody's."""
    found = row("SELECT erased_at IS NOT NULL FROM cards WHERE id = %s", [card_id])
    return bool(found and found[0])


def _take_slot(actor: Actor, view: CardView) -> None:
    holder = f"c:{view.customer_id}" if view.customer_id else f"p:{view.phone}" if view.phone else None
    if holder is None:
        return
    several = row("SELECT several_per_customer FROM card_types WHERE id = %s", [view.type_id])
    if several and several[0]:
        return
    taken = row(
        "INSERT INTO card_slots (chain_id, card_type_id, holder, card_id) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING RETURNING 1",
        [actor.chain_id, view.type_id, holder, view.id],
    )
    if taken is None:
        other = row("SELECT card_id FROM card_slots WHERE card_type_id = %s AND holder = %s", [view.type_id, holder])
        raise Refused(CardExists(card=encode("crd", other[0]) if other else None))


def _post_back(actor: Actor, view: CardView, *, now: datetime) -> None:
    # The remainder comes back to the very lots it left, expiry and all.
    written_off = rows(
        "SELECT t.id, e.id, e.account_id, e.balance_type_id, e.amount, g.refunds FROM entries e"
        " JOIN transactions t ON t.id = e.transaction_id"
        " JOIN balance_types b ON b.id = e.balance_type_id JOIN programs g ON g.id = b.program_id"
        " WHERE e.card_id = %s AND t.source = 'card deleted' AND t.at >= %s"
        " AND NOT EXISTS (SELECT FROM reversals r WHERE r.original_id = t.id) ORDER BY e.id",
        [view.id, view.deleted_at],
    )
    if not written_off:
        return
    cursor = open_cursor()
    states = lock_accounts(cursor, [values[2] for values in written_off], now=now)
    postings = []
    for transaction_id, entry_id, account_id, balance_type_id, amount, refunds in written_off:
        life = read_refunds(from_json(refunds)).returned_lot_life
        plan = plan_reopen(states[account_id], -amount, drawn=drawn_lots(cursor, entry_id), now=now, life=life)
        postings.append(
            Posting(
                kind="reverse",
                source="card restored",
                at=now,
                legs=(Leg(plan=plan, card_id=view.id, balance_type_id=balance_type_id),),
                staff_id=actor.staff_id,
                key_id=actor.key_id,
                reason="card restored",
                taken=Taken(original_id=transaction_id, ordinal=1, amount=abs(amount), left_after=0),
            )
        )
    post(cursor, actor, postings)


def replace_card(actor: Actor, card: str, *, reason: str, number: str = "", now: datetime) -> CardView:
    """Give a lost card a new number, till number and link; accounts, history and passes stay, the old ones are dead.

    Refuses: Forbidden, NotFound, Invalid, CardNotActive, NumberTaken.
    """
    actor.require("cards:write")
    why = _reason(reason)
    problems = check_number(number, "/number") if number else []
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    with unit_of_work(actor.chain_id):
        view = _lock(actor, card, now=now)
        if view.status not in ("active", "blocked"):
            raise Refused(CardNotActive(status_of_card=view.status))
        number_format = row("SELECT number_format FROM card_types WHERE id = %s", [view.type_id])
        assert number_format is not None
        execute(
            "UPDATE card_numbers SET replaced_at = %s WHERE chain_id = %s AND card_id = %s AND replaced_at IS NULL",
            [now, actor.chain_id, view.id],
        )
        execute(
            "UPDATE card_short_numbers SET freed_at = %s WHERE chain_id = %s AND card_id = %s AND freed_at IS NULL",
            [now, actor.chain_id, view.id],
        )
        new = take_numbers(actor, [(view.id, number.strip() or None)], number_format=number_format[0])[view.id]
        short = take_short_numbers(actor.chain_id, [view.id])[view.id]
        _update(view.id, number=new, short_number=short, link_version=view.link_version + 1)
        _tell(
            actor,
            view,
            verb="card.replaced",
            event=CARD_REPLACED,
            now=now,
            before={"number": view.number},
            after={"number": new, "reason": why},
        )
        return _get(actor, view.id, now=now)


def renew_link(actor: Actor, card: str, *, now: datetime) -> CardView:
    """Make a new public link; every older one is dead at once. Refuses: Forbidden, NotFound."""
    actor.require("cards:write")
    with unit_of_work(actor.chain_id):
        view = _lock(actor, card, now=now)
        _update(view.id, link_version=view.link_version + 1)
        _tell(actor, view, verb="card.link_renewed", event=CARD_LINK_RENEWED, now=now, before=None, after=None)
        return changed(view, link_version=view.link_version + 1, version=view.version + 1)


def _lock(actor: Actor, card: str, *, now: datetime) -> CardView:
    view = access_card(actor, card, now=now)
    rows("SELECT FROM cards WHERE chain_id = %s AND id = %s FOR NO KEY UPDATE", [actor.chain_id, view.id])
    return access_card(actor, card, now=now)


def _get(actor: Actor, card_id: UUID, *, now: datetime) -> CardView:
    view = find_card(actor.chain_id, card_id, now=now)
    assert view is not None
    return view


def _update(card_id: UUID, **values: Any) -> None:
    columns = ", ".join(f"{name} = %({name})s" for name in values)
    execute(f"UPDATE cards SET {columns}, version = version + 1 WHERE id = %(card_id)s", values | {"card_id": card_id})


def _tell(
    actor: Actor,
    view: CardView,
    *,
    verb: str,
    event: str,
    now: datetime,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    audit.record(actor, verb=verb, object_kind="card", object_id=view.id, now=now, before=before, after=after)
    announce(actor.chain_id, event, now=now, card_ids=[view.id])
