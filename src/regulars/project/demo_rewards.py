"""What the sample chain gives: a catalogue, vouchers in every state, gift cards, memberships, a pool of codes (RWD-1 to RWD-6).

Each part is made where nothing of it is there yet, so that it may be killed and called again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from regulars.chains.queries import get_chain
from regulars.codes.actions.generate import run_generating, start_generating
from regulars.codes.actions.handing import hand_out
from regulars.codes.actions.pools import create_pool
from regulars.codes.queries.pools import list_pools
from regulars.codes.rules.pools import PoolDraft
from regulars.giftcards.actions import sell as gift_cards
from regulars.giftcards.actions.change import MoneyCommand, write_off
from regulars.giftcards.actions.types import create_type as create_gift_card_type
from regulars.giftcards.queries.types import list_types as list_gift_card_types
from regulars.giftcards.rules.types import TypeDraft as GiftCardTypeDraft
from regulars.kernel.ids import encode
from regulars.memberships.actions import sell as memberships
from regulars.memberships.actions.rest import FreezeCommand, freeze_membership
from regulars.memberships.actions.types import create_type as create_membership_type
from regulars.memberships.actions.use import UseCommand, use_membership
from regulars.memberships.actions.write import Place
from regulars.memberships.queries.types import list_types as list_membership_types
from regulars.memberships.rules.terms import Terms
from regulars.memberships.rules.terms import TypeDraft as MembershipTypeDraft
from regulars.platform.actor import Actor
from regulars.platform.database import rows, unit_of_work
from regulars.rewards.actions.catalogue import cancel_reward, hand_over, redeem_reward
from regulars.vouchers.actions.by_hand import IssueByHand, issue_by_hand
from regulars.vouchers.actions.redeem import RedeemCommand, cancel_voucher, redeem_voucher

DAY: Final = timedelta(days=1)
RICH: Final = """
SELECT k.id, k.customer_id FROM cards k
JOIN accounts a ON a.card_id = k.id JOIN balance_types b ON b.id = a.balance_type_id AND b.external_id = 'bonus'
WHERE k.chain_id = %s AND k.card_type_id = %s AND k.status = 'active' AND k.customer_id IS NOT NULL AND a.balance >= 4000
ORDER BY k.id LIMIT 12
"""


@dataclass(frozen=True, slots=True)
class Regular:
    """Somebody with a card and something on it."""

    card: str
    customer: str


def fill_rewards(actor: Actor, club_type: UUID, places: Sequence[UUID], *, now: datetime) -> None:
    """Let the regulars of a salon have got, used and bought something of everything there is."""
    with unit_of_work(actor.chain_id):
        found = rows(RICH, [actor.chain_id, club_type])
        people = [Regular(encode("crd", card_id), encode("cus", customer_id)) for card_id, customer_id in found]
    if len(people) < 12:
        return
    _buy(actor, people[:3], places[0], now=now - 9 * DAY)
    _issue(actor, people, places[0], now=now)
    _sell_gift_cards(actor, people, places[0], now=now - 20 * DAY)
    _sell_memberships(actor, people, places[0], now=now - 15 * DAY)
    _make_codes(actor, people, now=now - 5 * DAY)


def _has(actor: Actor, table: str, condition: str = "true") -> bool:
    with unit_of_work(actor.chain_id):
        return bool(rows(f"SELECT 1 FROM {table} WHERE chain_id = %s AND {condition} LIMIT 1", [actor.chain_id]))


def _buy(actor: Actor, people: Sequence[Regular], place: UUID, *, now: datetime) -> None:
    """Three take something of the catalogue: one has it, one waits for it, one thought better of it."""
    if _has(actor, "given_rewards", "origin = 'catalogue'"):
        return
    given = [
        redeem_reward(actor, "ext:hand-cream", one.card, location_id=place, now=now + number * DAY)
        for number, one in enumerate(people)
    ]
    hand_over(actor, encode("grw", given[0].id), location_id=place, now=now + DAY)
    cancel_reward(actor, encode("grw", given[1].id), reason="Took the tea instead", now=now + 2 * DAY)


def _issue(actor: Actor, people: Sequence[Regular], place: UUID, *, now: datetime) -> None:
    """Vouchers of every state, and a sheet of them to be printed."""
    if _has(actor, "vouchers", "source = 'manual'"):
        return
    months = {"kind": "months", "value": 3}

    def issue(title: str, one: Regular | None, at: datetime, **more: object) -> str:
        values = {"validity": months, "card": one.card if one else None, **more}
        command = IssueByHand(title=title, **values)  # type: ignore[arg-type]
        return encode("vch", issue_by_hand(actor, command, now=at)[0].id)

    excuse = "We kept you waiting: this one is on us."
    issue("10 % off your next visit", people[3], now - 6 * DAY, benefit={"percent": "10"}, description=excuse)
    issue("5 off from 30", people[4], now - 2 * DAY, benefit={"amount": "5.00", "minimum": "30.00"})
    issue("A hair mask on the house", people[5], now - DAY, customer_may_redeem=True)
    used = issue("A coffee while you wait", people[6], now - 12 * DAY)
    redeem_voucher(actor, RedeemCommand(used, place), now=now - 4 * DAY)
    gone = issue("A coffee while you wait", people[7], now - 11 * DAY)
    cancel_voucher(actor, gone, reason="Issued twice", now=now - 10 * DAY)
    issue("Half price on Mondays", people[8], now - 30 * DAY, validity={"kind": "days", "value": 14})
    issue("A birthday treat", people[9], now - DAY, starts_at=now + 6 * DAY)
    issue("Opening day: a free blow-dry", None, now - 3 * DAY, count=6)


def _sell_gift_cards(actor: Actor, people: Sequence[Regular], place: UUID, *, now: datetime) -> None:
    """A type of gift cards; one is untouched, one used in part, one used up."""
    with unit_of_work(actor.chain_id):
        kinds = list_gift_card_types(actor)
    if not kinds:
        draft = GiftCardTypeDraft(
            name="Gift card", values=("25.00", "50.00", "100.00"), validity={"kind": "months", "value": 36}
        )
        kinds = [create_gift_card_type(actor, draft, now=now)]
    if _has(actor, "gift_cards"):
        return
    kind = encode("gct", kinds[0].id)
    sold = [
        gift_cards.sell_gift_card(
            actor,
            gift_cards.SaleCommand(type=kind, value=value, location_id=place, customer=customer),
            now=now + number * DAY,
        )
        for number, (value, customer) in enumerate(
            [("50.00", ""), ("100.00", people[0].customer), ("25.00", people[1].customer), ("50.00", "")]
        )
    ]
    for card, amount in ((sold[1], "38.50"), (sold[2], "25.00")):
        write_off(actor, MoneyCommand(encode("gcd", card.id), amount, location_id=place), now=now + 8 * DAY)


def _sell_memberships(actor: Actor, people: Sequence[Regular], place: UUID, *, now: datetime) -> None:
    """Two kinds of membership, in use, used up and resting."""
    with unit_of_work(actor.chain_id):
        chain = get_chain(actor.chain_id)
        known = {one.name: one for one in list_membership_types(actor)}
    unit = 10**chain.currency_decimals
    drafts = (
        MembershipTypeDraft(name="Five blow-dries", terms=Terms(visits=5), price=110 * unit),
        MembershipTypeDraft(
            name="Three months of colour",
            terms=Terms(period_unit="months", period=3, freezes_max=2, freeze_days_max=30),
            price=180 * unit,
        ),
    )
    for draft in drafts:
        if draft.name not in known:
            known[draft.name] = create_membership_type(actor, draft, now=now)
    if _has(actor, "memberships"):
        return
    at = Place(zone=chain.zone, decimals=chain.currency_decimals, location_id=place)
    visits, period = (encode("mbt", known[draft.name].id) for draft in drafts)

    def sell(kind: str, one: Regular) -> str:
        command = memberships.SaleCommand(type=kind, customer=one.customer, location_id=place)
        return encode("mbr", memberships.sell_membership(actor, command, zone=chain.zone, now=now).id)

    begun, used_up, _running, resting = (
        sell(visits, people[0]),
        sell(visits, people[2]),
        sell(period, people[4]),
        sell(period, people[6]),
    )
    use_membership(actor, begun, UseCommand(visits=2), at=at, now=now + 3 * DAY)
    use_membership(actor, used_up, UseCommand(visits=5), at=at, now=now + 5 * DAY)
    freeze_membership(actor, resting, FreezeCommand(days=10, reason="Away"), at=at, now=now + 14 * DAY)


def _make_codes(actor: Actor, people: Sequence[Regular], *, now: datetime) -> None:
    """A pool of personal codes of which some were handed out."""
    with unit_of_work(actor.chain_id):
        pools = list_pools(actor)
    if not pools:
        pools = [create_pool(actor, PoolDraft(name="Spring letter", external_id="spring-letter"), now=now)]
    if not _has(actor, "code_batches"):
        start_generating(actor, encode("cpl", pools[0].id), count=200, now=now, defer=lambda *_: None)
    with unit_of_work(actor.chain_id):
        waiting = rows(
            "SELECT id FROM code_batches WHERE chain_id = %s AND state IN ('waiting', 'running')", [actor.chain_id]
        )
    for (batch_id,) in waiting:
        run_generating(actor.chain_id, batch_id, now=lambda: now)
    if not _has(actor, "codes", "customer_id IS NOT NULL"):
        hand_out(actor, encode("cpl", pools[0].id), [one.customer for one in people], now=now)
