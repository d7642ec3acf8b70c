"""The designer's pages: a draft with every change, pictures, publishing, files, and who may."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from regulars.cards.models import CardType
from regulars.designs.models import DesignDraft
from regulars.kernel.ids import encode
from tests.ledger_kit import Counter, open_counter

pytestmark = pytest.mark.django_db


def form(**more: Any) -> dict[str, Any]:
    plain = {"background": "#103020", "foreground": "#ffffff", "label": "#ffffff", "icon": "star", "barcode": "qr"}
    return {**plain, "target_web": "1", "place_stamps": "header", "place_number": "back", **more}


def png(size: tuple[int, int] = (320, 100), name: str = "logo.png") -> SimpleUploadedFile:
    kept = BytesIO()
    Image.new("RGB", size, "red").save(kept, "PNG")
    return SimpleUploadedFile(name, kept.getvalue(), content_type="image/png")


def moving() -> SimpleUploadedFile:
    kept, frames = BytesIO(), [Image.new("RGB", (320, 100), colour) for colour in ("red", "blue")]
    frames[0].save(kept, "WEBP", save_all=True, append_images=frames[1:])
    return SimpleUploadedFile("logo.webp", kept.getvalue())


def cmyk() -> SimpleUploadedFile:
    kept = BytesIO()
    Image.new("CMYK", (320, 100), (0, 255, 255, 0)).save(kept, "JPEG")
    return SimpleUploadedFile("logo.jpg", kept.getvalue())


def svg(inside: str) -> SimpleUploadedFile:
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 100" onload="alert(1)">{inside}</svg>'
    return SimpleUploadedFile("logo.svg", drawing.encode(), content_type="image/svg+xml")


def scripted() -> SimpleUploadedFile:
    return svg('<rect width="320" height="100" fill="#ff0000"/><script>alert(document.cookie)</script>')


@pytest.mark.parametrize("show", ["apple", "google", "web", "print"])
@pytest.mark.parametrize("state", ["usual", "new", "ready", "expired"])
def test_every_platform_is_shown_in_every_state(client: Client, url: str, show: str, state: str) -> None:
    answer = client.get(url, {"show": show, "state": state, "speak": "ru", "stamps": "3"})
    assert answer.status_code == 200
    assert ('class="pass"' in answer.content.decode()) == (show in ("apple", "google"))


def test_the_preview_speaks_every_language_that_the_design_is_written_in(client: Client, url: str) -> None:
    client.post(url, form(title_en="Coffee", title_de="Kaffee"))
    page = client.get(url, {"show": "google", "speak": "de"}).content.decode()
    assert '<option value="de" selected>Deutsch</option>' in page
    assert ">Kaffee</text>" in page
    assert ">Coffee</text>" in client.get(url, {"show": "google", "speak": "fr"}).content.decode()


def test_google_shows_the_whole_logo_in_the_middle_of_its_circle(client: Client, url: str) -> None:
    assert 'r="11.6" fill="#' in client.get(url, {"show": "google"}).content.decode()
    client.post(url, form(picture_icon=png((87, 87))))
    assert 'width="23.8"' in client.get(url, {"show": "google"}).content.decode()


def test_nonsense_in_the_address_shows_the_usual(client: Client, url: str) -> None:
    answer = client.get(url, {"show": "samsung", "state": "x", "speak": "xx", "stamps": "9" * 50, "dark": "maybe"})
    assert answer.status_code == 200


def test_a_change_is_a_draft_until_it_is_published(client: Client, url: str) -> None:
    answer = client.post(url, form(organisation_en="Salon Nord", legal_en="One card each."))
    assert answer.status_code == 303
    text = client.get(url).content.decode()
    assert "Draft saved" in text
    assert "Salon Nord" in text
    published = client.post(url, form(act="publish", organisation_en="Salon Nord"), follow=True)
    assert "Published as version 2" in published.content.decode()
    assert "Draft saved" not in client.get(url).content.decode()
    assert "Nothing was changed" in client.post(url, form(act="publish", organisation_en="Salon Nord")).content.decode()


def test_the_preview_comes_with_what_was_saved(client: Client, url: str) -> None:
    answer = client.post(url, form(title_en="Coffee"), headers={"HX-Request": "true", "HX-Target": "preview"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'id="version" value="1"' in text
    assert "<html" not in text


def test_colours_that_nobody_can_read_are_repaired(client: Client, url: str) -> None:
    client.post(url, form(foreground="#103021", label="#103021"))
    assert "Cannot be read" in client.get(url).content.decode()
    refused = client.post(url, form(foreground="#103021", label="#103021", act="publish"))
    assert (refused.status_code, "could not be read" in refused.content.decode()) == (422, True)
    client.post(url, form(foreground="#103021", label="#103021", act="fix"))
    assert "Easy to read" in client.get(url).content.decode()


def test_a_picture_is_kept_drawn_anew_and_served_for_good(client: Client, url: str) -> None:
    client.post(url, form(picture_logo=png()))
    text = client.get(url).content.decode()
    address = text.split('<img src="')[1].split('"')[0]
    answer = client.get(address)
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "immutable" in answer["Cache-Control"]
    client.post(url, form(remove_logo="1"))
    assert address not in client.get(url).content.decode()
    assert client.get("/designs/pictures/" + "0" * 64).status_code == 404


@pytest.mark.parametrize("picture", [cmyk, scripted])
def test_what_printers_and_scripts_brought_along_is_left_behind(
    client: Client, url: str, picture: Callable[[], SimpleUploadedFile]
) -> None:
    assert client.post(url, form(picture_logo=picture())).status_code == 303
    answer = client.get(client.get(url).content.decode().split('<img src="')[1].split('"')[0])
    assert b"alert" not in answer.content
    with Image.open(BytesIO(answer.content)) as kept:
        assert (kept.format, kept.mode) in (("PNG", "RGB"), ("PNG", "RGBA"))
        red, green, blue, *_ = kept.convert("RGBA").getpixel((5, 5))  # type: ignore[misc]
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (png((1, 1)), "too small"),
        (SimpleUploadedFile("a.png", b"hello"), "PNG, JPEG, WebP"),
        (SimpleUploadedFile("a.png", bytes(50_000_000)), "at most 10 MB"),
        (moving(), "This picture moves"),
        (svg('<image href="https://example.com/a.png" width="5" height="5"/>'), "fetches something from elsewhere"),
    ],
)
def test_a_picture_that_cannot_be_taken_is_told_why(client: Client, url: str, picture: Any, said: str) -> None:
    answer = client.post(url, form(picture_logo=picture))
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_draft_that_somebody_else_changed_is_not_overwritten(client: Client, url: str) -> None:
    client.post(url, form(version="0"))
    answer = client.post(url, form(version="0", icon="heart"))
    assert "Somebody changed this meanwhile" in answer.content.decode()


def test_a_design_goes_out_and_comes_back(client: Client, url: str) -> None:
    client.post(url, form(picture_logo=png(), title_en="Coffee"))
    exported = json.loads(client.get(url + "/export").content)
    assert len(exported["files"]) == 1
    client.post(url + "/discard")
    assert "Draft saved" not in client.get(url).content.decode()
    file = SimpleUploadedFile("design.json", json.dumps(exported).encode())
    assert "here as a draft" in client.post(url + "/import", {"file": file}, follow=True).content.decode()
    again = json.loads(client.get(url + "/export").content)
    assert again["texts"] == exported["texts"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not json", "This is no design"),
        (b'{"color": "red"}', "/color"),
        (b"[" * 100_000, "This is no design"),
        (b"[]", "cannot be taken"),
    ],
)
def test_a_file_that_is_no_design_is_told_why(client: Client, url: str, content: bytes, said: str) -> None:
    file = SimpleUploadedFile("design.json", content)
    assert said in client.post(url + "/import", {"file": file}, follow=True).content.decode()


def test_a_published_design_is_brought_back(client: Client, url: str) -> None:
    client.post(url, form(act="publish"))
    client.post(url, form(act="publish", icon="heart"))
    client.post(url + "/restore", {"number": "2"})
    assert json.loads(client.get(url + "/export").content)["icon"] == "star"
    assert client.post(url + "/restore", {"number": "77"}).status_code == 404


def test_a_template_makes_a_card_type_with_its_design(client: Client, counter: Counter) -> None:
    assert "Barber" in client.get("/designs").content.decode()
    answer = client.post("/designs", {"template": "barber"}, follow=True)
    assert "Draft saved" in answer.content.decode()
    assert client.post("/designs", {"template": "bank"}).status_code == 404


def test_a_copy_has_the_terms_and_the_look_and_is_given_to_nobody_by_itself(
    client: Client, url: str, counter: Counter
) -> None:
    client.post(url, form(background="#402010", legal_en="One card each.", picture_logo=png()))
    CardType.objects.update(automatic_issue="everywhere", several_per_customer=True, name="N" * 120)
    path = url.replace("/design", "/duplicate")
    answer = client.post(path, follow=True)
    page = answer.content.decode()
    assert "Draft saved" in page
    assert "One card each." in page
    copy, original = CardType.objects.order_by("-id")[:2]
    assert copy.name == "Copy of " + "N" * 112
    assert (copy.automatic_issue, copy.several_per_customer, copy.version) == ("never", True, 1)
    assert (copy.program_id, copy.external_id == original.external_id) == (original.program_id, False)
    drafts = {one.card_type_id: one.content for one in DesignDraft.objects.all()}
    assert drafts[copy.id] == drafts[original.id]
    assert client.get(path).status_code == 405
    assert client.post(path.replace("ctp_", "ctp_0")).status_code == 404
    assert client.post(f"/cards/types/{encode('ctp', open_counter().card_type.id)}/duplicate").status_code == 404
    assert CardType.objects.filter(chain_id=counter.chain_id).count() == 2


def test_the_web_card_carries_the_name_the_links_and_the_terms(client: Client, url: str, counter: Counter) -> None:
    card = counter.issue("+4915112345678")
    typed = form(
        organisation_en="Salon Nord", legal_en="One card each.", url_0="https://example.com/menu", link_0_en="Menu"
    )
    client.post(url, typed | {"act": "publish"})
    shown = Client().get(card.link.replace("http://127.0.0.1:8000", "")).content.decode()
    assert "Salon Nord" in shown
    assert "One card each." in shown
    assert 'href="https://example.com/menu"' in shown
    assert "--c:#103020" in shown
