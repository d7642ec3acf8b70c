"""Our passes read back by readers that others wrote (WAL-1)."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from regulars.kernel.ids import new_id
from regulars.plugins.channels import Letter, Person
from regulars.wallets.actions.messages import apple_messages
from tests.apple_kit import PASS_TYPE, TEAM
from tests.phone_kit import Phone
from tests.readers import has_kpkpass, has_passkit, read_by_kpkpass, read_by_passkit
from tests.wallet_kit import Remembering, WalletShop, open_wallet_shop, soon

pytestmark = pytest.mark.django_db
HOW = "python -m tests.readers installs it where it can be had"
passkit = pytest.mark.skipif(not has_passkit(), reason=f"passkit-generator (npm) is not installed: {HOW}")
kpkpass = pytest.mark.skipif(not has_kpkpass(), reason=f"KPkPass (Debian) is not installed: {HOW}")


def pass_of(shop: WalletShop, number: str = "+4915112345678") -> tuple[bytes, str]:
    """A pass of a card with points and a message, and the card's number."""
    card, phone = shop.counter.issue(number), Phone("phone-1")
    phone.take(shop.link(card))
    shop.counter.adjust(card, "12.50")
    person = Person(chain_id=shop.counter.chain_id, card_ids=(card.id,))
    letter = Letter(id=new_id(), person=person, subject="", text="Deine „Jacke“ ist \\ fertig;\nGruß", sender="Café")
    assert apple_messages().send(letter, now=soon(0)).outcome == "waiting"
    shop.send(Remembering())
    answer = Client().get(shop.link(card))
    return answer.content, card.number


def field(told: dict[str, Any], label_or_key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in told["fields"] if label_or_key in (one["key"], one["label"]))
    return found


@passkit
def test_passkit_generator_takes_the_whole_pass() -> None:
    content, number = pass_of(open_wallet_shop())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    told = read_by_passkit(files)
    props = told["props"]
    assert (props["passTypeIdentifier"], props["teamIdentifier"]) == (PASS_TYPE, TEAM)
    assert told["type"] == "storeCard"
    assert props["barcodes"][0]["message"] == number
    assert {"webServiceURL", "authenticationToken", "backgroundColor", "serialNumber"} <= set(props)
    assert field(told, "Points")["value"] == 12.5
    assert field(told, "message")["changeMessage"] == "%@"
    assert set(told["languages"]) == {"en", "ru", "hi"}


@kpkpass
@pytest.mark.parametrize(("locale", "label"), [("en_US.UTF-8", "Card number"), ("ru_RU.UTF-8", "Номер карты")])
def test_kpkpass_shows_the_card_in_the_readers_language(tmp_path: Path, locale: str, label: str) -> None:
    content, number = pass_of(open_wallet_shop())
    path = tmp_path / "card.pkpass"
    path.write_bytes(content)
    told = read_by_kpkpass(path, locale)
    assert told["organisation"] == "Café Sonne"
    assert told["barcodes"] == [number]
    assert told["serial"].startswith("pas_")
    assert "//v1" not in told["update"]
    assert told["serial"] in told["update"]
    assert field(told, "number")["value"] == number
    assert field(told, "number")["label"] == label
    assert field(told, "message")["value"].strip("\u200b") == "Deine „Jacke“ ist \\ fertig;\nGruß"
    assert told["voided"] is False
