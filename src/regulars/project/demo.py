"""The sample chain: a salon and a café whose cards come from the files in `examples/`, by the importer everybody uses."""

import random
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from regulars.cards.actions.balances import AdjustCommand, adjust_balance
from regulars.cards.actions.issue import IssueCommand, issue_card
from regulars.cards.actions.types import create_card_type_with_program
from regulars.cards.queries.types import CardTypeView, list_card_types
from regulars.chains.actions import create_location
from regulars.chains.queries import get_chain, list_locations
from regulars.chains.rules import LocationDraft
from regulars.customers.actions import enter_customer
from regulars.customers.rules import CustomerDraft
from regulars.imports.actions.examples import upload_example, work_on_example
from regulars.imports.actions.sample_rewards import open_sample_rewards
from regulars.imports.actions.sample_shop import SampleShop, bring_orders, open_sample_shop
from regulars.imports.queries.imports import list_imports
from regulars.imports.rules.sample_shop import STARTED
from regulars.imports.rules.samples import FILES, TYPES, SampleFile
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.actor import Actor
from regulars.platform.database import rows, unit_of_work
from regulars.project.demo_rewards import fill_rewards
from regulars.staff.actions.notifications import read_all

VISITED: Final = timedelta(days=21)
"""How long before the first start the first of its visits was."""

VISITS: Final = 240
NEWCOMERS: Final = (
    "Jürgen Krause", "Leila Haddad", "Иван Петров", "प्रिया शर्मा", "", "María José Fernández-Villaverde", "Tom Okafor",
    "Anna Müller", "Aylin Yıldız", "", "Noah Schröder", "Ольга Смирнова", "Rohan Mehta",
)  # fmt: skip
SEED: Final = 20261122
PLACES: Final = ("Salon Altona", "Salon Eimsbüttel", "Café am Fleet")


def fill_sample(actor: Actor, *, now: datetime) -> None:
    """Give the sample chain its places, card types, imported cards, promotions, two months of orders and three weeks of visits.

    May be killed and called again: what is there stays, what is missing is made.
    """
    started = now - STARTED
    _make_places(actor, now=started)
    types = _make_types(actor, now=started)
    with unit_of_work(actor.chain_id):
        known = {line.file_name: line.state for line in list_imports(actor, limit=200)[0]}
    for file in FILES:
        if known.get(file.name) != "applied":
            _import(actor, file, types[file.card_type], now=started)
    shop = SampleShop(actor, types, word="", mark="demo")
    open_sample_shop(shop, now=started)
    bring_orders(shop, now=now, is_wanted=lambda: True)
    open_sample_rewards(shop, now=started)
    with unit_of_work(actor.chain_id):
        salons = {place.name: place.id for place in list_locations(actor)}
    fill_rewards(actor, types["club"].id, [salons[name] for name in PLACES[:2]], now=now)
    if not _has_visits(actor):
        _make_visits(actor, types, now=now)
    # Nobody waited for these imports.
    read_all(actor, now=now)


def _make_places(actor: Actor, *, now: datetime) -> None:
    with unit_of_work(actor.chain_id):
        chain = get_chain(actor.chain_id)
        known = {location.name for location in list_locations(actor)}
    for name in PLACES:
        if name not in known:
            create_location(actor, LocationDraft(name=name, time_zone=chain.time_zone), now=now)


def _make_types(actor: Actor, *, now: datetime) -> dict[str, CardTypeView]:
    with unit_of_work(actor.chain_id):
        types = {one.external_id: one for one in list_card_types(actor)}
        decimals = get_chain(actor.chain_id).currency_decimals
    for sample in TYPES:
        key = sample.card_type.external_id or ""
        if key not in types:
            types[key] = create_card_type_with_program(
                actor, sample.program, sample.card_type, currency_decimals=decimals, now=now
            )
    return types


def _import(actor: Actor, file: SampleFile, card_type: CardTypeView, *, now: datetime) -> None:
    """Upload, check and apply one example, the steps one after the other instead of in the background."""
    one = upload_example(actor, file, card_type, now=now)
    work_on_example(actor, one.id, now=now)


def _has_visits(actor: Actor) -> bool:
    with unit_of_work(actor.chain_id):
        return bool(
            rows("SELECT 1 FROM transactions WHERE chain_id = %s AND kind = 'adjust' LIMIT 1", [actor.chain_id])
        )


def _make_visits(actor: Actor, types: dict[str, CardTypeView], *, now: datetime) -> None:
    """Let people come in: stamps at the café, bonus at the salons, a few new cards, in the order of time."""
    chance = random.Random(SEED)  # noqa: S311 (a sample should look the same every time)
    with unit_of_work(actor.chain_id):
        places = {place.name: place.id for place in list_locations(actor)}
        cards = {
            key: [
                values[0]
                for values in rows(
                    "SELECT id FROM cards WHERE chain_id = %s AND card_type_id = %s AND status = 'active' ORDER BY id"
                    " LIMIT 400",
                    [actor.chain_id, one.id],
                )
            ]
            for key, one in types.items()
        }
    for number in range(VISITS):
        at = now - VISITED * (1 - (number + 1) / (VISITS + 1))
        if number % 20 == 19:
            _new_card(actor, types["coffee"], places["Café am Fleet"], number, now=at)
        elif chance.random() < 0.6:
            _visit(actor, chance.choice(cards["coffee"]), "stamps", "1", "coffee", places["Café am Fleet"], now=at)
        else:
            amount = str(chance.choice(("2.50", "4.20", "6.00", "-5.00", "9.90")))
            place = places[chance.choice(PLACES[:2])]
            reason = "visit" if amount[0] != "-" else "paid with bonus"
            _visit(actor, chance.choice(cards["club"]), "bonus", amount, reason, place, now=at)


def _visit(
    actor: Actor, card_id: UUID, balance_type: str, amount: str, reason: str, place: UUID, *, now: datetime
) -> None:
    command = AdjustCommand(
        card=encode("crd", card_id), balance_type=balance_type, amount=amount, reason=reason, location_id=place
    )
    try:
        adjust_balance(actor, command, now=now)
    except Refused:
        # Somebody with nothing on the card could not spend: as in life.
        return


def _new_card(actor: Actor, card_type: CardTypeView, place: UUID, number: int, *, now: datetime) -> None:
    """Somebody new comes in: with a name mostly, now and then with a phone alone."""
    phone = f"+49151{23400000 + number * 137:08d}"
    name = NEWCOMERS[number % len(NEWCOMERS)]
    if name:
        enter_customer(
            actor, CustomerDraft(name=name, phones=(phone,)), country="DE", today=now.date(), now=now, location_id=place
        )
    card = issue_card(
        actor,
        IssueCommand(card_type=encode("ctp", card_type.id), phone=phone, location_id=place),
        country="DE",
        now=now,
    )
    _visit(actor, card.id, "stamps", str(1 + number % 9), "coffee", place, now=now)
