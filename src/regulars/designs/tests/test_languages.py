"""Labels and names of links in every language: typed in the designer, kept where they are not shown, counted where they miss."""

import json
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from regulars.kernel.ids import encode
from tests.ledger_kit import Counter, open_counter
from tests.people import sign_in_client

pytestmark = pytest.mark.django_db
ARABIC = "قائمة الطعام"
MENU = "https://example.com/menu"


class Designer:
    """The designer of one card type, used by hand: a page is read, changed and sent."""

    def __init__(self, counter: Counter) -> None:
        self.client = sign_in_client(Client(), counter.shop)
        self.url = f"/cards/types/{encode('ctp', counter.card_type.id)}/design"

    def send(self, **typed: Any) -> Any:
        plain = {"background": "#103020", "foreground": "#ffffff", "label": "#ffffff", "target_web": "1"}
        return self.client.post(self.url, {**plain, "place_stamps": "header", "place_number": "back", **typed})

    def page(self) -> str:
        """The page, without the signs that set a name apart from what follows it."""
        return unescape(self.client.get(self.url).content.decode()).replace("\u2068", "").replace("\u2069", "")

    def kept(self) -> dict[str, Any]:
        return dict(json.loads(self.client.get(self.url + "/export").content))

    def labels(self) -> dict[str, dict[str, str]]:
        return {one["source"]: one["label"] for one in self.kept()["fields"]}


@pytest.fixture
def designer() -> Designer:
    return Designer(open_counter())


def test_labels_and_links_are_written_in_two_languages(designer: Designer) -> None:
    typed = {"label_stamps_en": "Beans", "label_stamps_ru": "Зёрна", "label_number_en": "", "url_0": MENU}
    assert designer.send(**typed, link_0_en="Menu", link_0_ru="Меню").status_code == 303
    assert designer.labels() == {"stamps": {"en": "Beans", "ru": "Зёрна"}, "number": {}}
    assert designer.kept()["links"] == [{"url": MENU, "label": {"en": "Menu", "ru": "Меню"}}]
    page = designer.page()
    for name, value in (("label_stamps_ru", "Зёрна"), ("link_0_ru", "Меню"), ("label_stamps_en", "Beans")):
        assert page.count(f'name="{name}"') == 1
        assert f'value="{value}"' in page.split(f'name="{name}"')[1].split(">")[0]
    hindi = page.split('name="label_stamps_hi"')[1].split(">")[0]
    assert 'value=""' in hindi
    assert 'placeholder="Beans"' in hindi, "what the card says meanwhile"


def test_a_language_that_is_not_touched_stays_and_one_that_is_emptied_goes(designer: Designer) -> None:
    designer.send(label_stamps_en="Beans", label_stamps_ru="Зёрна", url_0=MENU, link_0_en="Menu", link_0_ru="Меню")
    designer.send(label_stamps_en="Grains", url_0=MENU, link_0_en="Food")
    assert designer.labels()["stamps"] == {"en": "Grains", "ru": "Зёрна"}
    assert designer.kept()["links"] == [{"url": MENU, "label": {"en": "Food", "ru": "Меню"}}]
    designer.send(label_stamps_ru=" ", url_0=MENU, link_0_ru="")
    assert designer.labels()["stamps"] == {"en": "Grains"}
    assert designer.kept()["links"] == [{"url": MENU, "label": {"en": "Food"}}]


def test_an_address_that_is_typed_anew_keeps_its_names(designer: Designer) -> None:
    named = {"link_0_en": "Menu", "link_0_ar": ARABIC, "link_1_en": "Call"}
    designer.send(**named, url_0=MENU, url_1="tel:+49301234567")
    designer.send(**named, url_0="", url_1="tel:+49301234567")
    assert designer.kept()["links"] == [{"url": "tel:+49301234567", "label": {"en": "Call"}}]
    designer.send(**named, url_0=MENU, url_1="tel:+49301234567")
    assert designer.kept()["links"][0]["label"] == {"en": "Menu", "ar": ARABIC}


def test_what_a_program_put_in_is_written_in_every_language_too(designer: Designer) -> None:
    hours = {"key": "hours", "place": "back", "source": "text", "label": {"en": "Hours"}, "text": {"en": "8 to 18"}}
    links = [{"url": f"https://example.com/{row}", "label": {"en": f"Link {row}"}} for row in range(6)]
    design = {**designer.kept(), "fields": [hours], "links": links}
    designer.client.post(designer.url + "/import", {"file": _file(design)})
    assert 'name="link_5_ru"' in designer.page()
    designer.send(own_label_hours_ru="Часы", own_text_hours_ru="С 8 до 18", link_5_ru="Ссылка")
    kept = designer.kept()
    own = kept["fields"][-1]
    assert (own["label"], own["text"]) == ({"en": "Hours", "ru": "Часы"}, {"en": "8 to 18", "ru": "С 8 до 18"})
    assert kept["links"] == [*links[:5], {"url": links[5]["url"], "label": {"en": "Link 5", "ru": "Ссылка"}}]


def test_the_page_counts_what_misses_and_publishes_all_the_same(designer: Designer) -> None:
    typed = {"label_stamps_en": "Beans", "url_0": MENU, "link_0_en": "Menu"}
    designer.send(**typed)
    assert "translation" not in designer.page()
    designer.send(**typed, title_ru="Кофе")
    page = designer.page()
    assert "English: 1 translation is missing." in page
    assert "Русский: 2 translations are missing." in page
    assert "हिन्दी: " not in page
    published = designer.send(**typed, title_ru="Кофе", act="publish")
    assert published.status_code == 303
    assert "Published as version 2" in designer.page()


def test_a_language_of_others_is_shown_by_its_name_and_from_right_to_left(designer: Designer) -> None:
    designer.send(label_stamps_en="Beans", url_0=MENU, link_0_en="Menu", link_0_ar=ARABIC, link_0_xx="Mm")
    page = designer.page()
    assert "العربيّة: 1 translation is missing." in page
    assert "xx: 1 translation is missing." in page, "a language that nobody knows is called by its code"
    row = page.split('name="link_0_ar"')[1].split(">")[0]
    assert f'lang="ar" dir="auto" value="{ARABIC}"' in row


def test_a_template_of_the_gallery_misses_nothing(designer: Designer) -> None:
    page = designer.client.post("/designs", {"template": "cafe"}, follow=True).content.decode()
    assert "Draft saved" in page
    assert "missing" not in page


@pytest.mark.parametrize("name", ["label_stamps_ru", "link_0_ru"])
@pytest.mark.parametrize(
    ("text", "said"),
    [("ж" * 61, "At most 60 characters."), ("a\x00b", "a sign that cannot be shown")],
)
def test_a_text_that_cannot_be_taken_is_told_why(designer: Designer, name: str, text: str, said: str) -> None:
    designer.send(url_0=MENU, label_stamps_ru="Зёрна")
    refused = designer.send(url_0=MENU, **{name: text})
    assert refused.status_code == 422
    assert said in refused.content.decode()
    assert designer.labels()["stamps"] == {"ru": "Зёрна"}


def test_markup_is_shown_as_it_was_typed(designer: Designer) -> None:
    markup = '"><script>alert(1)</script>'
    designer.send(url_0=MENU, link_0_ru=markup, label_stamps_ru=markup, **{"label_stamps_<b>": "x", "title_": "y"})
    assert designer.labels()["stamps"] == {"ru": markup}
    raw = designer.client.get(designer.url).content.decode()
    assert "<script>alert" not in raw
    assert raw.count("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;") >= 2


def _file(design: dict[str, Any]) -> Any:
    return SimpleUploadedFile("design.json", json.dumps(design).encode())
