"""The part of a picture that a card shows: its box, its name, and that every place shows it and the whole stays (TYP-4)."""

import io
import json
import re
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from regulars.cards.models import CardType
from regulars.designs.models import DesignDraft, DesignPicture
from regulars.designs.queries.published import find_picture
from regulars.designs.rules.crops import WHOLE, Crop, cropped, pixels, read_name, shown_name
from regulars.designs.rules.definition import default_design, read_design, write_design
from regulars.designs.rules.pictures import Look, apple_pictures, look_of
from regulars.designs.rules.shown import has_shape, is_sharp
from regulars.designs.tests.test_pages import form
from regulars.platform.database import unit_of_work
from tests.ledger_kit import Counter

PICTURE = "ab" * 32
PLAIN = default_design(background="#2a1d14", foreground="#fbeedb", icon="coffee")
RED, BLUE = (255, 0, 0), (0, 0, 255)
RIGHT_HALF = Crop(500, 0, 500, 1000)


@st.composite
def boxes(draw: st.DrawFn) -> Crop:
    left, top = draw(st.integers(0, WHOLE - 1)), draw(st.integers(0, WHOLE - 1))
    return Crop(left, top, draw(st.integers(1, WHOLE - left)), draw(st.integers(1, WHOLE - top)))


def two_halves(size: tuple[int, int] = (640, 200), mode: str = "RGB") -> bytes:
    """Red on the left, blue on the right."""
    image, written = Image.new(mode, size, "red"), io.BytesIO()
    image.paste(Image.new(mode, (size[0] // 2, size[1]), "blue"), (size[0] // 2, 0))
    image.save(written, "PNG")
    return written.getvalue()


def colours(content: bytes | None) -> set[Any]:
    assert content is not None
    with Image.open(io.BytesIO(content)) as image:
        return {colour for _count, colour in image.convert("RGB").getcolors(1 << 20) or ()}


def with_crop(crop: Any, **pictures: str) -> dict[str, Any]:
    return write_design(PLAIN) | {"pictures": pictures or {"logo": PICTURE}, "crops": {"logo": crop}}


def box(left: Any = 0, top: Any = 0, width: Any = 500, height: Any = 500) -> dict[str, Any]:
    return {"left": left, "top": top, "width": width, "height": height}


@given(boxes())
def test_every_box_is_read_back_and_has_one_name(crop: Crop) -> None:
    design, problems = read_design(json.loads(json.dumps(with_crop(box(crop.left, crop.top, crop.width, crop.height)))))
    assert design is not None, problems
    assert read_design(write_design(design)) == (design, ())
    name = design.shown_pictures["logo"]
    assert read_name(name) == (PICTURE, design.crops.get("logo"))
    assert (name == PICTURE) == (crop == Crop(0, 0, WHOLE, WHOLE))


@given(boxes(), st.integers(1, 1600), st.integers(1, 1600))
def test_a_box_is_never_empty_and_never_reaches_beyond_the_picture(crop: Crop, width: int, height: int) -> None:
    left, top, right, bottom = pixels(crop, width, height)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height


@pytest.mark.parametrize(
    ("crop", "pointer", "code"),
    [
        (box(left=501), "/crops/logo", "outside_the_picture"),
        (box(top=999), "/crops/logo", "outside_the_picture"),
        (box(width=0), "/crops/logo", "outside_the_picture"),
        (box(left=-1), "/crops/logo/left", "invalid_share"),
        (box(height=1001), "/crops/logo/height", "invalid_share"),
        (box(width=10**400), "/crops/logo/width", "invalid_share"),
        (box(width=1.5), "/crops/logo/width", "invalid_share"),
        (box(width=True), "/crops/logo/width", "invalid_share"),
        (box(top="0"), "/crops/logo/top", "invalid_share"),
        ({"left": 0, "top": 0, "width": 9}, "/crops/logo/height", "invalid_share"),
        (box() | {"angle": 90}, "/crops/logo/angle", "unknown_key"),
        ([0, 0, 9, 9], "/crops/logo", "not_an_object"),
    ],
)
def test_a_wrong_box_is_named_with_its_place(crop: Any, pointer: str, code: str) -> None:
    design, problems = read_design(with_crop(crop))
    assert design is None
    assert [(one.pointer, one.code) for one in problems] == [(pointer, code)]


def test_a_box_without_a_picture_and_boxes_of_no_slot_are_refused() -> None:
    assert [one.code for one in read_design(with_crop(box(), icon=PICTURE))[1]] == ["no_picture"]
    assert [one.pointer for one in read_design(write_design(PLAIN) | {"crops": {"face": box()}})[1]] == ["/crops/face"]
    assert read_design(write_design(PLAIN) | {"crops": []})[1][0].code == "not_an_object"


def test_a_design_of_before_there_were_boxes_shows_whole_pictures() -> None:
    value = write_design(PLAIN) | {"pictures": {"logo": PICTURE}}
    del value["crops"]
    design, _problems = read_design(value)
    assert design is not None
    assert design.shown_pictures == {"logo": PICTURE}


@pytest.mark.parametrize(
    "name",
    [
        PICTURE + ".0-0-1000-1000",
        PICTURE + ".00-0-500-500",
        PICTURE + ".501-0-500-500",
        PICTURE + ".0-0-0-500",
        PICTURE + ".-1-0-5-5",
        PICTURE + ".0-0-5-5\n",
        PICTURE + ".0-0-٥-5",
        PICTURE + ".",
        "../" + PICTURE,
        "",
    ],
)
def test_what_is_no_name_is_read_as_none(name: str) -> None:
    assert read_name(name) is None


@pytest.mark.parametrize(
    ("slot", "crop", "is_enough"),
    [
        ("strip", Crop(0, 0, 500, 500), True),
        ("strip", Crop(0, 0, 374, 1000), False),
        ("strip", Crop(0, 0, 1000, 122), False),
        ("logo", Crop(0, 0, 50, 50), True),
        ("logo", Crop(0, 0, 49, 49), False),
    ],
)
def test_what_is_left_has_to_be_sharp(slot: str, crop: Crop, is_enough: bool) -> None:
    assert is_sharp(crop, 1000, 1000, slot) == is_enough
    assert is_sharp(Crop(0, 0, WHOLE, WHOLE), 10, 10, slot), "no more than there is"


def test_only_a_picture_of_another_shape_is_worth_a_question() -> None:
    assert [has_shape(*size, "logo") for size in ((320, 100), (400, 400), (400, 200), (1, 900))] == [
        True,
        True,
        False,
        False,
    ]
    assert [has_shape(*size, "strip") for size in ((1125, 369), (1125, 432))] == [True, False]


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_part_is_what_is_inside_and_nothing_else(mode: str) -> None:
    content = two_halves(mode=mode)
    part = cropped(content, RIGHT_HALF)
    with Image.open(io.BytesIO(part)) as image:
        assert (image.size, image.mode) == ((320, 200), mode)
    assert colours(part) == {BLUE}
    assert len(part) <= len(content)


def test_another_part_of_the_same_picture_is_drawn_anew() -> None:
    whole, parts = two_halves(), [Crop(0, 0, 500, 1000), RIGHT_HALF]

    def load(name: str) -> bytes | None:
        found = read_name(name)
        assert found is not None
        return whole if found[1] is None else cropped(whole, found[1])

    drawn = [
        apple_pictures(Look("#2a1d14", "#fbeedb", logo=shown_name(PICTURE, crop)), load)["logo@3x.png"]
        for crop in (*parts, None)
    ]
    assert [colours(one) for one in drawn[:2]] == [{RED}, {BLUE}]
    assert {RED, BLUE} <= colours(drawn[2])
    assert look_of(PLAIN).logo == ""


def upload(content: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("logo.png", content, content_type="image/png")


def frame(slot: str, left: str, top: str, width: str, height: str) -> dict[str, str]:
    return {
        f"crop_{slot}_{part}": text
        for part, text in zip(("left", "top", "width", "height"), (left, top, width, height), strict=True)
    }


def draft() -> dict[str, Any]:
    return dict(DesignDraft.objects.get().content)


@pytest.mark.django_db
def test_a_frame_is_typed_kept_undone_and_the_picture_stays_whole(client: Client, url: str, counter: Counter) -> None:
    client.post(url, form(picture_logo=upload(two_halves())))
    picture = draft()["pictures"]["logo"]
    client.post(url, form(kept_logo=picture, **frame("logo", "50", "0", "50.0", "100")))
    assert draft()["crops"] == {"logo": box(500, 0, 500, 1000)}
    shown = re.findall(r'<img src="(/designs/pictures/[^"]+)" alt="">', client.get(url).content.decode())
    assert shown == [f"/designs/pictures/{picture}.500-0-500-1000"]
    assert colours(client.get(shown[0]).content) == {BLUE}
    assert colours(client.get(f"/designs/pictures/{picture}").content) == {RED, BLUE}
    assert DesignPicture.objects.count() == 1
    client.post(url, form(title_en="Coffee"))
    assert draft()["crops"] == {"logo": box(500, 0, 500, 1000)}, "what was not asked for stays"
    client.post(url, form(kept_logo=picture, **frame("logo", "0", "0", "100", "100")))
    assert draft()["crops"] == {}
    with unit_of_work(counter.chain_id):
        assert find_picture(counter.chain_id, f"{picture}.0-0-500-1000") is not None


@pytest.mark.django_db
def test_a_new_picture_is_whole_and_undoing_brings_the_old_one_back_with_its_frame(client: Client, url: str) -> None:
    client.post(url, form(picture_logo=upload(two_halves())))
    first = draft()["pictures"]["logo"]
    half = frame("logo", "50", "0", "50", "100")
    client.post(url, form(kept_logo=first, **half))
    client.post(url, form(kept_logo=first, picture_logo=upload(two_halves((320, 100))), **half))
    assert draft()["pictures"]["logo"] != first
    assert draft()["crops"] == {}
    answer = client.post(url, form(kept_logo=first, **half), headers={"HX-Request": "true", "HX-Target": "preview"})
    assert (draft()["pictures"], draft()["crops"]) == ({"logo": first}, {"logo": box(500, 0, 500, 1000)})
    assert answer.content.decode().count('class="picture-row"') == 1
    client.post(url, form(kept_logo=first, remove_logo="1", **half))
    assert (draft()["pictures"], draft()["crops"]) == ({}, {})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("left", "width", "said"),
    [
        ("60", "50", "reaches beyond the picture"),
        ("x", "50", "thousandths from 0 to 1000"),
        ("", "50", "thousandths from 0 to 1000"),
        ("-1", "50", "thousandths from 0 to 1000"),
        ("1e9", "50", "thousandths from 0 to 1000"),
        ("9999", "50", "thousandths from 0 to 1000"),
        ("0", "0", "is empty"),
        ("0", "0.1", "too little of the picture"),
    ],
)
def test_a_wrong_frame_is_told_and_stands_in_the_form(
    client: Client, url: str, left: str, width: str, said: str
) -> None:
    client.post(url, form(picture_logo=upload(two_halves())))
    before = draft()
    typed = frame("logo", left, "0", width, "10")
    answer = client.post(url, form(kept_logo=before["pictures"]["logo"], title_en="Typed", **typed))
    page = answer.content.decode()
    assert (answer.status_code, said in page) == (422, True)
    assert f'name="crop_logo_left" value="{left}"' in page
    assert 'name="title_en" lang="en" dir="auto" value="Typed"' in page
    assert draft() == before


@pytest.mark.django_db
def test_a_refused_save_keeps_what_was_typed(client: Client, url: str) -> None:
    typed = form(
        background="#123456", organisation_en="Nord", url_0="javascript:alert(1)", link_0_en="Menu", place_tier="back"
    )
    answer = client.post(url, {**typed, "target_apple": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    for kept in ('value="#123456"', 'value="Nord"', 'value="javascript:alert(1)"', 'value="Menu"'):
        assert kept in page
    assert '<option value="back" selected>' in page.split('name="place_tier"')[1].split("</select>")[0]
    assert 'name="target_apple" value="1" checked' in page
    assert 'name="target_google" value="1" checked' not in page
    assert not DesignDraft.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("kept", ["../../etc/passwd", "0" * 64, "' OR 1=1"])
def test_a_picture_that_is_not_ours_is_not_brought_back(client: Client, url: str, kept: str) -> None:
    answer = client.post(url, form(kept_logo=kept))
    assert (answer.status_code, "no picture that was uploaded here" in answer.content.decode()) == (422, True)


@pytest.mark.django_db
def test_the_web_card_shows_the_part_under_an_address_of_its_own(client: Client, url: str, counter: Counter) -> None:
    client.post(url, form(picture_logo=upload(two_halves())))
    picture = draft()["pictures"]["logo"]
    link = counter.issue("+4915112345678").link
    path, seen = link[link.index("/c/") :], []
    for left in ("0", "50"):
        client.post(url, form(kept_logo=picture, act="publish", **frame("logo", left, "0", "50", "100")))
        page = Client().get(path).content.decode()
        address = re.findall(r'class="web-face-logo" src="([^"]+)"', page)[0]
        with Image.open(io.BytesIO(Client().get(address).content)) as image:
            red, _green, blue = image.convert("RGB").getpixel((20, 20))  # type: ignore[misc]
        seen.append((address, red > blue))
    assert [is_red for _address, is_red in seen] == [True, False]
    assert seen[0][0] != seen[1][0]


@pytest.mark.django_db
def test_frames_go_out_come_back_and_go_with_a_copy(client: Client, url: str) -> None:
    client.post(url, form(picture_logo=upload(two_halves())))
    picture = draft()["pictures"]["logo"]
    client.post(url, form(kept_logo=picture, **frame("logo", "50", "0", "50", "100")))
    exported = json.loads(client.get(url + "/export").content)
    assert exported["crops"] == {"logo": box(500, 0, 500, 1000)}
    client.post(url + "/discard")
    client.post(url + "/import", {"file": upload(json.dumps(exported).encode())})
    assert draft()["crops"] == exported["crops"]
    exported["crops"]["logo"]["width"] = 501
    said = client.post(url + "/import", {"file": upload(json.dumps(exported).encode())}, follow=True).content.decode()
    assert "/crops/logo: The frame reaches beyond the picture" in said
    client.post(url.replace("/design", "/duplicate"))
    copy = DesignDraft.objects.get(card_type_id=CardType.objects.order_by("-id")[0].id)
    assert copy.content["crops"] == {"logo": box(500, 0, 500, 1000)}
