"""Everything that is kept about people is declared, documented, and forgotten when the page says so."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from regulars.imports.models import Import
from regulars.kernel.ids import new_id
from regulars.ledger.events import BALANCE_CHANGED
from regulars.platform import audit
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.platform.dispatch.delivery import Subscriber
from regulars.platform.personal_data import Impersonal
from regulars.project.personal_data import DECLARED
from tests import ledger_kit
from tests.ledger_kit import open_counter
from tests.personal_data import PAGE, page

# What could hold a person's words: text in every form, days (a birthday), and bytes (a hash of something).
TYPES = ("text", "varchar", "bpchar", "citext", "json", "jsonb", "bytea", "date", "inet", "xml", "hstore")
COLUMNS = """
SELECT CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END || regexp_replace(c.relname, '_[0-9a-f]{32}$', '_*'),
    a.attname
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
    AND n.nspname !~ '^(pg_|information_schema)' AND ltrim(t.typname, '_') = ANY(%s)
"""


def stored() -> set[tuple[str, str]]:
    """Every such column of the database as it is: of our models, of others', and of tables without a model."""
    return {(table, column) for table, column in rows(COLUMNS, [list(TYPES)], using="owner")}


def declared() -> Counter[tuple[str, str]]:
    return Counter((one.place, name) for one in DECLARED for name in one.names)


@pytest.mark.committed
def test_every_column_that_could_hold_a_persons_words_is_declared_once(committed_db: object) -> None:
    shop = open_counter()
    with unit_of_work(shop.chain_id):
        one = Import.objects.create(
            chain_id=shop.chain_id, kind="codes", file_name="a.csv", file_hash=b"1", file_bytes=1
        )
        row("SELECT door_make_staging(%s)", [one.id])
        row("SELECT door_widen_staging_for_codes(%s)", [one.id])
    found = stored()
    assert ("staging.rows_*", "phone") in found
    assert found - set(declared()) == set(), "declare them beside their model: platform/personal_data.py"
    assert set(declared()) - found == set(), "declared, and not in the database"
    assert [one for one, times in declared().items() if times > 1] == []


@pytest.mark.committed
def test_a_new_column_is_noticed(committed_db: object) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE customers ADD COLUMN nickname text, ADD COLUMN height int")
        cursor.execute("CREATE TABLE visitors (id int, born date, likes text[])")
    assert stored() - set(declared()) >= {("customers", "nickname"), ("visitors", "born"), ("visitors", "likes")}
    assert ("customers", "height") not in stored()


def test_the_page_says_what_is_declared() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(DECLARED), "python -m tests.personal_data writes it anew"


def test_another_declaration_makes_another_page() -> None:
    assert page([*DECLARED, Impersonal("customers", "nickname")]) != page(DECLARED)


@pytest.mark.parametrize(
    ("place", "kept"),
    [
        ("idempotency_keys", "7 days"),
        ("imports", "90 days"),
        ("imported_customers", "90 days"),
        ("staging.rows_*", "90 days"),
        ("files/imports/", "90 days"),
        ("files/exports/", "90 days"),
        ("login_sessions", "30 days"),
    ],
)
def test_times_are_those_that_were_promised(place: str, kept: str) -> None:
    assert [one.kept for one in DECLARED if one.place == place and not isinstance(one, Impersonal)] == [kept]


@pytest.mark.committed
def test_what_a_subscriber_could_not_take_is_told_without_the_row(committed_db: object) -> None:
    shop = open_counter()
    shop.adjust(shop.issue("+4915123456789"), "5")

    def stumble(chain_id: UUID, events: object) -> None:
        execute("INSERT INTO card_numbers (chain_id, key, card_id) SELECT chain_id, key, card_id FROM card_numbers")

    ledger_kit.dispatcher({"stumbler": Subscriber(kinds=frozenset({BALANCE_CHANGED}), handle=stumble)}).make_round()
    told = str(shop.read("SELECT problem FROM event_failures"))
    (key,) = shop.read("SELECT key FROM card_numbers")
    assert "23505" in told
    assert key[0] not in told


@pytest.mark.django_db
def test_the_journal_forgets_one_object_and_keeps_its_entries() -> None:
    shop = open_counter()
    gone, stays = new_id(), new_id()
    with unit_of_work(shop.chain_id):
        for one in (gone, gone, stays):
            audit.record(
                shop.actor,
                verb="customer.changed",
                object_kind="customer",
                object_id=one,
                now=timezone.now() - timedelta(days=1),
                before={"name": "Anna"},
                after={"name": "Anna Schmidt"},
            )
        assert audit.forget_details(shop.actor, object_id=gone) == 2
        assert [line.after for line in audit.list_entries(shop.actor, object_id=gone)] == [{}, {}]
        assert [line.after for line in audit.list_entries(shop.actor, object_id=stays)] == [{"name": "Anna Schmidt"}]
