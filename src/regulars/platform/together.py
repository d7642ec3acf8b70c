"""What happens together with a fact, in its own transaction; the tables stand in project/subscriptions.py."""

from collections.abc import Callable
from typing import Any

from regulars.platform.actor import Actor

Handler = Callable[[Actor, Any], None]

_handlers: dict[type, tuple[Handler, ...]] = {}


def subscribe_together(table: dict[type, tuple[Handler, ...]]) -> None:
    """Take over the table of subscribers; called once at start by the project."""
    _handlers.clear()
    _handlers.update(table)


def announce_together(actor: Actor, fact: object) -> None:
    """Call every subscriber of this kind of fact, in order, inside the running unit of work."""
    for handler in _handlers.get(type(fact), ()):
        handler(actor, fact)
