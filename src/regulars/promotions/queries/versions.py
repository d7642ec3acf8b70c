"""The rules of published versions: what priced an order stays what it was."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from babel.numbers import get_currency_precision

from regulars.kernel.ids import decode
from regulars.platform.database import from_json
from regulars.platform.hot import HotCursor
from regulars.promotions.queries.names import ChainNames, units_of
from regulars.promotions.queries.running import meanings_of
from regulars.promotions.rules.conditions.segments import OrderSegment
from regulars.promotions.rules.definition import read_definition
from regulars.promotions.rules.definition.values import Definition
from regulars.promotions.rules.promotion import Promotion, PublishedVersion

logger = logging.getLogger("regulars.promotions")

_VERSIONS: Final = """
SELECT v.promotion_id, v.number, v.content::text, p.program_id
FROM promotion_versions v
JOIN promotions p ON p.id = v.promotion_id
JOIN unnest(%(promotions)s::uuid[], %(numbers)s::int[]) AS wanted (id, number)
    ON v.promotion_id = wanted.id AND v.number = wanted.number
WHERE v.chain_id = %(chain)s
"""
_BALANCES: Final = """
SELECT b.id, b.decimals, b.rounding, b.money_per_unit, c.currency
FROM balance_types b JOIN chains c ON c.id = b.chain_id WHERE b.chain_id = %(chain)s
"""


_SEGMENTS: Final = "SELECT id::text, name, conditions::text FROM order_segments WHERE chain_id = %(chain)s"


def rules_of_versions(cursor: HotCursor, chain_id: UUID, versions: Sequence[tuple[UUID, int]]) -> dict[UUID, Promotion]:
    """The rules of these versions, by promotion, whatever became of it; one that cannot be read any more is missing."""
    return {promotion_id: one.rule for promotion_id, one in published_versions(cursor, chain_id, versions).items()}


def published_versions(
    cursor: HotCursor, chain_id: UUID, versions: Sequence[tuple[UUID, int]]
) -> dict[UUID, PublishedVersion]:
    """These versions by promotion, whatever became of it; order segments mean what they mean now.

    One that cannot be read any more is missing.
    """
    if not versions:
        return {}
    names = _names(cursor, chain_id)
    wanted = {
        "chain": chain_id,
        "promotions": [promotion_id for promotion_id, _ in versions],
        "numbers": [number for _, number in versions],
    }
    found = cursor.rows(_VERSIONS, wanted)
    meanings: Mapping[str, OrderSegment] = {}
    if any("in_order_segment" in content for _id, _number, content, _program in found):
        segments = cursor.rows(_SEGMENTS, {"chain": chain_id})
        meanings = meanings_of([(one[0], one[1], from_json(one[2])) for one in segments], names)
    rules = {}
    for promotion_id, number, text, program_id in found:
        content = from_json(text)
        card_types = content.pop("card_types", None)
        definition = read_definition(content, names)
        if isinstance(definition, Definition):
            rules[promotion_id] = PublishedVersion(
                number=number,
                program_id=program_id,
                card_type_ids=None if card_types is None else frozenset(_ids(card_types)),
                rule=definition.rule(str(promotion_id), meanings),
            )
        else:
            logger.error("Version %s of the promotion %s cannot be read: %s", number, promotion_id, definition)
    return rules


def _ids(card_types: list[str]) -> list[UUID]:
    return [found for one in card_types if (found := decode("ctp", one)) is not None]


def _names(cursor: HotCursor, chain_id: UUID) -> ChainNames:
    found = cursor.rows(_BALANCES, {"chain": chain_id})
    decimals = get_currency_precision(found[0][4]) if found else 2
    units = {str(values[0]): units_of(values[1], values[2], values[3], decimals) for values in found}
    by_text = {("balance_type", name): name for name in units}
    return ChainNames(decimals, units, by_text, {}, is_trusting=True)
