"""The pictures of rewards, for staff and for whoever holds a card of the business."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from regulars.cards.queries.links import find_door
from regulars.kernel.ids import decode
from regulars.platform.database import row, unit_of_work
from regulars.platform.pages.security import public_page
from regulars.platform.sessions import PageRequest, page
from regulars.rewards.queries.rewards import access_reward


@require_safe
@page(right="rewards:read")
def show_picture(request: PageRequest, reward: str) -> HttpResponse:
    """A picture as staff see it."""
    return _picture(request.actor.chain_id, access_reward(request.actor, reward).id)


@require_safe
@public_page
def show_public_picture(request: HttpRequest, token: str, reward: str) -> HttpResponse:
    """A picture beside the web card: whoever has the link of a card sees what its business gives."""
    found, reward_id = find_door(token), decode("rwd", reward)
    if found is None or reward_id is None:
        raise Http404
    with unit_of_work(found[0]):
        return _picture(found[0], reward_id)


def _picture(chain_id: UUID, reward_id: UUID) -> HttpResponse:
    found = row(
        "SELECT media_type, content FROM reward_pictures WHERE chain_id = %s AND reward_id = %s", [chain_id, reward_id]
    )
    if found is None:
        raise Http404
    # The address names the version, so what is shown once need not be asked for again.
    headers = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(bytes(found[1]), content_type=found[0], headers=headers)
