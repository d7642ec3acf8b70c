"""Designs over HTTP: draft, publish, versions, restore, import, and every refusal by its code (TYP-4 to TYP-6)."""

import base64
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from regulars.designs.actions.drafts import add_picture, export_design
from regulars.designs.queries.published import find_design
from regulars.kernel.ids import decode
from regulars.platform.database import row, unit_of_work
from tests.contract.cards_kit import issue, make_program
from tests.contract.chains import Caller
from tests.people import NOW

pytestmark = pytest.mark.django_db
DESIGN = "/card-types/ext:coffee/design"
PUBLISH = "/card-types/ext:coffee/publish"


@pytest.fixture
def card_type(caller: Caller) -> str:
    program = make_program(caller)
    reply = caller.post(
        "/card-types", {"program": program["id"], "name": "Coffee card", "external_id": "coffee", "goal": 8}
    )
    assert reply.status == 201, reply.body
    return str(reply.body["id"])


def wanted(caller: Caller, **parts: Any) -> dict[str, Any]:
    return {**caller.get(DESIGN).body["design"], **parts}


def put(caller: Caller, design: Any, **headers: Any) -> Any:
    return caller.send("PUT", DESIGN, {"design": design}, **headers)


def colours(background: str, foreground: str) -> dict[str, str]:
    return {"background": background, "foreground": foreground, "label": foreground}


def picture(width: int = 200, height: int = 100) -> bytes:
    kept = BytesIO()
    Image.new("RGB", (width, height), "red").save(kept, "PNG")
    return kept.getvalue()


def test_a_type_that_nobody_designed_has_a_design_of_its_own_colours(caller: Caller, card_type: str) -> None:
    reply = caller.get(DESIGN)
    assert reply.status == 200, reply.body
    assert reply.body["design"]["colours"] == colours("#2a1d14", "#fbeedb")
    assert (reply.body["is_draft"], reply.body["draft_version"], reply.body["published_version"]) == (False, 0, 1)


def test_a_draft_changes_nothing_before_it_is_published_to_every_card(caller: Caller, card_type: str) -> None:
    issue(caller)
    issue(caller, "+4915123456780")
    draft = put(caller, wanted(caller, colours=colours("#103020", "#ffffff"), icon="star", barcode="aztec"))
    assert draft.status == 200, draft.body
    assert (draft.body["is_draft"], draft.body["cards"]) == (True, 2)
    chain, identifier = caller.chain_id, decode("ctp", card_type)
    assert identifier is not None
    with unit_of_work(chain):
        before = find_design(chain, identifier)
    assert before is not None
    assert before.design.background == "#2a1d14"
    published = caller.post(PUBLISH, {})
    assert published.body == {"card_type": card_type, "version": 2, "cards": 2}
    with unit_of_work(chain):
        after = find_design(chain, identifier)
        kept = row("SELECT background, icon, version FROM card_types WHERE id = %s", [identifier])
    assert after is not None
    assert (after.version, after.design.background, after.design.barcode) == (2, "#103020", "aztec")
    assert kept == ("#103020", "star", 2)
    assert caller.get(DESIGN).body["is_draft"] is False
    assert [
        (one["version"], one["has_design"]) for one in caller.get("/card-types/ext:coffee/versions").body["items"]
    ] == [
        (2, True),
        (1, False),
    ]


def test_a_version_is_brought_back_as_a_draft(caller: Caller, card_type: str) -> None:
    for barcode in ("aztec", "pdf417"):
        put(caller, wanted(caller, barcode=barcode))
        assert caller.post(PUBLISH).status == 200
    restored = caller.post("/card-types/ext:coffee/versions/2/restore")
    assert restored.status == 200, restored.body
    assert (restored.body["design"]["barcode"], restored.body["is_draft"]) == ("aztec", True)
    assert caller.post(PUBLISH, {}).body["version"] == 4
    assert caller.post("/card-types/ext:coffee/versions/1/restore").status == 404
    assert caller.post("/card-types/ext:coffee/versions/99/restore").status == 404


def test_a_draft_that_changed_meanwhile_is_not_overwritten(caller: Caller, card_type: str) -> None:
    design = wanted(caller, barcode="aztec")
    assert put(caller, design, HTTP_IF_MATCH='"0"').status == 200
    assert put(caller, wanted(caller, barcode="none"), HTTP_IF_MATCH='"0"').code == "changed_meanwhile"
    assert put(caller, wanted(caller, barcode="none"), HTTP_IF_MATCH='"1"').body["draft_version"] == 2
    assert caller.post(PUBLISH, {}, HTTP_IF_MATCH='"1"').code == "changed_meanwhile"
    assert caller.send("DELETE", DESIGN).body["is_draft"] is False


def test_how_holders_move_over_is_no_question_of_a_design(caller: Caller, card_type: str) -> None:
    put(caller, wanted(caller, barcode="aztec"))
    assert list(caller.post(PUBLISH, {"holders": "later"}).codes_at()) == ["/holders"]
    assert caller.get(DESIGN).body["is_draft"] is True
    published = caller.post(PUBLISH, {"holders": "finish_round"})
    assert published.status == 200, published.body
    assert caller.get(DESIGN).body["is_draft"] is False


def test_nothing_is_published_twice(caller: Caller, card_type: str) -> None:
    assert caller.post(PUBLISH, {}).code == "nothing_to_publish"
    put(caller, wanted(caller))
    assert caller.post(PUBLISH, {}).code == "nothing_to_publish"


def test_white_on_white_is_kept_as_a_draft_and_not_published(caller: Caller, card_type: str) -> None:
    draft = put(caller, wanted(caller, colours=colours("#ffffff", "#ffffff")))
    assert [one["code"] for one in draft.body["notices"]] == ["contrast_bad", "contrast_bad"]
    refused = caller.post(PUBLISH, {})
    assert (refused.code, refused.body["reasons"]) == ("design_unreadable", ["contrast_bad"])


def test_what_misses_a_language_is_counted_and_keeps_nothing_from_being_published(
    caller: Caller, card_type: str
) -> None:
    texts = {"title": {"en": "Coffee", "ru": "Кофе"}, "legal": {"en": "One each."}}
    links = [{"url": "https://north.example/menu", "label": {"en": "Menu", "ar": "قائمة"}}]
    draft = put(caller, wanted(caller, texts=texts, links=links))
    assert draft.body["notices"] == [
        {"code": "not_translated", "tone": "warm", "facts": {"language": "ar", "count": 2}},
        {"code": "not_translated", "tone": "warm", "facts": {"language": "ru", "count": 2}},
    ]
    assert caller.get(DESIGN).body["notices"] == draft.body["notices"]
    assert caller.post(PUBLISH, {}).status == 200
    assert put(caller, wanted(caller, texts={}, links=[])).body["notices"] == []


def test_wrong_keys_are_named_with_their_place(caller: Caller, card_type: str) -> None:
    assert put(caller, {"color": "red"}).codes_at()["/color"] == "unknown_key"
    strange = wanted(caller, pictures={"logo": "0" * 64})
    assert put(caller, strange).codes_at() == {"/pictures/logo": "unknown_picture"}
    assert put(caller, wanted(caller), HTTP_IF_MATCH="x").code == "changed_meanwhile"


def test_what_is_exported_is_imported_elsewhere_with_its_pictures(
    caller: Caller, stranger: Caller, card_type: str
) -> None:
    logo = add_picture(caller.actor, "logo", picture(), now=NOW)
    put(caller, wanted(caller, pictures={"logo": logo.hash}, texts={"title": {"en": "Coffee", "ru": "Кофе"}}))
    with unit_of_work(caller.chain_id):
        exported = export_design(caller.actor, card_type)
    program = make_program(stranger)
    stranger.post("/card-types", {"program": program["id"], "name": "Coffee card", "external_id": "coffee"})
    files = exported.pop("files")
    taken = stranger.send("PUT", DESIGN, {"design": exported, "files": files})
    assert taken.status == 200, taken.body
    assert taken.body["design"]["texts"] == {"title": {"en": "Coffee", "ru": "Кофе"}}
    assert taken.body["design"]["pictures"] == exported["pictures"]


def test_the_frame_of_a_picture_goes_in_and_out_and_a_wrong_one_is_named(caller: Caller, card_type: str) -> None:
    named = {"pictures": {"strip": add_picture(caller.actor, "strip", picture(750, 300), now=NOW).hash}}
    frame = {"left": 250, "top": 0, "width": 500, "height": 500}
    reply = put(caller, wanted(caller, **named, crops={"strip": frame}))
    assert reply.status == 200, reply.body
    assert caller.get(DESIGN).body["design"]["crops"] == {"strip": frame}
    beyond, small = frame | {"left": 501}, frame | {"width": 499}
    assert put(caller, wanted(caller, crops={"strip": beyond})).codes_at() == {"/crops/strip": "outside_the_picture"}
    assert put(caller, wanted(caller, crops={"strip": small})).codes_at() == {"/crops/strip": "too_small"}
    assert put(caller, wanted(caller, crops={"logo": frame})).codes_at() == {"/crops/logo": "no_picture"}
    assert put(caller, wanted(caller, pictures={})).codes_at() == {"/crops/strip": "no_picture"}
    assert put(caller, wanted(caller, pictures={}, crops={})).body["design"]["crops"] == {}


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"0" * 64: base64.b64encode(b"hello").decode()}, "not_a_picture"),
        ({"0" * 64: base64.b64encode(picture(1, 1)).decode()}, "too_small"),
        ({"0" * 64: "ä"}, "not_base64"),
        ({"../x": "AAAA"}, "unknown_key"),
        ({}, "unknown_picture"),
    ],
)
def test_pictures_of_an_import_are_distrusted(caller: Caller, card_type: str, files: Any, code: str) -> None:
    design = wanted(caller, pictures={"logo": "0" * 64})
    reply = caller.send("PUT", DESIGN, {"design": design, "files": files})
    assert reply.status == 422, reply.body
    assert list(reply.codes_at().values()) == [code]


def test_designs_of_another_business_are_not_there(caller: Caller, stranger: Caller, card_type: str) -> None:
    assert stranger.get(f"/card-types/{card_type}/design").code == "not_found"
    assert stranger.post(f"/card-types/{card_type}/publish", {}).code == "not_found"
    assert stranger.get(f"/card-types/{card_type}/versions").code == "not_found"
