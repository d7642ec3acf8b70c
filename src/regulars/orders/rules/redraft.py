"""A recorded order as a till would send it now: what an open one is decided anew from, and what a trial prices again."""

from datetime import datetime

from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.orders.rules.command import LineDraft, OrderDraft, SpendDraft
from regulars.orders.rules.redemptions import known_of
from regulars.orders.rules.terms import Terms
from regulars.orders.rules.view import OrderView
from regulars.promotions.rules.facts import Line


def draft_of(order: OrderView, *, state: str, at: datetime | None = None) -> OrderDraft:
    """An order as a till would send it now; it keeps its external id, which nobody else can take."""
    decimals = order.currency_decimals

    def money(units: int) -> str:
        return format_amount(units, decimals)

    by_card = order.card_id is not None
    return OrderDraft(
        lines=tuple(_line_draft(one.line, decimals) for one in order.lines),
        card=encode("crd", order.card_id) if order.card_id else None,
        customer=encode("cus", order.customer_id) if order.customer_id and not by_card else None,
        phone=order.phone if not by_card and order.customer_id is None else None,
        location=encode("loc", order.location_id) if order.location_id else None,
        channel=order.channel,
        contact_point=order.contact_point,
        at=at,
        starts_at=order.starts_at,
        state=state,
        currency=order.currency,
        shipping=money(order.shipping + order.shipping_discount),
        shipping_method=order.shipping_method,
        tips=money(order.tips),
        codes=order.codes,
        known=known_of(order.redemptions),
        uses_again=any(one.covers for one in order.redemptions),
        reserve_seconds=0,
    )


def _line_draft(line: Line, decimals: int) -> LineDraft:
    return LineDraft(
        quantity=format_amount(line.quantity, 3),
        sku=line.sku,
        price=format_amount(line.price, decimals),
        name=line.name,
        category=line.category,
        tags=tuple(sorted(line.tags)),
        kind=line.kind,
        discount=format_amount(line.discount, decimals),
        excluded=line.is_excluded,
        price_min=format_amount(line.price_min, decimals),
        tax_percent=line.tax_percent,
    )


def gifts_of(order: OrderView) -> tuple[SpendDraft, ...]:
    """What was planned to be paid with gift cards."""
    return tuple(
        SpendDraft("", format_amount(one.money, order.currency_decimals), owner_id=one.owner_id, shown=one.shown)
        for one in order.redemptions
        if one.kind == "gift_card" and one.owner_id and one.money
    )


def spends_of(order: OrderView, terms: Terms) -> tuple[SpendDraft, ...]:
    """What was planned to be paid with balances and gift cards; what promotions cost comes with them again."""
    return gifts_of(order) + tuple(
        SpendDraft(
            encode("bal", one.balance_type_id),
            format_amount(one.amount, terms.balances[one.balance_type_id].decimals),
            encode("crd", one.card_id),
        )
        for one in order.effects
        if one.kind == "spend" and one.promotion_id is None and one.balance_type_id in terms.balances
    )
