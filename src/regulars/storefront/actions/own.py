"""People and their own data: a code to the stored address opens the page, there they see, change and delete (CUS-7)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from regulars.customers.actions import change_customer, remove_customer
from regulars.customers.queries import CustomerView, find_customer, list_consents
from regulars.customers.rules import ConsentDraft
from regulars.kernel.ids import encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.kernel.text import email_key
from regulars.platform.actor import Actor
from regulars.platform.attempts import take_attempts
from regulars.platform.database import execute, unit_of_work
from regulars.platform.tenancy import ChainSettings
from regulars.storefront.actions.ask import MESSAGE_LIVES, Deliver, keep_request, tries_of
from regulars.storefront.actions.members import public_actor
from regulars.storefront.actions.proofs import prove_code
from regulars.storefront.queries.pages import list_consent_lines
from regulars.storefront.queries.requests import RequestView, find_request
from regulars.storefront.rules.form import Senders, channel_of

OPEN_FOR: Final = timedelta(minutes=30)


def reach(customer: CustomerView, senders: Senders) -> tuple[str, str, str]:
    """By what channel a customer is reached, with the phone and the e-mail that the message would go to."""
    phone, email = customer.phone or "", customer.email or ""
    return channel_of(phone, email, senders), phone, email


def ask_for_own(
    chain: ChainSettings,
    customer_id: UUID,
    card_id: UUID,
    *,
    form_key: UUID,
    language: str,
    senders: Senders,
    address: str,
    now: datetime,
    deliver: Deliver,
) -> RequestView:
    """Send a code to the address that is stored of a customer. Refuses: NotFound (nothing reaches them), TooManyAttempts."""
    with unit_of_work(chain.id):
        customer = find_customer(chain.id, customer_id)
    if customer is None:
        raise Refused(NotFound())
    channel, phone, email = reach(customer, senders)
    if channel == "till":
        raise Refused(NotFound())
    take_attempts(tries_of(chain.id, phone if channel == "phone" else email_key(email), address), now=now)
    values: dict[str, Any] = {
        "kind": "own",
        "form_key": form_key,
        "channel": channel,
        "phone": phone,
        "email": email,
        "language": language,
        "customer_id": customer_id,
        "card_id": card_id,
        "ends_at": now + MESSAGE_LIVES,
    }
    return keep_request(chain.id, values, now=now, deliver=deliver)


def open_own(chain_id: UUID, request_id: UUID, code: str, *, address: str, now: datetime) -> None:
    """Open the page of whoever has the code, for half an hour. Refuses: NotFound, RequestOver, WrongCode, TooManyAttempts."""
    request = prove_code(chain_id, request_id, code, address=address, now=now)
    if request.kind != "own":
        raise Refused(NotFound())
    with unit_of_work(chain_id):
        execute(
            "UPDATE join_requests SET done_at = %s, done_by = 'code', ends_at = %s WHERE chain_id = %s AND id = %s",
            [now, now + OPEN_FOR, chain_id, request_id],
        )


def access_own(chain_id: UUID, request_id: UUID, *, now: datetime) -> tuple[RequestView, CustomerView | None]:
    """The request and, once its code came back and while it is open, whose data it shows. In the running unit of work."""
    request = find_request(chain_id, request_id)
    if request is None or request.kind != "own" or request.customer_id is None:
        raise Refused(NotFound())
    customer = find_customer(chain_id, request.customer_id)
    if customer is None:
        raise Refused(NotFound())
    return request, customer if request.done_at and not request.is_over(now) else None


def choose_consents(chain: ChainSettings, customer_id: UUID, agreed: Sequence[str], *, now: datetime) -> int:
    """Keep what a person agrees to from now on, and what they withdraw; how many changed.

    What nobody joins without is withdrawn by deleting oneself. An unchanged consent keeps the version it was given to.
    """
    with unit_of_work(chain.id):
        held = {one.purpose: one.given for one in list_consents(chain.id, customer_id)}
        lines = list_consent_lines(chain.id)
    changes = tuple(
        ConsentDraft(
            purpose=line.words.purpose,
            given=line.words.purpose in agreed,
            source="own page",
            text_version=str(line.words.version),
            at=now,
        )
        for line in lines
        if not line.words.is_required
        and (line.is_shown or held.get(line.words.purpose))
        and held.get(line.words.purpose, False) != (line.words.purpose in agreed)
    )
    if changes:
        change_customer(
            public_actor(chain.id),
            encode("cus", customer_id),
            {"consents": changes},
            country=chain.country,
            today=now.astimezone(chain.zone).date(),
            now=now,
        )
    return len(changes)


def delete_own(chain: ChainSettings, customer_id: UUID, *, write_off: bool, now: datetime) -> None:
    """Erase a person at their own wish. Refuses: NotFound, BalanceLeft."""
    actor: Actor = public_actor(chain.id).acting_with("cards:delete")
    remove_customer(actor, encode("cus", customer_id), write_off=write_off, now=now)
