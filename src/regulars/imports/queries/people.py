"""What a staged row says of a customer whom the chain knows: details, further phones, a phone that is new."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from regulars.imports.rules.decide import CardFacts
from regulars.imports.rules.details import PHONES_KEY, plan_details, plan_phones
from regulars.imports.rules.problems import Issue
from regulars.imports.rules.targets import FURTHER_PHONES, PHONES_MAX
from regulars.platform.database import from_json

Fields = Literal["fill", "overwrite", "ignore"]


def is_blank(card: CardFacts) -> bool:
    """Whether a row may give this card its person."""
    return card.is_same_type and card.status != "deleted" and card.customer is None and not card.phones


def add_phone(fields: Fields, details: dict[str, Any], phone: str, known: dict[str, Any]) -> list[Issue]:
    """Give the e-mail's customer the row's phone, where details of known customers may change; says so."""
    phones = list(details.get(PHONES_KEY, known[PHONES_KEY]))
    if phone not in phones and fields != "ignore" and len(phones) < PHONES_MAX:
        phones.append(phone)
        details[PHONES_KEY] = phones
    code = "phone_added" if phone in phones else "phone_left"
    return [Issue(code, "phone", f"{phone};{known['name'] or known['email']}")]


def further_phones(
    fields: Fields, values: Sequence[Any], customer: UUID | None, owners: dict[str, tuple[UUID, str]]
) -> tuple[list[tuple[str, str]], list[Issue]]:
    """The row's further phones with their fields, "" for one that somebody else has, and whose those are."""
    if not values[18] or (customer and fields == "ignore"):
        return [], []
    phones: list[tuple[str, str]] = []
    taken: list[Issue] = []
    for key, phone in zip(FURTHER_PHONES, values[18], strict=False):
        owner = owners.get(phone)
        if owner and owner[0] != customer:
            taken.append(Issue("phone_taken", key, f"{phone};{owner[1]}"))
        phones.append((key, "" if owner and owner[0] != customer else phone))
    return phones, taken


def known_details(
    fields: Fields, values: Sequence[Any], known: dict[str, Any] | None, further: Sequence[str]
) -> dict[str, Any]:
    """What a staged row changes in the record of a known customer: each field with its new value."""
    if known is None:
        return {}
    row = {
        "name": values[8],
        "email": values[6],
        "phone": None if known["phone"] else values[3],
        "birthday": values[11],
        "language": values[12],
        "notes": values[13],
        "external_id": values[14],
        "tags": values[15],
        **{f"custom:{key}": value for key, value in (from_json(values[16]) or {}).items()},
    }
    changes = plan_details(row, known, fields=fields)
    phones = [changes["phone"]] if "phone" in changes else list(known[PHONES_KEY])
    after = plan_phones(values[3], further, phones, fields=fields)
    if list(after) != known[PHONES_KEY]:
        changes[PHONES_KEY] = list(after)
    changes.pop("phone", None)
    return changes
