"""Issuing cards, one or thousands at a time (CRD-1, CRD-2, TYP-2)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.cards.actions.numbers import take_numbers, take_short_numbers
from regulars.cards.actions.types import refuse_archived
from regulars.cards.errors import CardExists, HolderRequired, NotValidHere
from regulars.cards.events import CARD_ISSUED
from regulars.cards.queries.cards import CardView, find_card
from regulars.cards.queries.types import CardTypeView, access_card_type
from regulars.cards.rules.numbers import check_number
from regulars.chains.queries import get_chain
from regulars.customers.queries import access_customer, find_customer_by_phone, lock_customer
from regulars.customers.queries.left import find_left_keys
from regulars.kernel.ids import encode, new_id
from regulars.kernel.phone import parse_phone
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.ledger.actions.post import post
from regulars.ledger.queries.accounts import lock_accounts
from regulars.ledger.rules.plan import Plan, plan_change
from regulars.ledger.rules.posting import Leg, Posting
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.claims import Claim, Present, claimed
from regulars.platform.database import row, rows, unit_of_work
from regulars.platform.events import announce
from regulars.platform.hot import open_cursor
from regulars.programs.errors import ProgramNotActive
from regulars.programs.rules.lots import lot_times

ISSUE_CHUNK_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class IssueCommand:
    """One card as somebody asks for it: exactly one of phone and customer (an id)."""

    card_type: str
    phone: str = ""
    customer: str = ""
    number: str = ""
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewCard:
    """One card to be made: for a customer, for a phone, or (neither) a blank."""

    customer_id: UUID | None = None
    phone: str | None = None
    number: str | None = None
    id: UUID = field(default_factory=new_id)

    @property
    def holder(self) -> str | None:
        """How the guard against a second card knows the holder."""
        if self.customer_id:
            return f"c:{self.customer_id}"
        return f"p:{self.phone}" if self.phone else None


def issue_card(
    actor: Actor,
    command: IssueCommand,
    *,
    country: str,
    now: datetime,
    claim: Claim | None = None,
    present: Present[CardView] | None = None,
) -> CardView:
    """Issue one card to a customer, or to a phone that nobody has yet (then it is unclaimed).

    Refuses: Forbidden, NotFound, Invalid, HolderRequired, NumberTaken, CardExists, ProgramNotActive, CardTypeArchived,
    NotValidHere.
    """
    actor.require("cards:write")
    if bool(command.phone.strip()) == bool(command.customer.strip()):
        raise Refused(HolderRequired())
    problems = check_number(command.number, "/number") if command.number else []
    phone = parse_phone(command.phone, country) if command.phone.strip() else None
    if command.phone.strip() and phone is None:
        problems.append(
            FieldProblem("/phone", "invalid_phone", "No phone can be read here. Write it with its country: +49 151 …")
        )
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    with unit_of_work(actor.chain_id), claimed(actor, claim) as answer:
        card_type = access_card_type(actor, command.card_type)
        refuse_unfit(actor, card_type, location_id=command.location_id)
        new = _new_card(actor, command, phone)
        refuse_second(actor, card_type, new)
        issue_cards(actor, card_type, [new], now=now, location_id=command.location_id)
        view = find_card(actor.chain_id, new.id, now=now)
        assert view is not None
        answer(present, view)
    return view


def _new_card(actor: Actor, command: IssueCommand, phone: str | None) -> NewCard:
    number = command.number.strip() or None
    if phone:
        holder = find_customer_by_phone(actor.chain_id, phone)
        if holder and lock_customer(actor.chain_id, holder):
            return NewCard(customer_id=holder, number=number)
        return NewCard(phone=phone, number=number)
    customer = access_customer(actor, command.customer)
    if not lock_customer(actor.chain_id, customer.id):
        raise Refused(NotFound())
    return NewCard(customer_id=customer.id, number=number)


def refuse_unfit(actor: Actor, card_type: CardTypeView, *, location_id: UUID | None) -> None:
    """Refuse where the type issues nothing now, or not here."""
    refuse_archived(card_type)
    if card_type.program.state in ("draft", "archived"):
        raise Refused(ProgramNotActive(program=card_type.program.name, state=card_type.program.state))
    if location_id is None:
        return
    known = row("SELECT 1 FROM locations WHERE chain_id = %s AND id = %s", [actor.chain_id, location_id])
    if known is None:
        raise Refused(Invalid(errors=(FieldProblem("/location", "unknown_location", "There is no such location."),)))
    if card_type.location_ids is not None and location_id not in card_type.location_ids:
        places = rows(
            "SELECT name FROM locations WHERE chain_id = %s AND id = ANY(%s) ORDER BY name",
            [actor.chain_id, list(card_type.location_ids)],
        )
        raise Refused(NotValidHere(places=", ".join(values[0] for values in places)))


def refuse_second(actor: Actor, card_type: CardTypeView, new: NewCard) -> None:
    """Refuse a second card of a type that allows one per customer."""
    if card_type.several_per_customer or new.holder is None:
        return
    found = row(
        "SELECT id FROM cards WHERE chain_id = %(chain)s AND card_type_id = %(type)s"
        " AND status NOT IN ('deleted', 'undone')"
        " AND (customer_id = %(customer)s OR (customer_id IS NULL AND phone = %(phone)s)) LIMIT 1",
        {"chain": actor.chain_id, "type": card_type.id, "customer": new.customer_id, "phone": new.phone},
    )
    if found:
        raise Refused(CardExists(card=encode("crd", found[0])))


INSERT_CARDS: Final = """
INSERT INTO cards (id, chain_id, card_type_id, customer_id, phone, number, short_number, status, status_reason,
    platforms, issued_at, issued_through, issued_location_id, expires_at, last_activity_at, link_version, version)
SELECT new.id, %(chain)s, %(type)s, new.customer_id, new.phone, new.number, new.short_number, 'active', '',
    ARRAY['web'], %(now)s, %(through)s, %(location)s, %(expires_at)s, %(now)s, 1, 1
FROM unnest(%(ids)s::uuid[], %(customers)s::uuid[], %(phones)s::text[], %(numbers)s::text[], %(shorts)s::text[])
    AS new (id, customer_id, phone, number, short_number)
"""
INSERT_ACCOUNTS: Final = """
INSERT INTO accounts (id, chain_id, card_id, balance_type_id, balance, held, allows_debt, version)
SELECT regulars_uuid7(), %(chain)s, card.id, b.id, 0, 0, false, 0
FROM unnest(%(ids)s::uuid[]) AS card (id) CROSS JOIN balance_types b
WHERE b.chain_id = %(chain)s AND b.program_id = %(program)s
"""
INSERT_SLOTS: Final = """
INSERT INTO card_slots (chain_id, card_type_id, holder, card_id)
SELECT %(chain)s, %(type)s, slot.holder, slot.card_id
FROM unnest(%(ids)s::uuid[], %(holders)s::text[]) AS slot (card_id, holder) WHERE slot.holder IS NOT NULL
ORDER BY slot.holder
ON CONFLICT (card_type_id, holder) DO NOTHING RETURNING card_id
"""


def issue_cards(
    actor: Actor,
    card_type: CardTypeView,
    new_cards: Sequence[NewCard],
    *,
    now: datetime,
    location_id: UUID | None = None,
    through: str | None = None,
) -> None:
    """Make cards inside the running unit of work: numbers, accounts, initial balances, event, audit.

    Set-based: the number of statements does not grow with the number of cards, up to ISSUE_CHUNK_MAX of them. Refuses:
    NumberTaken, CardExists where somebody issued the same at the same instant.
    """
    assert 0 < len(new_cards) <= ISSUE_CHUNK_MAX
    ids = [new.id for new in new_cards]
    numbers = _numbers_before_cards(actor, card_type, new_cards)
    facts = {
        "chain": actor.chain_id,
        "type": card_type.id,
        "program": card_type.program.id,
        "now": now,
        "through": through or actor.through,
        "location": location_id,
        "expires_at": now + timedelta(days=card_type.valid_days) if card_type.valid_days else None,
        "ids": ids,
        "customers": [new.customer_id for new in new_cards],
        "phones": [new.phone for new in new_cards],
        "holders": [new.holder for new in new_cards],
        "numbers": [numbers[new.id][0] for new in new_cards],
        "shorts": [numbers[new.id][1] for new in new_cards],
    }
    rows(INSERT_CARDS, facts)
    rows(INSERT_ACCOUNTS, facts)
    if not card_type.several_per_customer:
        slots = {values[0] for values in rows(INSERT_SLOTS, facts)}
        if len(slots) < sum(new.holder is not None for new in new_cards):
            raise Refused(CardExists())
    give_initial_balances(actor, card_type, new_cards, now=now, location_id=location_id)
    announce(actor.chain_id, CARD_ISSUED, now=now, card_ids=ids)
    audit.record_many(
        actor,
        verb="card.issued",
        object_kind="card",
        changes=[
            audit.Change(object_id=new.id, after={"number": numbers[new.id][0], "card_type": card_type.external_id})
            for new in new_cards
        ],
        now=now,
        location_id=location_id,
    )


def _numbers_before_cards(
    actor: Actor, card_type: CardTypeView, new_cards: Sequence[NewCard]
) -> dict[UUID, tuple[str, str]]:
    # Foreign keys from numbers to cards are checked at commit, so that a taken number is found before a card is made.
    wanted = [(new.id, new.number) for new in new_cards]
    numbers = take_numbers(actor, wanted, number_format=card_type.number_format)
    shorts = take_short_numbers(actor.chain_id, [new.id for new in new_cards])
    return {new.id: (numbers[new.id], shorts[new.id]) for new in new_cards}


CLAIM_INITIAL: Final = """
WITH keys AS (
    SELECT person.position, key
    FROM unnest(%(customers)s::uuid[], %(phones)s::text[]) WITH ORDINALITY AS person (customer_id, phone, position)
    CROSS JOIN LATERAL (
        SELECT 'c:' || person.customer_id AS key WHERE person.customer_id IS NOT NULL
        UNION ALL SELECT 'p:' || person.phone WHERE person.phone IS NOT NULL
        UNION ALL SELECT 'p:' || p.phone FROM customer_phones p
            WHERE p.chain_id = %(chain)s AND p.customer_id = person.customer_id
    ) AS one
), given AS (
    INSERT INTO initial_balances_given (chain_id, balance_type_id, person_key, at)
    SELECT DISTINCT %(chain)s::uuid, %(balance_type)s::uuid, key, %(now)s::timestamptz FROM keys
    ON CONFLICT DO NOTHING RETURNING person_key
)
SELECT position FROM keys LEFT JOIN given ON given.person_key = keys.key
WHERE position NOT IN (
    SELECT person.position
    FROM unnest(%(left_keys)s::text[]) WITH ORDINALITY AS person (left_key, position)
    JOIN initial_balances_given g ON g.chain_id = %(chain)s AND g.balance_type_id = %(balance_type)s
        AND g.person_key = person.left_key
)
GROUP BY position HAVING count(*) = count(given.person_key)
"""
"""Who is known by an e-mail alone is one person with whoever left by that address; families share one, so a phone says more."""


def give_initial_balances(
    actor: Actor, card_type: CardTypeView, new_cards: Sequence[NewCard], *, now: datetime, location_id: UUID | None
) -> None:
    """Post the initial balances that these cards' holders have never had: once per person and balance type (PRG-2)."""
    if card_type.program.state != "active":
        return
    held = [new for new in new_cards if new.holder is not None]
    given = [one for one in card_type.balance_types if one.initial_balance]
    if not held or not given:
        return
    cursor = open_cursor()
    zone = ZoneInfo(get_chain(actor.chain_id).time_zone)
    customers = [new.customer_id for new in held if new.customer_id]
    left = find_left_keys(actor.chain_id, customers, by_email_alone=True)
    for balance_type in given:
        positions = rows(
            CLAIM_INITIAL,
            {
                "chain": actor.chain_id,
                "balance_type": balance_type.id,
                "customers": [new.customer_id for new in held],
                "phones": [new.phone for new in held],
                "left_keys": [left.get(new.customer_id) if new.customer_id else None for new in held],
                "now": now,
            },
        )
        ids = [held[values[0] - 1].id for values in positions]
        found = rows(
            "SELECT id, card_id FROM accounts WHERE card_id = ANY(%s) AND balance_type_id = %s", [ids, balance_type.id]
        )
        states = lock_accounts(cursor, [values[0] for values in found], now=now)
        starts_at, ends_at = lot_times(balance_type, now, zone)
        postings = []
        for account_id, card_id in found:
            plan = plan_change(
                states[account_id], balance_type.initial_balance, now=now, activates_at=starts_at, expires_at=ends_at
            )
            assert isinstance(plan, Plan)
            postings.append(
                Posting(
                    kind="issue",
                    source="initial",
                    at=now,
                    legs=(Leg(plan=plan, card_id=card_id, balance_type_id=balance_type.id),),
                    staff_id=actor.staff_id,
                    key_id=actor.key_id,
                    location_id=location_id,
                )
            )
        if postings:
            post(cursor, actor, postings)
