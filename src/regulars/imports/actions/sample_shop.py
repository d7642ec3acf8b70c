"""The shop of the sample: tiers, products, promotions and sixty days of orders, through the actions everybody uses (UX 8)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, override
from msgspec import structs

from regulars.cards.queries.types import CardTypeView
from regulars.chains.queries import get_chain, list_locations
from regulars.imports.rules.sample_shop import (
    DAYS,
    ORDERS,
    PRODUCTS,
    SALON,
    Regulars,
    SampleOrder,
    SamplePromotion,
    line_of,
    marked,
    money_text,
    order_keys,
    plan_orders,
    promotions_of,
    tier_group,
)
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refusal, Refused
from regulars.orders.actions.batch import record_batch
from regulars.orders.actions.record import record_order
from regulars.orders.actions.refund import cancel_order, refund_order
from regulars.orders.actions.unmake import unmake_orders
from regulars.orders.rules.command import OrderDraft, SpendDraft
from regulars.orders.rules.refund.reading import RefundDraft, RefundLineDraft
from regulars.platform.actor import Actor
from regulars.platform.database import rows, unit_of_work
from regulars.products.actions.many import import_products
from regulars.products.actions.unmake import unmake_products
from regulars.programs.actions.tier_groups import write_tier_groups
from regulars.programs.actions.tiers import refold_tiers
from regulars.programs.queries.tiers import Holder, list_tier_groups
from regulars.programs.rules.tier_drafts import TierGroupDraft
from regulars.promotions.actions.publishing import end_promotion
from regulars.promotions.actions.unmake import unmake_promotions
from regulars.promotions.actions.writing import PromotionDraft, create_promotion
from regulars.promotions.models import Promotion

DAYS_TOGETHER: Final = 10
"""After so many days the tiers of those who came are reckoned, as the fold does in a running business."""
HELD_SECONDS: Final = 86_400
REGULARS: Final = """
SELECT k.id, k.customer_id FROM cards k
LEFT JOIN accounts a ON a.card_id = k.id AND a.balance_type_id = %(balance)s
WHERE k.chain_id = %(chain)s AND k.card_type_id = %(type)s AND k.status = 'active' AND k.customer_id IS NOT NULL
ORDER BY coalesce(a.balance, 0) DESC, k.id LIMIT %(most)s
"""
IsWanted = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class SampleShop:
    """Where the shop stands: its card types by the sample's own names, and how what it makes is marked.

    `word` "" marks nothing: the whole chain is a sample. `mark` begins the external ids of its orders.
    """

    actor: Actor
    types: Mapping[str, CardTypeView]
    word: str
    mark: str

    def name(self, text: str) -> str:
        """A name as it stands here."""
        return f"{self.word}: {text}" if self.word else text

    def key(self, text: str) -> str:
        """An external id as it stands here."""
        return f"sample-{text}" if self.word else text


def open_sample_shop(shop: SampleShop, *, now: datetime) -> None:
    """Give the shop its tiers, products and promotions; what is there already stays as it is."""
    actor = shop.actor
    with unit_of_work(actor.chain_id):
        chain = get_chain(actor.chain_id)
        decimals = chain.currency_decimals
        club = shop.types["club"].program
        if not list_tier_groups(actor.chain_id, [club.id]):
            write_tier_groups(actor, club, [_tiers(shop, decimals)], currency_decimals=decimals, now=now)
        (group,) = list_tier_groups(actor.chain_id, [club.id])
        here = frozenset(Promotion.objects.filter(chain_id=actor.chain_id).values_list("external_id", flat=True))
    items = [
        (
            at,
            {
                "sku": shop.key(one.sku),
                "name": shop.name(one.name),
                "category": one.category,
                "kind": one.kind,
                "price": money_text(one.price, decimals),
                "tags": [shop.word] if shop.word else [],
            },
        )
        for at, one in enumerate(PRODUCTS)
    ]
    import_products(actor, items, source="api", decimals=decimals, now=now)
    balances = {name: f"ext:{shop.key(name)}" for name in ("bonus", "stamps")}
    with override(chain.language):
        for promised in promotions_of(balances, f"ext:{group.tiers[-1].external_id}", decimals):
            if shop.key(promised.key) not in here:
                _promise(shop, promised, now=now)


def _tiers(shop: SampleShop, decimals: int) -> TierGroupDraft:
    group = tier_group(decimals)
    tiers = tuple(replace(one, name=shop.name(one.name)) for one in group.tiers)
    return replace(group, name=shop.name(group.name), tiers=tiers)


def _promise(shop: SampleShop, promised: SamplePromotion, *, now: datetime) -> None:
    draft = PromotionDraft(
        name=shop.name(gettext(promised.name)),
        program=encode("prg", shop.types[promised.program].program.id),
        content=promised.content,
        external_id=shop.key(promised.key),
        state="draft" if promised.state == "draft" else "active",
    )
    made = create_promotion(shop.actor, draft, now=now)
    if promised.state == "ended":
        end_promotion(shop.actor, encode("prm", made.id), now=now)


def bring_orders(shop: SampleShop, *, now: datetime, is_wanted: IsWanted) -> None:
    """Let people buy for sixty days until yesterday, day by day, and leave a visit and a held payment open.

    May be killed and called again: each order has its external id. Stops where it `is_wanted` no more.
    """
    actor = shop.actor
    with unit_of_work(actor.chain_id):
        chain = get_chain(actor.chain_id)
        places = list_locations(actor)
        club, holders = list_regulars(shop, "club", "bonus", most=70)
        coffee, _ = list_regulars(shop, "coffee", "stamps", most=60)
    zone = ZoneInfo(chain.time_zone)
    location = encode("loc", places[0].id) if places else None
    planned = plan_orders(
        Regulars(club, coffee),
        mark=shop.mark,
        bonus=shop.key("bonus"),
        last=now.astimezone(zone).date() - timedelta(days=1),
        zone=zone,
        decimals=chain.currency_decimals,
        location=location,
    )
    for past, (_day, orders) in enumerate(groupby(planned, key=lambda one: one.day), 1):
        if not is_wanted():
            return
        _one_day(actor, list(orders))
        if past % DAYS_TOGETHER == 0 or past == DAYS:
            _judge(shop, holders, now=now - timedelta(days=DAYS - past), zone=zone)
    visit = OrderDraft(
        lines=(line_of(SALON[0], "1", chain.currency_decimals),),
        card=club[1] if len(club) > 1 else None,
        state="open",
        starts_at=(now.astimezone(zone) + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0),
        reserve_seconds=0,
    )
    held = structs.replace(visit, starts_at=None, card=club[0] if club else None, reserve_seconds=HELD_SECONDS)
    if club:
        held = structs.replace(held, spend=(SpendDraft(shop.key("bonus"), "max"),))
    for number, draft in enumerate((visit, held), ORDERS + 1):
        record_order(actor, marked(draft, f"{shop.mark}-{number:04}", location), now=now)


def close_sample_shop(shop: SampleShop, program_ids: Sequence[UUID], *, now: datetime) -> None:
    """Take the orders back, then promotions and products: what came of them goes with them."""
    unmake_orders(shop.actor, order_keys(shop.mark), now=now)
    with unit_of_work(shop.actor.chain_id):
        for program_id in program_ids:
            unmake_promotions(shop.actor, program_id, now=now)
        unmake_products(shop.actor, [shop.key(one.sku) for one in PRODUCTS], tag=shop.word, now=now)


def list_regulars(shop: SampleShop, name: str, balance: str, *, most: int) -> tuple[list[str], list[Holder]]:
    """The cards that come, those with most on them first, and who holds them."""
    card_type = shop.types[name]
    counted = card_type.program.find_balance_type(shop.key(balance))
    asked = {
        "chain": shop.actor.chain_id,
        "type": card_type.id,
        "balance": counted.id if counted else None,
        "most": most,
    }
    found = rows(REGULARS, asked)
    return [encode("crd", card_id) for card_id, _ in found], [Holder(one, True) for one in {row[1] for row in found}]


def _one_day(actor: Actor, orders: Sequence[SampleOrder]) -> None:
    moments = [one.draft.at for one in orders if one.draft.at]
    results = record_batch(actor, [one.draft for one in orders], now=max(moments) + timedelta(minutes=1))
    for one, result in zip(orders, results, strict=True):
        if isinstance(result, Refusal):
            raise Refused(result)
        assert one.draft.at is not None
        at = one.draft.at + timedelta(hours=2)
        if one.comes_back and result.state in ("paid", "completed") and not result.refunded:
            assert result.id is not None
            _give_back(actor, encode("ord", result.id), one, now=at)


def _give_back(actor: Actor, order: str, one: SampleOrder, *, now: datetime) -> None:
    if one.comes_back == "all":
        cancel_order(actor, order, now=now)
    else:
        line = RefundDraft(lines=(RefundLineDraft(0, "1"),), external_id=f"{one.draft.external_id}-back")
        refund_order(actor, order, line, now=now)


def _judge(shop: SampleShop, holders: Sequence[Holder], *, now: datetime, zone: ZoneInfo) -> None:
    with unit_of_work(shop.actor.chain_id):
        for group in list_tier_groups(shop.actor.chain_id, [shop.types["club"].program.id]):
            refold_tiers(shop.actor.chain_id, group, holders, now=now, zone=zone)
