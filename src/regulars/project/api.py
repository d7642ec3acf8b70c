"""The root of the HTTP API: which features' routes it has, in the order of its documentation."""

from typing import Final

from regulars.cards.api import (
    balance_routes,
    bulk_routes,
    card_routes,
    earning_routes,
    enrolment_routes,
    expiring_routes,
    hold_routes,
    type_routes,
)
from regulars.chains.api import chain_routes, clock_routes
from regulars.chains.api import routes as location_routes
from regulars.codes.api import code_routes, pool_routes
from regulars.codes.api.scanning import scanner_of
from regulars.customers.api import routes as customer_routes
from regulars.designs.api import design_routes
from regulars.exports.api import routes as export_routes
from regulars.giftcards.api import gift_card_routes, gift_card_type_routes, show_gift_card
from regulars.imports.api import routes as import_routes
from regulars.memberships.api import membership_routes, membership_type_routes, show_membership
from regulars.messaging.api import message_routes
from regulars.orders.api import refund_routes
from regulars.orders.api import routes as order_routes
from regulars.platform.api.edge import EdgeApi
from regulars.platform.api.routes import Routes
from regulars.platform.api.scanning import Scanner
from regulars.products.api import feed_routes, product_routes
from regulars.programs.api import balance_type_routes, tier_routes
from regulars.programs.api import routes as program_routes
from regulars.promotions.api import promise_routes, promotion_routes, segment_routes
from regulars.rewards.api import given_routes, milestone_routes, reward_picture_routes, reward_routes
from regulars.staff.api import routes as staff_routes
from regulars.storefront.api import scan_pickup, stored_routes
from regulars.till.api import receipt_routes, show_receipt_code
from regulars.vouchers.api import show_voucher, voucher_batch_routes, voucher_picture_routes, voucher_routes

DESCRIPTION: Final = """
Everything that Regulars does, for programs: one key per program, amounts as decimal strings, and the same answer again
to the same request with the same `Idempotency-Key`.
"""

ROUTES: Final[tuple[Routes, ...]] = (
    card_routes,
    balance_routes,
    expiring_routes,
    hold_routes,
    earning_routes,
    bulk_routes,
    voucher_routes,
    voucher_batch_routes,
    voucher_picture_routes,
    order_routes,
    refund_routes,
    customer_routes,
    message_routes,
    stored_routes,
    type_routes,
    design_routes,
    program_routes,
    balance_type_routes,
    tier_routes,
    enrolment_routes,
    pool_routes,
    code_routes,
    product_routes,
    feed_routes,
    gift_card_routes,
    gift_card_type_routes,
    promotion_routes,
    promise_routes,
    segment_routes,
    membership_type_routes,
    membership_routes,
    reward_routes,
    reward_picture_routes,
    milestone_routes,
    given_routes,
    receipt_routes,
    chain_routes,
    location_routes,
    clock_routes,
    import_routes,
    export_routes,
    staff_routes,
)

# What a scanner read where it was no card.
SCANNERS: Final[tuple[Scanner, ...]] = (
    # Before codes, so that nobody is taken for a guesser who shows what a join page gave them.
    scan_pickup,
    scanner_of(
        {
            "voucher": show_voucher,
            "membership": show_membership,
            "gift_card": show_gift_card,
            "receipt": show_receipt_code,
        }
    ),
)


def build_api() -> EdgeApi:
    """Put the routes of all features together."""
    api = EdgeApi(title="Regulars", version="1", description=DESCRIPTION.strip(), urls_namespace="api")
    for routes in ROUTES:
        api.add_router("", routes.router)
    return api


api: Final = build_api()
