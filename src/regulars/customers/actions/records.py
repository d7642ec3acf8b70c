"""Writes of a customer's record: enter, change, remove."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.utils import IntegrityError
from psycopg import errors

from regulars.customers.actions.referrals import claim_referral
from regulars.customers.errors import PhoneTaken
from regulars.customers.events import CUSTOMER_CHANGED, CUSTOMER_ENTERED, CustomerEntered, CustomersRemoved
from regulars.customers.models import Consent, Customer, CustomerPhone, CustomerTag
from regulars.customers.queries.customers import CustomerView, access_customer, find_customer
from regulars.customers.queries.fields import list_custom_fields
from regulars.customers.rules import CustomerDraft, CustomerFacts, read_customer
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import ChangedMeanwhile, ExternalIdTaken, Invalid, Refused
from regulars.kernel.text import one_line
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.claims import Claim, Present, claimed
from regulars.platform.database import row, rows, unit_of_work
from regulars.platform.events import announce
from regulars.platform.together import announce_together


def enter_customer(
    actor: Actor,
    draft: CustomerDraft,
    *,
    country: str,
    today: date,
    now: datetime,
    location_id: UUID | None = None,
    claim: Claim | None = None,
    present: Present[CustomerView] | None = None,
) -> CustomerView:
    """Enter a new customer; unclaimed cards of their phones become theirs at once.

    Refuses: Forbidden, Invalid, PhoneTaken (naming whose it is), ExternalIdTaken, ReferralRefused.
    """
    actor.require("customers:write")
    with unit_of_work(actor.chain_id), claimed(actor, claim) as answer:
        facts = _read(actor, draft, country=country, today=today)
        customer_id = _insert(actor, facts, now=now, location_id=location_id)
        if draft.referred_by:
            claim_referral(rows, actor.chain_id, customer_id, draft.referred_by, now=now)
        announce_together(
            actor,
            CustomerEntered(customer_ids=(customer_id,), new_ids=(customer_id,), now=now, location_id=location_id),
        )
        announce(actor.chain_id, CUSTOMER_ENTERED, now=now, payload={"customer": encode("cus", customer_id)})
        view = _get(actor, customer_id)
        audit.record(
            actor,
            verb="customer.entered",
            object_kind="customer",
            object_id=customer_id,
            now=now,
            after=facts_for_audit(view),
            location_id=location_id,
        )
        answer(present, view)
    return view


def change_customer(
    actor: Actor,
    identifier: str,
    changes: dict[str, Any],
    *,
    country: str,
    today: date,
    now: datetime,
    version: int | None = None,
) -> CustomerView:
    """Change fields of a customer; `changes` holds fields of CustomerDraft, those that are absent stay.

    A phone that is taken away leaves its cards with the customer. Refuses: Forbidden, NotFound, Invalid, PhoneTaken,
    ExternalIdTaken, ChangedMeanwhile.
    """
    actor.require("customers:write")
    with unit_of_work(actor.chain_id):
        before = access_customer(actor, identifier)
        Customer.objects.select_for_update(no_key=True).get(id=before.id)
        before = _get(actor, before.id)
        if version is not None and version != before.version:
            raise Refused(ChangedMeanwhile())
        facts = _read_change(actor, before, changes, country=country, today=today)
        _update(actor, before, facts, now=now)
        _tell_change(actor, before, facts, now=now)
        if set(facts.phones) - set(before.phones):
            announce_together(actor, CustomerEntered(customer_ids=(before.id,), new_ids=(), now=now))
        return _get(actor, before.id)


def remove_customer(actor: Actor, identifier: str, *, write_off: bool = False, now: datetime) -> None:
    """Erase a person with what cards, orders and the journal say about them; entries and amounts stay, of nobody (CUS-7).

    Their cards are closed for good. Refuses: Forbidden (cards:delete where they hold cards), NotFound, and BalanceLeft where
    something is left on a card that `write_off` does not post off; a deposit never is: move or pay it out first.
    """
    actor.require("customers:write")
    with unit_of_work(actor.chain_id):
        view = access_customer(actor, identifier)
        Customer.objects.select_for_update().get(id=view.id)
        announce_together(actor, CustomersRemoved(customer_ids=(view.id,), now=now, write_off=write_off))
        Customer.objects.filter(id=view.id).delete()
        audit.forget_details(actor, object_id=view.id)
        audit.record(
            actor,
            verb="customer.removed",
            object_kind="customer",
            object_id=view.id,
            now=now,
            before={"customer": encode("cus", view.id)},
        )


def _read_change(
    actor: Actor, before: CustomerView, changes: dict[str, Any], *, country: str, today: date
) -> CustomerFacts:
    draft = CustomerDraft(
        **{
            "name": before.name,
            "phones": before.phones,
            "email": before.email or "",
            "birthday": before.birthday,
            "language": before.language,
            "tags": before.tags,
            "custom": before.custom,
            "external_id": before.external_id,
            "comment": before.comment,
            "loyalty_off": before.loyalty_off,
        }
        | changes
    )
    # A value that stands there already stays, even where its field was archived or lost the choice since.
    kept = {key: value for key, value in draft.custom.items() if key in before.custom and before.custom[key] == value}
    given = {key: value for key, value in draft.custom.items() if key not in kept}
    facts = _read(actor, replace(draft, custom=given), country=country, today=today)
    return replace(facts, custom={**kept, **facts.custom})


def _tell_change(actor: Actor, before: CustomerView, facts: CustomerFacts, *, now: datetime) -> None:
    old, new = audit.changed_only(facts_for_audit(before), facts_for_audit(_get(actor, before.id)))
    if facts.consents:
        new = new | {"consents": [{"purpose": one.purpose, "given": one.given} for one in facts.consents]}
    if not new:
        return
    # The time line shows consents by themselves; this entry is for the journal.
    verb = "customer.consented" if set(new) == {"consents"} else "customer.changed"
    audit.record(actor, verb=verb, object_kind="customer", object_id=before.id, now=now, before=old or None, after=new)
    announce(actor.chain_id, CUSTOMER_CHANGED, now=now, payload={"customer": encode("cus", before.id)})


def facts_for_audit(view: CustomerView) -> dict[str, Any]:
    """What the journal keeps of a customer's record."""
    return {
        "name": view.name,
        "phones": list(view.phones),
        "email": view.email,
        "birthday": view.birthday.isoformat() if view.birthday else None,
        "language": view.language,
        "tags": list(view.tags),
        "custom": view.custom,
        "external_id": view.external_id,
        "comment": view.comment,
        "loyalty_off": view.loyalty_off,
    }


def _read(actor: Actor, draft: CustomerDraft, *, country: str, today: date) -> CustomerFacts:
    facts = read_customer(draft, country=country, fields=list_custom_fields(actor.chain_id), today=today)
    if isinstance(facts, Invalid):
        raise Refused(facts)
    return facts


def _get(actor: Actor, customer_id: UUID) -> CustomerView:
    view = find_customer(actor.chain_id, customer_id)
    assert view is not None
    return view


def _insert(actor: Actor, facts: CustomerFacts, *, now: datetime, location_id: UUID | None) -> UUID:
    customer_id = new_id()
    _refuse_taken(actor, facts, customer_id)
    try:
        Customer.objects.create(
            id=customer_id,
            chain_id=actor.chain_id,
            created_at=now,
            entered_location_id=location_id,
            **_columns(facts),
        )
    except IntegrityError as problem:
        raise _as_refusal(problem, facts) from problem
    _write_phones(actor, customer_id, facts)
    _write_tags(actor, customer_id, facts)
    _write_consents(actor, customer_id, facts, now=now)
    return customer_id


def _update(actor: Actor, before: CustomerView, facts: CustomerFacts, *, now: datetime) -> None:
    _refuse_taken(actor, facts, before.id)
    try:
        Customer.objects.filter(id=before.id).update(**_columns(facts), version=before.version + 1)
    except IntegrityError as problem:
        raise _as_refusal(problem, facts) from problem
    if facts.phones != before.phones:
        CustomerPhone.objects.filter(chain_id=actor.chain_id, customer_id=before.id).delete()
        _write_phones(actor, before.id, facts)
    if facts.tags != before.tags:
        CustomerTag.objects.filter(chain_id=actor.chain_id, customer_id=before.id).delete()
        _write_tags(actor, before.id, facts)
    _write_consents(actor, before.id, facts, now=now)


def _columns(facts: CustomerFacts) -> dict[str, Any]:
    return {
        "external_id": facts.external_id,
        "name": facts.name,
        "search_name": facts.search_name,
        "email": facts.email,
        "email_key": facts.email_key,
        "birthday": facts.birthday,
        "language": facts.language,
        "tags": list(facts.tags),
        "custom": facts.custom,
        "comment": facts.comment,
        "loyalty_off": facts.loyalty_off,
    }


def _refuse_taken(actor: Actor, facts: CustomerFacts, customer_id: UUID) -> None:
    taken = row(
        "SELECT phone, customer_id FROM customer_phones WHERE chain_id = %s AND phone = ANY(%s) AND customer_id <> %s"
        " ORDER BY phone LIMIT 1",
        [actor.chain_id, list(facts.phones), customer_id],
    )
    if taken:
        raise Refused(PhoneTaken(phone=taken[0], customer=encode("cus", taken[1])))


def _as_refusal(problem: IntegrityError, facts: CustomerFacts) -> Exception:
    cause = problem.__cause__
    if isinstance(cause, errors.UniqueViolation) and cause.diag.constraint_name == "customer_external_id":
        return Refused(ExternalIdTaken(external_id=facts.external_id or ""))
    if isinstance(cause, errors.UniqueViolation):
        # Another till entered the same phone between our look and our write.
        return Refused(PhoneTaken(phone=facts.phones[0] if facts.phones else ""))
    return problem


def _write_phones(actor: Actor, customer_id: UUID, facts: CustomerFacts) -> None:
    try:
        CustomerPhone.objects.bulk_create(
            CustomerPhone(chain_id=actor.chain_id, phone=phone, customer_id=customer_id, position=position)
            for position, phone in enumerate(facts.phones)
        )
    except IntegrityError as problem:
        raise _as_refusal(problem, facts) from problem


def _write_tags(actor: Actor, customer_id: UUID, facts: CustomerFacts) -> None:
    CustomerTag.objects.bulk_create(
        CustomerTag(chain_id=actor.chain_id, tag=tag, customer_id=customer_id) for tag in facts.tags
    )


def _write_consents(actor: Actor, customer_id: UUID, facts: CustomerFacts, *, now: datetime) -> None:
    Consent.objects.bulk_create(
        Consent(
            chain_id=actor.chain_id,
            customer_id=customer_id,
            purpose=one_line(consent.purpose),
            given=consent.given,
            source=one_line(consent.source),
            text_version=one_line(consent.text_version),
            at=consent.at or now,
        )
        for consent in facts.consents
    )
