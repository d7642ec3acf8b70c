"""Exports written for real: what stands in the files, who may have them, what becomes of them."""

import csv
import shutil
import subprocess
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from django.utils import timezone

from regulars.customers.actions import enter_customer
from regulars.customers.rules import CustomerDraft
from regulars.exports.actions import files, writers
from regulars.exports.actions.request import ExportCommand, request_again, request_export
from regulars.exports.actions.run import expire_exports, remove_stray_files, run_export
from regulars.exports.errors import TooManyExports
from regulars.exports.models import KEPT
from regulars.exports.queries.exports import ExportView, access_export, list_exports
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Forbidden, Invalid, NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.audit import list_entries
from regulars.platform.database import unit_of_work
from regulars.vouchers.actions.by_hand import IssueByHand, issue_by_hand
from regulars.vouchers.actions.redeem import RedeemCommand, redeem_voucher
from tests.ledger_kit import POINTS, Counter, open_counter
from tests.people import hire

pytestmark = pytest.mark.committed

HOSTILE = '=HYPERLINK("http://example.com","Click")'


def nothing(chain_id: UUID, export_id: UUID) -> None:
    """Defers nothing: the test runs the export itself."""


def ask(actor: Actor, kind: str, *, file_format: str = "xlsx", **more: Any) -> ExportView:
    command = ExportCommand(kind=kind, format=file_format, **more)
    return request_export(actor, command, defer=nothing, now=timezone.now())


def write(actor: Actor, kind: str, **more: Any) -> tuple[ExportView, Path]:
    asked = ask(actor, kind, **more)
    run_export(actor.chain_id, asked.id)
    with unit_of_work(actor.chain_id):
        done = access_export(actor, encode("exp", asked.id))
    assert done.state == "done", done.problem
    return done, files.path_of(done.id, done.format)


def read_xlsx(path: Path, sheet: int = 0) -> list[dict[str, Any]]:
    book = openpyxl.load_workbook(path, read_only=True)
    found = list(book.worksheets[sheet].iter_rows(values_only=True))
    return [dict(zip(found[0], line, strict=True)) for line in found[1:]]


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def enter(counter: Counter, **fields: Any) -> None:
    now = timezone.now()
    enter_customer(counter.actor, CustomerDraft(**fields), country="DE", today=now.date(), now=now)


@pytest.fixture
def counter(committed_db: Any) -> Counter:
    made = open_counter()
    enter(made, name="Anna Weber", phones=("+4915123456789",), email="anna@example.com", tags=("regular", "oat milk"))
    first = made.issue("+4915123456789")
    made.adjust(first, "12.50")
    made.adjust(first, "3", balance_type="stamps")
    made.issue("+79123456702")
    return made


def test_cards_read_back_with_their_balances_version_and_unclaimed_phone(counter: Counter) -> None:
    done, path = write(counter.actor, "cards")
    anna, unclaimed = read_xlsx(path)
    assert (done.rows_total, done.rows_done) == (2, 2)
    assert done.file_bytes == path.stat().st_size
    assert anna["name"] == "Anna Weber"
    assert anna["phone"] == "4915123456789"
    assert anna["tags"] == "regular, oat milk"
    assert anna["balance:points"] == 12.5
    assert anna["balance:stamps"] == 3
    assert anna["version"] == 2
    assert isinstance(anna["number"], str)
    assert unclaimed["phone"] == "0079123456702" or unclaimed["phone"] == "79123456702"
    assert unclaimed["name"] is None
    assert unclaimed["version"] == 0
    assert "link" not in anna


def test_csv_has_a_byte_order_mark_exact_decimals_and_no_formula(counter: Counter) -> None:
    enter(counter, name=HOSTILE, phones=("+4915123456780",))
    counter.issue("+4915123456780")
    _, path = write(counter.actor, "cards", file_format="csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    anna, _, hostile = read_csv(path)
    assert anna["balance:points"] == "12.50"
    assert hostile["name"] == "'" + HOSTILE


def test_a_formula_is_text_in_xlsx(counter: Counter) -> None:
    enter(counter, name=HOSTILE, phones=("+4915123456780",))
    counter.issue("+4915123456780")
    _, path = write(counter.actor, "cards")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet["H2"].number_format == "0.00"
    cells = [cell for line in sheet.iter_rows() for cell in line if cell.value == HOSTILE]
    assert [cell.data_type for cell in cells] == ["s"]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.slow
def test_libreoffice_reads_the_same(counter: Counter, tmp_path: Path) -> None:
    _done, path = write(counter.actor, "cards")
    named = tmp_path / "cards.xlsx"
    named.write_bytes(path.read_bytes())
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "csv", str(named)],
        cwd=tmp_path, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    anna = read_csv(tmp_path / "cards.csv")[0]
    assert (anna["phone"], float(anna["balance:points"]), anna["name"]) == ("4915123456789", 12.5, "Anna Weber")


def test_customers_have_all_their_phones(counter: Counter) -> None:
    enter(counter, name="Иван", phones=("+4915123456701", "+4915123456702", "+4915123456703"), comment="VIP")
    _, path = write(counter.actor, "customers")
    anna, ivan = read_xlsx(path)
    assert [ivan[name] for name in ("phone", "phone2", "phone3")] == ["4915123456701", "4915123456702", "4915123456703"]
    assert anna["phone2"] is None
    assert (ivan["name"], ivan["comment"]) == ("Иван", "VIP")


def test_transactions_tell_what_happened(counter: Counter) -> None:
    _, path = write(counter.actor, "transactions", file_format="csv")
    first, second = read_csv(path)
    assert (first["balance_type"], first["amount"], first["balance_after"], first["reason"]) == (
        "points", "12.50", "12.50", "test",
    )  # fmt: skip
    assert (second["balance_type"], second["amount"]) == ("stamps", "3")
    assert first["id"].startswith("txn_")
    _, path = write(counter.actor, "transactions", file_format="csv", filter={"balance_type": "stamps"})
    assert len(read_csv(path)) == 1
    tomorrow = (timezone.now() + timedelta(days=2)).date().isoformat()
    _, path = write(counter.actor, "transactions", file_format="csv", filter={"from": tomorrow})
    assert read_csv(path) == []


def test_only_what_the_filter_means_is_written(counter: Counter) -> None:
    _, path = write(counter.actor, "cards", file_format="csv", filter={"search": "anna"})
    assert [line["name"] for line in read_csv(path)] == ["Anna Weber"]
    _, path = write(counter.actor, "cards", file_format="csv", filter={"holder": "unclaimed"})
    assert [line["name"] for line in read_csv(path)] == [""]


def test_a_link_is_written_only_where_somebody_chose_it(counter: Counter) -> None:
    _, path = write(counter.actor, "cards", file_format="csv", columns=["link", "number"])
    assert list(read_csv(path)[0]) == ["link", "number"]
    assert "/c/" in read_csv(path)[0]["link"]


def test_large_amounts_are_text_where_a_number_would_lose_digits(committed_db: Any) -> None:
    counter = open_counter(balance_types=(POINTS,))
    card = counter.issue("+4915123456789")
    counter.adjust(card, "9999999999999.99")
    _, path = write(counter.actor, "cards")
    assert read_xlsx(path)[0]["balance:points"] == 9999999999999.99
    counter.adjust(card, "0.01")
    _, path = write(counter.actor, "cards")
    assert read_xlsx(path)[0]["balance:points"] == "10000000000000.00"


def test_a_full_sheet_goes_on_in_the_next(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "SHEET_ROWS_MAX", 2)
    _, path = write(counter.actor, "cards")
    assert [sheet.title for sheet in openpyxl.load_workbook(path).worksheets] == ["Cards", "Cards 2"]
    assert [len(read_xlsx(path, sheet)) for sheet in (0, 1)] == [1, 1]


def codes(refused: Refused) -> list[tuple[str, str]]:
    assert isinstance(refused.refusal, Invalid)
    return [(problem.pointer, problem.code) for problem in refused.refusal.errors]


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("gifts", {}, ("/kind", "unknown_value")),
        ("cards", {"file_format": "pdf"}, ("/format", "unknown_value")),
        ("cards", {"filter": {"colour": "red"}}, ("/filter/colour", "unknown_field")),
        ("cards", {"filter": {"search": 7}}, ("/filter/search", "wrong_type")),
        ("cards", {"filter": {"search": "a\x00b"}}, ("/filter/search", "invalid_text")),
        ("cards", {"filter": {"status": "lost"}}, ("/filter/status", "unknown_value")),
        ("transactions", {"filter": {"from": "22.11.2026"}}, ("/filter/from", "invalid_time")),
        ("transactions", {"filter": {"to": "2026-11-22T09:30:00"}}, ("/filter/to", "invalid_time")),
        ("cards", {"columns": []}, ("/columns", "required")),
        ("cards", {"columns": ["number", "password"]}, ("/columns/1", "unknown_value")),
        ("cards", {"columns": ["number", "number"]}, ("/columns/1", "duplicate")),
        ("cards", {"columns": ["number"] * 500}, ("/columns", "too_many")),
    ],
)
def test_nonsense_is_refused_field_by_field(
    counter: Counter, kind: str, more: dict[str, Any], expected: tuple[str, str]
) -> None:
    with pytest.raises(Refused) as caught:
        ask(counter.actor, kind, **more)
    assert codes(caught.value)[0] == expected


def test_what_another_chain_has_cannot_be_named(counter: Counter) -> None:
    other = open_counter(name="Salon Fremd")
    with pytest.raises(Refused) as caught:
        ask(counter.actor, "cards", filter={"card_type": encode("ctp", other.card_type.id)})
    assert isinstance(caught.value.refusal, NotFound)
    done, _ = write(counter.actor, "cards")
    with unit_of_work(other.chain_id), pytest.raises(Refused) as caught:
        access_export(other.actor, encode("exp", done.id))
    assert isinstance(caught.value.refusal, NotFound)


def test_rights_are_those_of_what_is_written(counter: Counter) -> None:
    cashier = hire(counter.shop, "cashier").actor
    with pytest.raises(Refused) as caught:
        ask(cashier, "cards")
    assert isinstance(caught.value.refusal, Forbidden)
    done, _ = write(counter.actor, "customers")
    analyst = hire(counter.shop, "analyst").actor
    blind = Actor(**{**_fields(analyst), "rights": analyst.rights - {"customers:read"}})
    with unit_of_work(counter.chain_id):
        assert access_export(analyst, encode("exp", done.id)).id == done.id
        assert list_exports(blind) == ([], None)
        with pytest.raises(Refused) as caught:
            access_export(blind, encode("exp", done.id))
    assert isinstance(caught.value.refusal, Forbidden)


def _fields(actor: Actor) -> dict[str, Any]:
    return {name: getattr(actor, name) for name in Actor.__slots__}


def test_staff_of_one_location_write_its_cards_and_see_their_own_exports(counter: Counter) -> None:
    places = frozenset({counter.shop.location_id})
    manager = hire(counter.shop, "manager", locations=places).actor
    for kind in ("cards", "customers"):
        assert read_csv(write(manager, kind, file_format="csv")[1]) == [], kind
        assert read_csv(write(counter.actor, kind, file_format="csv")[1]) != [], kind
    everything, _ = write(counter.actor, "cards", file_format="csv")
    with unit_of_work(counter.chain_id):
        assert {one.staff_id for one in list_exports(manager)[0]} == {manager.staff_id}
        with pytest.raises(Refused):
            access_export(manager, encode("exp", everything.id))


def test_the_journal_knows_who_took_what_out(counter: Counter) -> None:
    done, _ = write(counter.shop.actor, "customers", filter={"tag": "regular"})
    with unit_of_work(counter.chain_id):
        entry = list_entries(counter.actor, object_id=done.id)[0]
    assert entry.verb == "export.requested"
    assert entry.after
    assert entry.after["filter"] == {"tag": "regular"}
    assert entry.staff_email == counter.shop.email


def test_a_run_that_was_cut_short_is_written_anew(counter: Counter) -> None:
    asked = ask(counter.actor, "cards", file_format="csv")

    def stop(done: int, total: int) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        run_export(counter.chain_id, asked.id, progress=stop)
    with unit_of_work(counter.chain_id):
        assert access_export(counter.actor, encode("exp", asked.id)).state == "running"
    assert not files.draft_of(asked.id, "csv").exists()
    run_export(counter.chain_id, asked.id)
    run_export(counter.chain_id, asked.id)
    assert len(read_csv(files.path_of(asked.id, "csv"))) == 2


def test_a_full_disk_is_told(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ask(counter.actor, "cards")
    monkeypatch.setattr(files, "draft_of", lambda export_id, file_format: Path("/proc/nowhere/file"))
    run_export(counter.chain_id, asked.id)
    with unit_of_work(counter.chain_id):
        failed = access_export(counter.actor, encode("exp", asked.id))
    assert failed.state == "failed"
    assert failed.problem
    assert failed.problem["code"] == "disk"


def test_files_are_removed_after_their_time_and_made_again(counter: Counter) -> None:
    done, path = write(counter.actor, "cards", file_format="csv", filter={"search": "anna"}, columns=["name"])
    assert expire_exports(counter.chain_id, timezone.now() + KEPT - timedelta(days=90)) == 0
    assert expire_exports(counter.chain_id, timezone.now() + KEPT + timedelta(days=1)) == 1
    assert not path.exists()
    with unit_of_work(counter.chain_id):
        assert access_export(counter.actor, encode("exp", done.id)).state == "expired"
    again = request_again(counter.actor, encode("exp", done.id), defer=nothing, now=timezone.now())
    run_export(counter.chain_id, again.id)
    assert read_csv(files.path_of(again.id, "csv")) == [{"name": "Anna Weber"}]


def test_files_of_nobody_are_removed(counter: Counter) -> None:
    stray = files.folder() / "stray.csv"
    stray.write_text("x")
    assert remove_stray_files(before=timezone.now() - timedelta(days=90)) == 0
    remove_stray_files(before=timezone.now() + timedelta(minutes=1))
    assert not stray.exists()


def test_a_chain_cannot_pile_up_exports(counter: Counter) -> None:
    for _ in range(20):
        ask(counter.actor, "cards")
    with pytest.raises(Refused) as caught:
        ask(counter.actor, "cards")
    assert caught.value.refusal == TooManyExports(waiting=20)


def test_lists_go_on_where_they_ended(counter: Counter) -> None:
    made = [ask(counter.actor, "cards").id for _ in range(3)]
    seen: list[UUID] = []
    after: UUID | None = None
    with unit_of_work(counter.chain_id):
        for _ in range(3):
            found, after = list_exports(counter.actor, after=after, limit=1)
            seen += ids(found)
    assert seen == made[::-1]
    assert after is None


def ids(found: Sequence[ExportView]) -> list[UUID]:
    return [one.id for one in found]


def test_ids_are_public(counter: Counter) -> None:
    asked = ask(counter.actor, "cards")
    assert decode("exp", encode("exp", asked.id)) == asked.id


def test_orders_are_written_as_the_list_means_them(committed_db: object) -> None:
    from tests.order_kit import open_order_shop

    shop = open_order_shop()
    card = shop.counter.issue("+49 151 11111111")
    for number, more in ((1, {"card": encode("crd", card.id), "channel": "till"}), (2, {"state": "open"})):
        reply = shop.record(shop.order(external_id=f"R-{number}", **more))
        assert reply.status == 201, reply.body
    actor = shop.counter.shop.actor
    found = read_csv(write(actor, "orders", file_format="csv")[1])
    assert [(one["external_id"], one["state"], one["total"], one["number"]) for one in found] == [
        ("R-1", "paid", "12.00", card.number),
        ("R-2", "open", "12.00", ""),
    ]
    for name, wanted in (("R-1", {"state": "open"}), ("R-2", {"search": "R-1", "from": "2020-01-01"})):
        assert name not in write(actor, "orders", file_format="csv", filter=wanted)[1].read_text(encoding="utf-8-sig")


def test_vouchers_are_written_as_the_list_means_them(committed_db: object) -> None:
    shop = open_counter()
    actor, now = shop.shop.actor, timezone.now()
    card = shop.issue("+49 151 11111111")
    percent = IssueByHand(title="=1+1", card=encode("crd", card.id), benefit={"percent": "10"})
    (first,) = issue_by_hand(actor, percent, now=now)
    (second,) = issue_by_hand(actor, IssueByHand(title="Tea", validity={"kind": "days", "value": 1}), now=now)
    redeem_voucher(actor, RedeemCommand(encode("vch", second.id)), now=now)

    def read(**filters: str) -> list[dict[str, str]]:
        return read_csv(write(actor, "vouchers", file_format="csv", filter=filters)[1])

    assert [(one["title"], one["state"], one["number"], one["benefit"]) for one in read()] == [
        ("'=1+1", "active", card.number, '{"percent": "10"}'),
        ("Tea", "redeemed", "", ""),
    ]
    assert not {first.code, second.code} & {text for one in read() for text in one.values()}
    asked, path = write(actor, "vouchers", file_format="csv", columns=["bearer_code"])
    assert path.read_text(encoding="utf-8-sig").split()[1:] == [first.code, second.code]
    marketer = hire(shop.shop, "marketer").actor
    with pytest.raises(Refused) as refused:
        ask(marketer, "vouchers", columns=["bearer_code"])
    assert isinstance(refused.value.refusal, Invalid)
    with pytest.raises(Refused) as refused, unit_of_work(actor.chain_id):
        access_export(marketer, encode("exp", asked.id))
    assert refused.value.refusal == Forbidden(needs="rewards:write")
    assert [one["title"] for one in read(state="redeemed")] == ["Tea"]
    assert [one["title"] for one in read(search="tea", source="manual")] == ["Tea"]
    assert [one["title"] for one in read(card=encode("crd", card.id))] == ["'=1+1"]
    with pytest.raises(Refused) as refused:
        ask(actor, "vouchers", filter={"state": "paid"})
    assert refused.value.refusal.code == "invalid_request"
