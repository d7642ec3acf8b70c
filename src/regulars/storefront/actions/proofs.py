"""What ends a request: the code that came back, or staff who saw the person (WAL-3)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from regulars.kernel.refusal import NotFound, Refused
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.attempts import Limit, Try, give_back, source_of, take_attempts
from regulars.platform.database import edge_unit_of_work, execute, unit_of_work
from regulars.platform.tenancy import ChainSettings
from regulars.storefront.actions.members import Member, make_member, public_actor
from regulars.storefront.errors import RequestOver, WrongCode
from regulars.storefront.queries.pages import find_form
from regulars.storefront.queries.requests import RequestView, access_pickup, find_request, is_address_known
from regulars.storefront.rules.form import Senders
from regulars.storefront.rules.tokens import is_code

CODES_OF_REQUEST: Final = Limit(
    kind="join_code",
    free=5,
    first_wait=timedelta(hours=2),
    wait_max=timedelta(hours=24),
    forget_after=timedelta(days=2),
)
"""Five tries at a million codes; a request is over before the sixth."""
CODES_OF_PLACE: Final = Limit(
    kind="join_codes",
    free=20,
    first_wait=timedelta(minutes=1),
    wait_max=timedelta(hours=4),
    forget_after=timedelta(hours=4),
)


def prove_code(chain_id: UUID, request_id: UUID, code: str, *, address: str, now: datetime) -> RequestView:
    """Look whether this is the code of a request that is not over. Refuses: NotFound, RequestOver, WrongCode, TooManyAttempts."""
    with unit_of_work(chain_id):
        request = find_request(chain_id, request_id)
    if request is None:
        raise Refused(NotFound())
    if request.is_over(now) or request.channel == "till":
        raise Refused(RequestOver())
    tries = [Try(CODES_OF_REQUEST, str(request_id))]
    if address:
        tries.append(Try(CODES_OF_PLACE, source_of(address)))
    taken = take_attempts(tries, now=now)
    if not is_code(code, request_id, key=settings.LINK_KEY):
        raise Refused(WrongCode())
    with unit_of_work(chain_id):
        for one in taken:
            give_back(one)
    return request


def confirm_join(chain: ChainSettings, request_id: UUID, code: str, *, address: str, now: datetime) -> Member:
    """Give whoever has the code their card; the same code again leads to the same card.

    Refuses: NotFound, RequestOver, WrongCode, TooManyAttempts, NoCardHere.
    """
    prove_code(chain.id, request_id, code, address=address, now=now)
    with edge_unit_of_work(chain.id):
        request = find_request(chain.id, request_id, locked=True)
        if request is None or request.kind != "join":
            raise Refused(NotFound())
        if request.customer_id and request.card_id:
            return Member(request.customer_id, request.card_id)
        actor = public_actor(chain.id, address=address, language=request.language or chain.language)
        phone, email = _proved(request)
        member = make_member(actor, chain, request, phone=phone, email=email, now=now)
        _end(request, member, by="code", now=now)
        return member


def hand_over(actor: Actor, chain: ChainSettings, pickup: str, *, location_id: UUID | None, now: datetime) -> Member:
    """Staff give the card to whoever stands before them with a request; both addresses count as theirs.

    Refuses: Forbidden, NotFound, NoCardHere, PhoneTaken.
    """
    with edge_unit_of_work(chain.id):
        found = access_pickup(actor, pickup, now=now)
        request = find_request(chain.id, found.id, locked=True)
        assert request is not None
        if request.customer_id and request.card_id:
            # Who was entered at once has their card; now they are seen, so their page may show it.
            member = Member(request.customer_id, request.card_id)
        else:
            member = make_member(
                actor, chain, request, phone=request.phone, email=request.email, now=now, location_id=location_id
            )
        _end(request, member, by="staff", now=now)
        audit.record(
            actor,
            verb="join.handed_over",
            object_kind="card",
            object_id=member.card_id,
            now=now,
            after={"pickup": request.pickup},
            location_id=location_id,
        )
        return member


def enter_at_once(chain: ChainSettings, request_id: UUID, *, senders: Senders, now: datetime) -> None:
    """Enter a newcomer before they confirm, where the page asks for no confirmation; the card is shown after it all the same.

    Nothing happens to an address that somebody has, or for which a card waits.
    """
    with edge_unit_of_work(chain.id):
        request = find_request(chain.id, request_id, locked=True)
        if request is None or request.kind != "join" or request.done_at or request.channel == "till":
            return
        assert request.card_type_id is not None
        plan = find_form(chain.id, request.card_type_id, senders)
        phone, email = _proved(request)
        if plan.confirmation != "none" or request.customer_id or is_address_known(chain.id, phone=phone, email=email):
            return
        actor = public_actor(chain.id, language=request.language or chain.language)
        member = make_member(actor, chain, request, phone=phone, email=email, now=now)
        _keep(request, member)


def _proved(request: RequestView) -> tuple[str, str]:
    """Phone and e-mail as far as the code proves them: the one that it was sent to."""
    return (request.phone, "") if request.channel == "phone" else ("", request.email)


def _end(request: RequestView, member: Member, *, by: str, now: datetime) -> None:
    _keep(request, member)
    execute(
        "UPDATE join_requests SET done_at = coalesce(done_at, %s),"
        " done_by = CASE WHEN %s = 'staff' THEN 'staff' ELSE coalesce(nullif(done_by, ''), 'code') END"
        " WHERE chain_id = %s AND id = %s",
        [now, by, request.chain_id, request.id],
    )


def _keep(request: RequestView, member: Member) -> None:
    execute(
        "UPDATE join_requests SET customer_id = %s, card_id = %s WHERE chain_id = %s AND id = %s",
        [member.customer_id, member.card_id, request.chain_id, request.id],
    )
