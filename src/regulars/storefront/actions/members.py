"""Whoever proved an address gets their card: the one they have, the one that waits for their phone, or a new one (WAL-3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from regulars.cards.actions.blanks import AssignCommand, assign_card
from regulars.cards.actions.issue import IssueCommand, issue_card
from regulars.cards.errors import CardAssigned, CardExists, CardNotActive, CardTypeArchived
from regulars.customers.actions import change_customer, enter_customer, write_note
from regulars.customers.queries import find_customer
from regulars.customers.rules import ConsentDraft, CustomerDraft
from regulars.kernel.ids import encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import row
from regulars.platform.tenancy import ChainSettings
from regulars.programs.errors import ProgramNotActive
from regulars.storefront.errors import NoCardHere
from regulars.storefront.queries.requests import RequestView, find_held_card, find_person

RIGHTS: Final = frozenset({"customers:read", "customers:write", "cards:read", "cards:write", "programs:read"})


@dataclass(frozen=True, slots=True)
class Member:
    """A person and the card that they are led to."""

    customer_id: UUID
    card_id: UUID


def public_actor(chain_id: UUID, *, address: str = "", language: str = "en") -> Actor:
    """Somebody at a public page, who may do what joining does and nothing else."""
    return Actor(chain_id=chain_id, rights=RIGHTS, through="public", address=address, language=language)


def make_member(
    actor: Actor,
    chain: ChainSettings,
    request: RequestView,
    *,
    phone: str,
    email: str,
    now: datetime,
    location_id: UUID | None = None,
) -> Member:
    """Lead whoever has proved `phone`, `email` or both to their card, in the running unit of work of the edge.

    An address that they gave and did not prove opens nothing and claims nothing: staff find it in a note. Refuses: NoCardHere.
    """
    assert phone or email
    for address in sorted(filter(None, (phone, email.casefold()))):
        # An e-mail may belong to several people, so no constraint keeps two requests at once from entering two.
        row("SELECT pg_advisory_xact_lock(hashtextextended(%s::text || %s, 7))", [actor.chain_id, address])
    customer_id = find_person(actor.chain_id, request.card_type_id, phone=phone, email=email)
    consents = _consents(request, now)
    if customer_id is None:
        customer_id = _enter(
            actor, chain, request, consents, phone=phone, email=email, now=now, location_id=location_id
        )
    else:
        _fill_in(actor, chain, customer_id, request, consents, phone=phone, email=email, now=now)
    _note_unproved(actor, chain, customer_id, request, phone=phone, email=email, now=now)
    card_id = _card_in_hand(actor, chain, customer_id, request, now=now, location_id=location_id)
    card_id = card_id or find_held_card(actor.chain_id, customer_id, request.card_type_id, now=now)
    if card_id is None:
        card_id = _issue(actor, chain, customer_id, request, now=now, location_id=location_id)
    return Member(customer_id, card_id)


def _enter(
    actor: Actor,
    chain: ChainSettings,
    request: RequestView,
    consents: tuple[ConsentDraft, ...],
    *,
    phone: str,
    email: str,
    now: datetime,
    location_id: UUID | None,
) -> UUID:
    draft = CustomerDraft(
        name=request.name,
        phones=(phone,) if phone else (),
        email=email,
        birthday=request.birthday,
        language=request.language,
        consents=consents,
    )
    today = now.astimezone(chain.zone).date()
    entered = enter_customer(actor, draft, country=chain.country, today=today, now=now, location_id=location_id)
    return entered.id


def _fill_in(
    actor: Actor,
    chain: ChainSettings,
    customer_id: UUID,
    request: RequestView,
    consents: tuple[ConsentDraft, ...],
    *,
    phone: str,
    email: str,
    now: datetime,
) -> None:
    """Add what a known customer's record does not say yet; nothing that it says is overwritten."""
    known = find_customer(actor.chain_id, customer_id)
    assert known is not None
    changes: dict[str, Any] = {"consents": consents} if consents else {}
    if request.name and not known.name:
        changes["name"] = request.name
    if request.birthday and not known.birthday:
        changes["birthday"] = request.birthday
    if email and not known.email:
        changes["email"] = email
    if phone and phone not in known.phones and len(known.phones) < 10:
        changes["phones"] = (*known.phones, phone)
    if changes:
        today = now.astimezone(chain.zone).date()
        identifier = encode("cus", customer_id)
        change_customer(actor, identifier, changes, country=chain.country, today=today, now=now)


def _note_unproved(
    actor: Actor,
    chain: ChainSettings,
    customer_id: UUID,
    request: RequestView,
    *,
    phone: str,
    email: str,
    now: datetime,
) -> None:
    unproved = ", ".join(
        given for given, proved in ((request.phone, phone), (request.email, email)) if given and given != proved
    )
    if unproved:
        with translation.override(chain.language):
            text = _("Given when joining, not confirmed: %(address)s") % {"address": unproved}
        write_note(actor, encode("cus", customer_id), text, now=now)


def _consents(request: RequestView, now: datetime) -> tuple[ConsentDraft, ...]:
    return tuple(
        ConsentDraft(
            purpose=one["purpose"],
            given=True,
            source="join page",
            text_version=str(one["version"]),
            at=request.created_at,
        )
        for one in request.consents
        if one["given"]
    )


def _card_in_hand(
    actor: Actor,
    chain: ChainSettings,
    customer_id: UUID,
    request: RequestView,
    *,
    now: datetime,
    location_id: UUID | None,
) -> UUID | None:
    """Make the blank card that they scanned theirs (CRD-10); None where somebody was quicker, or they have one already."""
    if request.blank_card_id is None:
        return None
    command = AssignCommand(
        card=encode("crd", request.blank_card_id), customer=encode("cus", customer_id), location_id=location_id
    )
    try:
        return assign_card(actor, command, country=chain.country, now=now).id
    except Refused as refused:
        if isinstance(refused.refusal, CardAssigned | CardExists | CardNotActive | NotFound):
            return None
        raise


def _issue(
    actor: Actor,
    chain: ChainSettings,
    customer_id: UUID,
    request: RequestView,
    *,
    now: datetime,
    location_id: UUID | None,
) -> UUID:
    assert request.card_type_id is not None
    command = IssueCommand(
        card_type=encode("ctp", request.card_type_id), customer=encode("cus", customer_id), location_id=location_id
    )
    try:
        return issue_card(actor, command, country=chain.country, now=now).id
    except Refused as refused:
        if isinstance(refused.refusal, ProgramNotActive | CardTypeArchived):
            raise Refused(NoCardHere()) from None
        raise
