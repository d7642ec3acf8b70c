"""The rewards of the sample come with its shop and go with it, through the actions everybody uses (UX 8)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.translation import gettext, override

from regulars.chains.queries import get_chain
from regulars.imports.actions.sample_shop import SampleShop, list_regulars
from regulars.imports.rules.sample_rewards import GOALS, VOUCHERS, rewards_of
from regulars.kernel.ids import encode
from regulars.platform.database import rows, unit_of_work
from regulars.rewards.actions.definitions import create_reward
from regulars.rewards.actions.milestones import GoalDraft, MilestonesDraft, set_milestones, waiting_settlings
from regulars.rewards.actions.settling import run_settling
from regulars.rewards.actions.unmake import unmake_milestones, unmake_rewards
from regulars.rewards.queries.milestones import find_milestones
from regulars.rewards.queries.rewards import list_rewards
from regulars.vouchers.actions.by_hand import IssueByHand, issue_by_hand
from regulars.vouchers.actions.unmake import unmake_vouchers

LIVES: Final = {"kind": "months", "value": 3}
AGO: Final = timedelta(days=2)
"""How long before now its vouchers were issued."""


def open_sample_rewards(shop: SampleShop, *, now: datetime) -> None:
    """Define the rewards and set them as goals of the coffee card; who had the stamps before has had theirs.

    May be killed and called again: what is there already stays as it is.
    """
    actor, coffee = shop.actor, shop.types["coffee"]
    with unit_of_work(actor.chain_id):
        chain = get_chain(actor.chain_id)
        known = {one.external_id for one in list_rewards(actor)}
        found = find_milestones(actor.chain_id, coffee.id)
    with override(chain.language):
        for draft in rewards_of(say=gettext, name=shop.name, key=shop.key):
            if draft.external_id not in known:
                create_reward(actor, draft, now=now)
    if not found.goals:
        goals = [GoalDraft(stamps, f"ext:{shop.key(name)}") for stamps, name in GOALS]
        set_milestones(
            actor,
            encode("ctp", coffee.id),
            MilestonesDraft(goals=goals),
            above="leave",
            # Done below, which also goes on with what a kill has left.
            defer=lambda *_: None,
            now=now,
        )
    with unit_of_work(actor.chain_id):
        waiting = waiting_settlings(actor.chain_id)
    for work_id in waiting:
        run_settling(actor.chain_id, work_id, now=now)


def give_sample_vouchers(shop: SampleShop, *, now: datetime) -> None:
    """Issue a voucher to each of the first regulars of the club, where none was issued yet."""
    actor = shop.actor
    with unit_of_work(actor.chain_id):
        chain = get_chain(actor.chain_id)
        cards, _ = list_regulars(shop, "club", "bonus", most=len(VOUCHERS))
        held = {title for (title,) in rows("SELECT title FROM voucher_facts WHERE chain_id = %s", [actor.chain_id])}
    titles = _titles(shop, chain.language)
    with override(chain.language):
        for card, voucher, title in zip(cards, VOUCHERS, titles, strict=False):
            if title in held:
                continue
            command = IssueByHand(
                title=title,
                description=gettext(voucher.description) if voucher.description else "",
                card=card,
                validity=LIVES,
                benefit={"percent": voucher.percent} if voucher.percent else None,
                customer_may_redeem=voucher.customer_may_redeem,
            )
            issue_by_hand(actor, command, now=now - AGO)


def take_sample_vouchers(shop: SampleShop, *, now: datetime) -> None:
    """Take back the vouchers that nobody has redeemed: their cards are free of them."""
    with unit_of_work(shop.actor.chain_id):
        titles = _titles(shop, get_chain(shop.actor.chain_id).language)
        unmake_vouchers(shop.actor, titles, now=now)


def close_sample_rewards(shop: SampleShop, gone_types: Sequence[UUID], *, now: datetime) -> None:
    """Take back the goals of card types that are gone, and the rewards that nobody got, in the running unit of work."""
    for card_type_id in gone_types:
        unmake_milestones(shop.actor, card_type_id, now=now)
    keys = [one.external_id or "" for one in rewards_of(say=str, name=str, key=shop.key)]
    unmake_rewards(shop.actor, keys, now=now)


def _titles(shop: SampleShop, language: str) -> list[str]:
    with override(language):
        return [shop.name(gettext(one.title)) for one in VOUCHERS]
