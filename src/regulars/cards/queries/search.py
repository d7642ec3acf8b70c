"""The search box over cards, and what is shown at a till: which cards a text means (CRD-4, CUS-2, ORG-1)."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from regulars.customers.queries import (
    CANDIDATES_MAX,
    PHONE_DIGITS_MIN,
    after_prefix,
    phone_ranges,
    search_names,
    search_phones,
)
from regulars.customers.queries.search import search_by_beginning, search_by_email
from regulars.customers.rules import read_search
from regulars.kernel.ids import decode
from regulars.kernel.phone import parse_phone
from regulars.kernel.text import number_key, search_form
from regulars.platform.database import rows


@dataclass(frozen=True, slots=True)
class FoundCards:
    """What a search found; `is_cut` where more match than were looked for."""

    ids: tuple[UUID, ...]
    is_cut: bool = False


LIVE: Final = "k.status NOT IN ('deleted', 'undone')"
EXISTING: Final = "k.status <> 'undone'"


def cards_in_hand(chain_id: UUID, text: str, *, country: str) -> list[UUID]:
    """The cards that a full number, a full till number or the holder's full phone names: what is shown at a till."""
    key = number_key(text[:200])
    found = rows(
        """
        (SELECT card_id FROM card_numbers WHERE chain_id = %(chain)s AND key = %(key)s AND replaced_at IS NULL)
        UNION
        (SELECT card_id FROM card_short_numbers WHERE chain_id = %(chain)s AND number = %(key)s AND freed_at IS NULL)
        """,
        {"chain": chain_id, "key": key},
    )
    phone = parse_phone(text, country)
    return [*(values[0] for values in found), *(cards_of_phone(chain_id, phone) if phone else ())]


def cards_of_phone(chain_id: UUID, phone: str) -> list[UUID]:
    """The cards whose holder has this phone (E.164), unclaimed ones too; at most CANDIDATES_MAX."""
    found = rows(
        """
        (SELECT k.id FROM customer_phones p JOIN cards k ON k.customer_id = p.customer_id
            WHERE p.chain_id = %(chain)s AND p.phone = %(phone)s AND k.chain_id = %(chain)s LIMIT %(most)s)
        UNION
        (SELECT k.id FROM cards k WHERE k.chain_id = %(chain)s AND k.phone = %(phone)s AND k.customer_id IS NULL
            LIMIT %(most)s)
        """,
        {"chain": chain_id, "phone": phone, "most": CANDIDATES_MAX},
    )
    return [values[0] for values in found]


def search_cards(
    chain_id: UUID, text: str, *, country: str, with_deleted: bool = False, most: int = CANDIDATES_MAX
) -> FoundCards:
    """The cards that one search box means: an id, a number, a till number, an e-mail, a phone, part of a name.

    At most `most` of each; undone ones never. Refuses: AddALetter.
    """
    cleaned = text.strip()[:200]
    of_status = EXISTING if with_deleted else LIVE
    if card_id := decode("crd", cleaned):
        found = rows(f"SELECT id FROM cards k WHERE chain_id = %s AND id = %s AND {of_status}", [chain_id, card_id])
        return FoundCards(tuple(values[0] for values in found))
    digits = sum(map(str.isdigit, cleaned))
    by_number: list[UUID] = []
    by_phone: list[UUID] = []
    customers: list[UUID] = []
    if "@" in cleaned:
        customers = search_by_email(chain_id, cleaned, most)
    elif digits and not any(map(str.isalpha, cleaned)):
        by_number = _by_number(chain_id, cleaned, of_status, most)
        if digits >= PHONE_DIGITS_MIN:
            customers = search_phones(chain_id, cleaned, country=country, most=most)
            by_phone = _by_phone(chain_id, cleaned, of_status, country=country, most=most)
    else:
        by_number = _by_number(chain_id, cleaned, of_status, most) if digits else []
        words = read_search(cleaned)
        if words.parts:
            customers = search_names(words.parts, words.beginnings, most)
        else:
            customers = search_by_beginning(search_form(cleaned), most)
    by_holder = _by_customers(chain_id, customers, of_status, most)
    ids = tuple(dict.fromkeys([*by_number, *by_holder, *by_phone]))
    # Many people may hold fewer cards: what counts is whether there may be more people.
    longest = max(map(len, (by_number, by_phone, customers, by_holder)))
    return FoundCards(ids, is_cut=bool(ids) and longest >= most)


def _by_number(chain_id: UUID, text: str, of_status: str, most: int) -> list[UUID]:
    key = number_key(text)
    found = rows(
        f"""
        SELECT k.id FROM cards k WHERE k.chain_id = %(chain)s AND {of_status} AND k.id = ANY(ARRAY(
            (SELECT card_id FROM card_numbers WHERE chain_id = %(chain)s AND key >= %(key)s AND key < %(end)s
                AND replaced_at IS NULL LIMIT %(most)s)
            UNION ALL
            (SELECT card_id FROM card_short_numbers WHERE chain_id = %(chain)s AND number = %(key)s AND freed_at IS NULL)
        ))
        """,
        {"chain": chain_id, "key": key, "end": after_prefix(key), "most": most},
    )
    return [values[0] for values in found]


def _by_phone(chain_id: UUID, text: str, of_status: str, *, country: str, most: int) -> list[UUID]:
    ranges = phone_ranges(text, country=country)
    sql = " UNION ".join(
        f"(SELECT id FROM cards k WHERE chain_id = %s AND customer_id IS NULL AND phone IS NOT NULL AND {of_status}"
        f" AND {one.column} >= %s AND {one.column} < %s LIMIT %s)"
        for one in ranges
    )
    parameters = [value for one in ranges for value in (chain_id, one.start, after_prefix(one.start), most)]
    return [values[0] for values in rows(sql, parameters)]


def _by_customers(chain_id: UUID, customer_ids: list[UUID], of_status: str, most: int) -> list[UUID]:
    if not customer_ids:
        return []
    found = rows(
        f"SELECT id FROM cards k WHERE chain_id = %s AND customer_id = ANY(%s) AND {of_status} LIMIT %s",
        [chain_id, customer_ids, most],
    )
    return [values[0] for values in found]
