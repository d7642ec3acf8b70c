"""What became of background work: told to whoever started it, once for each thing, read by looking at it (UX 0.9)."""

from dataclasses import replace
from html import unescape
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from regulars.cards.actions.bulk import BulkIssueCommand, run_bulk_issue, start_bulk_issue, start_undo
from regulars.exports.actions.request import ExportCommand, request_export
from regulars.exports.actions.run import run_export
from regulars.imports.actions import requests
from regulars.imports.actions.steps import run_step
from regulars.imports.actions.undoing import run_undo
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import Refused
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work
from regulars.staff.actions.notifications import KEPT_MAX, notify, read_all, read_notification
from regulars.staff.models import Notification
from regulars.staff.queries import list_notifications
from tests.import_kit import bring
from tests.ledger_kit import Counter, open_counter
from tests.people import Person, hire, open_shop, sign_in_client

pytestmark = pytest.mark.django_db

FILE = "phone;name;points\n+4915123456701;Anna;10\n+4915123456702;Boris;20\n12;Nobody;5\n"


@pytest.fixture
def counter() -> Counter:
    return open_counter()


@pytest.fixture
def owner(client: Client, counter: Counter) -> Client:
    return sign_in_client(client, counter.shop)


def kept(actor: Actor) -> list[Notification]:
    with unit_of_work(actor.chain_id):
        return list_notifications(actor)


def text_of(client: Client, path: str = "/notifications") -> str:
    response = client.get(path)
    assert response.status_code == 200, response
    return unescape(response.content.decode())


def badge_of(client: Client) -> str:
    """How many unread notifications the frame of another page shows."""
    return text_of(client, "/account").partition('<b class="n">')[2].partition("<")[0]


def test_an_import_is_one_line_that_always_says_where_it_stands(counter: Counter, owner: Client) -> None:
    me = counter.shop.actor
    one = bring(counter, me, FILE, until="checked")
    import_id = one.id
    assert [(one.kind, one.facts["good"], one.facts["errors"]) for one in kept(me)] == [("import.checked", 2, 1)]
    assert badge_of(owner) == "1"
    steps: list[str] = []
    requests.apply(
        me, encode("imp", import_id), defer=lambda _chain, _one, step: steps.append(step), now=timezone.now()
    )
    run_step(counter.chain_id, import_id, *steps, now=timezone.now())
    run_step(counter.chain_id, import_id, *steps, now=timezone.now())
    (line,) = kept(me)
    assert (line.kind, line.read_at) == ("import.applied", None)
    page = text_of(owner)
    assert "autumn.csv" in page
    assert "Imported: 2 new, 0 changed. 1 row was left out." in page
    requests.undo(me, encode("imp", import_id), defer=lambda *_: None, now=timezone.now())
    run_undo(counter.chain_id, import_id, now=timezone.now())
    assert "The import is undone, all of it." in text_of(owner)
    assert [one.kind for one in kept(me)] == ["import.undone"]


def test_a_file_that_cannot_be_read_is_told_with_its_reason(counter: Counter, owner: Client) -> None:
    bring(counter, counter.shop.actor, "\x00\x01\x02 no table" * 40, until="failed")
    page = text_of(owner)
    assert "Not imported: " in page
    assert "Upload an Excel (.xlsx, .xls)" in page


def test_who_undoes_is_told_beside_whose_import_it_was(counter: Counter) -> None:
    manager = hire(counter.shop, "manager")
    import_id = bring(counter, manager.actor, FILE).id
    assert kept(counter.shop.actor) == []
    requests.undo(counter.shop.actor, encode("imp", import_id), defer=lambda *_: None, now=timezone.now())
    run_undo(counter.chain_id, import_id, now=timezone.now())
    for person in (manager, counter.shop):
        assert [one.kind for one in kept(person.actor)] == ["import.undone"]


def test_exports_and_cards_for_many_are_told(counter: Counter, owner: Client) -> None:
    me = counter.shop.actor
    counter.issue("+4915123456701")
    asked = request_export(me, ExportCommand(kind="cards", format="csv"), defer=lambda *_: None, now=timezone.now())
    run_export(counter.chain_id, asked.id)
    bring(counter, me, "phone;name;points\n+4915123456702;Boris;20\n")
    read_all(me, now=timezone.now())
    command = BulkIssueCommand(card_type=encode("ctp", counter.card_type.id), query="")
    view = start_bulk_issue(me, command, now=timezone.now(), defer=lambda *_: None)
    run_bulk_issue(counter.chain_id, view.id, now=timezone.now())
    page = text_of(owner)
    assert "The file is ready: 0 rows." in page, "the picture of an export does not see this test's transaction"
    assert "0 cards were issued. 1 customer had one already." in page
    start_undo(me, view.public_id, kind="customers", now=timezone.now(), defer=lambda *_: None)
    run_bulk_issue(counter.chain_id, view.id, now=timezone.now())
    assert "0 cards were taken back." in text_of(owner)
    assert [one.kind for one in kept(me)] == ["bulk_issue.undone", "import.applied", "export.done"]


def test_opening_one_reads_it_and_leads_on(counter: Counter, owner: Client) -> None:
    import_id = bring(counter, counter.shop.actor, FILE).id
    (line,) = kept(counter.shop.actor)
    opened = owner.get(f"/notifications/{encode('ntf', line.id)}")
    assert (opened.status_code, opened["Location"]) == (302, f"/imports/{encode('imp', import_id)}")
    assert kept(counter.shop.actor)[0].read_at is not None
    assert badge_of(owner) == ""


def test_who_watched_it_to_its_end_has_read_it(counter: Counter, owner: Client) -> None:
    import_id = bring(counter, counter.shop.actor, FILE).id
    page = text_of(owner, f"/imports/{encode('imp', import_id)}/result")
    assert "unread" not in page, "the page that shows the result does not tell of it besides"
    assert kept(counter.shop.actor)[0].read_at is not None
    asked = request_export(
        counter.shop.actor, ExportCommand(kind="cards", format="csv"), defer=lambda *_: None, now=timezone.now()
    )
    run_export(counter.chain_id, asked.id)
    text_of(owner, "/exports")
    assert badge_of(owner) == ""


def test_all_are_read_at_one_press(counter: Counter, owner: Client) -> None:
    for number in range(3):
        tell(counter.shop.actor, f"{number}.csv")
    assert badge_of(owner) == "3"
    assert "Mark all as read" in text_of(owner)
    assert owner.post("/notifications/read")["Location"] == "/notifications"
    assert badge_of(owner) == ""
    assert "Mark all as read" not in text_of(owner)
    assert owner.get("/notifications/read").status_code == 405


def test_nobody_sees_what_another_waits_for(counter: Counter, client: Client) -> None:
    tell(counter.shop.actor, "mine.csv")
    (line,) = kept(counter.shop.actor)
    stranger = open_shop()
    manager = hire(counter.shop, "manager")
    for person in (stranger, manager):
        browser = sign_in_client(Client(), person)
        assert "mine.csv" not in text_of(browser)
        assert badge_of(browser) == ""
        assert browser.get(f"/notifications/{encode('ntf', line.id)}").status_code == 404
    for wrong in ("ntf_x", "imp_00000000000000000000000000", "%00"):
        assert sign_in_client(client, counter.shop).get(f"/notifications/{wrong}").status_code == 404


def tell(actor: Actor, file: str, *, subject_id: UUID | None = None) -> None:
    facts = {"file": file, "kind": "cards", "created": 1, "changed": 0, "left": 0}
    with unit_of_work(actor.chain_id):
        notify(actor, "import.applied", subject_id=subject_id or new_id(), facts=facts, now=timezone.now())


def test_only_the_newest_are_kept_and_nobody_counts_past_ninety_nine(counter: Counter, owner: Client) -> None:
    me = counter.shop.actor
    manager = hire(counter.shop, "manager")
    tell(manager.actor, "theirs.csv")
    for number in range(KEPT_MAX + 3):
        tell(me, f"{number}.csv")
    found = kept(me)
    assert [one.facts["file"] for one in found] == [f"{number}.csv" for number in range(KEPT_MAX + 2, 2, -1)]
    assert badge_of(owner) == "99+"
    assert len(kept(manager.actor)) == 1, "the limit is each person's own"


def test_programs_wait_for_no_page(counter: Counter) -> None:
    by_key = replace(counter.shop.actor, key_id=new_id())
    tell(by_key, "key.csv")
    tell(counter.actor, "system.csv")
    assert kept(counter.shop.actor) == []


def test_a_page_asks_no_more_for_many_than_for_one(counter: Counter, owner: Client) -> None:
    tell(counter.shop.actor, "first.csv")
    text_of(owner)
    with CaptureQueriesContext(connection) as few:
        text_of(owner)
    for number in range(30):
        tell(counter.shop.actor, f"{number}.csv")
    with CaptureQueriesContext(connection) as many:
        text_of(owner)
    assert len(many) == len(few)
    with CaptureQueriesContext(connection) as waiting:
        text_of(owner, "/account")
    read_all(counter.shop.actor, now=timezone.now())
    with CaptureQueriesContext(connection) as nothing:
        text_of(owner, "/account")
    assert len(waiting) == len(nothing), "the count in the frame comes with what every page reads anyway"


@pytest.mark.parametrize(("language", "wanted"), [("ru", "Пока не о чем рассказать"), ("hi", "अभी बताने को कुछ नहीं")])
def test_the_empty_list_says_what_will_stand_there(counter: Counter, owner: Client, language: str, wanted: str) -> None:
    owner.post("/preferences", {"language": language})
    assert wanted in text_of(owner)


def test_reading_again_keeps_the_first_time(counter: Counter) -> None:
    me: Person = counter.shop
    tell(me.actor, "a.csv")
    (line,) = kept(me.actor)
    first = timezone.now()
    with unit_of_work(counter.chain_id):
        read_notification(me.actor, encode("ntf", line.id), now=first)
        read_notification(me.actor, encode("ntf", line.id), now=timezone.now())
    assert kept(me.actor)[0].read_at == first
    assert read_all(me.actor, now=timezone.now()) == 0
    with unit_of_work(counter.chain_id), pytest.raises(Refused):
        read_notification(hire_nobody(me.actor), encode("ntf", line.id), now=first)


def hire_nobody(actor: Actor) -> Actor:
    return replace(actor, staff_id=new_id())
