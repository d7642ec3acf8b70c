"""A draft on a phone: the link works without signing in, for half an hour, for one card type, and shows the draft as it is."""

import re
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.conf import settings
from django.test import Client

from regulars.cards.models import CardType
from regulars.designs.rules.phone_link import PhoneLink, make_phone_link, read_phone_link, write_phone_link
from regulars.designs.tests.test_pages import form, png
from regulars.kernel.ids import encode, new_id
from regulars.platform.clock import real_now
from tests.ledger_kit import Counter, open_counter
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
KEY = "a key"


def link_on(client: Client, url: str) -> str:
    found = re.search(r"/d/[0-9a-z]+", client.get(url + "/phone").content.decode())
    assert found
    return found[0]


def test_a_phone_that_nobody_is_signed_in_on_sees_the_draft_in_its_language(client: Client, url: str) -> None:
    client.post(url, form(organisation_en="Salon Nord", organisation_ru="Салон Север", picture_logo=png()))
    link = link_on(client, url)
    answer = Client().get(link)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "This is a preview and not a card" in text
    assert "--c:#103020" in text
    assert text.count("Salon Nord") >= 3
    assert text.count('class="pass"') == 2
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "sha256-" in answer.headers["Content-Security-Policy"]
    russian = Client().get(link, headers={"Accept-Language": "ru"})
    assert russian.headers["Content-Language"] == "ru"
    assert 'lang="ru"' in russian.content.decode()
    assert "Салон Север" in russian.content.decode()


def test_what_is_changed_meanwhile_is_seen_and_nothing_is_published(client: Client, url: str) -> None:
    link = link_on(client, url)
    client.post(url, form(organisation_en="Salon Nord"))
    assert "Salon Nord" in Client().get(link).content.decode()
    client.post(url, form(organisation_en="Salon Süd"))
    assert "Salon Süd" in Client().get(link).content.decode()
    client.post(url + "/discard")
    assert "Salon" not in Client().get(link).content.decode()
    assert CardType.objects.get().version == 1


def test_the_link_shows_the_pictures_of_the_draft_and_no_others(client: Client, url: str) -> None:
    client.post(url, form(picture_logo=png(), picture_hero=png((600, 200))))
    link = link_on(client, url)
    pictures = set(re.findall(rf"{link}/[0-9a-f]{{64}}", Client().get(link).content.decode()))
    assert len(pictures) == 2
    for one in pictures:
        answer = Client().get(one)
        assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "image/png", "no-store")
    client.post(url, form(remove_logo="1", remove_hero="1"))
    assert {Client().get(one).status_code for one in pictures} == {404}
    assert Client().get(f"{link}/{'0' * 64}").status_code == 404


def test_after_half_an_hour_there_is_nothing(client: Client, url: str) -> None:
    client.post(url, form(picture_logo=png()))
    link = link_on(client, url)
    picture = re.findall(rf"{link}/[0-9a-f]{{64}}", Client().get(link).content.decode())[0]
    for minutes, status in ((29, 200), (31, 404)):
        later = real_now() + timedelta(minutes=minutes)
        with patch("regulars.designs.pages.on_phone.real_now", return_value=later):
            assert {Client().get(one).status_code for one in (link, picture)} == {status}


def test_every_wrong_link_gets_the_same_answer(client: Client, url: str, counter: Counter) -> None:
    other, right = open_counter(), link_on(client, url).removeprefix("/d/")

    def token(chain: Counter, card_type: Counter, *, key: str = settings.LINK_KEY) -> str:
        link = make_phone_link(chain.chain_id, card_type.card_type.id, now=real_now())
        return write_phone_link(link, key=key)

    wrong = (
        "x", "0" * 84, right[:-1], right + "0", right.upper(), right[:-1] + ("0" if right[-1] != "0" else "1"),
        right[:26] + token(other, other)[26:], "é" * 84, "%00", "a" * 5000,
        token(counter, counter, key="another key"), token(counter, other), token(other, counter),
    )  # fmt: skip
    answers = [Client().get(f"/d/{one}") for one in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert all(answer.headers["Cache-Control"] == "no-store" for answer in answers)
    assert all("There is nothing here" in answer.content.decode() for answer in answers)
    assert Client().get(f"/d/{token(counter, counter)}").status_code == 200


def test_only_who_may_design_makes_a_link(client: Client, url: str, counter: Counter) -> None:
    assert client.get(url + "/phone").status_code == 200
    assert "Send to my phone" in client.get(url).content.decode()
    assert Client().get(url + "/phone").status_code == 302
    assert client.get(f"/cards/types/{encode('ctp', open_counter().card_type.id)}/design/phone").status_code == 404
    analyst = sign_in_client(Client(), hire(counter.shop, "analyst"))
    assert analyst.get(url + "/phone").status_code == 403
    assert "Send to my phone" not in analyst.get(url).content.decode()


def test_a_link_says_what_was_written_into_it_until_its_time_is_over() -> None:
    link = make_phone_link(new_id(), new_id(), now=NOW)
    token = write_phone_link(link, key=KEY)
    assert read_phone_link(token, key=KEY, now=NOW) == link
    assert read_phone_link(token, key=KEY, now=NOW + timedelta(minutes=29, seconds=59)) == link
    assert read_phone_link(token, key=KEY, now=NOW + timedelta(minutes=30)) is None
    assert read_phone_link(token, key="another", now=NOW) is None
    longer = write_phone_link(PhoneLink(link.chain_id, link.card_type_id, NOW + timedelta(days=9)), key=KEY)
    assert read_phone_link(longer[:60] + token[60:], key=KEY, now=NOW) is None
