"""What the wizard proposes and never does by itself: another unit, another country; and error values told as such."""

import io
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import xlwt
from django.test import Client
from django.utils import timezone

from regulars.imports.actions.steps import run_step
from regulars.imports.models import Import
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from regulars.programs.rules import BalanceTypeDraft
from tests.import_kit import bring, checked_rows, read
from tests.ledger_kit import Counter, open_counter
from tests.people import sign_in_client

pytestmark = pytest.mark.django_db

WHOLE = BalanceTypeDraft(name="Sterne", kind="points", external_id="stars")
MONEY = BalanceTypeDraft(name="Bonus", kind="points", external_id="bonus", decimals=2)
STAMPS = BalanceTypeDraft(name="Stamps", kind="stamps", external_id="stamps")
LIGHTSPEED = "customer_code,first_name,phone,loyalty_balance\nA1,Anna,+4915123456701,12.34\nA2,Boris,+4915123456702,3\n"
ALTEGIO = "Phone,Card number,Deposit,Actual balance\n+4915123456701,,,12.5\n"
SEVEN_STAMP = "User,Progress,Phone\nAnna,7,+4915123456701\n"
RUSSIAN = (
    "phone;name;points\n8-921-745-48-30;Анна;1\n8-910-444-17-47;Иван;2\n8 916 123-45-67;Пётр;3\n+4915123456701;Max;4\n"
)


def waiting(counter: Counter, content: str, **options: Any) -> tuple[Client, Import, str]:
    """The wizard at its second step."""
    one = bring(counter, counter.shop.actor, content, mode="", until="needs_mapping", mode_later=True, **options)
    return sign_in_client(Client(), counter.shop), one, f"/imports/{encode('imp', one.id)}"


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response
    return unescape(response.content.decode())


def answers(one: Import, **more: str) -> dict[str, str]:
    """The form of the second step as it stands, with some answers."""
    targets = {header: target for target, header in one.mapping.items()}
    chosen = {f"column-{index}": targets.get(column["header"], "") for index, column in enumerate(one.columns)}
    return {
        **chosen,
        "mode": "set",
        "decimal": ".",
        "date_order": "auto",
        "country": "DE",
        "rounding": "half_up",
        **more,
    }


def test_money_for_whole_points_is_proposed_in_the_form_and_written_only_when_sent() -> None:
    counter = open_counter(balance_types=(WHOLE,))
    client, one, path = waiting(counter, LIGHTSPEED)
    page = text_of(client, f"{path}/match")
    assert "Lightspeed Retail (X-Series) keeps this balance as money, “Sterne” counts whole points." in page
    assert "For example, 12.34 becomes 1234." in page
    assert 'name="rate" inputmode="decimal" value="100"' in page
    assert "conversion" not in read(counter, one).options, "nothing is decided by looking"
    assert client.post(f"{path}/match", answers(one, rate="100")).status_code == 303
    chosen = read(counter, one)
    assert chosen.options["conversion"]["rate"] == "100"
    run_step(counter.chain_id, one.id, "check", now=timezone.now())
    assert [row.after for row in checked_rows(counter, one)] == [(1234,), (300,)]
    again = text_of(client, f"{path}/match")
    assert "The units differ." not in again
    assert 'value="100"' in again


def test_a_proposal_that_was_cleared_does_not_come_back() -> None:
    counter = open_counter(balance_types=(WHOLE,))
    client, one, path = waiting(counter, LIGHTSPEED)
    assert client.post(f"{path}/match", answers(one, rate="")).status_code == 303
    run_step(counter.chain_id, one.id, "check", now=timezone.now())
    assert read(counter, one).options["conversion"] is None
    page = text_of(client, f"{path}/match")
    assert "The units differ." not in page
    assert 'name="rate" inputmode="decimal" value=""' in page


@pytest.mark.parametrize(
    ("content", "balances", "wanted"),
    [
        (ALTEGIO, (WHOLE,), "Altegio (card upload) keeps this balance as money"),
        (ALTEGIO, (STAMPS,), "“Stamps” counts stamps. Choose another balance"),
        (SEVEN_STAMP, (WHOLE,), "7stamp counts stamps, “Sterne” counts points."),
        (
            "First Name,Last Name,Loyalty Points,Phone\nA,B,40,+4915123456701\n",
            (MONEY,),
            "“Bonus” has decimals like money",
        ),
    ],
)
def test_what_cannot_be_guessed_is_asked(content: str, balances: tuple[BalanceTypeDraft, ...], wanted: str) -> None:
    client, _, path = waiting(open_counter(balance_types=balances), content)
    assert wanted in text_of(client, f"{path}/match")


@pytest.mark.parametrize(
    ("content", "balances"),
    [
        (LIGHTSPEED, (MONEY,)),
        (ALTEGIO, (MONEY, STAMPS)),
        (SEVEN_STAMP, (STAMPS,)),
        (SEVEN_STAMP, (WHOLE, STAMPS)),
        ("phone,points\n+4915123456701,12.34\n", (WHOLE,)),
    ],
)
def test_where_one_is_one_nothing_is_proposed(content: str, balances: tuple[BalanceTypeDraft, ...]) -> None:
    client, one, path = waiting(open_counter(balance_types=balances), content)
    page = text_of(client, f"{path}/match")
    assert "The units differ." not in page
    assert 'name="rate" inputmode="decimal" value=""' in page
    if content == SEVEN_STAMP and len(balances) == 2:
        assert one.mapping["balance:stamps"] == "Progress", "stamps go to the stamps, not to the first points"


def test_a_file_with_units_in_every_language() -> None:
    counter = open_counter(balance_types=(WHOLE,))
    client, _, path = waiting(counter, LIGHTSPEED)
    for language, wanted in (("ru", "Единицы различаются."), ("hi", "इकाइयाँ अलग हैं।")):
        client.post("/preferences", {"language": language})
        assert wanted in text_of(client, f"{path}/match")


def test_phones_of_another_country_are_told_with_both_counts_and_read_anew_at_one_press() -> None:
    counter = open_counter()
    one = bring(counter, counter.shop.actor, RUSSIAN, until="checked")
    assert one.reading["doubt"] == {"country": "RU", "here": 0, "there": 3, "of": 3}
    client = sign_in_client(Client(), counter.shop)
    path = f"/imports/{encode('imp', one.id)}"
    page = text_of(client, f"{path}/check")
    assert "Most of these phones look like numbers of Russia." in page
    assert (
        "Of 3 without a country code, 0 are mobiles when read for Germany, as now; 3 are when read for Russia." in page
    )
    assert client.post(f"{path}/country").status_code == 303
    run_step(counter.chain_id, one.id, "check", now=timezone.now())
    mended = read(counter, one)
    assert (mended.state, mended.reading["doubt"], mended.counts["error"]) == ("checked", None, 0)
    assert [row.phone for row in checked_rows(counter, one)] == [
        "+79217454830",
        "+79104441747",
        "+79161234567",
        "+4915123456701",
    ]
    assert "look like numbers of" not in text_of(client, f"{path}/check")
    assert client.post(f"{path}/country")["Location"].endswith("/check"), "a second press changes nothing"


def test_a_file_of_its_own_country_is_not_doubted() -> None:
    counter = open_counter()
    content = "phone;points\n" + "".join(f"0151 2345{number:04};1\n" for number in range(30))
    assert bring(counter, counter.shop.actor, content, until="checked").reading["doubt"] is None
    by_mail = bring(counter, counter.shop.actor, "email;name\na@example.com;Anna\n", kind="customers", until="checked")
    assert by_mail.reading["doubt"] is None


def test_the_country_is_only_changed_by_who_may_import() -> None:
    counter = open_counter()
    one = bring(counter, counter.shop.actor, RUSSIAN, until="checked")
    stranger = sign_in_client(Client(), open_counter().shop)
    assert stranger.post(f"/imports/{encode('imp', one.id)}/country").status_code == 404
    with unit_of_work(counter.chain_id):
        assert "country" not in Import.objects.get(id=one.id).options


def test_error_values_of_old_excel_are_reported_with_row_column_and_reason(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Karten")
    for column, header in enumerate(("phone", "points", "name")):
        sheet.write(0, column, header)
    for row in range(1, 4):
        sheet.write(row, 0, f"+4915123456{row:03}")
        sheet.write(row, 1, row)
        sheet.write(row, 2, "Anna")
    sheet.row(4).set_cell_error(0, "#REF!")
    sheet.write(4, 1, 5)
    sheet.write(5, 0, "+4915123456005")
    sheet.row(5).set_cell_error(1, 0x2A)
    buffer = io.BytesIO()
    book.save(buffer)
    counter = open_counter()
    one = bring(counter, counter.shop.actor, buffer.getvalue(), name="alt.xls", until="checked")
    assert one.reading["kind"] == "xls"
    wrong = [(row.row, row.issues[0].code, row.issues[0].target) for row in checked_rows(counter, one, "error")]
    assert wrong == [(5, "formula_error", "phone"), (6, "formula_error", "balance:points")]
    client = sign_in_client(Client(), counter.shop)
    page = text_of(client, f"/imports/{encode('imp', one.id)}/check")
    assert "“points” holds the spreadsheet error #N/A." in page
