"""Promotions on their pages: the list, presets, the editor, publishing (ORD-8, ORD-13, ORD-14)."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from regulars.cards.tests.counter import Counter, open_counter
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from regulars.promotions.actions.writing import PromotionDraft, create_promotion
from regulars.promotions.queries.promotions import PromotionView, access_promotion, list_promotions
from tests.people import NOW, hire, sign_in_client

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def points_id(counter: Counter) -> str:
    return encode("bal", counter.points.balance_types[0].id)


def promotion(counter: Counter, name: str = "Five back", *, state: str = "draft", **content: object) -> PromotionView:
    earned = {"earnings": [{"kind": "percent_back", "balance_type": points_id(counter), "percent": "5"}]}
    draft = PromotionDraft(
        name=name,
        program=encode("prg", counter.points.program.id),
        content=content or earned,
        state=state,
    )
    return create_promotion(counter.shop.actor, draft, now=NOW)


def read(counter: Counter, view: PromotionView) -> PromotionView:
    with unit_of_work(counter.shop.chain_id):
        return access_promotion(counter.shop.actor, encode("prm", view.id))


def page_of(view: PromotionView) -> str:
    return f"/promotions/{encode('prm', view.id)}"


def text_of(response: Any) -> str:
    body = response.content.decode()
    body = body.partition("<main")[2].partition("</main>")[0] or body
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def form_of(body: str) -> dict[str, list[str]]:
    """What a browser would send of the form of the editor."""
    form = body.partition('id="builder"')[2].partition("</form>")[0]
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        fields = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if "name" not in fields:
            continue
        if fields.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        sent.setdefault(fields["name"], []).append(fields.get("value", ""))
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'value="([^"]*)" selected', inner) or re.findall(r'value="([^"]*)"', inner)[:1]
        if chosen:
            sent.setdefault(name, []).append(chosen[0])
    return sent


def press(client: Client, path: str, button: str, **typed: object) -> Any:
    """Open the editor without JavaScript, type, press a button."""
    sent: dict[str, object] = dict(form_of(client.get(path).content.decode()))
    return client.post(path, {**sent, **typed, "do": button})


def again(client: Client, path: str, response: Any, button: str, **typed: object) -> Any:
    """The same with the page that a button answered with."""
    return client.post(path, {**form_of(response.content.decode()), **typed, "do": button})


def test_without_promotions_the_list_offers_presets(counter: Counter) -> None:
    said = text_of(sign_in_client(Client(), counter.shop).get("/promotions"))
    assert "No promotion yet" in said
    assert "Cashback in percent" in said


def test_the_list_says_what_each_gives_and_how_much_is_used(counter: Counter) -> None:
    promotion(counter, "Five back", state="active")
    promotion(
        counter,
        "Ten off",
        state="active",
        benefits=[{"kind": "percent_off_order", "percent": "10"}],
        limits={"total": 100, "discount": "500.00"},
        conditions=[{"kind": "days", "last": "2030-05-01"}],
    )
    promotion(counter, "Later")
    client = sign_in_client(Client(), counter.shop)
    said = text_of(client.get("/promotions"))
    for part in ("5% comes back as Points.", "10% off.", "0 of 100", "€0.00 of €500.00", "until 1 May 2030", "always"):
        assert part in said, part
    drafts = text_of(client.get("/promotions?state=draft"))
    assert "Later" in drafts
    assert "Ten off" not in drafts
    assert "None is in this state" in text_of(client.get("/promotions?state=ended"))


def test_the_list_asks_as_many_queries_for_forty_as_for_one(counter: Counter) -> None:
    client = sign_in_client(Client(), counter.shop)
    limits = {"total": 10}
    content = {"benefits": [{"kind": "percent_off_order", "percent": "10"}], "limits": limits}
    promotion(counter, "One", state="active", **content)
    client.get("/promotions")
    with CaptureQueriesContext(connection) as few:
        client.get("/promotions")
    for number in range(39):
        promotion(counter, f"P {number}", state="active", **content)
    with CaptureQueriesContext(connection) as many:
        client.get("/promotions")
    assert len(many) == len(few)
    assert len(many) < 20


def test_a_preset_asks_its_questions_and_writes_an_ordinary_promotion(counter: Counter) -> None:
    client = sign_in_client(Client(), counter.shop)
    assert "How many percent come back?" in text_of(client.get("/promotions/new/cashback"))
    sent = {"percent": "5", "balance_type": points_id(counter), "products": "", "name": "Five back"}
    answer = client.post("/promotions/new/cashback", sent)
    assert answer.status_code == 303
    with unit_of_work(counter.shop.chain_id):
        made = list_promotions(counter.shop.actor, limit=9)
    assert [(one.name, one.state) for one in made] == [("Five back", "draft")]
    assert made[0].content["earnings"][0]["percent"] == "5"
    assert answer["Location"] == page_of(made[0])


def test_a_preset_says_at_its_question_what_is_wrong(counter: Counter) -> None:
    client = sign_in_client(Client(), counter.shop)
    sent = {"percent": "500", "balance_type": points_id(counter), "name": "x" * 200}
    answer = client.post("/promotions/new/cashback", sent)
    assert answer.status_code == 422
    assert 'value="500"' in answer.content.decode()
    assert "at most 100" in text_of(answer)
    for preset in ("stamps", "code", "double", "welcome", "shipping", "buy_get"):
        assert client.post(f"/promotions/new/{preset}", {"amount": "x", "factor": "-", "buy": "٣"}).status_code == 422


def test_every_preset_can_be_used_with_its_usual_answers(counter: Counter) -> None:
    client = sign_in_client(Client(), counter.shop)
    stamps = encode("bal", counter.stamps.balance_types[0].id)
    for key in re.findall(r'href="/promotions/new/([a-z_]+)"', client.get("/promotions/new").content.decode()):
        page = client.get(f"/promotions/new/{key}").content.decode()
        balance = stamps if key == "stamps" else points_id(counter)
        sent = {"balance_type": balance, "name": f"Of {key}", "code": "SUMMER", "products": "Coffee", "percent": "5"}
        for name, value in re.findall(r'name="([a-z_]+)" value="([^"]*)"(?![^>]*checkbox)', page):
            sent.setdefault(name, value)
        sent["weekdays"] = "1"
        sent["program"] = encode("prg", counter.points.program.id)
        sent["after"] = "9"
        answer = client.post(f"/promotions/new/{key}", sent)
        assert answer.status_code == 303, (key, text_of(answer))
        opened = client.get(answer["Location"])
        assert opened.status_code == 200
        assert client.get(answer["Location"] + "/publish").status_code == 200


def test_the_editor_works_without_javascript(counter: Counter) -> None:
    client = sign_in_client(Client(), counter.shop)
    view = promotion(counter)
    path = page_of(view)
    answer = press(client, path, "add:conditions:minimum_amount", name="Five back from twenty")
    assert answer.status_code == 200
    answer = again(client, path, answer, "save", **{"conditions.0.amount": "20"})
    assert answer.status_code == 303
    now = read(counter, view)
    assert now.name == "Five back from twenty"
    assert now.content["conditions"] == [{"kind": "minimum_amount", "amount": "20.00"}]
    answer = press(client, path, "remove:conditions.0")
    assert "Taken away" in text_of(answer)
    assert "conditions.0.amount" not in answer.content.decode()
    answer = again(client, path, answer, "undo")
    assert 'name="conditions.0.amount" value="20.00"' in answer.content.decode()


def test_a_row_can_be_turned_round_and_rows_joined_by_any(counter: Counter) -> None:
    client = sign_in_client(Client(), counter.shop)
    view = promotion(counter)
    path = page_of(view)
    answer = press(client, path, "add:conditions:tagged")
    answer = again(client, path, answer, "add:conditions:channels", **{"conditions.0.tags": "Staff, Friends"})
    typed = {"conditions.0.is": "no", "conditions.1.channels": "web", "join": "any_of"}
    assert again(client, path, answer, "save", **typed).status_code == 303
    assert read(counter, view).content["conditions"] == [
        {
            "kind": "any_of",
            "conditions": [
                {"kind": "none_of", "conditions": [{"kind": "tagged", "tags": ["Friends", "Staff"]}]},
                {"kind": "at_places", "channels": ["web"]},
            ],
        }
    ]
    shown = form_of(client.get(path).content.decode())
    assert (shown["conditions.0.is"], shown["join"]) == (["no"], ["any_of"])
    assert press(client, path, "save").status_code == 303


def test_what_is_wrong_stands_on_top_and_leads_to_its_field(counter: Counter) -> None:
    client = sign_in_client(Client(), counter.shop)
    view = promotion(counter)
    path = page_of(view)
    answer = press(client, path, "add:conditions:minimum_amount", **{"earnings.0.percent": "500"})
    answer = again(client, path, answer, "save", name="", **{"conditions.0.amount": "much"})
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error:" in body
    for name in ("f-name", "f-earnings-0-percent", "f-conditions-0-amount"):
        assert f'href="#{name}"' in body
        assert f'id="{name}"' in body
    assert 'value="much"' in body
    assert read(counter, view).name == "Five back"


def test_what_stands_against_publishing_is_said_in_the_form_and_the_draft_is_kept(counter: Counter) -> None:
    client = sign_in_client(Client(), counter.shop)
    view = promotion(counter)
    path = page_of(view)
    answer = press(client, path, "add:conditions:days")
    typed = {"conditions.0.first": "2026-05-02", "conditions.0.last": "2026-05-01"}
    answer = again(client, path, answer, "publish", **typed)
    assert answer.status_code == 422
    assert "It ends before it begins." in text_of(answer)
    assert 'href="#f-conditions-0-last"' in answer.content.decode()
    assert read(counter, view).content["conditions"][0]["last"] == "2026-05-01"


def test_publishing_says_in_words_what_changes(counter: Counter) -> None:
    client = sign_in_client(Client(), counter.shop)
    view = promotion(counter, state="active")
    path = page_of(view)
    answer = press(client, path, "publish", **{"earnings.0.percent": "7"})
    assert answer["Location"] == f"{path}/publish"
    said = text_of(client.get(f"{path}/publish"))
    assert "5% comes back as Points." in said
    assert "7% comes back as Points." in said
    version = read(counter, view).version
    assert client.post(f"{path}/publish", {"version": str(version - 1)}).status_code == 422
    assert client.post(f"{path}/publish", {"version": str(version)}).status_code == 303
    assert read(counter, view).published == 2
    assert "Version 2" in text_of(client.get(f"{path}/versions"))
    assert client.post(f"{path}/versions", {"number": "1"}).status_code == 303
    assert read(counter, view).content["earnings"][0]["percent"] == "5"
    assert client.post(f"{path}/versions", {"number": "9"}).status_code == 404


def test_pausing_is_undone_at_once_and_ending_is_asked_first(counter: Counter) -> None:
    client = sign_in_client(Client(), counter.shop)
    view = promotion(counter, state="active")
    path = page_of(view)
    client.post(f"{path}/state", {"state": "paused"})
    assert read(counter, view).state == "paused"
    assert f"{path}/state?state=active" in client.get("/promotions").content.decode()
    client.post(f"{path}/state?state=active")
    assert read(counter, view).state == "active"
    assert "End this promotion?" in text_of(client.get(f"{path}/end"))
    client.post(f"{path}/end")
    assert read(counter, view).state == "ended"
    assert "builder" not in client.get(path).content.decode()
    assert client.post(f"{path}/copy").status_code == 303


def test_what_is_typed_is_tried_at_once(counter: Counter) -> None:
    client = sign_in_client(Client(), counter.shop)
    promotion(counter, "Ten off", state="active", benefits=[{"kind": "percent_off_order", "percent": "10"}])
    view = promotion(counter)
    path = page_of(view)
    sent = form_of(client.get(path).content.decode())
    sample = {
        "earnings.0.percent": "50",
        "sample.lines.0.name": "Latte",
        "sample.lines.0.quantity": "2",
        "sample.lines.0.price": "10,00",
        "sample.lines.1.price": "",
        "sample.lines.1.name": "",
    }
    answer = client.post(f"{path}/preview", {**sent, **sample}, headers={**HTMX, "HX-Target": "words"})
    said = text_of(answer)
    assert "50% comes back as Points." in said
    assert "+9 of “Points”" in said
    assert "50% of €18.00 comes back." in said
    assert "Ten off" in said
    nobody = client.post(f"{path}/preview", {**sent, **sample, "sample.who": "nobody"}, headers=HTMX)
    assert "It gives nothing here" in text_of(nobody)
    wrong = client.post(f"{path}/preview", {**sent, "sample.lines.0.price": "dear"}, headers=HTMX)
    assert "A number is wanted." in text_of(wrong)


def test_forged_fields_are_answered_calmly(counter: Counter) -> None:
    client = sign_in_client(Client(), counter.shop)
    path = page_of(promotion(counter))
    for sent in (
        {"do": "undo", "taken": "nonsense"},
        {"do": "remove:conditions.9"},
        {"do": "remove:name.x"},
        {"do": "add:name:tagged"},
        {"do": "add:conditions:nonsense"},
        {"do": "add:conditions.0.hours:"},
        {"do": "save", "conditions.0.kind": "nonsense"},
        {"do": "save", "conditions.0.kind": "any_of", "conditions.0.conditions.0.kind": "any_of"},
        {"do": "save", "card_types.which": "chosen", "card_types": "x"},
        {"do": "save", "version": "9" * 30},
        {"do": "noline:99"},
        {"do": "line", "sample.day": "never", "sample.hour": "25:00", "sample.lines.0.quantity": "0"},
        {"do": "try", "sample.day": "0001-01-01", "sample.hour": "10:00+14:00"},
        {"do": "publish", "trigger.event": "birthday", "trigger.amount": "x"},
        {
            "do": "publish",
            "name": "A",
            "conditions.0.kind": "weekly_hours",
            "conditions.0.hours.0.weekdays": ["9", "x"],
        },
    ):
        assert client.post(path, {"name": "A", **sent}).status_code in (200, 303, 422), sent


def test_only_those_with_the_right_write(counter: Counter) -> None:
    view = promotion(counter, state="active")
    client = sign_in_client(Client(), hire(counter.shop, "cashier"))
    assert client.get("/promotions").status_code in (200, 403)
    assert client.post(page_of(view), {"do": "save", "name": "Mine"}).status_code == 403
    assert client.post(f"{page_of(view)}/end").status_code == 403
    assert client.get("/promotions/new").status_code == 403
    other = open_counter()
    assert sign_in_client(Client(), other.shop).get(page_of(view)).status_code == 404


def test_an_order_segment_is_written_in_the_same_rows_and_tried(counter: Counter) -> None:
    client = sign_in_client(Client(), counter.shop)
    assert "No order segment yet" in text_of(client.get("/promotions/segments"))
    path = "/promotions/segments/new"
    answer = press(client, path, "add:conditions:minimum_amount", name="Large orders")
    typed = {"conditions.0.amount": "100"}
    sent = {**form_of(answer.content.decode()), **typed, "name": "Large orders"}
    tried = client.post("/promotions/segments/preview", sent, headers=HTMX)
    assert "This order does not belong to it" in text_of(tried)
    assert "€66.00 is missing" in text_of(tried)
    assert client.post(path, {**sent, "do": "save"}).status_code == 303
    listed = client.get("/promotions/segments")
    assert "The order costs €100.00 or more." in text_of(listed)
    (segment,) = re.findall(r'href="(/promotions/segments/osg_[^"]+)"', listed.content.decode())
    assert client.post(segment, {"do": "save", "name": ""}).status_code == 422
    identifier = segment.rpartition("/")[2]
    asked = [{"kind": "in_order_segment", "segment": identifier}]
    view = promotion(counter, "Asks", benefits=[{"kind": "percent_off_order", "percent": "10"}], conditions=asked)
    assert "Asks" in text_of(client.get(segment))
    assert "Large orders" in text_of(client.get(page_of(view)))
    client.post(f"{segment}/delete")
    assert client.get(segment).status_code == 200
    client.post(f"{page_of(view)}/end")
    client.post(f"{segment}/delete")
    assert client.get(segment).status_code == 404
    other = sign_in_client(Client(), open_counter().shop)
    assert other.get(segment).status_code == 404
