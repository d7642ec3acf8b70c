"""Parts of the public web card that features bring: each shows what is theirs below the card (CRD-8).

The project names them in `REGULARS_WEB_CARD` and `REGULARS_WEB_CARD_FOOT`, as no feature knows another's pages.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from regulars.platform.tenancy import ChainSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    """The card that is looked at through its secret link; `token` is the link's."""

    chain: ChainSettings
    card_id: UUID
    customer_id: UUID | None
    token: str
    is_blocked: bool
    is_expired: bool
    now: datetime


Part = Callable[[HttpRequest, ShownCard], str]
"""A feature's part: HTML that a template made, or "" where there is nothing to show."""


def render_parts(request: HttpRequest, card: ShownCard) -> list[str]:
    """What the features have to show, in the order of the table."""
    return _render(settings.REGULARS_WEB_CARD, request, card)


def render_foot(request: HttpRequest, card: ShownCard) -> list[str]:
    """As `render_parts`, of what stands last: what is small and always the same."""
    return _render(settings.REGULARS_WEB_CARD_FOOT, request, card)


def _render(named: str, request: HttpRequest, card: ShownCard) -> list[str]:
    parts: Sequence[Part] = import_string(named)
    return [text for part in parts if (text := part(request, card))]
