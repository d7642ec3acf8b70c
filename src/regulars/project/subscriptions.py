"""Who acts on which fact: together, in its transaction, or afterwards, through the events."""

from typing import Final

from regulars.cards.actions.activity import note_activity
from regulars.cards.actions.forgetting import forget_card_holders
from regulars.cards.actions.holders import claim_cards, issue_automatic_cards
from regulars.cards.actions.late_claims import LATE_CLAIM_KINDS, claim_late
from regulars.codes.actions.forgetting import forget_holders
from regulars.customers.events import CustomerEntered, CustomersRemoved
from regulars.exports.actions.sample import forget_exports
from regulars.giftcards.actions.forgetting import forget_gift_card_holders
from regulars.imports.actions.sample import forget_imports
from regulars.ledger.actions.goals import Goals
from regulars.ledger.events import BALANCE_CHANGED
from regulars.memberships.actions.forgetting import forget_members
from regulars.messaging.actions.deliver import forget_messages
from regulars.orders.actions.forgetting import forget_buyers
from regulars.orders.actions.referrals import REFERRAL_KINDS, reward_inviters
from regulars.orders.actions.statistics import STATISTICS_KINDS, fold_statistics
from regulars.orders.actions.take_over import TAKE_OVER_KINDS
from regulars.orders.actions.tiers import TIER_KINDS, fold_tiers
from regulars.orders.jobs import look_for_orders
from regulars.platform.dispatch.delivery import Subscriber
from regulars.platform.together import Handler
from regulars.programs.actions.tiers import forget_tiers
from regulars.promotions.actions.forgetting import remember_addresses
from regulars.promotions.actions.triggers import REGISTRATION_KINDS, welcome_registered
from regulars.rewards.actions.meeting import StampGoals
from regulars.staff.events import SampleRemoved
from regulars.storefront.actions.forgetting import forget_join_requests
from regulars.vouchers.actions.forgetting import forget_voucher_holders
from regulars.wallets.actions.birthdays import forget_birthdays
from regulars.wallets.actions.changed import REFRESH_KINDS, mark_changed
from regulars.wallets.actions.messages import forget_wallet_messages
from regulars.wallets.actions.web_wallet import forget_browsers

TOGETHER: Final[dict[type, tuple[Handler, ...]]] = {
    # Claiming comes first, so that who gets a waiting card gets no second one by itself.
    CustomerEntered: (claim_cards, issue_automatic_cards),
    CustomersRemoved: (
        # What was written to their cards, and who is told of them, is found by the cards, which are theirs no more after the next.
        forget_wallet_messages,
        forget_messages,
        forget_browsers,
        forget_birthdays,
        # What is given once is known by the address, which goes with the customer.
        remember_addresses,
        # Before the others, for it refuses where something is left, and what follows finds no card of theirs.
        forget_card_holders,
        forget_buyers,
        forget_tiers,
        forget_holders,
        forget_voucher_holders,
        forget_gift_card_holders,
        forget_members,
        forget_join_requests,
    ),
    SampleRemoved: (forget_imports, forget_exports),
}

# What stamps lead to, whoever gives them: in the transaction that does (RWD-1).
GOALS: Final[Goals] = StampGoals()

# The names stand in the database, beside how far each has come: a new name begins with the first event of all.
AFTERWARDS: Final[dict[str, Subscriber]] = {
    "late claims": Subscriber(kinds=LATE_CLAIM_KINDS, handle=claim_late),
    "card activity": Subscriber(kinds=frozenset({BALANCE_CHANGED}), handle=note_activity),
    "customer statistics": Subscriber(kinds=STATISTICS_KINDS, handle=fold_statistics),
    "tiers": Subscriber(kinds=TIER_KINDS, handle=fold_tiers),
    "orders taken over": Subscriber(kinds=TAKE_OVER_KINDS, handle=look_for_orders),
    "referrals": Subscriber(kinds=REFERRAL_KINDS, handle=reward_inviters),
    "wallets": Subscriber(kinds=REFRESH_KINDS, handle=mark_changed),
    "registrations": Subscriber(kinds=REGISTRATION_KINDS, handle=welcome_registered),
}
