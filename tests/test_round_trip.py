"""Export, edit, import: what was edited changes, and nothing else (IMP-6, IMP-8)."""

from collections import deque
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from regulars.customers.actions import enter_customer
from regulars.customers.rules import CustomerDraft
from regulars.exports.actions import files
from regulars.exports.actions.request import ExportCommand, request_export
from regulars.exports.actions.run import run_export
from regulars.imports.actions import requests
from regulars.imports.actions.steps import run_step
from regulars.imports.models import Import
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from tests.ledger_kit import Counter, open_counter

pytestmark = pytest.mark.committed

PEOPLE: tuple[dict[str, Any], ...] = (
    {
        "name": "Anna Weber",
        "phones": ("+4915123456789",),
        "email": "anna@example.com",
        "tags": ("regular", "oat milk", "tea, black"),
        "language": "de",
    },
    {"name": "Иван Петров", "phones": ("+79123456702",)},
    {"name": "मीरा शर्मा", "phones": ("+919876543210", "+4915123456711", "+4915123456712")},
    {"name": "=1+1", "phones": ("+31612345678",)},
    {"name": "-5", "phones": ("+43664123456",)},
)
UNCLAIMED = ("+4915123456780", "+12025550123", "+85221234567", "+33612345678")


@pytest.fixture
def counter(committed_db: Any) -> Counter:
    made = open_counter()
    now = timezone.now()
    for person in PEOPLE:
        enter_customer(made.actor, CustomerDraft(**person), country="DE", today=now.date(), now=now)
    for phone in (*(person["phones"][0] for person in PEOPLE), *UNCLAIMED):
        card = made.issue(phone)
        made.adjust(card, "12.50")
        made.adjust(card, "3", balance_type="stamps")
    return made


def export(counter: Counter, tmp_path: Path, file_format: str, kind: str = "cards") -> Path:
    command = ExportCommand(kind=kind, format=file_format)
    asked = request_export(counter.actor, command, defer=lambda chain, one: None, now=timezone.now())
    run_export(counter.chain_id, asked.id)
    path = tmp_path / f"{kind}.{file_format}"
    path.write_bytes(files.path_of(asked.id, file_format).read_bytes())
    return path


def bring_in(counter: Counter, path: Path, *, kind: str = "cards", apply: bool = True, **options: Any) -> Import:
    steps: deque[str] = deque()
    now = timezone.now()

    def defer(chain_id: Any, import_id: Any, step: str) -> None:
        steps.append(step)

    command = requests.UploadCommand(
        file_name=path.name,
        parts=[path.read_bytes()],
        kind=kind,
        card_type=encode("ctp", counter.card_type.id) if kind == "cards" else "",
        mode="set" if kind == "cards" else "",
        options=options,
        is_again=True,
    )
    one = requests.upload(counter.actor, command, defer=defer, now=now)
    run_step(counter.chain_id, one.id, steps.popleft(), now=now)
    if apply:
        requests.apply(counter.actor, encode("imp", one.id), defer=defer, now=now)
        run_step(counter.chain_id, one.id, steps.popleft(), now=now)
    with unit_of_work(counter.chain_id):
        return Import.objects.get(id=one.id)


def state(counter: Counter) -> dict[str, Any]:
    """Everything of the chain that an import could change."""
    return {
        "cards": counter.read("SELECT number, phone, customer_id, status FROM cards ORDER BY id"),
        "people": counter.read("SELECT name, email, language, tags, birthday, comment FROM customers ORDER BY id"),
        "phones": counter.read("SELECT customer_id, phone, position FROM customer_phones ORDER BY phone"),
        "balances": counter.read(
            "SELECT k.number, b.external_id, a.balance FROM accounts a JOIN cards k ON k.id = a.card_id"
            " JOIN balance_types b ON b.id = a.balance_type_id ORDER BY k.id, b.external_id"
        ),
    }


def nothing_but_unchanged(one: Import) -> None:
    wanted = {"create": 0, "change": 0, "error": 0, "conflict": 0, "warning": 0}
    assert {key: one.counts.get(key, 0) for key in wanted} == wanted, (one.counts, one.problem)
    assert one.counts["unchanged"] == one.counts["rows"] > 0


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_an_untouched_export_changes_nothing(counter: Counter, tmp_path: Path, file_format: str) -> None:
    before = state(counter)
    one = bring_in(counter, export(counter, tmp_path, file_format), fields="overwrite")
    nothing_but_unchanged(one)
    assert state(counter) == before


def edit(path: Path, number: int, header: str, value: Any) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    headers = [cell.value for cell in sheet[1]]
    sheet.cell(row=number, column=headers.index(header) + 1).value = value
    book.save(path)


def test_one_edited_balance_is_the_one_that_changes(counter: Counter, tmp_path: Path) -> None:
    before = state(counter)
    path = export(counter, tmp_path, "xlsx")
    edit(path, 3, "balance:points", 20)
    one = bring_in(counter, path)
    assert (one.counts["change"], one.counts["unchanged"]) == (1, 8)
    after = state(counter)
    changed = [(old, new) for old, new in zip(before["balances"], after["balances"], strict=True) if old != new]
    assert [(old[1:], new[1:]) for old, new in changed] == [(("points", 1250), ("points", 2000))]
    assert {**after, "balances": None} == {**before, "balances": None}


def test_what_happened_after_the_export_is_a_conflict_only_for_that_balance(counter: Counter, tmp_path: Path) -> None:
    path = export(counter, tmp_path, "xlsx")
    number = openpyxl.load_workbook(path).worksheets[0].cell(row=2, column=1).value
    with unit_of_work(counter.chain_id):
        from regulars.cards.queries.cards import find_card_by_number, list_cards_by_ids

        found = find_card_by_number(counter.chain_id, str(number))
        assert found
        card = list_cards_by_ids(counter.chain_id, [found[0]], now=timezone.now())[found[0]]
    counter.adjust(card, "1.00")
    edit(path, 2, "balance:stamps", 5)
    one = bring_in(counter, path)
    assert one.counts["conflict"] == 0
    assert (counter.balance(card), counter.balance(card, "stamps")) == (1350, 5)
    path = export(counter, tmp_path, "xlsx")
    counter.adjust(card, "1.00")
    edit(path, 2, "balance:points", 99)
    one = bring_in(counter, path)
    assert one.counts["conflict"] == 1
    assert counter.balance(card) == 1450


def test_an_edited_name_changes_where_fields_are_overwritten(counter: Counter, tmp_path: Path) -> None:
    before = state(counter)
    path = export(counter, tmp_path, "xlsx")
    edit(path, 2, "name", "Anna Schmidt")
    bring_in(counter, path, fields="overwrite")
    after = state(counter)
    assert after["people"][0][0] == "Anna Schmidt"
    assert after["people"][1:] == before["people"][1:]
    assert after["balances"] == before["balances"]


def test_an_untouched_export_of_customers_changes_nothing(counter: Counter, tmp_path: Path) -> None:
    before = state(counter)
    one = bring_in(counter, export(counter, tmp_path, "xlsx", "customers"), kind="customers", fields="overwrite")
    nothing_but_unchanged(one)
    assert state(counter) == before


def test_an_edited_third_phone_is_the_one_that_changes(counter: Counter, tmp_path: Path) -> None:
    before = state(counter)
    path = export(counter, tmp_path, "xlsx", "customers")
    lines = list(openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True))
    number = next(at for at, line in enumerate(lines, 1) if line[lines[0].index("name")] == "मीरा शर्मा")
    edit(path, number, "phone3", "+49 151 23456799")
    one = bring_in(counter, path, kind="customers", fields="overwrite")
    assert (one.counts["change"], one.counts["unchanged"], one.counts["warning"]) == (1, len(PEOPLE) - 1, 0)
    after = state(counter)
    assert [old for old in before["phones"] if old not in after["phones"]] == [
        next(one for one in before["phones"] if one[1] == "+4915123456712")
    ]
    assert [new[1:] for new in after["phones"] if new not in before["phones"]] == [("+4915123456799", 2)]
    assert {**after, "phones": None} == {**before, "phones": None}


def test_the_wizard_proposes_what_an_own_export_is_edited_for(counter: Counter, tmp_path: Path) -> None:
    from regulars.imports.pages.match import _chosen

    one = bring_in(counter, export(counter, tmp_path, "xlsx"), apply=False)
    chosen = _chosen(one)
    assert one.reading["suggested_mode"] == "set"
    assert {name: chosen[name] for name in ("mode", "missing", "fields")} == {
        "mode": "set",
        "missing": "skip",
        "fields": "overwrite",
    }
