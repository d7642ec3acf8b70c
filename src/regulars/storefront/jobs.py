"""Messages of join pages, sent by the worker, so that a page answers as fast for strangers as for customers (WAL-3)."""

from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from regulars.cards.queries.join import find_join_slug
from regulars.chains.queries import find_chain
from regulars.platform.clock import now_ahead, real_now
from regulars.platform.database import execute, row, unit_of_work
from regulars.platform.outbound_mail import send_mail
from regulars.platform.tenancy import ChainSettings
from regulars.plugins.sms import find_gateway
from regulars.storefront.actions.proofs import enter_at_once
from regulars.storefront.models import REQUESTS_KEPT
from regulars.storefront.queries.requests import RequestView, find_request
from regulars.storefront.queries.senders import find_senders
from regulars.storefront.rules.tokens import request_code


def defer_delivery(chain_id: UUID, request_id: UUID) -> None:
    """Have the message of a request sent, from inside its transaction. The job that waits in the table holds no secret."""
    deliver_request.defer(chain_id=str(chain_id), request_id=str(request_id))


@app.task(name="storefront.deliver_request", queue="mail", retry=RetryStrategy(max_attempts=4, exponential_wait=5))
def deliver_request(chain_id: str, request_id: str) -> None:
    """Enter whom the page enters at once, then send the code; a request that is sent, over or for the till sends nothing."""
    with unit_of_work(UUID(chain_id)):
        chain = find_chain(UUID(chain_id))
    if chain is None:
        return
    now = now_ahead(chain.clock_ahead)
    enter_at_once(chain, UUID(request_id), senders=find_senders(), now=now)
    with unit_of_work(chain.id):
        request = find_request(chain.id, UUID(request_id))
        sent = row("SELECT sent_at FROM join_requests WHERE chain_id = %s AND id = %s", [chain.id, UUID(request_id)])
        slug = find_join_slug(chain.id, request.card_type_id) if request and request.card_type_id else None
    if request is None or sent is None or sent[0] or request.is_over(now) or not request.address:
        return
    with translation.override(request.language or chain.language):
        _send(request, chain, slug or "")
    with unit_of_work(chain.id):
        execute("UPDATE join_requests SET sent_at = %s WHERE chain_id = %s AND id = %s", [now, chain.id, request.id])


@app.periodic(cron="37 3 * * *")
@app.task(queue="upkeep", name="storefront.forget_requests")
def forget_requests(timestamp: int) -> None:
    """Forget what people wrote at join pages a week ago."""
    row("SELECT door_forget_join_requests(%s)", [real_now() - REQUESTS_KEPT])


def _send(request: RequestView, chain: ChainSettings, slug: str) -> None:
    code = request_code(request.id, key=settings.LINK_KEY)
    facts = {"shop": chain.name, "code": code}
    if request.kind == "own":
        subject = _("Your code for %(shop)s: %(code)s") % facts
        text = _(
            "Hello,\n\nyour code is %(code)s. With it you see what %(shop)s has stored about you.\n\n"
            "If you did not ask for it, there is nothing to do."
        )
        short = _("%(shop)s: your code is %(code)s. If you did not ask for it, ignore it.")
    else:
        path = reverse("join:waiting", args=[slug, request.token])
        facts["link"] = f"{settings.URL}{path}?code={code}"
        subject = _("Your card from %(shop)s") % facts
        text = _(
            "Hello,\n\nhere is your card from %(shop)s:\n\n%(link)s\n\nOr type this code where you asked for it: %(code)s\n\n"
            "Both work for half an hour. If you did not ask for a card, there is nothing to do."
        )
        short = _("%(shop)s: your card is here: %(link)s Code: %(code)s")
    if request.channel == "email":
        send_mail(to=request.email, subject=subject, text=text % facts)
        return
    gateway = find_gateway()
    if gateway is not None:
        gateway.send(request.phone, short % facts)
