"""How many promotions there are in each state."""

from django.db.models import Count

from regulars.platform.actor import Actor
from regulars.promotions.models import Promotion


def count_by_state(actor: Actor) -> dict[str, int]:
    """The number of promotions of the chain by state; states without any are left out."""
    actor.require("promotions:read")
    found = Promotion.objects.filter(chain_id=actor.chain_id).exclude(program__state="undone").values_list("state")
    return dict(found.annotate(number=Count("id")))
