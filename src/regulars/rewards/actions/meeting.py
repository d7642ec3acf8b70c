"""Stamps reach goals: rewards are given and rounds begin in the transaction that gives the stamps (RWD-1)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.kernel.refusal import Refused
from regulars.ledger.actions.post import post
from regulars.ledger.queries.accounts import drawn_lots, lock_accounts
from regulars.ledger.rules.chained import after
from regulars.ledger.rules.plan import AccountState, Plan, plan_return, plan_round
from regulars.ledger.rules.posting import Leg, Posting, Taken
from regulars.platform.actor import Actor
from regulars.platform.hot import HotCursor
from regulars.rewards.actions.former import show_goals
from regulars.rewards.actions.giving import Award, Cancelled, GivenView, cancel_milestones, give_rewards
from regulars.rewards.errors import CardFull
from regulars.rewards.queries.standings import StampAccount, read_stamp_accounts
from regulars.rewards.rules.milestones import Gained, pass_on, room_for, take_back

COUNTED: Final = frozenset({"earn", "adjust"})
"""The kinds of transactions whose stamps reach goals. What is moved, imported or returned was given before."""


@dataclass(slots=True)
class Met:
    """What stamps led to: transactions to be posted behind those that gave them, and the rewards that were given."""

    postings: list[Posting] = field(default_factory=list)
    rewards: list[GivenView] = field(default_factory=list)


def gives_stamps(posting: Posting, leg: Leg) -> bool:
    """Whether a leg gives units that may be stamps that count."""
    return leg.plan.amount > 0 and posting.kind in COUNTED


def meet_goals(
    cursor: HotCursor,
    actor: Actor,
    postings: Sequence[Posting],
    *,
    now: datetime,
    order_id: UUID | None = None,
    refuses: bool = True,
) -> Met:
    """Give what these postings reach, each planned on accounts that are locked, and plan the rounds they begin.

    Costs one read where nothing is reached. Refuses CardFull where the last round has no place for the stamps; without
    `refuses` they stay on the card above its goal: who has paid, or gets a present, is not sent away for them.
    """
    legs = [(posting, leg) for posting in postings for leg in posting.legs]
    wanted = {leg.plan.account_id for posting, leg in legs if gives_stamps(posting, leg)}
    accounts = read_stamp_accounts(cursor, wanted) if wanted else {}
    if not accounts:
        return Met()
    awards: list[Award] = []
    begun: dict[UUID, list[tuple[Posting, int]]] = {}
    for posting, leg in legs:
        account = accounts.get(leg.plan.account_id)
        if account is None:
            continue
        counts = gives_stamps(posting, leg)
        gained = pass_on(account.milestones, account.standing, leg.plan.amount, counts=counts)
        if gained.refused and refuses:
            raise Refused(full(account, gained))
        awards += [
            Award(
                reward_id=account.reward_of(one),
                card_id=account.card_id,
                origin="milestone",
                account_id=account.id,
                number=one.round,
                goal=one.goal,
                transaction_id=posting.id,
                order_id=order_id or posting.order_id,
                location_id=posting.location_id,
            )
            for one in gained.reached
        ]
        begun.setdefault(account.id, []).extend((posting, size) for size in gained.begun)
        accounts[account.id] = replace(account, standing=gained.standing)
    met = Met()
    if any(begun.values()):
        met.postings += _begin_rounds(cursor, actor, legs, accounts, begun, now=now)
    awards = begun_only(awards, accounts, met.postings)
    if awards:
        met.rewards += give_rewards(cursor, actor, awards, now=now)
    return met


def begun_only(
    awards: Sequence[Award], accounts: Mapping[UUID, StampAccount], rounds: Sequence[Posting]
) -> list[Award]:
    """The awards of rounds that the accounts are in: a round that did not begin, as its stamps are set aside, brings none."""
    began = Counter(leg.plan.account_id for posting in rounds for leg in posting.legs)
    return [
        one
        for one in awards
        if one.account_id is not None
        and one.number is not None
        and one.number <= accounts[one.account_id].stored.round + began[one.account_id]
    ]


def full(account: StampAccount, gained: Gained | None = None) -> CardFull:
    """Why a card takes no more stamps, or not so many."""
    milestones = account.milestones
    return CardFull(
        room=gained.given if gained else room_for(milestones, account.standing) or 0,
        stamps=account.standing.stamps,
        goal=milestones.size_of(account.standing.round),
        rounds=milestones.rounds or 0,
    )


def _begin_rounds(
    cursor: HotCursor,
    actor: Actor,
    legs: Sequence[tuple[Posting, Leg]],
    accounts: Mapping[UUID, StampAccount],
    begun: Mapping[UUID, list[tuple[Posting, int]]],
    *,
    now: datetime,
) -> list[Posting]:
    """Plan what the rounds take, on what the postings before leave, and keep where the cards stand now."""
    wanted = {account_id for account_id, rounds in begun.items() if rounds}
    states = lock_accounts(cursor, wanted, now=now)
    for _, leg in legs:
        account_id = leg.plan.account_id
        if account_id in states:
            states[account_id] = after(states[account_id], leg.plan, leg.lot_id)
    postings: list[Posting] = []
    for account_id in sorted(wanted):
        account = accounts[account_id]
        rounds = [(cause, size) for cause, size in begun[account_id]]
        postings += begin_rounds(cursor, actor, account, states[account_id], rounds, now=now)
    return postings


def begin_rounds(
    cursor: HotCursor,
    actor: Actor,
    account: StampAccount,
    state: AccountState,
    rounds: Sequence[tuple[Posting | None, int]],
    *,
    now: datetime,
) -> list[Posting]:
    """Plan what each round takes from an account, oldest first, and keep where the card stands after them."""
    postings: list[Posting] = []
    rows: list[tuple[int, int, UUID, UUID]] = []
    standing = account.standing
    missing = 0
    for place, (cause, size) in enumerate(rounds):
        plan = plan_round(state, size, now=now)
        if plan is None:
            # Holds have set the stamps aside: the round begins with the next ones.
            missing = len(rounds) - place
            break
        posting = round_posting(actor, account, plan, cause, now=now)
        leg = posting.legs[0]
        state = after(state, plan, leg.lot_id)
        postings.append(posting)
        rows.append((account.stored.round + place + 1, size, posting.id, leg.entry_id))
    number = standing.round - missing
    keep_standing(cursor, actor.chain_id, account, number=number, settled=standing.settled if not missing else 0)
    if rows:
        cursor.rows(
            "INSERT INTO begun_rounds (account_id, number, chain_id, size, transaction_id, entry_id)"
            " SELECT %(account)s, b.number, %(chain)s, b.size, b.transaction_id, b.entry_id"
            " FROM unnest(%(numbers)s::int[], %(sizes)s::int[], %(transactions)s::uuid[], %(entries)s::uuid[])"
            " AS b (number, size, transaction_id, entry_id)",
            {
                "account": account.id,
                "chain": actor.chain_id,
                "numbers": [one[0] for one in rows],
                "sizes": [one[1] for one in rows],
                "transactions": [one[2] for one in rows],
                "entries": [one[3] for one in rows],
            },
        )
        if account.milestones.finishing is not None:
            show_goals(cursor, [account.id])
    return postings


def round_posting(actor: Actor, account: StampAccount, plan: Plan, cause: Posting | None, *, now: datetime) -> Posting:
    """The transaction that takes the stamps of a round."""
    return Posting(
        kind="redeem",
        source="round",
        at=now,
        legs=(Leg(plan=plan, card_id=account.card_id, balance_type_id=account.balance_type_id),),
        staff_id=actor.staff_id,
        key_id=actor.key_id,
        location_id=cause.location_id if cause else None,
    )


KEEP: Final = """
INSERT INTO card_rounds (account_id, chain_id, card_id, round, settled, stamped_at)
VALUES (%(account)s, %(chain)s, %(card)s, %(round)s, %(settled)s, %(stamped_at)s::timestamptz)
ON CONFLICT (account_id) DO UPDATE SET round = excluded.round, settled = excluded.settled,
    stamped_at = coalesce(excluded.stamped_at, card_rounds.stamped_at)
"""


def keep_standing(
    cursor: HotCursor,
    chain_id: UUID,
    account: StampAccount,
    *,
    number: int,
    settled: int,
    stamped_at: datetime | None = None,
) -> None:
    """Keep the round of an account and what of it is settled."""
    cursor.rows(
        KEEP,
        {
            "account": account.id,
            "chain": chain_id,
            "card": account.card_id,
            "round": number,
            "settled": max(0, settled),
            "stamped_at": stamped_at,
        },
    )


BEGUN: Final = """
SELECT number, size, transaction_id, entry_id FROM begun_rounds WHERE account_id = %(account)s ORDER BY number
"""


def take_goals_back(cursor: HotCursor, actor: Actor, taken: Mapping[UUID, int], *, now: datetime) -> list[Cancelled]:
    """Before so many stamps are taken back from these locked accounts: give back the rounds that the rest does not carry.

    Rewards that are no longer reached are cancelled where nobody has used them; used ones are kept, and their goals are not
    rewarded again. Writes the rounds in a statement of its own, so accounts have to be read after it.
    """
    wanted = {account_id: count for account_id, count in taken.items() if count > 0}
    accounts = read_stamp_accounts(cursor, wanted, rounds=1_000_000) if wanted else {}
    results: list[Cancelled] = []
    for account_id in sorted(accounts):
        account = accounts[account_id]
        begun = cursor.rows(BEGUN, {"account": account_id})
        lost = take_back(account.standing, wanted[account_id], [size for _, size, _, _ in begun])
        if lost.given_back:
            rows = begun[-len(lost.given_back) :]
            _give_rounds_back(cursor, actor, account, rows, now=now)
        if lost.given_back or lost.standing.settled != account.stored.settled:
            keep_standing(
                cursor,
                actor.chain_id,
                account,
                number=lost.standing.round,
                settled=lost.standing.settled,
            )
        if lost.given_back:
            show_goals(cursor, [account_id])
        if lost.lost:
            results += cancel_milestones(cursor, actor, account_id, lost.lost, now=now)
    return results


def _give_rounds_back(
    cursor: HotCursor,
    actor: Actor,
    account: StampAccount,
    rows: Sequence[tuple[int, int, UUID, UUID]],
    *,
    now: datetime,
) -> None:
    """Post back what rounds took, newest first."""
    postings: list[Posting] = []
    state = lock_accounts(cursor, [account.id], now=now)[account.id]
    for _, size, transaction_id, entry_id in reversed(rows):
        drawn = drawn_lots(cursor, entry_id)
        plan = plan_return(state, size, drawn=drawn, now=now)
        assert isinstance(plan, Plan), "what was taken fits again"
        leg = Leg(plan=plan, card_id=account.card_id, balance_type_id=account.balance_type_id)
        state = after(state, plan, leg.lot_id, emptied=[one.lot for one in drawn])
        postings.append(
            Posting(
                kind="reverse",
                source="round",
                at=now,
                legs=(leg,),
                staff_id=actor.staff_id,
                key_id=actor.key_id,
                taken=Taken(original_id=transaction_id, ordinal=1, amount=size, left_after=0),
            )
        )
    post(cursor, actor, postings)
    cursor.rows(
        "DELETE FROM begun_rounds WHERE account_id = %(account)s AND number = ANY(%(numbers)s::int[])",
        {"account": account.id, "numbers": [row[0] for row in rows]},
    )


class StampGoals:
    """What the ledger's port of goals reaches."""

    def meet(self, cursor: HotCursor, actor: Actor, postings: Sequence[Posting], *, now: datetime) -> list[Posting]:
        """Give what these postings reach. Refuses: CardFull."""
        return meet_goals(cursor, actor, postings, now=now, refuses=actor.through != "scenario").postings

    def take_back(self, cursor: HotCursor, actor: Actor, taken: Mapping[UUID, int], *, now: datetime) -> None:
        """Give back rounds and cancel rewards before stamps are taken back."""
        take_goals_back(cursor, actor, taken, now=now)
