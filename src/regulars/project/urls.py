"""Addresses of the whole product."""

from django.urls import URLPattern, URLResolver, include, path

from regulars.platform.api.docs_pages import show_docs, show_document, show_problems
from regulars.platform.health import healthz, metrics, readyz
from regulars.project.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("api/v1/docs", show_docs, {"api": api}, name="api-docs"),
    path("api/v1/openapi.json", show_document, {"api": api}, name="api-document"),
    path("api/v1/", api.urls),
    path("docs/problems", show_problems, name="problem-codes"),
    # What phones ask as soon as they are told comes most often, and each of the addresses before it is compared with it.
    path("", include("regulars.wallets.pages.urls")),
    # Before cards: their pages take any word after `cards/types/`.
    path("", include("regulars.designs.pages.urls")),
    path("", include("regulars.cards.urls")),
    path("", include("regulars.customers.urls")),
    path("", include("regulars.promotions.urls")),
    path("", include("regulars.rewards.pages.urls")),
    path("", include("regulars.programs.urls")),
    path("", include("regulars.imports.urls")),
    path("", include("regulars.reports.urls")),
    path("", include("regulars.exports.pages.urls")),
    path("", include("regulars.chains.pages.urls")),
    path("", include("regulars.products.pages.urls")),
    path("", include("regulars.codes.pages.urls")),
    path("", include("regulars.vouchers.pages.urls")),
    path("", include("regulars.messaging.pages.urls")),
    path("", include("regulars.orders.pages.urls")),
    path("", include("regulars.till.pages.urls")),
    path("", include("regulars.storefront.pages.urls")),
    path("", include("regulars.storefront.pages.join_urls")),
    path("", include("regulars.memberships.pages.urls")),
    path("", include("regulars.giftcards.pages.urls")),
    # Before the platform's own: `preferences` of somebody who is signed in belong to the login, not to the device alone.
    path("", include("regulars.staff.pages.urls")),
    path("", include("regulars.platform.pages.urls")),
]
handler400 = "regulars.platform.pages.failures.bad_request"
handler403 = "regulars.platform.pages.failures.forbidden"
handler404 = "regulars.platform.pages.failures.not_found"
handler500 = "regulars.platform.pages.failures.server_error"
