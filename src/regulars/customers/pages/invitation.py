"""The page behind the link by which a customer invites others: the code to name at the first purchase (RWD-7)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from regulars.chains.queries import find_chain
from regulars.customers.queries.referrals import is_referral_code
from regulars.customers.rules import read_invitation
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import render_page
from regulars.platform.pages.failures import failure_page
from regulars.platform.pages.security import public_page
from regulars.platform.tenancy import ChainSettings


@public_page
def show_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The invitation behind a link; every wrong one, of whatever kind, gets the same answer.

    It does not say who invites: whoever has the link knows, and nobody else should.
    """
    found = read_invitation(token) if token.isascii() else None
    if found is None:
        return failure_page(request, 404)
    chain_id, code = found
    with unit_of_work(chain_id):
        chain = find_chain(chain_id)
        if chain is None or not is_referral_code(chain_id, code):
            return failure_page(request, 404)
        language = _language_of(request, chain)
        with translation.override(language):
            response = render_page(request, "customers/invitation.html", {"chain": chain, "code": code})
    response["Content-Language"] = language
    return response


def _language_of(request: HttpRequest, chain: ChainSettings) -> str:
    if request.headers.get("Accept-Language"):
        return translation.get_language_from_request(request)
    return chain.language if chain.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
