"""What cards promise about numbers and holders, as the SELECT of the rows that break it."""

from typing import Final

from regulars.ledger.verify import Promise

CARD_PROMISES: Final = (
    Promise(
        "card_has_its_number",
        "A card that is not undone has the number it shows, and no other card has it.",
        """
        SELECT k.id AS card, k.number, count(n.key) AS numbers FROM cards k
        LEFT JOIN card_numbers n ON n.card_id = k.id AND n.replaced_at IS NULL AND n.chain_id = k.chain_id
        WHERE k.status <> 'undone' /*card k*/
        GROUP BY k.id, k.number HAVING count(n.key) <> 1 ORDER BY k.id
        """,
    ),
    Promise(
        "one_card_per_holder",
        "A place that says who holds a card of a type leads to a card of that type which is neither deleted nor undone.",
        """
        SELECT s.card_id AS card, s.holder, k.status FROM card_slots s LEFT JOIN cards k ON k.id = s.card_id
        WHERE (k.id IS NULL OR k.status IN ('deleted', 'undone') OR k.card_type_id <> s.card_type_id
            OR k.chain_id <> s.chain_id) /*card k*/
        ORDER BY s.card_id
        """,
    ),
)
