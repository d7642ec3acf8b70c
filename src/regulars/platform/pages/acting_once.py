"""Acting once for a form, however often it is sent (LED-2)."""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError

from regulars.platform.api.idempotency import is_taken
from regulars.platform.claims import Answered, claimed
from regulars.platform.database import edge_unit_of_work
from regulars.platform.pages.once_form import OnceForm
from regulars.platform.sessions import PageRequest

T = TypeVar("T")


def act_once(request: PageRequest, form: OnceForm, route: str, act: Callable[[], T]) -> T | None:
    """What the action gave; None where the same form was sent before. Passes its refusals on."""
    claim = form.claim(request.actor, route)
    try:
        with edge_unit_of_work(request.actor.chain_id), claimed(request.actor, claim) as answer:
            done = act()
            answer(lambda _done: (200, "{}"), done)
            return done
    except Answered:
        return None
    except IntegrityError as conflict:
        if not is_taken(conflict):
            raise
        return None
