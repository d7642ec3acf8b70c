"""Somebody asks for a card at a join page (WAL-3).

What is done here is the same whether the address is new or known: one row, one job. Whatever differs happens in the job and in
what arrives at the address, so neither answer nor time tells a stranger who is a customer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from regulars.customers.rules import CustomerDraft, CustomerFacts, read_customer
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.attempts import Limit, Try, source_of, take_attempts
from regulars.platform.database import from_json, row, unit_of_work
from regulars.platform.tenancy import ChainSettings
from regulars.storefront.models import JoinRequest
from regulars.storefront.queries.requests import RequestView, find_request
from regulars.storefront.rules.form import (
    ConsentWords,
    FormPlan,
    Senders,
    age_problem,
    channel_of,
    check_answers,
)
from regulars.storefront.rules.tokens import new_pickup

MESSAGE_LIVES: Final = timedelta(minutes=30)
PICKUP_LIVES: Final = timedelta(days=2)
FROM_ONE_PLACE: Final = Limit(
    kind="join_source",
    free=10,
    first_wait=timedelta(minutes=1),
    wait_max=timedelta(hours=1),
    forget_after=timedelta(hours=1),
)
"""A shop's guests may share one address, so ten an hour are free; who sends hundreds waits longer each time."""
TO_ONE_ADDRESS: Final = Limit(
    kind="join_target",
    free=3,
    first_wait=timedelta(minutes=2),
    wait_max=timedelta(hours=1),
    forget_after=timedelta(hours=24),
)
"""Nobody is to be flooded with codes that they did not ask for."""
IN_ALL: Final = Limit(
    kind="join_chain",
    free=600,
    first_wait=timedelta(seconds=5),
    wait_max=timedelta(minutes=5),
    forget_after=timedelta(hours=1),
)
PICKUP_TRIES: Final = 20

Deliver = Callable[[UUID, UUID], None]
"""Has the message of a request (chain, id) sent by the worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinDraft:
    """What somebody wrote, as it came. `agreed` names purposes; `blank_card_id` is a card in their hand that is nobody's."""

    form_key: UUID
    name: str = ""
    phone: str = ""
    email: str = ""
    birthday: date | None = None
    language: str = ""
    agreed: frozenset[str] = field(default_factory=frozenset)
    blank_card_id: UUID | None = None


def ask_to_join(
    chain: ChainSettings,
    card_type_id: UUID,
    plan: FormPlan,
    consents: list[ConsentWords],
    draft: JoinDraft,
    *,
    senders: Senders,
    address: str,
    now: datetime,
    deliver: Deliver,
) -> RequestView:
    """Keep what somebody wrote and have a code sent to their address; the same form sent twice is one request.

    Refuses: Invalid, TooManyAttempts (per source, per address, and in all of the business).
    """
    facts = _read(chain, plan, consents, draft, now=now)
    phone = facts.phones[0] if facts.phones else ""
    email = facts.email or ""
    channel = channel_of(phone, email, senders)
    with unit_of_work(chain.id):
        known = _of_form(chain.id, draft.form_key)
    if known is not None:
        return known
    target = (facts.email_key or "") if channel == "email" else phone or facts.email_key or ""
    take_attempts(tries_of(chain.id, target, address), now=now)
    given = [{"purpose": one.purpose, "version": one.version, "given": one.purpose in draft.agreed} for one in consents]
    values: dict[str, Any] = {
        "kind": "join",
        "card_type_id": card_type_id,
        "form_key": draft.form_key,
        "channel": channel,
        "name": facts.name,
        "phone": phone,
        "email": email,
        "birthday": facts.birthday,
        "language": draft.language,
        "consents": given,
        "blank_card_id": draft.blank_card_id,
        "ends_at": now + (PICKUP_LIVES if channel == "till" else MESSAGE_LIVES),
    }
    return keep_request(chain.id, values, now=now, deliver=deliver)


def tries_of(chain_id: UUID, target: str, address: str) -> list[Try]:
    """What one request counts against: where it comes from, where its message goes, and the business."""
    tries = [Try(IN_ALL, str(chain_id)), Try(TO_ONE_ADDRESS, f"{chain_id} {target}")]
    return [*tries, Try(FROM_ONE_PLACE, source_of(address))] if address else tries


def keep_request(chain_id: UUID, values: dict[str, Any], *, now: datetime, deliver: Deliver) -> RequestView:
    """Insert a request, whose form may have been sent at the same instant once more, and have its message sent."""
    for _ in range(PICKUP_TRIES):
        try:
            with unit_of_work(chain_id):
                known = _of_form(chain_id, values["form_key"])
                if known is not None:
                    return known
                request_id = new_id()
                with transaction.atomic():
                    JoinRequest.objects.create(
                        id=request_id, chain_id=chain_id, pickup=new_pickup(), created_at=now, **values
                    )
                deliver(chain_id, request_id)
                found = find_request(chain_id, request_id)
                assert found is not None
                return found
        except IntegrityError:
            # The same form at the same instant, found in the next round; or a pick-up name that is taken.
            continue
    raise AssertionError("no free pick-up name")


def _of_form(chain_id: UUID, form_key: UUID) -> RequestView | None:
    found = row("SELECT id FROM join_requests WHERE chain_id = %s AND form_key = %s", [chain_id, form_key])
    return find_request(chain_id, found[0]) if found else None


def _read(
    chain: ChainSettings, plan: FormPlan, consents: list[ConsentWords], draft: JoinDraft, *, now: datetime
) -> CustomerFacts:
    today = now.astimezone(chain.zone).date()
    given = {
        name: getattr(draft, name) if getattr(plan, name) != "off" else None
        for name in ("name", "phone", "email", "birthday")
    }
    texts = {name: (value.strip() if isinstance(value, str) else value) for name, value in given.items()}
    problems: tuple[FieldProblem, ...] = check_answers(plan, texts, consents, draft.agreed)
    record = CustomerDraft(
        name=texts["name"] or "",
        phones=(texts["phone"],) if texts["phone"] else (),
        email=texts["email"] or "",
        birthday=draft.birthday if plan.birthday != "off" else None,
        language=draft.language,
    )
    facts = read_customer(record, country=chain.country, fields=(), today=today)
    if isinstance(facts, Invalid):
        told = {one.pointer for one in problems}
        problems += tuple(one for one in facts.errors if one.pointer not in told)
    problems = (*problems, *(one for one in age_problem(draft.birthday, today) if one not in problems))
    if problems or isinstance(facts, Invalid):
        raise Refused(Invalid(errors=tuple(dict.fromkeys(problems))))
    return facts


def consents_of(request: RequestView) -> list[dict[str, Any]]:
    """What a request agreed to, as it was kept."""
    return [from_json(one) for one in request.consents]
