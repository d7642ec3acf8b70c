"""What time brings: the work that falls due by the clock of a chain, whichever clock that is (ORG-6, ADR 16).

Every hour, and whenever the clock of a test chain is moved, each function here is called with a chain and the chain's time, in
this order. Where days have passed, it is called once for each midnight of the chain between, so that what falls due on Tuesday
is done before what falls due on Wednesday.

A function opens its own units of work, does all that has fallen due until `now` and was not done, takes `now` for the time at
which it does it, can be called again at any time, and costs next to nothing where nothing is due.
"""

from typing import Final

from regulars.codes.actions.expiring import expire_codes
from regulars.exports.actions.run import expire_exports
from regulars.giftcards.actions.due import expire_gift_cards
from regulars.imports.actions.keeping import forget_old_imports
from regulars.imports.actions.number_lists import forget_lists_of_printers
from regulars.ledger.actions.night import announce_expiring, expire_due
from regulars.memberships.actions.night import turn_memberships
from regulars.memberships.jobs import tell_members
from regulars.orders.actions.lapsed import release_lapsed_orders
from regulars.platform.timely import Due
from regulars.programs.actions.tiers import judge_tiers
from regulars.promotions.actions.triggers import run_triggers
from regulars.vouchers.actions.due import expire_vouchers
from regulars.wallets.actions.birthdays import greet_birthdays
from regulars.wallets.actions.certificate_warnings import warn_of_certificate
from regulars.wallets.actions.turning import tell_turned

DUE: Final[tuple[Due, ...]] = (
    expire_exports,
    forget_old_imports,
    forget_lists_of_printers,
    release_lapsed_orders,
    expire_codes,
    expire_due,
    expire_vouchers,
    expire_gift_cards,
    judge_tiers,
    turn_memberships,
    tell_members,
    run_triggers,
    announce_expiring,
    greet_birthdays,
    tell_turned,
    warn_of_certificate,
)
