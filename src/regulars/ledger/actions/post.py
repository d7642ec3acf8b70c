"""The one statement that writes the ledger: everything a set of transactions changes, or nothing."""

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from psycopg import errors

from regulars.kernel.ids import new_id
from regulars.ledger.actions.statements import (
    ACCOUNTS,
    ANSWER,
    AUDIT,
    DRAWS,
    ENTRIES,
    EVENT,
    EXTERNAL_IDS,
    NEW_LOTS,
    NOTES,
    REVERSALS,
    TRANSACTIONS,
)
from regulars.ledger.events import BALANCE_CHANGED
from regulars.ledger.rules.plan import Draw
from regulars.ledger.rules.posting import Leg, Posting
from regulars.platform.actor import Actor
from regulars.platform.claims import StoredAnswer
from regulars.platform.hot import HotCursor, RaceLost
from regulars.platform.hot_wire import Texts


class LostRace(RaceLost):
    """A row was not as it was read; the transaction is rolled back and the action tried again."""


@dataclass(frozen=True, slots=True)
class Part:
    """One more thing that is written in the same statement: a named data-modifying part and its values.

    `%(chain)s` is the chain; other names must not be those of the ledger's own parts.
    """

    statement: str
    parameters: Mapping[str, Any]


@lru_cache(maxsize=256)
def statement(*parts: str) -> str:
    """Put together the statement that writes just what is there to write."""
    checks = [check for part, check in ((ACCOUNTS, ALL_CHANGED), (DRAWS, ALL_DRAWN)) if part in parts]
    return "WITH" + ",".join(parts) + f"SELECT {', '.join(checks) or 'NULL'}"


ALL_CHANGED: Final = "regulars_all_written((SELECT count(*) FROM changed), %(accounts_wanted)s)"
ALL_DRAWN: Final = "regulars_all_written((SELECT count(*) FROM drawn), %(lots_wanted)s)"


def post(
    cursor: HotCursor,
    actor: Actor,
    postings: Sequence[Posting],
    *,
    answers: Sequence[StoredAnswer] = (),
    and_commit: bool = False,
    also: Sequence[Part] = (),
    askers: Mapping[UUID, Actor] = MappingProxyType({}),
) -> None:
    """Write transactions with their entries, lots, draws, event, audit entries and stored answers, in one statement.

    One account may be changed by several legs, each planned on what the one before leaves (`rules.chained`). `also` is
    what else belongs to them and is written in the same statement. `askers` names, by transaction, whose request it was,
    where those of several requests are written together; all came with one key. `and_commit` says that it is the last of its unit of
    work, so that the commit may travel with it. Raises LostRace where an account or lot is not as it was planned with.
    """
    if not also and len(postings) == 1 and len(answers) <= 1 and is_simple(postings[0]):
        try:
            cursor.call(POST_ONE, _one(actor, postings[0], answers[0] if answers else None), and_commit=and_commit)
        except errors.SerializationFailure as problem:
            raise LostRace from problem
        return
    legs = [(posting, leg) for posting in postings for leg in posting.legs]
    draws = [(leg, draw) for _, leg in legs for draw in leg.plan.draws]
    parts: list[str] = [part.statement for part in also]
    parameters: dict[str, Any] = {"chain": actor.chain_id}
    for part in also:
        parameters |= part.parameters
    if legs:
        parts += [ACCOUNTS, TRANSACTIONS, ENTRIES, EVENT]
        parameters |= _facts(actor, postings, legs)
        # What an order did stands in the journal with the order.
        audited = [posting for posting in postings if posting.order_id is None]
        if audited:
            parts.append(AUDIT)
            parameters |= _audited(actor, audited, askers)
    if any(leg.plan.new_lot for _, leg in legs):
        parts.append(NEW_LOTS)
        parameters |= _lots(legs, draws)
    if draws:
        parts.append(DRAWS)
        parameters |= _draws(draws, {leg.lot_id for _, leg in legs if leg.plan.new_lot})
    for text, more in (
        (REVERSALS, _reversals(postings)),
        (NOTES, _notes(postings, parameters)),
        (EXTERNAL_IDS, _names(postings)),
        (ANSWER, _answers(answers)),
    ):
        if more:
            parts.append(text)
            parameters |= more
    parameters["accounts_wanted"] = len(parameters.get("account_ids", ()))
    parameters["lots_wanted"] = len(parameters.get("drawn_lots", ()))
    try:
        cursor.call(statement(*parts), parameters, and_commit=and_commit)
    except errors.SerializationFailure as problem:
        raise LostRace from problem


def _draws(draws: Sequence[tuple[Leg, Draw]], opened: Collection[UUID]) -> dict[str, Any]:
    # A lot may be drawn twice in one statement, and an UPDATE touches each row once. One that the statement itself opens is
    # not there to be updated: it is opened with what is left of it.
    drawn: dict[UUID, int] = {}
    for _, draw in draws:
        if draw.lot_id not in opened:
            drawn[draw.lot_id] = drawn.get(draw.lot_id, 0) + draw.amount
    return {
        "draw_entries": [leg.entry_id for leg, _ in draws],
        "draw_lots": [draw.lot_id for _, draw in draws],
        "draw_amounts": [draw.amount for _, draw in draws],
        "drawn_lots": list(drawn),
        "drawn_amounts": list(drawn.values()),
    }


def is_simple(posting: Posting) -> bool:
    """Whether the function for one change by hand can write it: one leg, taken back from nowhere, of no order."""
    return (
        len(posting.legs) == 1 and posting.taken is None and posting.order_id is None and posting.promotion_id is None
    )


POST_ONE: Final = """
SELECT regulars_post_one(%(chain)s, %(account)s, %(version)s, %(balance)s, %(amount)s, %(card)s, %(balance_type)s,
%(transaction)s, %(entry)s, %(kind)s, %(source)s, %(at)s, %(staff)s, %(key)s, %(location)s, %(import)s, %(external_id)s,
%(note)s, %(salt)s, %(lot)s, %(lot_amount)s, %(lot_remaining)s, %(lot_start)s, %(lot_end)s, %(draw_lots)s,
%(draw_amounts)s, %(event)s, %(event_kind)s, %(audit)s, %(login)s, %(through)s, %(address)s, %(request_id)s, %(holder)s,
%(route)s, %(idempotency_key)s, %(body_hash)s, %(status)s, %(answer)s)
"""


def _one(actor: Actor, posting: Posting, answer: StoredAnswer | None) -> dict[str, Any]:
    leg = posting.legs[0]
    plan, lot = leg.plan, leg.plan.new_lot
    return {
        "chain": actor.chain_id,
        "account": plan.account_id,
        "version": plan.version,
        "balance": plan.balance_after,
        "amount": plan.amount,
        "card": leg.card_id,
        "balance_type": leg.balance_type_id,
        "transaction": posting.id,
        "entry": leg.entry_id,
        "kind": posting.kind,
        "source": posting.source,
        "at": posting.at,
        "staff": posting.staff_id,
        "key": posting.key_id,
        "location": posting.location_id,
        "import": posting.import_id,
        "external_id": posting.external_id,
        "note": posting.reason,
        "salt": secrets.token_bytes(16) if posting.reason else None,
        "lot": leg.lot_id if lot else None,
        "lot_amount": lot.amount if lot else None,
        "lot_remaining": lot.remaining if lot else None,
        "lot_start": lot.activates_at if lot else None,
        "lot_end": lot.expires_at if lot else None,
        "draw_lots": [draw.lot_id for draw in plan.draws],
        "draw_amounts": [draw.amount for draw in plan.draws],
        "event": new_id(),
        "event_kind": BALANCE_CHANGED,
        "audit": new_id(),
        "login": actor.login_id,
        "through": actor.through,
        "address": actor.address,
        "request_id": actor.request_id,
        "holder": answer.holder_id if answer else None,
        "route": answer.route if answer else None,
        "idempotency_key": answer.key if answer else None,
        "body_hash": answer.body_hash if answer else None,
        "status": answer.status if answer else None,
        "answer": answer.answer if answer else None,
    }


def _facts(actor: Actor, postings: Sequence[Posting], legs: Sequence[tuple[Posting, Leg]]) -> dict[str, Any]:
    accounts = {leg.plan.account_id: leg.plan for _, leg in legs}
    # An order that earned or redeemed keeps a balance alive that ends for want of orders (PRG-3).
    ordered = {
        leg.plan.account_id: posting.at
        for posting, leg in legs
        if posting.order_id is not None and posting.kind in ("earn", "redeem")
    }
    return {
        "chain": actor.chain_id,
        "account_ids": list(accounts),
        "versions": [plan.version for plan in accounts.values()],
        "balances": [plan.balance_after for plan in accounts.values()],
        "ordered_ats": [ordered.get(account_id) for account_id in accounts],
        "entry_accounts": [leg.plan.account_id for _, leg in legs],
        "balances_after": [leg.plan.balance_after for _, leg in legs],
        "ids": [posting.id for posting in postings],
        "card_ids": [posting.card_id for posting in postings],
        "kinds": Texts(posting.kind for posting in postings),
        "sources": Texts(posting.source for posting in postings),
        "ats": [posting.at for posting in postings],
        "staff_ids": [posting.staff_id for posting in postings],
        "key_ids": [posting.key_id for posting in postings],
        "location_ids": [posting.location_id for posting in postings],
        "import_ids": [posting.import_id for posting in postings],
        "order_ids": [posting.order_id for posting in postings],
        "promotion_ids": [posting.promotion_id for posting in postings],
        "reversed_ids": [posting.taken.original_id if posting.taken else None for posting in postings],
        "external_ids": Texts(posting.external_id for posting in postings),
        "note_hashes": [None] * len(postings),
        "entry_ids": [leg.entry_id for _, leg in legs],
        "entry_transactions": [posting.id for posting, _ in legs],
        "entry_cards": [leg.card_id for _, leg in legs],
        "entry_types": [leg.balance_type_id for _, leg in legs],
        "entry_kinds": Texts(posting.kind for posting, _ in legs),
        "amounts": [leg.plan.amount for _, leg in legs],
        "entry_ats": [posting.at for posting, _ in legs],
        "event_id": new_id(),
        "event_at": postings[0].at,
        "event_kind": BALANCE_CHANGED,
        "event_cause": postings[0].kind,
        "event_cards": sorted({leg.card_id for _, leg in legs}),
    }


def _audited(actor: Actor, postings: Sequence[Posting], askers: Mapping[UUID, Actor]) -> dict[str, Any]:
    asked_by = [askers.get(posting.id, actor) for posting in postings]
    return {
        "audit_ids": [new_id() for _ in postings],
        "audited_ids": [posting.id for posting in postings],
        "audited_kinds": Texts(posting.kind for posting in postings),
        "audited_ats": [posting.at for posting in postings],
        "audited_locations": [posting.location_id for posting in postings],
        "staff": actor.staff_id,
        "login": actor.login_id,
        "api_key": actor.key_id,
        "through": actor.through,
        "audited_addresses": Texts(one.address for one in asked_by),
        "audited_requests": Texts(one.request_id for one in asked_by),
    }


def _lots(legs: Sequence[tuple[Posting, Leg]], draws: Sequence[tuple[Leg, Draw]]) -> dict[str, Any]:
    new = [(leg, leg.plan.new_lot) for _, leg in legs if leg.plan.new_lot]
    drawn: dict[UUID, int] = {}
    for _, draw in draws:
        drawn[draw.lot_id] = drawn.get(draw.lot_id, 0) + draw.amount
    return {
        "lot_ids": [leg.lot_id for leg, _ in new],
        "lot_accounts": [leg.plan.account_id for leg, _ in new],
        "lot_cards": [leg.card_id for leg, _ in new],
        "lot_entries": [leg.entry_id for leg, _ in new],
        "lot_amounts": [lot.amount for _, lot in new],
        "lot_remainings": [lot.remaining - drawn.get(leg.lot_id, 0) for leg, lot in new],
        "lot_starts": [lot.activates_at for _, lot in new],
        "lot_ends": [lot.expires_at for _, lot in new],
    }


def _reversals(postings: Sequence[Posting]) -> dict[str, Any]:
    takers = [(posting, posting.taken) for posting in postings if posting.taken]
    if not takers:
        return {}
    return {
        "originals": [taken.original_id for _, taken in takers],
        "ordinals": [taken.ordinal for _, taken in takers],
        "takers": [posting.id for posting, _ in takers],
        "taken_amounts": [taken.amount for _, taken in takers],
        "lefts": [taken.left_after for _, taken in takers],
        "taken_ats": [posting.at for posting, _ in takers],
    }


def _notes(postings: Sequence[Posting], parameters: dict[str, Any]) -> dict[str, Any]:
    salts = {posting.id: secrets.token_bytes(16) for posting in postings if posting.reason}
    if not salts:
        return {}
    parameters["note_hashes"] = [
        note_hash(posting.reason, salts[posting.id]) if posting.reason else None for posting in postings
    ]
    return {
        "note_ids": list(salts),
        "note_texts": Texts(posting.reason for posting in postings if posting.reason),
        "note_salts": list(salts.values()),
    }


def note_hash(text: str, salt: bytes) -> bytes:
    """What the sealed transaction keeps of a reason: erasing text and salt leaves nothing to guess from."""
    return hashlib.sha256(salt + text.encode()).digest()


def _names(postings: Sequence[Posting]) -> dict[str, Any]:
    named = [posting for posting in postings if posting.external_id]
    if not named:
        return {}
    return {"named": Texts(posting.external_id for posting in named), "named_ids": [posting.id for posting in named]}


def _answers(answers: Sequence[StoredAnswer]) -> dict[str, Any]:
    if not answers:
        return {}
    return {
        "holders": [one.holder_id for one in answers],
        "routes": Texts(one.route for one in answers),
        "idempotency_keys": Texts(one.key for one in answers),
        "body_hashes": [one.body_hash for one in answers],
        "statuses": [one.status for one in answers],
        "answers": Texts(one.answer for one in answers),
    }
