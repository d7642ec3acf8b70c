"""The rules of published versions: what priced an order stays what it was."""

from collections.abc import Sequence
from uuid import UUID

from regulars.platform.hot import HotCursor
from regulars.promotions.rules.promotion import Promotion


def rules_of_versions(
    cursor: HotCursor, chain_id: UUID, versions: Sequence[tuple[UUID, int]]
) -> dict[UUID, Promotion]:
    """The rules of these versions, by promotion; one that cannot be read any more is missing."""
    return {}
