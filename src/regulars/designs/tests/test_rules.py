"""Rules of designs: the JSON form, contrast and its repair, what platforms show."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.cards.rules.types import ICONS
from regulars.designs.rules.contrast import contrast, judge, repair
from regulars.designs.rules.definition import (
    BARCODES,
    PLACES,
    SLOTS,
    SOURCES,
    TARGETS,
    Design,
    Link,
    ShownField,
    default_design,
    is_address,
    read_design,
    spoken,
    write_design,
    written_languages,
)
from regulars.designs.rules.gallery import GALLERY
from regulars.designs.rules.shown import cut, list_notices, missing_translations, width_of

PLAIN = default_design(background="#2a1d14", foreground="#fbeedb", icon="coffee")
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=40)
TEXTS = st.dictionaries(st.sampled_from(["en", "ru", "hi", "pt-BR"]), WORDS)
DESIGNS = st.builds(
    Design,
    background=COLOURS,
    foreground=COLOURS,
    label=COLOURS,
    icon=st.sampled_from(ICONS),
    texts=st.dictionaries(st.sampled_from(["organisation", "title", "reward", "legal"]), TEXTS.filter(bool)),
    pictures=st.dictionaries(st.sampled_from(SLOTS), st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")),
    fields=st.lists(
        st.builds(
            ShownField,
            key=st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True),
            place=st.sampled_from(PLACES),
            source=st.sampled_from([*SOURCES, "balance:bonus"]),
            label=TEXTS,
            text=TEXTS,
        ),
        max_size=5,
        unique_by=lambda one: one.key,
    ).map(tuple),
    barcode=st.sampled_from(BARCODES),
    targets=st.sampled_from([TARGETS, ("apple",), ("google", "web"), ()]),
    links=st.lists(st.builds(Link, url=st.just("https://example.com/menu"), label=TEXTS), max_size=3).map(tuple),
)


@given(DESIGNS)
def test_what_is_written_is_read_back(design: Design) -> None:
    assert read_design(json.loads(json.dumps(write_design(design)))) == (design, ())


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*write_design(PLAIN), "x/y"]), inner),
    max_leaves=12,
)


@given(JSON)
def test_anything_else_is_said_to_be_wrong_and_never_breaks(value: Any) -> None:
    design, problems = read_design(value)
    assert (design is None) == bool(problems)


def changed(**parts: Any) -> dict[str, Any]:
    return write_design(PLAIN) | parts


@pytest.mark.parametrize(
    ("value", "pointer", "code"),
    [
        ([], "", "not_an_object"),
        (changed(color="#fff"), "/color", "unknown_key"),
        (changed(**{"a/b~": 1}), "/a~1b~0", "unknown_key"),
        (changed(schema=2), "/schema", "unknown_schema"),
        (changed(colours={"background": "white", "foreground": "#ffffff"}), "/colours/background", "invalid_colour"),
        (changed(colours={"background": "#ffffff"}), "/colours/foreground", "invalid_colour"),
        (changed(icon="skull"), "/icon", "unknown_value"),
        (changed(texts={"title": "Coffee"}), "/texts/title", "not_an_object"),
        (changed(texts={"title": {"english": "Coffee"}}), "/texts/title/english", "unknown_language"),
        (changed(texts={"title": {"en": "x" * 81}}), "/texts/title/en", "too_long"),
        (changed(texts={"title": {"en": "a\x00b"}}), "/texts/title/en", "control_character"),
        (changed(texts={"slogan": {"en": "x"}}), "/texts/slogan", "unknown_key"),
        (changed(pictures={"logo": "../../etc"}), "/pictures/logo", "unknown_picture"),
        (changed(fields=[{"key": "A", "place": "header", "source": "stamps"}]), "/fields/0/key", "invalid_key"),
        (changed(fields=[{"key": "a", "place": "top", "source": "stamps"}]), "/fields/0/place", "unknown_value"),
        (changed(fields=[{"key": "a", "place": "back", "source": "balance:"}]), "/fields/0/source", "unknown_value"),
        (changed(fields=[{"key": "a", "place": "back", "source": "text"}] * 2), "/fields/1/key", "key_twice"),
        (changed(fields=[{}] * 21), "/fields", "too_many"),
        (changed(barcode="ean"), "/barcode", "unknown_value"),
        (changed(targets=["samsung"]), "/targets/0", "unknown_value"),
        (changed(links=[{"url": "javascript:alert(1)"}]), "/links/0/url", "invalid_address"),
        (changed(rotating_code=True), "/rotating_code", "unknown_key"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_place(value: Any, pointer: str, code: str) -> None:
    design, problems = read_design(value)
    assert design is None
    assert (pointer, code) in {(one.pointer, one.code) for one in problems}


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://example.com", True),
        ("http://example.com/menu?x=1#top", True),
        ("mailto:shop@example.com", True),
        ("tel:+49301234567", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://", False),
        ("https://safe.example@evil.example/", False),
        ("https://example.com/a b", False),
        ("//example.com", False),
        ("https://example.com/" + "a" * 600, False),
    ],
)
def test_links_lead_to_pages_mails_and_phones_only(url: str, may: bool) -> None:
    assert is_address(url) is may


@pytest.mark.parametrize(
    ("one", "other", "ratio", "verdict"),
    [
        ("#000000", "#ffffff", 21.0, "good"),
        ("#ffffff", "#ffffff", 1.0, "bad"),
        ("#767676", "#ffffff", 4.54, "good"),
        ("#777777", "#ffffff", 4.48, "weak"),
        ("#949494", "#ffffff", 3.03, "weak"),
        ("#959595", "#ffffff", 3.0, "bad"),
    ],
)
def test_contrast_is_that_of_the_guidelines(one: str, other: str, ratio: float, verdict: str) -> None:
    assert round(contrast(one, other), 2) == ratio
    assert judge(one, other) == verdict


@given(COLOURS, COLOURS)
def test_every_colour_can_be_repaired_on_every_other(text: str, background: str) -> None:
    repaired = repair(text, background)
    assert contrast(repaired, background) >= 4.5
    assert repair(repaired, background) == repaired
    assert contrast(text, background) == contrast(background, text)


@given(st.text(max_size=60), st.integers(2, 40))
def test_what_is_cut_fits(text: str, places: int) -> None:
    shown = cut(text, places)
    assert width_of(shown) <= places
    assert shown == text or shown.endswith("…")


def test_white_on_white_is_no_card() -> None:
    white = replace(PLAIN, background="#ffffff", foreground="#ffffff", label="#ffffff")
    assert [one.code for one in list_notices(white, language="en", name="Nord", type_name="Card")] == [
        "contrast_bad",
        "contrast_bad",
    ]


def test_a_long_name_or_title_is_told_where_it_is_cut() -> None:
    titled = replace(PLAIN, pictures={"logo": "0" * 64})
    for design, names, told in (
        (PLAIN, {"name": "Kaffeehaus Nord an der Alster", "type_name": "Gold"}, [("name_cut", "apple", 29)]),
        (PLAIN, {"name": "Nord", "type_name": "The card for coffee and cakes"}, [("title_cut", "google", 29)]),
        (
            titled,
            {"name": "Nord", "type_name": "The card for coffee and cakes"},
            [("title_cut", "apple", 29), ("title_cut", "google", 29)],
        ),
    ):
        notices = list_notices(design, language="en", **names)
        assert [(one.code, one.facts["platform"], one.facts["has"]) for one in notices] == told


@pytest.mark.parametrize(
    ("own", "title", "link", "missing"),
    [
        ("en", {"en": "Coffee"}, {"ru": "Меню"}, {"en": 1, "ru": 1}),
        ("en", {"en": "Coffee", "ru": "Кофе"}, {"en": "Menu"}, {"ru": 1}),
        ("ru", {"en": "Coffee"}, {"en": "Menu"}, {"ru": 2}),
        ("en", {"en": "Coffee", "ar": "قهوة"}, {"en": "Menu", "ar": "قائمة"}, {}),
        ("de-AT", {"de": "Kaffee"}, {"de": "Karte", "de-AT": "Speisekarte"}, {}),
        ("en", {}, {}, {}),
    ],
)
def test_texts_that_miss_a_language_are_counted(
    own: str, title: dict[str, str], link: dict[str, str], missing: dict[str, int]
) -> None:
    design = replace(PLAIN, texts={"title": title}, links=(Link("https://example.com", link),))
    assert missing_translations(design, own) == missing
    notices = list_notices(design, language=own, name="Nord", type_name="Card")
    assert [(one.code, one.tone, one.facts) for one in notices] == [
        ("not_translated", "warm", {"language": language, "count": count}) for language, count in missing.items()
    ]


@given(DESIGNS, st.sampled_from(["en", "ru", "de"]))
def test_no_language_is_asked_for_that_nobody_wrote_in(design: Design, own: str) -> None:
    assert set(missing_translations(design, own)) <= {own, *written_languages(design)}


def test_every_template_of_the_gallery_is_a_card_that_can_be_published() -> None:
    assert len({one.key for one in GALLERY}) == len(GALLERY) >= 8
    words = {"en": "Coffee", "ru": "Кофе", "hi": "कॉफ़ी"}
    for template in GALLERY:
        design = template.design(title=words, reward=words)
        assert read_design(write_design(design)) == (design, ()), template.key
        for language in words:
            assert list_notices(design, language=language, name="Nord", type_name="Card") == [], template.key
        assert (template.icon in ICONS, 0 < template.goal <= 12) == (True, True), template.key


@pytest.mark.parametrize(
    ("texts", "language", "shown"),
    [
        ({"de": "Karte", "ru": "Карта"}, "ru", "Карта"),
        ({"de": "Karte", "en": "Card"}, "de-AT", "Karte"),
        ({"ar": "بطاقة", "en": "Card"}, "ru", "Card"),
        ({"ar": "بطاقة", "de": "Karte"}, "ru", "بطاقة"),
        ({}, "ru", "?"),
    ],
)
def test_a_text_is_told_in_the_nearest_language_that_it_has(texts: dict[str, str], language: str, shown: str) -> None:
    assert spoken(texts, language, "?") == shown
