"""What all cards of a business or a type show reaches the phones when it is called something else (WAL-5)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from regulars.cards.actions.types import change_card_type, create_card_type_with_program
from regulars.cards.rules.types import CardTypeDraft
from regulars.chains.actions import change_chain
from regulars.chains.rules import ChainDraft
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from regulars.platform.events import announce
from regulars.programs.actions.balance_types import BalanceTypeChange, change_balance_type
from regulars.programs.actions.tier_groups import set_tier_groups
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft
from regulars.programs.rules.tier_drafts import TierDraft, TierGroupDraft
from regulars.rewards.actions.definitions import change_reward, create_reward
from regulars.rewards.actions.milestones import GoalDraft, MilestonesDraft, set_milestones
from regulars.rewards.rules.rewards import RewardDraft
from tests.design_kit import picture, publish
from tests.ledger_kit import dispatcher
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, open_wallet_shop

pytestmark = pytest.mark.django_db
TIERS = TierGroupDraft(name="Levels", counts="visits", tiers=(TierDraft(name="Silver", threshold=0),))


class Held:
    """A card on a phone that has the newest; the shop has another card type, of another program."""

    def __init__(self) -> None:
        self.shop, self.phone = open_wallet_shop(), Phone("phone-1")
        self.actor = self.shop.counter.actor
        # Beside a logo a pass shows what the card type is called, and not the business.
        publish(self.shop.counter, pictures={"logo": picture(self.shop.counter, "logo", "#00ff00", (320, 100))})
        self.card_type = encode("ctp", self.shop.counter.card_type.id)
        self.program = encode("prg", self.shop.counter.card_type.program.id)
        self.serial = self.phone.take(self.shop.link(self.shop.counter.issue("+4915112345678")))
        self.settle()

    def settle(self) -> int:
        """Tell all that is due; how many pushes that took, after which the phone has the newest."""
        pusher = Remembering()
        while self.shop.send(pusher):
            pass
        self.phone.update()
        return len(pusher.pushed)

    @property
    def pass_(self) -> dict[str, Any]:
        return self.phone.passes[self.serial]


def rename_chain(held: Held) -> Callable[[], bool]:
    change_chain(held.actor, ChainDraft(name="Café Mond"), version=None, now=timezone.now())
    return lambda: held.pass_["organizationName"] == "Café Mond"


def rename_type(held: Held) -> Callable[[], bool]:
    change_card_type(held.actor, held.card_type, {"name": "Gold club"}, now=timezone.now())
    return lambda: held.pass_["logoText"] == "Gold club"


def rename_balance(held: Held) -> Callable[[], bool]:
    change_balance_type(held.actor, "ext:points", BalanceTypeChange(name="Beans"), now=timezone.now())
    return lambda: held.phone.shows(held.serial, "Beans") == 0


@pytest.mark.parametrize("rename", [rename_chain, rename_type, rename_balance])
def test_a_new_name_reaches_the_phone_by_itself_and_once(rename: Callable[[Held], Callable[[], bool]]) -> None:
    held = Held()
    is_shown = rename(held)
    assert held.settle() == 1
    assert is_shown()
    assert held.settle() == 0


def test_a_reward_that_is_called_something_else_is_the_next_reward_by_its_new_name() -> None:
    held, now = Held(), timezone.now()
    coffee = create_reward(held.actor, RewardDraft(title="A coffee", kind="award"), now=now)
    draft = MilestonesDraft(goals=(GoalDraft(stamps=5, reward=encode("rwd", coffee.id)),))
    set_milestones(held.actor, held.card_type, draft, above=None, defer=lambda *_: None, now=now)
    held.settle()
    assert held.phone.shows(held.serial, "Next reward") == "A coffee"
    change_reward(held.actor, encode("rwd", coffee.id), {"title": "A big coffee"}, now=now)
    assert held.settle() == 1
    assert held.phone.shows(held.serial, "Next reward") == "A big coffee"


def waves(held: Held) -> int:
    dispatcher().make_round()
    return len(held.shop.counter.read("SELECT 1 FROM wallet_waves"))


def test_new_tiers_and_a_balance_type_begin_a_wave_of_their_program_alone() -> None:
    held, now = Held(), timezone.now()
    create_card_type_with_program(
        held.actor,
        ProgramDraft(name="Other", balance_types=(BalanceTypeDraft(name="Miles", kind="points", external_id="miles"),)),
        CardTypeDraft(name="Other card"),
        currency_decimals=2,
        now=now,
    )
    held.settle()
    set_tier_groups(held.actor, held.program, [TIERS], currency_decimals=2, now=now, defer=lambda *_: None)
    assert waves(held) == 1
    held.settle()
    change_balance_type(held.actor, "ext:miles", BalanceTypeChange(name="Kilometres"), now=now)
    assert waves(held) == 1
    held.settle()
    change_chain(held.actor, ChainDraft(name="Café Mond"), version=None, now=now)
    assert waves(held) == 2


def test_what_no_pass_shows_of_a_business_begins_no_wave() -> None:
    held = Held()
    change_chain(held.actor, ChainDraft(name="Café Sonne", accent="plum"), version=None, now=timezone.now())
    with unit_of_work(held.shop.counter.chain_id):
        announce(held.shop.counter.chain_id, "chain.changed", now=timezone.now(), payload={})
        announce(held.shop.counter.chain_id, "reward.changed", now=timezone.now(), payload={"reward": "nonsense"})
    assert waves(held) == 0
