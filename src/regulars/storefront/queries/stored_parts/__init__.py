"""Where something stands about one person, and what of it they are told; `stored` makes the document of it (CUS-7).

A column of amounts is a pair: the units and how many of them are decimals. What only opens a door, such as a push token or
the secret of a rotating code, is left out: it is ours or a phone's, and says nothing about anybody.
"""

from typing import Final

from regulars.storefront.queries.stored_parts.bought import BOUGHT
from regulars.storefront.queries.stored_parts.cards import OF_CARDS
from regulars.storefront.queries.stored_parts.person import OF_PERSON
from regulars.storefront.queries.stored_parts.scope import Part

PARTS: Final[tuple[Part, ...]] = (*OF_PERSON, *OF_CARDS, *BOUGHT)
"""All parts of the document."""
