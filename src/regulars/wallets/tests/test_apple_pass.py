"""Apple's passes: what a card says in them, and that a stranger trusts their signature."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.wallets.rules.apple.archive import stored
from regulars.wallets.rules.apple.certificate import PassCertificate, load_certificate
from regulars.wallets.rules.apple.document import Service, pass_document
from regulars.wallets.rules.apple.package import pack
from regulars.wallets.rules.view import Barcode, Colours, Moment, Number, ShownField, Spot, WalletCard
from tests.apple_kit import PASS_TYPE, TEAM, Apple, apple, read_pass, read_strings

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SERVICE = Service(pass_type=PASS_TYPE, team=TEAM, url="https://cards.example/apple", token="t" * 32)
ICON = b"\x89PNG icon"


@pytest.fixture(scope="module")
def ours() -> Apple:
    return apple(NOW)


@pytest.fixture(scope="module")
def signer(ours: Apple) -> PassCertificate:
    return load_certificate(ours.leaf.pem, ours.leaf.key_pem, ours.intermediate.pem)


def card(**changed: object) -> WalletCard:
    made = WalletCard(
        serial="pas_1",
        language="ru",
        languages=("ru", "en", "hi"),
        organisation={"ru": "Кофе «Север»", "en": 'Café "North"', "hi": "उत्तर"},
        description={"ru": "Карта постоянного гостя", "en": "Loyalty card"},
        headline={"ru": "Север"},
        colours=Colours(background="#2a1d14", foreground="#fbeedb", label="#c0a080"),
        fields=(
            ShownField(
                key="points",
                place="header",
                label={"ru": "Баллы", "en": "Points"},
                value=Number(Decimal("12.50")),
                announce={"ru": "Теперь у вас %@", "en": "You have %@ now"},
            ),
            ShownField(key="deposit", place="secondary", label={"ru": "Счёт"}, value=Number(Decimal(40), "EUR")),
            ShownField(key="until", place="auxiliary", label={"ru": "До"}, value=Moment(NOW)),
            ShownField(key="terms", place="back", label={"ru": "Условия"}, value={"ru": "Первая\nвторая \\ «строка»"}),
        ),
        barcode=Barcode(kind="qr", message="2000000012345", text="2000 0000 12345"),
        spots=(Spot(latitude=52.5, longitude=13.4, text={"ru": "Мы рядом", "en": "We are near"}),),
        pictures={"icon.png": ICON},
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def test_a_stranger_reads_what_the_card_says(ours: Apple, signer: PassCertificate, tmp_path: Path) -> None:
    shown = card()
    document, strings = pass_document(shown, SERVICE)
    read = read_pass(pack(document, {**shown.pictures, **strings}, signer), ours.root, tmp_path / "x")
    assert read.files["icon.png"] == ICON
    told = read.document
    assert (told["passTypeIdentifier"], told["teamIdentifier"], told["serialNumber"]) == (PASS_TYPE, TEAM, "pas_1")
    assert (told["webServiceURL"], told["authenticationToken"]) == (SERVICE.url, SERVICE.token)
    assert (told["backgroundColor"], told["foregroundColor"]) == ("rgb(42, 29, 20)", "rgb(251, 238, 219)")
    assert told["barcodes"] == [
        {
            "format": "PKBarcodeFormatQR",
            "message": "2000000012345",
            "messageEncoding": "iso-8859-1",
            "altText": "2000 0000 12345",
        }
    ]
    points, deposit = told["storeCard"]["headerFields"][0], told["storeCard"]["secondaryFields"][0]
    assert (points["label"], points["value"], points["changeMessage"]) == ("Баллы", 12.5, "Теперь у вас %@")
    assert (deposit["value"], deposit["currencyCode"]) == (40, "EUR")
    assert told["storeCard"]["auxiliaryFields"][0]["value"] == "2026-11-28T12:00:00+00:00"
    assert "voided" not in told
    assert read.texts("en") | {} == {
        "Кофе «Север»": 'Café "North"',
        "Карта постоянного гостя": "Loyalty card",
        "Север": "Север",
        "Баллы": "Points",
        "Счёт": "Счёт",
        "До": "До",
        "Условия": "Условия",
        "Первая\nвторая \\ «строка»": "Первая\nвторая \\ «строка»",
        "Теперь у вас %@": "You have %@ now",
        "Мы рядом": "We are near",
    }
    assert set(read.texts("hi")) == set(read.texts("ru")) == set(read.texts("en"))


def test_a_changed_pass_is_not_trusted(ours: Apple, signer: PassCertificate, tmp_path: Path) -> None:
    shown = card()
    document, strings = pass_document(shown, SERVICE)
    whole = pack(document, {**shown.pictures, **strings}, signer)
    with pytest.raises(AssertionError):
        read_pass(whole.replace(b"2000000012345", b"2000000012346"), ours.root, tmp_path / "x")
    with pytest.raises(AssertionError, match=r"[Vv]erif"):
        read_pass(whole, ours.other, tmp_path / "y")


def test_the_same_words_with_two_meanings_stay_apart() -> None:
    fields = tuple(
        ShownField(key=key, place="secondary", label={"ru": "Счёт", "en": english}, value={"ru": key})
        for key, english in (("a", "Account"), ("b", "Score"), ("c", "Account"))
    )
    document, strings = pass_document(card(fields=fields), SERVICE)
    labels = [one["label"] for one in document["storeCard"]["secondaryFields"]]
    assert labels[0] == labels[2] == "Счёт"
    assert labels[1] != "Счёт"
    assert labels[1].strip("\u200b") == "Счёт"
    english = strings["en.lproj/pass.strings"].decode()
    assert f'"{labels[0]}" = "Account";' in english
    assert f'"{labels[1]}" = "Score";' in english


def test_a_card_that_is_over_shows_no_code_and_says_so() -> None:
    document, _ = pass_document(card(is_void=True, expires_at=NOW), SERVICE)
    assert document["voided"] is True
    assert document["expirationDate"] == "2026-11-28T12:00:00+00:00"
    assert "barcodes" not in document


def test_a_code_beyond_latin_letters_is_sent_as_utf_8() -> None:
    document, _ = pass_document(card(barcode=Barcode(kind="aztec", message="Ж-42")), SERVICE)
    assert document["barcodes"] == [{"format": "PKBarcodeFormatAztec", "message": "Ж-42", "messageEncoding": "utf-8"}]


def test_without_an_icon_there_is_no_pass(signer: PassCertificate) -> None:
    with pytest.raises(ValueError, match=r"icon\.png"):
        pack({}, {}, signer)


def test_the_hash_follows_what_is_shown() -> None:
    hashes = {
        card().content_hash(),
        card(headline={"ru": "Юг"}).content_hash(),
        card(is_void=True).content_hash(),
        card(pictures={"icon.png": b"other"}).content_hash(),
        card(fields=()).content_hash(),
    }
    assert len(hashes) == 5
    same = replace(card().fields[0], value=Number(Decimal("12.5")))
    assert card(fields=(same, *card().fields[1:])).content_hash() == card().content_hash()


WRITABLE = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(WRITABLE, WRITABLE)
def test_any_text_comes_through(text: str, english: str) -> None:
    document, strings = pass_document(card(organisation={"ru": text, "en": english}, fields=()), SERVICE)
    json.dumps(document)
    key, read = document["organizationName"], {name: read_strings(one) for name, one in strings.items()}
    if key:
        assert read["ru.lproj/pass.strings"][key] == printable(text or english)
        assert read["en.lproj/pass.strings"][key] == printable(english or text)
    else:
        assert printable(text or english) == ""


def printable(text: str) -> str:
    return "".join(letter for letter in text if letter >= " " or letter == "\n")


def test_a_stranger_opens_the_archive() -> None:
    files = {"pass.json": b"{}", "hi.lproj/pass.strings": "अंक".encode(), "имя.png": bytes(70_000), "empty": b""}
    with ZipFile(BytesIO(stored(files))) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == files
        assert {one.date_time for one in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
