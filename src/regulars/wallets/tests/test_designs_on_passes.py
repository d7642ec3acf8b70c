"""What an owner designed is what phones show, and a new version reaches the phones that have the card (TYP-4, TYP-5)."""

import io
import re
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from regulars.cards.actions.types import change_card_type
from regulars.cards.queries.cards import CardView
from regulars.customers.actions import enter_customer
from regulars.customers.rules import CustomerDraft
from regulars.designs.actions.drafts import add_picture
from regulars.kernel.ids import encode
from regulars.platform.database import execute, unit_of_work
from regulars.wallets.actions import waves
from regulars.wallets.actions.google_account import upload_account
from regulars.wallets.queries.google import gather_program
from tests.apple_kit import read_strings
from tests.design_kit import picture, publish
from tests.google_kit import google_is_there
from tests.google_stand_in import ISSUER, account_file
from tests.ledger_kit import dispatcher
from tests.people import sign_in_client
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, WalletShop, open_wallet_shop

pytestmark = pytest.mark.django_db
ARABIC = "مقهى الشمال"
ISSUED = "+4915112345678"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"


def files_of(shop: WalletShop, card: CardView) -> dict[str, bytes]:
    answer = Client().get(shop.link(card))
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def keys(document: dict[str, Any], group: str) -> list[str]:
    return [one["key"] for one in document["storeCard"].get(f"{group}Fields", [])]


def test_a_pass_says_what_the_design_says_where_it_says_so() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    publish(
        shop.counter,
        colours={"background": "#103050", "foreground": "#ffffff", "label": "#ffe08a"},
        texts={
            "organisation": {"en": "North", "ru": "Север", "ar": ARABIC},
            "title": {"en": "Coffee club", "ru": "Кофейный клуб"},
            "legal": {"en": "One card each.\nNot for sale."},
        },
        fields=[
            {"key": "points", "place": "header", "source": "balance:points", "label": {"en": "Beans", "ru": "Зёрна"}},
            {"key": "hours", "place": "auxiliary", "source": "text", "label": {}, "text": {"en": "8 to 18"}},
            {"key": "nothing", "place": "secondary", "source": "balance:gone", "label": {}, "text": {}},
            {"key": "num", "place": "secondary", "source": "number", "label": {}, "text": {}},
        ],
        links=[{"url": "https://north.example/menu", "label": {"en": "Menu"}}, {"url": "tel:+49301234567"}],
        barcode="pdf417",
    )
    card = shop.counter.issue(ISSUED)
    serial = phone.take(shop.link(card))
    told = phone.passes[serial]
    assert (told["backgroundColor"], told["labelColor"]) == ("rgb(16, 48, 80)", "rgb(255, 224, 138)")
    assert told["barcodes"][0]["format"] == "PKBarcodeFormatPDF417"
    assert (told["organizationName"], told["logoText"]) == ("North", "North")
    # Without stamps there is no strip: what the card counts stands large in its place.
    assert (keys(told, "header"), keys(told, "primary")) == ([], ["points"])
    assert (keys(told, "secondary"), keys(told, "auxiliary")) == (["num"], ["hours"])
    assert phone.shows(serial, "Beans") == 0
    assert phone.shows(serial, "Menu") == "https://north.example/menu"
    assert phone.shows(serial, "More") == "tel:+49301234567"
    assert phone.shows(serial, "Terms") == "One card each.\nNot for sale."
    assert "card-number" not in keys(told, "back")
    back = {one["label"]: one for one in told["storeCard"]["backFields"]}
    assert back["Stamps"]["changeMessage"] == "Now you have %@", "what is left out is still told of"

    files = files_of(shop, card)
    assert read_strings(files["ru.lproj/pass.strings"])["Beans"] == "Зёрна"
    assert read_strings(files["ru.lproj/pass.strings"])["North"] == "Север"
    assert read_strings(files["hi.lproj/pass.strings"])["North"] == "North"
    assert read_strings(files["ar.lproj/pass.strings"])["North"] == ARABIC
    assert read_strings(files["ar.lproj/pass.strings"])["Terms"] == "Terms"


def test_a_label_that_misses_a_language_is_said_in_another() -> None:
    shop = open_wallet_shop()
    fields = [
        {"key": "num", "place": "secondary", "source": "number", "label": {"en": "Badge", "ru": "Жетон"}, "text": {}},
        {"key": "who", "place": "back", "source": "holder", "label": {}, "text": {}},
    ]
    links = [{"url": "https://north.example/menu", "label": {"en": "Menu", "ru": "Меню"}}]
    publish(shop.counter, fields=fields, links=links, texts={"legal": {"ar": ARABIC}})
    files = files_of(shop, shop.counter.issue(ISSUED))
    told = {one: read_strings(files[f"{one}.lproj/pass.strings"]) for one in ("en", "ru", "hi", "ar")}
    assert {one: strings["Badge"] for one, strings in told.items()} == {
        "en": "Badge",
        "ru": "Жетон",
        "hi": "Badge",
        "ar": "Badge",
    }
    assert [told[one]["Menu"] for one in ("ru", "hi", "ar")] == ["Меню", "Menu", "Menu"]


def test_a_card_without_a_code_has_none_and_pictures_are_the_owners() -> None:
    shop = open_wallet_shop()
    named = {
        "logo": picture(shop.counter, "logo", "#00ff00", (320, 100)),
        "icon": picture(shop.counter, "icon", "#0000ff", (87, 87)),
        "strip": picture(shop.counter, "strip", "#ff0000", (750, 246)),
    }
    publish(shop.counter, barcode="none", pictures=named)
    card = shop.counter.issue(ISSUED)
    files = files_of(shop, card)
    assert b'"barcodes"' not in files["pass.json"]
    seen = {
        name: (image.size, image.convert("RGB").getpixel((5, 5)))
        for name in ("icon@2x.png", "logo@2x.png", "strip.png")
        for image in [Image.open(io.BytesIO(files[name]))]
    }
    assert seen == {
        "icon@2x.png": ((58, 58), (0, 0, 255)),
        "logo@2x.png": ((320, 100), (0, 255, 0)),
        "strip.png": ((375, 123), (255, 0, 0)),
    }


@pytest.mark.parametrize(("slots", "head"), [((), "North"), (("icon",), "North"), (("logo", "icon"), "Coffee club")])
def test_where_a_logo_stands_for_the_name_the_title_is_beside_it(slots: tuple[str, ...], head: str) -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    texts = {"organisation": {"en": "North"}, "title": {"en": "Coffee club"}}
    publish(
        shop.counter, texts=texts, pictures={slot: picture(shop.counter, slot, "#00ff00", (320, 320)) for slot in slots}
    )
    assert phone.passes[phone.take(shop.link(shop.counter.issue(ISSUED)))]["logoText"] == head
    designer = f"/cards/types/{encode('ctp', shop.counter.card_type.id)}/design"
    page = sign_in_client(Client(), shop.counter.shop).get(f"{designer}?show=apple").content.decode()
    assert f">{head}</text>" in page.split('<svg class="pass"')[1].split("</svg>")[0]


def test_a_pass_has_the_part_of_a_picture_that_its_frame_holds() -> None:
    shop, written = open_wallet_shop(), io.BytesIO()
    image = Image.new("RGB", (800, 246), "#ff0000")
    image.paste(Image.new("RGB", (400, 246), "#0000ff"), (400, 0))
    image.save(written, "PNG")
    actor, now = shop.counter.actor, timezone.now()
    named = {slot: add_picture(actor, slot, written.getvalue(), now=now).hash for slot in ("logo", "strip", "icon")}
    card, seen = shop.counter.issue(ISSUED), []
    for left in (500, 0):
        frame = {"left": left, "top": 0, "width": 500, "height": 1000}
        publish(shop.counter, pictures=named, crops=dict.fromkeys(named, frame))
        files = files_of(shop, card)
        with unit_of_work(shop.counter.chain_id):
            program = gather_program(shop.counter.chain_id, shop.counter.card_type.id)
        assert program
        files["round"] = program.logo
        seen.append({name: colours_of(files[name]) for name in ("logo@3x.png", "strip@2x.png", "icon.png", "round")})
    ground = (0x2A, 0x1D, 0x14)
    assert seen == [
        {
            "logo@3x.png": {colour},
            "strip@2x.png": {colour},
            "icon.png": {colour},
            "round": {colour, ground},
        }
        for colour in ((0, 0, 255), (255, 0, 0))
    ]


@pytest.mark.parametrize("has_strip", [False, True])
def test_the_preview_writes_large_what_the_pass_writes_large(has_strip: bool) -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    fields = [{"key": "points", "place": "header", "source": "balance:points", "label": {"en": "Beans"}, "text": {}}]
    named = {"strip": picture(shop.counter, "strip", "#ff0000", (750, 246))} if has_strip else {}
    publish(shop.counter, fields=fields, pictures=named)
    told = phone.passes[phone.take(shop.link(shop.counter.issue(ISSUED)))]
    browser = sign_in_client(Client(), shop.counter.shop)
    url = f"/cards/types/{encode('ctp', shop.counter.card_type.id)}/design"
    page = browser.get(url).content.decode()
    drawn = page.split('<svg class="pass"')[1].split("</section>")[0]
    large = re.findall(r'font-size="38">([^<]*)</text><text[^>]*>([^<]*)<', drawn)
    in_header = re.findall(r'font-size="9" text-anchor="end">([^<]*)<', drawn)
    assert [label for _text, label in large] == [one["label"] for one in told["storeCard"].get("primaryFields", [])]
    assert in_header == [one["label"] for one in told["storeCard"].get("headerFields", [])]
    assert large == ([] if has_strip else [("120", "Beans")])


def colours_of(content: bytes) -> set[Any]:
    with Image.open(io.BytesIO(content)) as image:
        return {colour for _count, colour in image.convert("RGB").getcolors(1 << 20) or ()}


def test_every_number_of_stamps_has_its_strip_and_nothing_is_written_over_it() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    change_card_type(shop.counter.actor, encode("ctp", shop.counter.card_type.id), {"goal": 3}, now=timezone.now())
    fields = [{"key": "progress", "place": "primary", "source": "stamps", "label": {}, "text": {}}]
    publish(shop.counter, fields=fields)
    card = shop.counter.issue(ISSUED)
    strips, values = [], []
    for stamps in range(4):
        if stamps:
            shop.counter.adjust(card, "1", balance_type="stamps")
        strips.append(files_of(shop, card)["strip@3x.png"])
        serial = f"phone-{stamps}"
        phone = Phone(serial)
        taken = phone.take(shop.link(card))
        values.append(phone.shows(taken, "Stamps"))
        assert keys(phone.passes[taken], "primary") == []
    assert len(set(strips)) == 4
    assert values == ["0/3", "1/3", "2/3", "3/3"]


def test_a_long_name_from_right_to_left_is_on_the_pass_whole() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    long = (ARABIC + " ") * 7
    assert 70 < len(long.strip()) <= 84
    publish(shop.counter, texts={"organisation": {"ar": long.strip()[:80]}})
    serial = phone.take(shop.link(shop.counter.issue(ISSUED)))
    told = phone.passes[serial]
    assert [told["organizationName"], told["logoText"]] == [long.strip()[:80].strip()] * 2


@pytest.mark.parametrize("name", [((ARABIC + " ") * 17)[:199] + "٢", "x" * 200, "א" * 199 + "!"])
def test_a_holder_of_two_hundred_letters_is_whole_in_every_wallet(name: str) -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    fields = [{"key": "who", "place": "secondary", "source": "holder", "label": {}, "text": {}}]
    publish(shop.counter, fields=fields)
    now = timezone.now()
    draft = CustomerDraft(name=name, phones=(ISSUED,))
    enter_customer(shop.counter.actor, draft, country="DE", today=now.date(), now=now)
    card = shop.counter.issue(ISSUED)
    assert len(card.customer_name) == len(name) <= 200
    assert phone.shows(phone.take(shop.link(card)), "Holder") == name
    with google_is_there() as google:
        upload_account(shop.counter.actor, account_file(), ISSUER, now=now)
        path = card.link[card.link.index("/c/") :]
        assert Client().get(f"{path}/google").status_code == 302
        assert [one["accountName"] for one in google.objects.values()] == [name]
        page = Client().get(path).content.decode()
    assert f"<bdi>{name}</bdi>" in page, "it turns round nothing beside it"


@pytest.mark.parametrize(("spoken", "shown"), [("ru", "Кофе"), ("hi", "Coffee"), ("de", "Coffee"), ("", "Coffee")])
def test_a_card_speaks_the_language_of_its_holder(spoken: str, shown: str) -> None:
    shop, now = open_wallet_shop(), timezone.now()
    publish(shop.counter, texts={"organisation": {"en": "Coffee", "ru": "Кофе"}})
    draft = CustomerDraft(name="Anna", phones=(ISSUED,), language=spoken)
    enter_customer(shop.counter.actor, draft, country="DE", today=now.date(), now=now)
    card, phone = shop.counter.issue(ISSUED), Phone("phone-1")
    assert phone.passes[phone.take(shop.link(card))]["logoText"] == shown


def test_a_published_version_reaches_every_phone_once_however_often_it_is_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waves, "CHUNK", 2)
    shop, pusher = open_wallet_shop(), Remembering()
    phones = [Phone(f"phone-{number}", push_token=f"{number:02}" * 32) for number in range(5)]
    serials = [phone.take(shop.link(shop.counter.issue(f"+491511234567{n}"))) for n, phone in enumerate(phones)]
    shop.send(pusher)
    for phone in phones:
        phone.update()
    pusher.pushed.clear()
    for colour in ("#223344", "#334455", "#103050"):
        publish(shop.counter, colours={"background": colour, "foreground": "#ffffff", "label": "#ffffff"})
    while shop.send(pusher):
        pass
    assert sorted(pusher.pushed) == sorted(phone.push_token for phone in phones)
    assert [phone.update() for phone in phones] == [[serial] for serial in serials]
    assert {phone.passes[serial]["backgroundColor"] for phone, serial in zip(phones, serials, strict=True)} == {
        "rgb(16, 48, 80)"
    }
    assert shop.counter.read("SELECT * FROM wallet_waves") == []


def test_a_chunk_holds_so_many_passes_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waves, "CHUNK", 2)
    shop = open_wallet_shop()
    for number in range(5):
        Phone(f"phone-{number}").take(shop.link(shop.counter.issue(f"+491511234567{number}")))
    while shop.send(Remembering()):
        pass
    publish(shop.counter, colours={"background": "#103050", "foreground": "#ffffff", "label": "#ffffff"})
    dispatcher().make_round()
    noted = []
    for _ in range(4):
        more = waves.spread_wave(shop.counter.chain_id, now=timezone.now())
        noted.append((shop.counter.read("SELECT count(*) FROM wallet_refreshes")[0][0], more))
    assert noted == [(2, True), (4, True), (5, True), (5, False)]


def test_the_designer_says_how_many_of_the_cards_are_on_phones() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    url = f"/cards/types/{encode('ctp', shop.counter.card_type.id)}/design"
    browser = sign_in_client(Client(), shop.counter.shop)
    first = shop.counter.issue(ISSUED)
    shop.counter.issue("+4915112345679")
    assert "0 of them on phones" in browser.get(url).content.decode()
    serial = phone.take(shop.link(first))
    assert "Updates 2 cards, 1 of them on a phone" in browser.get(url).content.decode()
    assert phone.unregister(serial) == 200
    assert "Updates 2 cards, 0 of them on phones" in browser.get(url).content.decode()


def test_the_web_card_offers_a_wallet_only_where_the_design_wants_it_and_the_card_lives() -> None:
    shop = open_wallet_shop()
    card = shop.counter.issue(ISSUED)

    def offers() -> bool:
        page = Client().get(card.link[card.link.index("/c/") :], headers={"User-Agent": IPHONE})
        assert page.status_code == 200
        return "Add to Apple Wallet" in page.content.decode()

    assert offers()
    publish(shop.counter, targets=["web", "google"])
    assert not offers()
    publish(shop.counter, targets=["web", "apple"])
    assert offers()
    with unit_of_work(shop.counter.chain_id):
        execute("UPDATE cards SET expires_at = now() - interval '1 day' WHERE id = %s", [card.id])
    assert not offers()
