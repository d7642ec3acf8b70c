"""The pictures of rewards, for staff and for whoever holds a card of the business."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from regulars.cards.queries.links import find_door
from regulars.kernel.ids import decode
from regulars.platform.database import unit_of_work
from regulars.platform.pages.pictures import picture_page
from regulars.platform.pages.security import public_page
from regulars.platform.sessions import PageRequest, page
from regulars.rewards.queries.rewards import access_reward, find_reward
from regulars.vouchers.queries.pictures import find_picture


@require_safe
@page(right="rewards:read")
def show_picture(request: PageRequest, reward: str) -> HttpResponse:
    """A picture as staff see it."""
    return _picture(request.actor.chain_id, access_reward(request.actor, reward, counts=False).picture_id)


@require_safe
@public_page
def show_public_picture(request: HttpRequest, token: str, reward: str) -> HttpResponse:
    """A picture beside the web card: whoever has the link of a card sees what its business gives."""
    found, reward_id = find_door(token), decode("rwd", reward)
    if found is None or reward_id is None:
        raise Http404
    with unit_of_work(found[0]):
        view = find_reward(found[0], reward_id, counts=False)
        return _picture(found[0], view.picture_id if view else None)


def _picture(chain_id: UUID, picture_id: UUID | None) -> HttpResponse:
    found = find_picture(chain_id, picture_id)
    if found is None:
        raise Http404
    return picture_page(found.media_type, found.content)
