"""Everything that an installation keeps about people: what each feature declares, and the tables and files of nobody in particular."""

from typing import Final

from regulars.cards.models import PERSONAL_DATA as CARDS
from regulars.chains.models import PERSONAL_DATA as CHAINS
from regulars.codes.models import PERSONAL_DATA as CODES
from regulars.customers.models import PERSONAL_DATA as CUSTOMERS
from regulars.designs.models import PERSONAL_DATA as DESIGNS
from regulars.exports.models import PERSONAL_DATA as EXPORTS
from regulars.giftcards.models import PERSONAL_DATA as GIFT_CARDS
from regulars.imports.models import PERSONAL_DATA as IMPORTS
from regulars.ledger.models import PERSONAL_DATA as LEDGER
from regulars.memberships.models import PERSONAL_DATA as MEMBERSHIPS
from regulars.messaging.models import PERSONAL_DATA as MESSAGING
from regulars.orders.models import PERSONAL_DATA as ORDERS
from regulars.platform.models import PERSONAL_DATA as PLATFORM
from regulars.platform.personal_data import Declared, Impersonal, Personal
from regulars.products.models import PERSONAL_DATA as PRODUCTS
from regulars.programs.models import PERSONAL_DATA as PROGRAMS
from regulars.promotions.models import PERSONAL_DATA as PROMOTIONS
from regulars.reports.models import PERSONAL_DATA as REPORTS
from regulars.rewards.models import PERSONAL_DATA as REWARDS
from regulars.staff.models import PERSONAL_DATA as STAFF
from regulars.storefront.models import PERSONAL_DATA as STOREFRONT
from regulars.till.models import PERSONAL_DATA as TILL
from regulars.vouchers.models import PERSONAL_DATA as VOUCHERS
from regulars.wallets.models import PERSONAL_DATA as WALLETS

OTHERS: Final[tuple[Declared, ...]] = (
    Impersonal("auth_group", "name"),
    Impersonal("auth_permission", "name codename"),
    Impersonal("django_content_type", "app_label model"),
    Impersonal("django_migrations", "app name"),
    # Ids only: of the session, the business and the location that somebody looks at.
    Impersonal("django_session", "session_key session_data"),
    # Jobs take ids and read the rest when they run.
    Impersonal("procrastinate_jobs", "queue_name task_name lock args queueing_lock"),
    Impersonal("procrastinate_periodic_defers", "task_name periodic_id"),
    Personal(
        place="log/",
        use="looking into what went wrong: routes and ids, no names, addresses, tokens or bodies",
        erased="by the next log but one",
        kept="two files of each kind; an old one begins anew at a start once it has 20 MB",
    ),
    Personal(
        place="first-run.json",
        use="the first sign-in, for the person who started the installation",
        erased="by whoever keeps the home",
        kept="until it is deleted",
    ),
)

DECLARED: Final = (
    *CUSTOMERS,
    *CARDS,
    *STOREFRONT,
    *DESIGNS,
    *LEDGER,
    *PROGRAMS,
    *PRODUCTS,
    *CODES,
    *MEMBERSHIPS,
    *VOUCHERS,
    *GIFT_CARDS,
    *PROMOTIONS,
    *WALLETS,
    *MESSAGING,
    *ORDERS,
    *TILL,
    *IMPORTS,
    *EXPORTS,
    *STAFF,
    *CHAINS,
    *REPORTS,
    *REWARDS,
    *PLATFORM,
    *OTHERS,
)
