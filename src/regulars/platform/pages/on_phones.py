"""How many cards of a type are on phones: the wallets know, other features' pages say it.

The project names who counts in `REGULARS_ON_PHONES`, as no feature below the wallets knows them.
"""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string


def count_on_phones(chain_id: UUID, card_type_id: UUID) -> int:
    """The live cards of a type that somebody has in a wallet of any kind."""
    count: Callable[[UUID, UUID], int] = import_string(settings.REGULARS_ON_PHONES)
    return count(chain_id, card_type_id)
