"""All that is stored about a person reaches them (CUS-7): no table about people stands outside of the export."""

import re
from typing import Final

import pytest

from regulars.platform.database import rows
from regulars.platform.personal_data import Personal
from regulars.project.personal_data import DECLARED
from regulars.storefront.queries.stored_parts import PARTS

pytestmark = pytest.mark.django_db

RECORD: Final = {"customers", "customer_phones"}
"""Read by `stored._record`, with the tags, which stand in the customer's row as well."""

NAMES_SOMEBODY: Final = ("customer_id", "card_id", "holder_id", "inviter_id", "invited_id", "person_key", "referred_by")

LEFT_OUT: Final = {
    "customer_tags": "the same tags as in the customer's record, kept once more for lists",
    "card_slots": "a guard against two cards at once: the holder is the customer or the phone, both in the export",
    "card_code_uses": "counts how often a code was read today, so that a screenshot is noticed",
    "bulk_issued_cards": "which run of the business made a card; the card says when and how it came",
    "imported_claims": "which import met a card first; the import itself stands under imported",
    "import_undo_left": "what the undo of an import could not take back: its entries are in the export",
    "wallet_greetings": "the day on which a pass greeted last: the birthday is in the customer's record",
    "carried_rests": "thousandths that wait for the next rounding",
    "counted_orders": "orders by day and customer once more, for reports",
    "voucher_facts": "a view of vouchers",
    "code_pool_holders": "how many codes of a pool somebody used: the uses themselves are in the export",
    "promotion_uses": "counts for the limits of promotions: the orders that used them are in the export",
    "initial_balances_given": "the phone, so that a first balance is given once; the phone is in the record",
    "idempotency_keys": "answers to programs, for two days, by the key of a program and not by a person",
    "attempt_counters": "a keyed hash of an address of the network; nobody is found by it",
    "voucher_batches": "what vouchers of a run will say; once made they are in the export",
    "consent_texts": "words of the business; which of them somebody agreed to is in the export",
    "saved_views": "searches of staff",
    "bulk_issues": "searches of staff",
    "import_failures": "rows of a file that were not taken: they became nobody's data, and go with the import",
    "exports": "what staff asked for; the files are gone after a few days",
    "logins": "staff, not customers",
    "invitations": "staff, not customers",
    "login_sessions": "staff, not customers",
}


def read_by_export() -> set[str]:
    return {name for _part, _columns, statement in PARTS for name in re.findall(r"(?:FROM|JOIN) ([a-z_]+)", statement)}


def about_people() -> set[str]:
    """Tables with a key to a customer or a card, with a column called so, or declared to hold a person's words."""
    keyed = rows(
        "SELECT DISTINCT c.conrelid::regclass::text FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid"
        " WHERE c.contype = 'f' AND c.confrelid IN ('customers'::regclass, 'cards'::regclass) AND NOT t.relispartition"
    )
    called = rows(
        "SELECT DISTINCT i.table_name FROM information_schema.columns i JOIN pg_class t ON t.relname = i.table_name"
        " AND t.relnamespace = 'public'::regnamespace"
        " WHERE i.table_schema = 'public' AND i.column_name = ANY(%s) AND NOT t.relispartition",
        [list(NAMES_SOMEBODY)],
    )
    declared = {
        one.place
        for one in DECLARED
        if isinstance(one, Personal) and one.columns and not one.place.startswith("staging.")
    }
    return {name for (name,) in (*keyed, *called)} | declared


def test_each_table_about_people_is_in_the_export_or_has_a_reason() -> None:
    found, told = about_people(), read_by_export() | RECORD
    assert len(found) > 40, found
    assert sorted(found - told - LEFT_OUT.keys()) == [], "neither in the export nor left out with a reason"
    assert sorted(LEFT_OUT.keys() & told) == [], "in the export and left out"
    assert sorted(LEFT_OUT.keys() - found) == [], "left out, and about nobody"
