"""From a row of the view `voucher_facts` to the values that rules and pages hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from regulars.platform.database import from_json
from regulars.programs.rules.validity import read_validity
from regulars.vouchers.rules.vouchers import VoucherState

STATE_COLUMNS: Final = [
    "id",
    "version",
    "state",
    "code",
    "title",
    "description",
    "card_id",
    "customer_id",
    "validity",
    "starts_at",
    "expires_at",
    "benefit",
    "location_ids",
    "customer_may_redeem",
    "source",
    "source_id",
    "batch_id",
    "issued_at",
    "redeemed_at",
    "redeemed_location_id",
    "redeemed_location",
    "redeemed_by",
    "order_id",
    "is_of_order",
    "state_reason",
    "card_status",
    "holder_id",
    "picture_id",
    "place_ids",
    "place_names",
]
VIEW_COLUMNS: Final = ("holder_name", "card_number", "card_phone", "card_type_name")
SELECT: Final = ", ".join(f"f.{name}" for name in (*STATE_COLUMNS, *VIEW_COLUMNS))
_WIDTH: Final = len(STATE_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherView(VoucherState):
    """A voucher as people look at it: with the names of who holds it."""

    holder_name: str = ""
    card_number: str = ""
    card_phone: str = ""
    card_type_name: str = ""


def state_of(values: Sequence[Any]) -> VoucherState:
    """The voucher in a row that begins with the columns of a state; its state is as it was written."""
    return VoucherState(**_facts(values))


def view_of(values: Sequence[Any]) -> VoucherView:
    """The voucher in a row of `SELECT`; its state is as it was written."""
    names: dict[str, Any] = {name: value or "" for name, value in zip(VIEW_COLUMNS, values[_WIDTH:], strict=True)}
    return VoucherView(**_facts(values), **names)


def _facts(values: Sequence[Any]) -> dict[str, Any]:
    facts = dict(zip(STATE_COLUMNS, values, strict=False))
    place_ids, place_names = facts.pop("place_ids"), facts.pop("place_names")
    facts["places"] = None if place_ids is None else tuple(zip(place_ids, place_names, strict=True))
    facts["validity"] = read_validity(from_json(facts["validity"]))
    facts["benefit"] = from_json(facts["benefit"])
    facts["location_ids"] = None if facts["location_ids"] is None else tuple(facts["location_ids"])
    facts["redeemed_location"] = facts["redeemed_location"] or ""
    facts["redeemed_by"] = facts["redeemed_by"] or ""
    return facts
