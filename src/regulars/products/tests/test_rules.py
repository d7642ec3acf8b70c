"""What files and feeds mean by their texts, and what is no feed."""

from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.products.rules.columns import find_header, read_header
from regulars.products.rules.feed_xml import DEPTH_MAX, FeedUnreadable, read_entries
from regulars.products.rules.feeds import FeedDraft, check_feed, next_due, read_entry, vat_percent
from regulars.products.rules.plain_texts import currency_in, price_text, tags_in, yes_or_no
from regulars.products.rules.products import read_product

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "decimals", "plain"),
    [
        ("3.90", 2, "3.90"),
        ("3,90", 2, "3.90"),
        ("3.90 EUR", 2, "3.90"),
        ("EUR 3.90", 2, "3.90"),
        ("€3,5", 2, "3.5"),
        ("1 390,50 ₽", 2, "1390.50"),
        ("1\u00a0390,50 руб.", 2, "1390.50"),
        ("1'234.50", 2, "1234.50"),
        ("1.234,50", 2, "1234.50"),
        ("1,234.50", 2, "1234.50"),
        ("1,234", 2, "1234"),
        ("1.234", 2, "1234"),
        ("1,234,567", 0, "1234567"),
        ("1.234", 3, "1.234"),
        ("0.125", 2, "0.125"),
        ("-1", 2, "-1"),
        ("", 2, ""),
        ("—", 2, ""),
        ("free", 2, "free"),
        ("Rs.390", 2, "390"),
        (".5", 2, ".5"),
        ("₹ 1,23,456.00", 2, "123456.00"),
    ],
)
def test_prices_as_files_write_them(text: str, decimals: int, plain: str) -> None:
    assert price_text(text, decimals=decimals) == plain


@pytest.mark.parametrize(
    ("text", "plain"), [("3.999", "3.999"), ("3,9", "3.9"), ("1 390 RUB", "1390"), ("1,234.50", "1234.50")]
)
def test_prices_of_programs_have_no_groups(text: str, plain: str) -> None:
    assert price_text(text, decimals=3) == plain


@given(st.integers(0, 10**9), st.sampled_from(["", " ", "\u00a0", "'"]), st.sampled_from([".", ","]))
def test_a_price_written_with_two_decimals_is_read_back(cents: int, group: str, sign: str) -> None:
    text = f"{cents // 100:,}".replace(",", group) + sign + f"{cents % 100:02d}"
    fields, problems = read_product({"price": price_text(text, decimals=2)}, decimals=2)
    assert (fields["price"], problems) == (cents, [])


@given(
    st.dictionaries(
        st.sampled_from(["name", "sku", "category", "price", "price_min", "tax_percent", "kind"]), st.text()
    )
)
def test_no_text_breaks_the_check(given_: dict[str, str]) -> None:
    read_product(given_, decimals=2)


def test_words_of_several_languages() -> None:
    assert [yes_or_no(word) for word in ("да", "हाँ", "Yes", "нет", "", "maybe")] == [
        True,
        True,
        True,
        False,
        False,
        None,
    ]
    assert tags_in("hot, cold;  ;new|x") == ["hot", "cold", "new", "x"]
    assert currency_in("3 USD") == "USD"
    assert currency_in("3") is None


def test_headers_are_known_by_their_words_and_chosen_ones_stand_above() -> None:
    assert read_header(["Артикул", "Название", "Цена", "?"], {}) == {0: "sku", 1: "name", 2: "price"}
    assert read_header(["Code", "SKU", "Title"], {"sku": "code"}) == {0: "sku", 2: "name"}
    rows = [(1, ["Price list"]), (2, ["sku", "name"]), (3, ["1", "x"])]
    assert find_header(rows, {}) == (1, {0: "sku", 1: "name"})
    assert find_header([(1, ["name", "price"])], {})[1] == {}


YML = """<?xml version="1.0" encoding="windows-1251"?>
<!DOCTYPE yml_catalog SYSTEM "shops.dtd">
<yml_catalog date="2026-11-27"><shop><name>Кофейня</name>
<categories><category id="1">Напитки</category><category id="2" parentId="1">Кофе</category>
<category id="8" parentId="9">a</category><category id="9" parentId="8">b</category></categories>
<offers>
<offer id="01" available="true"><name>Латте &amp; сироп</name><price>390</price><currencyId>RUR</currencyId>
<categoryId>2</categoryId><vat>VAT_20</vat><param name="Метка">горячее</param><param name="Метка">новое</param></offer>
<offer id="02" type="vendor.model"><typePrefix>Кофемашина</typePrefix><vendor>Bosch</vendor><model>X1</model>
<price>39 990</price><categoryId>404</categoryId></offer>
<offer id="03"><name>Loop</name><categoryId>8</categoryId><price>5</price><currencyId>USD</currencyId></offer>
</offers></shop></yml_catalog>"""

GOOGLE = b"""<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>
<item><g:id>latte</g:id><title>Latte</title><g:price>3.90 EUR</g:price><g:product_type>Drinks &gt; Coffee</g:product_type>
<g:custom_label_0>hot</g:custom_label_0></item>
<item><g:id>tea</g:id><g:title><![CDATA[Tea <green>]]></g:title><g:price>2.50 USD</g:price></item></channel></rss>"""


def test_a_yml_feed_with_categories_below_one_another() -> None:
    entries = list(read_entries([YML.encode("cp1251")], kind="yml"))
    read = [read_entry(entry, kind="yml", mapping={"tags": "param:Метка"}, currency="RUB") for entry in entries]
    assert read[0] == (
        {
            "sku": "01",
            "name": "Латте & сироп",
            "category": "Напитки > Кофе",
            "price": "390",
            "tax_percent": "20",
            "tags": ["горячее", "новое"],
        },
        [],
    )
    assert (read[1][0]["name"], read[1][0]["price"], read[1][0]["category"]) == ("Кофемашина Bosch X1", "39990", "")
    assert [problem.code for problem in read[2][1]] == ["other_currency"]
    # Categories that are each other's parents end.
    assert read[2][0]["category"].count(">") < 30
    assert entries[0].line == 7


def test_a_google_feed_in_pieces_of_any_size() -> None:
    for size in (1, 7, 10_000):
        pieces = [GOOGLE[at : at + size] for at in range(0, len(GOOGLE), size)]
        entries = list(read_entries(pieces, kind="google_xml"))
        first, second = (
            read_entry(one, kind="google_xml", mapping={"tags": "custom_label_0"}, currency="EUR") for one in entries
        )
        assert first == (
            {"sku": "latte", "name": "Latte", "category": "Drinks > Coffee", "price": "3.90", "tags": ["hot"]},
            [],
        )
        assert second[0]["name"] == "Tea <green>"
        assert [problem.code for problem in second[1]] == ["other_currency"]


def test_an_atom_feed() -> None:
    text = b'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="x"><entry><g:id>1</g:id><title>T</title></entry></feed>'
    entry = next(read_entries([text], kind="google_xml"))
    assert (entry.first("id"), entry.first("title")) == ("1", "T")


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "&a;" * 10}">' for n in range(9))
    + "]><rss><channel><item><id>&a8;</id></item></channel></rss>"
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LAUGHS, "entities"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><rss><item><id>&e;</id></item></rss>', "entities"),
        ('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://example.com/x.dtd"> %p;]><rss/>', "entities"),
        ("<a>" * (DEPTH_MAX + 1), "too_deep"),
        ("<rss><item><id>" + "x" * 100_001 + "</id></item></rss>", "text_too_long"),
        ("<rss><item></rss>", "invalid_xml"),
        ("", "invalid_xml"),
        ("sku,name\n1,Latte", "invalid_xml"),
        ("<rss><item>&nbsp;</item></rss>", "invalid_xml"),
        ('<?xml version="1.0" encoding="klingon"?><rss/>', "invalid_xml"),
        ('<?xml version="1.0" encoding="gb2312"?><rss/>', "invalid_xml"),
    ],
)
def test_what_is_no_feed_or_means_harm_is_refused(text: str, code: str) -> None:
    with pytest.raises(FeedUnreadable) as refused:
        list(read_entries([text.encode()], kind="google_xml"))
    assert refused.value.code == code


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(content: bytes) -> None:
    for text in (content, b"<rss><item>" + content + b"</item></rss>"):
        with suppress(FeedUnreadable):
            list(read_entries([text], kind="google_xml"))


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        ("hourly", "2026-11-27T10:20:00+00:00", "2026-11-27T11:20:00+00:00"),
        ("daily", "2026-11-27T02:00:00+00:00", "2026-11-27T03:00:00+00:00"),
        ("daily", "2026-11-27T03:00:00+00:00", "2026-11-28T03:00:00+00:00"),
        ("daily", "2026-11-27T10:20:00+00:00", "2026-11-28T03:00:00+00:00"),
        # The night in which clocks go forward, and the one in which they go back.
        ("daily", "2026-03-28T10:00:00+00:00", "2026-03-29T02:00:00+00:00"),
        ("daily", "2026-10-24T10:00:00+00:00", "2026-10-25T03:00:00+00:00"),
    ],
)
def test_when_a_feed_is_due(schedule: str, after: str, due: str) -> None:
    assert next_due(schedule, after=datetime.fromisoformat(after), zone=BERLIN) == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    "url", ["", "shop.example", "ftp://shop.example/x", "https://", "https://shop.example/ x", "https://u:p@shop.example/",
            "https://höhle.example/", "https://shop.example:99999/", "https://[::1", "javascript:alert(1)"]
)  # fmt: skip
def test_what_is_no_address_of_a_feed(url: str) -> None:
    problem = check_feed(FeedDraft(name="Shop", url=url, kind="csv"))
    assert problem
    assert [one.pointer for one in problem.errors] == ["/url"]


def test_tax_of_yml() -> None:
    assert [vat_percent(text) for text in ("VAT_20", "VAT_10_110", "NO_VAT", "vat_0", "", "7")] == [
        "20", "10", "0", "0", None, None,
    ]  # fmt: skip
    assert read_product({"tax_percent": "20"}, decimals=2) == ({"tax_percent": Decimal(20)}, [])
