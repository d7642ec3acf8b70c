"""Memberships beside a card: what its holder has left of what they paid in advance."""

from typing import Any, Final

from django.urls import reverse

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from regulars.memberships.pages.rows import row_of
from regulars.memberships.queries.memberships import list_of_card
from regulars.memberships.queries.types import has_types
from regulars.platform.sessions import PageRequest

SHOWN_MAX: Final = 5


def memberships_of_card(request: PageRequest, card: CardView) -> dict[str, Any]:
    """What the panel of a card shows of memberships; nothing where the chain sells none."""
    actor = request.actor
    if not actor.may("rewards:read") or not has_types(actor.chain_id):
        return {}
    today = request.now.astimezone(request.chain.zone).date()
    found = list_of_card(actor.chain_id, card.id, card.customer_id, today=today)
    may_sell = actor.may("rewards:write") and card.status == "active"
    return {
        "memberships": [row_of(one) for one in found if one.now.state in ("sold", "active", "frozen")][:SHOWN_MAX],
        "sell_membership_url": f"{reverse('memberships:sell')}?card={encode('crd', card.id)}" if may_sell else "",
    }
