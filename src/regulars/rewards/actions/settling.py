"""Cards that stood above a goal when it was set: rewarded or left, in the background, in chunks that survive a kill (RWD-1)."""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.cards.actions.balances import retry_lost_races
from regulars.ledger.actions.post import post
from regulars.ledger.queries.accounts import lock_accounts
from regulars.ledger.rules.posting import Posting
from regulars.platform.actor import Actor, system_actor
from regulars.platform.database import unit_of_work
from regulars.platform.hot import HotCursor, open_cursor
from regulars.rewards.actions.giving import Award, give_rewards
from regulars.rewards.actions.meeting import begin_rounds, begun_only, keep_standing
from regulars.rewards.models import Settling
from regulars.rewards.queries.milestones import find_milestones, list_cards_above
from regulars.rewards.queries.standings import StampAccount, read_stamp_accounts
from regulars.rewards.rules.milestones import Milestones, leave, settle

CHUNK: Final = 100


def run_settling(chain_id: UUID, settling_id: UUID, *, now: datetime) -> None:
    """Reward or leave chunk after chunk of cards until none is left; safe to run twice and after a kill."""
    while _run_chunk(chain_id, settling_id, now=now):
        pass


@retry_lost_races
def _run_chunk(chain_id: UUID, settling_id: UUID, *, now: datetime) -> bool:
    """Do one chunk; False where nothing is left. What it did and how far it came are written together."""
    actor = system_actor(chain_id, through="scenario")
    with unit_of_work(chain_id):
        # Whoever runs it a second time waits here and goes on behind.
        work = Settling.objects.select_for_update(no_key=True).filter(chain_id=chain_id, id=settling_id).first()
        if work is None or work.state == "done":
            return False
        found = find_milestones(chain_id, work.card_type_id)
        cards = []
        if found.goals:
            milestones = Milestones(tuple(one.stamps for one in found.goals), found.rounds)
            cards = list_cards_above(chain_id, work.card_type_id, milestones, after=work.after_card, limit=CHUNK)
        if not cards:
            work.state, work.finished_at = "done", now
            work.save()
            return False
        cursor = open_cursor()
        lock_accounts(cursor, [one.account_id for one in cards], now=now)
        accounts = read_stamp_accounts(cursor, [one.account_id for one in cards])
        for account_id in sorted(accounts):
            account = accounts[account_id]
            gained = settle(account.milestones, account.standing)
            if not gained.reached:
                continue
            work.done += 1
            if work.choice == "leave":
                settled = leave(account.standing).settled
                keep_standing(cursor, chain_id, account, number=account.stored.round, settled=settled)
            else:
                work.rewards += _reward(cursor, actor, account, now=now)
        work.state, work.after_card = "running", cards[-1].card_id
        # Cards may have come or gone since they were counted.
        work.total = max(work.total, work.done)
        work.save()
        return True


def _reward(cursor: HotCursor, actor: Actor, account: StampAccount, *, now: datetime) -> int:
    """Reward what one card stands at and begin the rounds that its stamps fill; how many rewards it got."""
    gained = settle(account.milestones, account.standing)
    rounds: list[Posting] = []
    if gained.begun:
        state = lock_accounts(cursor, [account.id], now=now)[account.id]
        changed = replace(account, standing=gained.standing)
        rounds = begin_rounds(cursor, actor, changed, state, [(None, one) for one in gained.begun], now=now)
    awards = [
        Award(
            reward_id=account.reward_of(one),
            card_id=account.card_id,
            origin="milestone",
            account_id=account.id,
            number=one.round,
            goal=one.goal,
        )
        for one in gained.reached
    ]
    awards = begun_only(awards, {account.id: account}, rounds)
    if awards:
        give_rewards(cursor, actor, awards, now=now)
    if rounds:
        post(cursor, actor, rounds)
    return len(awards)
