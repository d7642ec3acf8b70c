"""Labels to print: of their size, drawn from the design, and their code leads where people join (TYP-7)."""

import io
import re
import zlib
from dataclasses import replace
from itertools import pairwise

import pytest
import zxingcpp
from django.test import Client
from PIL import Image

from regulars.cards.actions.join_slug import ensure_join_slug
from regulars.designs.rules import labels
from regulars.designs.rules.labels import FORMATS, SIZES, Label, Words, draw_label, fit
from regulars.designs.rules.shown import width_of
from regulars.kernel.ids import encode
from tests.ledger_kit import Counter, open_counter
from tests.people import sign_in_client

URL = "https://cards.example/j/cafe-nord"
WORDS = Words("Café <Nord> & Co", "Scan me", "A free coffee", "cards.example/j/cafe-nord")
PLAIN = Label(words=WORDS, url=URL, background="#2a1d14", foreground="#fbeedb")


def read_code(image: Image.Image) -> str:
    found = zxingcpp.read_barcodes(image)
    return found[0].text if found else ""


@pytest.mark.parametrize("size", ["10x15", "5x5"])
def test_a_label_has_its_size_and_its_code_is_read(size: str) -> None:
    width, height = SIZES[size]
    image = Image.open(io.BytesIO(draw_label(PLAIN, size, "png")))
    assert (round(image.width / 300 * 25.4), round(image.height / 300 * 25.4)) == (width, height)
    assert round(image.info["dpi"][0]) == 300
    assert read_code(image.convert("RGB")) == URL
    assert image.convert("RGB").getpixel((2, 2)) == (0x2A, 0x1D, 0x14)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_on_a_label_is_written_over_something_else(size: str) -> None:
    at = labels._layout(size)
    places = sorted(filter(None, (at.head, at.calls, at.code, at.stamps, at.brings, at.address)), key=lambda one: one.y)
    for above, below in pairwise(places):
        assert above.y + above.height <= below.y, (above, below)
    assert places[-1].y + places[-1].height <= SIZES[size][1]


def test_the_drawing_says_what_it_is_told_and_nothing_as_markup() -> None:
    text = draw_label(replace(PLAIN, words=replace(WORDS, name='<script>"x"')), "10x15", "svg").decode()
    assert 'width="100mm" height="150mm"' in text
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "coffee</text>" in text


def test_a_poster_is_a_page_of_a4_with_a_code_of_rectangles() -> None:
    page = draw_label(PLAIN, "a4", "pdf")
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page)
    assert box
    assert (round(float(box[1])), round(float(box[2]))) == (595, 842)
    # Every object begins where the table says, and the streams are as long as they are said to be.
    start = int(page[page.rindex(b"startxref") + 10 :].split()[0])
    places = [int(one) for one in re.findall(rb"(\d{10}) 00000 n", page[start:])]
    assert [page[place : place + 7] for place in places] == [f"{n} 0 obj".encode() for n in range(1, 6)]
    for length, begin in [(int(one[1]), one.end()) for one in re.finditer(rb"/Length (\d+) >>\nstream\n", page)]:
        assert page[begin + length : begin + length + 10] == b"\nendstream"
    pixels = zlib.decompress(page[page.index(b"stream\n") + 7 : page.index(b"\nendstream")])
    width, height = (int(re.search(rb"/%s (\d+)" % name, page)[1]) for name in (b"Width", b"Height"))  # type: ignore[index]
    assert read_code(Image.frombytes("RGB", (width, height), pixels)) == URL
    # The rectangles over it, drawn here as a reader of PDF would, are the same code.
    drawn = Image.new("L", (width, height), 255)
    scale = width / float(box[1])
    for left, low, wide, high in re.findall(rb"^([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re$", page, re.MULTILINE):
        x, y = float(left) * scale, height - (float(low) + float(high)) * scale
        spot = (round(x), round(y), round(x + float(wide) * scale), round(y + float(high) * scale))
        drawn.paste(0, spot)
    assert read_code(drawn) == URL


@pytest.mark.parametrize(
    "text", ["A", "Café Nord", "x" * 200, "word " * 40, "مقهى الشمال " * 9, "北京烤鸭" * 30, "कॉफ़ी हाउस " * 10]
)
@pytest.mark.parametrize(("width", "height"), [(84, 18), (42, 6), (170, 36)])
def test_no_text_runs_out_of_its_place(text: str, width: float, height: float) -> None:
    lines, size = fit(text, width, height, lines=2)
    assert 1 <= len(lines) <= 2
    assert all(width_of(line) * size * 0.62 <= width * 1.01 for line in lines)
    assert len(lines) * size * 1.2 <= height * 1.01


@pytest.fixture
def counter() -> Counter:
    return open_counter()


@pytest.mark.django_db
def test_every_label_is_a_file_in_every_language(counter: Counter) -> None:
    client, identifier = sign_in_client(Client(), counter.shop), encode("ctp", counter.card_type.id)
    answer = client.get(f"/cards/types/{identifier}/labels?language=ru")
    assert answer.status_code == 200
    text = answer.content.decode()
    slug = ensure_join_slug(counter.chain_id, counter.card_type.id)
    assert f"/j/{slug}" in text
    for kind, media in FORMATS.items():
        address = f"/cards/types/{identifier}/labels/5x5.{kind}?language=ru"
        assert address in text
        file = client.get(address)
        assert (file.status_code, file["Content-Type"]) == (200, media)
        assert file["Content-Disposition"] == f'attachment; filename="{slug}-5x5.{kind}"'
        assert "sandbox" in file["Content-Security-Policy"]
    for wrong in ("6x6.png", "5x5.gif"):
        assert client.get(f"/cards/types/{identifier}/labels/{wrong}").status_code == 404
    code = client.get(f"/cards/types/{identifier}/join-code?language=hi")
    assert f"/j/{slug}" in code.content.decode()


@pytest.mark.django_db
def test_labels_belong_to_their_business(counter: Counter) -> None:
    other = open_counter(name="Another")
    client, identifier = sign_in_client(Client(), counter.shop), encode("ctp", other.card_type.id)
    for part in ("labels", "labels/5x5.svg", "join-code"):
        assert client.get(f"/cards/types/{identifier}/{part}").status_code == 404
    assert client.post(f"/cards/types/{identifier}/labels/address", {"slug": "stolen"}).status_code == 404
    assert Client().get(f"/cards/types/{identifier}/labels").status_code in (302, 303)


@pytest.mark.django_db
def test_the_address_is_changed_or_it_is_said_why_not(counter: Counter) -> None:
    client, identifier = sign_in_client(Client(), counter.shop), encode("ctp", counter.card_type.id)
    url = f"/cards/types/{identifier}/labels"
    assert client.post(f"{url}/address", {"slug": "our-regulars"}).status_code == 303
    assert "/j/our-regulars" in client.get(url).content.decode()
    answer = client.post(f"{url}/address", {"slug": "no good!"}, follow=True)
    assert "small letters" in answer.content.decode()
    assert "/j/our-regulars" in answer.content.decode()
