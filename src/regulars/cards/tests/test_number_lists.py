"""The file of a printer: read, checked before anything is made, then made in the background (CRD-10)."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

import pytest
import xlsxwriter
import xlwt
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from examples.open_document import write_document
from regulars.cards.actions.bulk import run_bulk_issue
from regulars.cards.jobs import read_list
from regulars.cards.models import BulkIssue, Card, ListedNumber, NumberList
from regulars.cards.queries.number_lists import NumberListView, access_number_list
from regulars.cards.tests.counter import Counter, open_counter, type_id
from regulars.imports.actions.files import folder_of
from regulars.imports.actions.number_lists import forget_lists_of_printers
from regulars.kernel.ids import decode, encode
from regulars.platform.database import unit_of_work

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def book(rows: Iterable[Sequence[object]]) -> bytes:
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = made.add_worksheet("Cards")
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            if isinstance(value, tuple):
                sheet.write_formula(row, column, value[0], None, value[1])
            else:
                sheet.write(row, column, value)
    made.close()
    return buffer.getvalue()


def send(counter: Counter, content: bytes, name: str = "list.csv", *, client: Client | None = None) -> str:
    """Upload a file as the page does; the address of its check."""
    sent = {"list-card_type": type_id(counter.stamps), "list-file": SimpleUploadedFile(name, content)}
    answer = (client or counter.client()).post("/cards/blanks/lists", sent)
    assert answer.status_code == 303, answer.content.decode()
    return str(answer.headers["Location"])


def view_of(counter: Counter, url: str) -> NumberListView:
    with unit_of_work(counter.shop.chain_id):
        return access_number_list(counter.shop.actor, url.rpartition("/")[2])


def check(counter: Counter, content: bytes, name: str = "list.csv") -> tuple[str, NumberListView]:
    url = send(counter, content, name)
    list_id = decode("nls", url.rpartition("/")[2])
    assert list_id
    read_list(counter.shop.chain_id, list_id)
    return url, view_of(counter, url)


def make(counter: Counter, url: str) -> BulkIssue:
    answer = counter.client().post(f"{url}/make")
    assert answer.status_code == 303
    batch_id = decode("blk", answer.headers["Location"].rpartition("/")[2])
    assert batch_id
    run_bulk_issue(counter.shop.chain_id, batch_id, now=timezone.now())
    with unit_of_work(counter.shop.chain_id):
        return BulkIssue.objects.get(id=batch_id)


def numbers(counter: Counter) -> list[str]:
    with unit_of_work(counter.shop.chain_id):
        return list(Card.objects.filter(chain_id=counter.shop.chain_id).order_by("id").values_list("number", flat=True))


def test_a_workbook_with_further_columns_becomes_cards(counter: Counter) -> None:
    rows: list[list[object]] = [
        ["Track", "Serial", "Card number", "PIN"],
        *([f"%B{place}^", place, f"0077-{place:04}", "9999"] for place in range(1, 6)),
    ]
    url, view = check(counter, book(rows), "printer.xlsx")
    assert (view.state, view.rows, view.good, view.column) == ("checked", 5, 5, 2)
    assert view.columns[2].samples[0] == "0077-0001"
    assert not numbers(counter), "nothing is made before somebody says so"
    page = counter.client().get(url).content.decode()
    assert "Make 5 cards" in page
    assert "%B1^" in page, "the other columns are shown to choose from"
    made = make(counter, url)
    assert (made.state, made.issued, made.skipped) == ("done", 5, 0)
    assert numbers(counter) == [f"0077-{place:04}" for place in range(1, 6)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"770001\r\n770002\r\n770003\r\n"),
        ("b.csv", b"No;Kod karty\r\n1;770001\r\n2;770002\r\n3;770003\r\n"),
        ("c.tsv", "Номер карты\tПИН\n770001\t12\n770002\t34\n770003\t56\n".encode("cp1251")),
        ("d.csv", "Number,Serial\n770001,A\n770002,B\n770003,C\n".encode("utf-16")),
        ("e.txt", b"Kod karty\n770001\n770002\n770003\n"),
    ],
)
def test_any_text_file_with_or_without_headers(counter: Counter, name: str, content: bytes) -> None:
    url, view = check(counter, content, name)
    assert (view.state, view.rows, view.good) == ("checked", 3, 3), view
    make(counter, url)
    assert numbers(counter) == ["770001", "770002", "770003"]


def old_book(rows: Sequence[Sequence[object]]) -> bytes:
    made = xlwt.Workbook()
    sheet = made.add_sheet("Cards")
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            sheet.write(row, column, value)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


OF_PRINTER: Final = [("PIN", "Card number"), *((7, f"0{place}-770") for place in range(1, 4))]


@pytest.mark.parametrize(
    ("name", "content"), [("a.xls", old_book(OF_PRINTER)), ("a.ods", write_document("Cards", OF_PRINTER))]
)
def test_an_old_workbook_and_one_of_libreoffice_become_cards(counter: Counter, name: str, content: bytes) -> None:
    url, view = check(counter, content, name)
    assert (view.state, view.rows, view.good, view.column) == ("checked", 3, 3, 1), view
    make(counter, url)
    assert numbers(counter) == ["01-770", "02-770", "03-770"]


def test_another_column_can_be_chosen(counter: Counter) -> None:
    url, view = check(counter, b"Card number,Engraved\n1001,AB-1\n1002,AB-2\n")
    assert view.column == 0
    assert counter.client().post(f"{url}/column", {"column": "1"}).status_code == 303
    read_list(counter.shop.chain_id, view.id)
    make(counter, url)
    assert numbers(counter) == ["AB-1", "AB-2"]
    url, _ = check(counter, b"Card number,Engraved\n1001,AB-3\n1002,AB-4\n")
    for column in ("7", "-1", "x", "9" * 40, ""):
        assert counter.client().post(f"{url}/column", {"column": column}).status_code in (303, 409, 422)


def test_every_row_that_cannot_become_a_card_says_why(counter: Counter) -> None:
    counter.card(counter.stamps, phone="+4915111111111", number="TAKEN 1")
    rows: list[list[object]] = [
        ["Card number", "PIN"],
        ["A-1", "1"],
        ["a1", "2"],
        ["taken-1", "3"],
        ["", "4"],
        [1234567890123456789, "5"],
        [("=1/0", "#DIV/0!"), "6"],
        [("=100+1", 101), "7"],
        ["!!!", "8"],
        ["x" * 65, "9"],
    ]
    url, view = check(counter, book(rows), "printer.xlsx")
    assert (view.rows, view.good) == (9, 2)
    got = csv.reader(io.StringIO(b"".join(counter.client().get(f"{url}/problems")).decode("utf-8-sig")))
    lines = list(got)[1:]
    assert [line[0] for line in lines] == ["3", "4", "5", "6", "7", "9", "10"]
    reasons = [line[2] for line in lines]
    for reason, words in zip(
        reasons,
        (
            "row 2 already",
            "another card",
            "no number",
            "digits are lost",
            "spreadsheet error",
            "cannot be",
            "cannot be",
        ),
        strict=True,
    ):
        assert words in reason, reasons
    made = make(counter, url)
    assert (made.issued, made.total) == (2, 2)
    assert numbers(counter)[1:] == ["A-1", "101"], "of a formula its value counts"


def test_numbers_that_a_spreadsheet_spoiled_are_told(counter: Counter) -> None:
    rows: list[list[object]] = [["Card number"], [770001], [770002], [7703], ["KEY"], ["1.23E+15"]]
    url, view = check(counter, book(rows), "printer.xlsx")
    assert view.counts == {"warning:zeros_lost": 1, "warning:without_digits": 1, "digits_lost": 1}
    page = counter.client().get(f"{url}?show=warning").content.decode()
    assert "zeros at its start may be lost" in page
    assert "has no digit" in page
    assert "digits are lost" in counter.client().get(f"{url}?show=problem").content.decode()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("photo.csv", PNG + b"\x00" * 200, "not a spreadsheet"),
        ("head.csv", b"Card number,PIN\n", "no numbers"),
        ("head.xlsx", book([["Card number", "PIN"]]), "no numbers"),
        ("blank.csv", b" \n\n \n", "file is empty"),
        ("damaged.xlsx", book([["Card number"], ["A1"]])[:300], "damaged"),
        ("long.txt", b"\n".join(b"7%09d" % one for one in range(100_001)), "more than 100000 numbers"),
        ("huge.csv", b"\n".join(b"7%09d,%s" % (one, b"x" * 150) for one in range(320_000)), "more than 100000 numbers"),
    ],
    ids=["image", "header-csv", "header-xlsx", "blank", "damaged", "100001", "50MB"],
)
def test_what_is_no_list_says_so_and_makes_nothing(counter: Counter, name: str, content: bytes, words: str) -> None:
    url, view = check(counter, content, name)
    page = counter.client().get(url).content.decode()
    assert view.state == "failed"
    assert words in page.replace("\xa0", "").replace(",", ""), page
    assert counter.client().post(f"{url}/make").status_code == 409
    assert "not readable" in counter.client().get("/cards/blanks").content.decode()


def test_an_empty_upload_and_none_are_refused_on_the_page(counter: Counter) -> None:
    client = counter.client()
    for sent in (
        {"list-card_type": type_id(counter.stamps), "list-file": SimpleUploadedFile("a.csv", b"")},
        {"list-card_type": type_id(counter.stamps)},
        {"list-card_type": "ctp_x", "list-file": SimpleUploadedFile("a.csv", b"A1")},
        {},
    ):
        answer = client.post("/cards/blanks/lists", sent)
        assert answer.status_code == 422, sent
    assert not NumberList.objects.exists()
    for url in ("nls_x", "blk_x", "9" * 500):
        assert client.get(f"/cards/blanks/lists/{url}").status_code == 404
        for verb in ("column", "make", "discard", "problems", "progress"):
            assert client.post(f"/cards/blanks/lists/{url}/{verb}", {"column": "1"}).status_code in (404, 405)


def test_a_list_is_its_chains_alone_and_other_chains_may_have_its_numbers(counter: Counter) -> None:
    url, _ = check(counter, b"A-1\nA-2\n")
    make(counter, url)
    other = open_counter(name="Another")
    theirs, view = check(other, b"A-1\nA-2\n")
    assert view.good == 2
    assert counter.client().get(theirs).status_code == 404
    for verb in ("make", "discard", "column"):
        assert counter.client().post(f"{theirs}/{verb}", {"column": "0"}).status_code == 404
    assert counter.client().get(f"{theirs}/problems").status_code == 404
    assert make(other, theirs).issued == 2
    assert numbers(other) == ["A-1", "A-2"]


def test_a_list_that_is_left_leaves_nothing(counter: Counter) -> None:
    url, view = check(counter, b"A-1\nA-2\n")
    assert folder_of(view.id).exists()
    assert counter.client().post(f"{url}/discard").status_code == 303
    with unit_of_work(counter.shop.chain_id):
        assert not NumberList.objects.exists()
        assert not ListedNumber.objects.exists()
    assert not folder_of(view.id).exists()
    assert counter.client().get(url).status_code == 404
    read_list(counter.shop.chain_id, view.id)


def test_made_twice_is_one_batch_and_used_lists_are_not_left(counter: Counter) -> None:
    url, view = check(counter, b"A-1\nA-2\n")
    first, again = (counter.client().post(f"{url}/make").headers["Location"] for _ in range(2))
    assert first == again
    assert not folder_of(view.id).exists(), "the file is not needed any more"
    assert counter.client().post(f"{url}/discard").status_code == 409
    assert counter.client().get(url).headers["Location"] == first


def test_a_number_taken_between_check_and_making_is_left_out_and_told(counter: Counter) -> None:
    url, _ = check(counter, b"A-1\nA-2\nA-3\n")
    counter.card(counter.points, phone="+4915111111111", number="a2")
    made = make(counter, url)
    assert (made.state, made.issued, made.skipped, made.done) == ("done", 2, 1, 3)
    assert numbers(counter) == ["a2", "A-1", "A-3"]
    page = counter.client().get(f"/cards/blanks/{url_of(made)}").content.decode()
    assert "was taken meanwhile" in page
    assert "after the check" in b"".join(counter.client().get(f"{url}/problems")).decode()


def url_of(made: BulkIssue) -> str:
    return encode("blk", made.id)


def test_old_lists_are_forgotten_with_their_files(counter: Counter) -> None:
    used, _ = check(counter, b"A-1\nA-1\n")
    make(counter, used)
    _, left = check(counter, b"A-7\n")
    chain_id = counter.shop.chain_id
    assert forget_lists_of_printers(chain_id, timezone.now() + timedelta(days=89)) == 0
    assert forget_lists_of_printers(chain_id, timezone.now() + timedelta(days=91)) == 2
    assert forget_lists_of_printers(chain_id, timezone.now() + timedelta(days=91)) == 0
    assert not folder_of(left.id).exists()
    with unit_of_work(chain_id):
        assert [one.state for one in NumberList.objects.all()] == ["used"]
        assert not ListedNumber.objects.exists()


def test_without_signing_in_there_is_no_list(counter: Counter) -> None:
    url, view = check(counter, b"A-1\n")
    assert Client().get(url).status_code in (302, 303)
    assert Client().post(f"{url}/make").status_code in (302, 303, 403)
    assert view_of(counter, url).state == view.state == "checked"
