"""Giving rewards: lotteries are drawn, vouchers issued, and what each card got is written, in the transaction that is open (RWD-2)."""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import encode, new_id
from regulars.ledger.actions.post import post
from regulars.platform.actor import Actor
from regulars.platform.audit import Change, record_many
from regulars.platform.database import from_json, rows
from regulars.platform.events import announce
from regulars.platform.hot import HotCursor
from regulars.programs.rules.validity import read_validity
from regulars.rewards.events import REWARD_CANCELLED, REWARD_GIVEN
from regulars.rewards.rules.given import Definition, Outcome, outcome_of
from regulars.rewards.rules.lottery import WHOLE
from regulars.rewards.rules.milestones import Reached
from regulars.vouchers.actions.issue import issue_vouchers
from regulars.vouchers.actions.parts import step_parts
from regulars.vouchers.queries.redeemable import lock_vouchers
from regulars.vouchers.rules.redeeming import Redemption
from regulars.vouchers.rules.states import state_after
from regulars.vouchers.rules.vouchers import VoucherDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """A reward that a card is to get, and why: a goal of one of its rounds, or a purchase from the catalogue."""

    reward_id: UUID
    card_id: UUID
    origin: str
    account_id: UUID | None = None
    number: int | None = None
    goal: int | None = None
    transaction_id: UUID | None = None
    order_id: UUID | None = None
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class GivenView:
    """A reward that was just given. `code` is that of its voucher."""

    id: UUID
    reward_id: UUID
    card_id: UUID
    kind: str
    title: str
    goal: int | None
    voucher_id: UUID | None = None
    code: str | None = None
    drawn: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What became of a reward whose goal is no longer reached: cancelled, or kept since it had been used."""

    id: UUID
    title: str
    is_kept: bool
    goal: int | None = None


INSERT: Final = """
INSERT INTO given_rewards (id, chain_id, reward_id, card_id, origin, kind, title, description, icon, state, account_id,
    number, goal, is_undone, voucher_id, drawn, transaction_id, order_id, location_id, given_at, version)
SELECT g.id, %(chain)s, g.reward, g.card, g.origin, g.kind, g.title, g.description, g.icon, 'given', g.account, g.number,
    g.goal, false, g.voucher, nullif(g.drawn, 'null'::jsonb), g.transaction, g.order_id, g.location, %(now)s, 1
FROM json_to_recordset(%(given)s::json) AS g (id uuid, reward uuid, card uuid, origin text, kind text, title text,
    description text, icon text, account uuid, number int, goal int, voucher uuid, drawn jsonb, transaction uuid,
    order_id uuid, location uuid)
"""


def give_rewards(cursor: HotCursor, actor: Actor, awards: Sequence[Award], *, now: datetime) -> list[GivenView]:
    """Give these rewards, in few statements however many they are; what a lottery drew is written here, before anybody sees it."""
    assert awards
    definitions = _definitions(actor.chain_id, {one.reward_id for one in awards})
    drawn = _drawn_before(awards) if any(one.kind == "lottery" for one in definitions.values()) else {}
    outcomes = [outcome_of(definitions[one.reward_id], _draw_of(drawn.get(_place(one)))) for one in awards]
    ids = [new_id() for _ in awards]
    pictures = [definitions[one.reward_id].picture_id for one in awards]
    vouchers = _issue(actor, ids, awards, outcomes, pictures, now=now)
    given: list[GivenView] = []
    made: list[dict[str, Any]] = []
    for given_id, award, outcome in zip(ids, awards, outcomes, strict=True):
        voucher_id, code = vouchers.get(given_id, (None, None))
        made.append(_row(given_id, award, outcome, voucher_id))
        given.append(
            GivenView(
                given_id,
                award.reward_id,
                award.card_id,
                outcome.kind,
                outcome.title,
                award.goal,
                voucher_id,
                code,
                outcome.drawn,
            )
        )
    cursor.rows(INSERT, {"chain": actor.chain_id, "now": now, "given": json.dumps(made)})
    for one in given:
        announce(actor.chain_id, REWARD_GIVEN, now=now, card_ids=[one.card_id], payload=_told(one))
    record_many(
        actor,
        verb=REWARD_GIVEN,
        object_kind="given_reward",
        changes=[Change(object_id=one.id, after=_told(one)) for one in given],
        now=now,
    )
    return given


def _definitions(chain_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Definition]:
    found = rows(
        "SELECT id, kind, title, description, icon, terms, picture_id FROM rewards WHERE chain_id = %s AND id = ANY(%s)",
        [chain_id, sorted(ids)],
    )
    return {
        reward_id: Definition(kind, title, description, icon, from_json(terms), picture_id)
        for reward_id, kind, title, description, icon, terms, picture_id in found
    }


def _place(award: Award) -> tuple[UUID | None, int | None, int | None]:
    return award.account_id, award.number, award.goal


def _draw_of(before: int | None) -> Callable[[], int]:
    """What a lottery asks: a number of a million, or the one that was drawn for this goal before an undo took it back."""
    return lambda: secrets.randbelow(WHOLE) if before is None else before


def _drawn_before(awards: Sequence[Award]) -> dict[tuple[UUID | None, int | None, int | None], int]:
    """What was drawn for goals that are reached once more: a draw is drawn once, whoever would like another."""
    found = rows(
        "SELECT account_id, number, goal, drawn ->> 'number' FROM given_rewards"
        " WHERE account_id = ANY(%s::uuid[]) AND is_undone AND drawn IS NOT NULL ORDER BY id DESC",
        [[one.account_id for one in awards if one.account_id]],
    )
    return {(account_id, number, goal): int(drawn) for account_id, number, goal, drawn in found}


def _issue(
    actor: Actor,
    ids: Sequence[UUID],
    awards: Sequence[Award],
    outcomes: Sequence[Outcome],
    pictures: Sequence[UUID | None],
    *,
    now: datetime,
) -> dict[UUID, tuple[UUID, str]]:
    """The vouchers of those rewards that are one, and their codes."""
    drafts = {
        given_id: VoucherDraft(
            title=outcome.title,
            description=outcome.description,
            picture_id=picture_id,
            card_id=award.card_id,
            validity=read_validity(outcome.terms.get("validity") or {}),
            benefit=outcome.terms.get("benefit"),
            source="lottery" if outcome.drawn else "milestone" if award.origin == "milestone" else "catalogue",
            source_id=given_id,
        )
        for given_id, award, outcome, picture_id in zip(ids, awards, outcomes, pictures, strict=True)
        if outcome.kind == "voucher"
    }
    if not drafts:
        return {}
    issued = issue_vouchers(actor, list(drafts.values()), now=now)
    return {given_id: (one.id, one.code) for given_id, one in zip(drafts, issued, strict=True)}


def _row(given_id: UUID, award: Award, outcome: Outcome, voucher_id: UUID | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "id": given_id,
        "reward": award.reward_id,
        "card": award.card_id,
        "origin": award.origin,
        "kind": outcome.kind,
        "title": outcome.title,
        "description": outcome.description,
        "icon": outcome.icon,
        "account": award.account_id,
        "number": award.number,
        "goal": award.goal,
        "voucher": voucher_id,
        "transaction": award.transaction_id,
        "order_id": award.order_id,
        "location": award.location_id,
    }
    row = {name: str(value) if isinstance(value, UUID) else value for name, value in facts.items()}
    return row | {"drawn": dict(outcome.drawn) if outcome.drawn else None}


def _told(one: GivenView) -> dict[str, Any]:
    facts = {
        "reward": encode("rwd", one.reward_id),
        "given_reward": encode("grw", one.id),
        "kind": one.kind,
        "title": one.title,
        "goal": one.goal,
        "voucher": encode("vch", one.voucher_id) if one.voucher_id else None,
    }
    return {name: value for name, value in facts.items() if value is not None}


OF_GOALS: Final = """
SELECT g.id, g.card_id, g.title, g.kind, g.state, g.voucher_id, g.goal FROM given_rewards g
JOIN unnest(%(numbers)s::int[], %(goals)s::int[]) AS wanted (number, goal)
    ON wanted.number = g.number AND wanted.goal = g.goal
WHERE g.account_id = %(account)s AND NOT g.is_undone
ORDER BY g.id FOR NO KEY UPDATE OF g
"""


def cancel_milestones(
    cursor: HotCursor, actor: Actor, account_id: UUID, lost: Sequence[Reached], *, now: datetime
) -> list[Cancelled]:
    """Cancel what was given for these goals where nobody has used it; what has been used is kept.

    So is a voucher that an order has: an order that is paid with it never refuses. Whether it stays shows when that order
    is paid, or lets it go (`waiting.settle_waiting`).
    """
    found = cursor.rows(
        OF_GOALS,
        {"account": account_id, "numbers": [one.round for one in lost], "goals": [one.goal for one in lost]},
    )
    vouchers = lock_vouchers(cursor, actor.chain_id, [one[5] for one in found if one[5]])
    unused = []
    waiting = []
    results = []
    for given_id, card_id, title, kind, state, voucher_id, goal in found:
        voucher = vouchers.get(voucher_id) if voucher_id else None
        is_used = state == "handed_over" or (voucher is not None and voucher.state == "redeemed")
        if not is_used:
            unused.append((given_id, card_id, voucher))
        elif voucher is not None and voucher.is_of_order:
            waiting.append(given_id)
        if kind != "nothing":
            results.append(Cancelled(given_id, title, is_used, goal))
    cancel_given(cursor, actor, unused, now=now, is_undone=True)
    if waiting:
        cursor.rows("UPDATE given_rewards SET waits_for_order = true WHERE id = ANY(%(ids)s::uuid[])", {"ids": waiting})
    return results


def cancel_given(
    cursor: HotCursor,
    actor: Actor,
    given: Sequence[tuple[UUID, UUID, Any]],
    *,
    now: datetime,
    is_undone: bool,
) -> None:
    """Cancel rewards that nobody has used, with their vouchers as they are under lock: id, card, voucher of each."""
    if not given:
        return
    cursor.rows(
        "UPDATE given_rewards SET state = 'cancelled', cancelled_at = %(now)s, is_undone = is_undone OR %(is_undone)s,"
        " version = version + 1 WHERE id = ANY(%(ids)s::uuid[])",
        {"ids": [one[0] for one in given], "now": now, "is_undone": is_undone},
    )
    steps = [
        Redemption(voucher=voucher)
        for _, _, voucher in given
        if voucher is not None and state_after(voucher.at(now).state, "cancel") is not None
    ]
    if steps:
        post(cursor, actor, (), also=step_parts(actor, "cancel", steps, now=now))
    for given_id, card_id, _ in given:
        announce(
            actor.chain_id,
            REWARD_CANCELLED,
            now=now,
            card_ids=[card_id],
            payload={"given_reward": encode("grw", given_id)},
        )
    record_many(
        actor,
        verb=REWARD_CANCELLED,
        object_kind="given_reward",
        changes=[Change(object_id=one[0], before={"state": "given"}, after={"state": "cancelled"}) for one in given],
        now=now,
    )
