"""What pages are made of: figures in three languages, addresses of lists, the card's face, the navigation."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from regulars.platform.pages import figures
from regulars.platform.pages.card_face import CardFace
from regulars.platform.pages.listing import address_with, chip, pager
from regulars.platform.pages.shell import lies_under
from regulars.platform.templatetags.ui import qr

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
requests = RequestFactory()


def spaced(text: str) -> str:
    """The text with plain spaces, so that the tests can be read."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("language", "units", "decimals", "written"),
    [
        ("en", 125000, 2, "1,250.00"),
        ("en", -8000, 2, "−80.00"),
        ("en", 4812, 0, "4,812"),
        ("ru", 125000, 2, "1 250,00"),
        ("hi", 12500000, 2, "1,25,000.00"),
        ("en", 10**18, 4, "100,000,000,000,000.0000"),
    ],
)
def test_amounts_are_written_exactly_and_as_the_language_does(
    language: str, units: int, decimals: int, written: str
) -> None:
    with translation.override(language):
        assert spaced(figures.amount(units, decimals)) == written


@pytest.mark.parametrize(
    ("language", "units", "currency", "written"),
    [
        ("en", 1250, "EUR", "€12.50"),
        ("en", 1250, "JPY", "JP¥1,250"),
        ("en", 1250, "RUB", "RUB 12.50"),
        ("ru", 1250, "RUB", "12,50 ₽"),
        ("en", -1250, "EUR", "−€12.50"),
    ],
)
def test_money_has_the_decimals_of_its_currency(language: str, units: int, currency: str, written: str) -> None:
    with translation.override(language):
        assert spaced(figures.money(units, currency)) == written


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=12), "12 min ago"),
        (timedelta(hours=3), "today 11:30"),
        (timedelta(hours=20), "yesterday 18:30"),
        (timedelta(days=6), "16 Nov"),
        (timedelta(days=400), "18 Oct 2025"),
        (timedelta(days=-3), "25 Nov"),
    ],
)
def test_a_moment_is_said_as_one_would_say_it(ago: timedelta, said: str) -> None:
    with translation.override("en"):
        assert figures.since(NOW - ago, NOW) == said


def test_a_day_and_a_share_follow_the_language() -> None:
    with translation.override("ru"):
        assert spaced(figures.day(date(2026, 2, 3))) == "3 февр. 2026 г."
        assert spaced(figures.percent(Decimal("0.88"))) == "88 %"
    with translation.override("xx"):
        assert figures.day(date(2026, 2, 3))


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Jürgen Krause", "JK"),
        ("प्रिया शर्मा", "पश"),
        ("Cher", "C"),
        ("", "?"),
        ("  — !", "?"),
        ("Anna Maria da Silva", "AS"),
    ],
)
def test_initials_stand_for_any_name(name: str, letters: str) -> None:
    assert figures.initials(name) == letters


def test_changing_a_filter_starts_the_list_anew_and_paging_keeps_the_filter() -> None:
    request = requests.get("/cards", {"q": "anna", "type": "a", "after": "x1"})
    assert address_with(request, type="b") == "/cards?q=anna&type=b"
    assert address_with(request, type=None, q="") == "/cards"
    found = pager(request, after="x2", before="x0", text="51–100")
    assert found.next_url == "/cards?q=anna&type=a&after=x2"
    assert found.previous_url == "/cards?q=anna&type=a&before=x0"
    assert pager(request, after=None, before=None).next_url == ""
    assert chip(request, label="Type", value="A", parameters=["type"]).remove_url == "/cards?q=anna"


def test_a_card_face_shows_every_stamp_once_and_no_more_than_fit() -> None:
    face = CardFace(title="Café", goal=8, stamps=10)
    assert [stamp.full for stamp in face.grid] == [True] * 8
    assert [stamp.gift for stamp in face.grid] == [False] * 7 + [True]
    assert CardFace(title="Café", goal=8, stamps=0).shows_stamps
    assert not CardFace(title="Café", goal=31).shows_stamps
    assert not CardFace(title="Café", balance="12.50 €").shows_stamps


def test_only_colours_become_colours() -> None:
    assert CardFace(title="", background="#0b3d2e", foreground="#f6f1d1").colours == ("#0b3d2e", "#f6f1d1")
    assert CardFace(title="", background="red;}", foreground="#f6f1d1").colours == ("", "")


@pytest.mark.parametrize(
    ("path", "url", "inside"),
    [
        ("/cards/crd_1", "/cards", True),
        ("/cards", "/cards", True),
        ("/cardsharks", "/cards", False),
        ("/cards", "/", False),
        ("/", "/", True),
    ],
)
def test_a_page_lies_under_its_entry(path: str, url: str, inside: bool) -> None:
    assert lies_under(path, url) is inside


def test_a_qr_code_is_drawn_without_style_and_says_what_it_is() -> None:
    svg = qr('https://example.com/?a="><script>', 'Code "x"')
    assert "style" not in svg
    assert 'aria-label="Code &quot;x&quot;"' in svg


def render(source: str, **context: object) -> str:
    return Template("{% load ui figures %}" + source).render(Context({"request": requests.get("/"), **context}))


def test_what_people_typed_is_escaped_in_every_component() -> None:
    evil = "<script>x</script>"
    face = CardFace(title=evil, holder=evil, number=evil, caption=evil, balance=evil, palette=evil, stamp_icon=evil)
    shown = render(
        "{% button e icon_name='x' title=e %}{% badge e %}{% code e %}{{ e|own }}{% face e %}{% copy e %}{% card_face face %}"
        "{% panel title=e sub=e close_url=e %}{{ e }}{% endpanel %}{% empty title=e text=e %}{{ e }}{% endempty %}"
        "{% note %}{{ e }}{% endnote %}{% fact e %}{{ e }}{% endfact %}{% menu e %}{{ e }}{% endmenu %}{% icon 'x' label=e %}"
        "{% count e e href=e %}{% progress 1 2 label=e %}{% drop_zone e e help=e %}",
        e=evil,
        face=face,
    )
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_an_unknown_icon_does_not_break_the_page() -> None:
    assert "<svg" in render("{% icon 'no-such-icon' %}")


def test_a_bar_stops_at_its_end_while_the_count_says_the_truth() -> None:
    shown = render("{% progress 10 8 percent=True %}")
    assert 'value="8"' in shown
    assert "10/8" in shown
    assert "100%" in shown
    assert "0/0" in render("{% progress 0 0 %}")
