"""Cards for many customers at once: counted first, resumable, undoable (CRD-1)."""

from uuid import UUID

import pytest
from django.utils import timezone

from regulars.cards.actions import bulk
from regulars.cards.actions.bulk import BulkIssueCommand, issue_chunk, run_bulk_issue, start_bulk_issue, start_undo
from regulars.cards.errors import BulkIssueNotFinished
from regulars.cards.queries.bulk import BulkIssueView, access_bulk_issue, list_bulk_cards
from regulars.cards.tests.counter import Counter, open_counter, type_id
from regulars.customers.queries import CustomerView
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import Invalid, NotFound, Refused
from regulars.platform.actor import ALL_RIGHTS, Actor
from regulars.platform.database import row, unit_of_work

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def people(counter: Counter, count: int) -> list[CustomerView]:
    return [counter.person(f"Person {number:02}", f"+49151100000{number:02}") for number in range(count)]


def start(
    counter: Counter, *, customers: tuple[str, ...] | None = None, query: str = ""
) -> tuple[BulkIssueView, list[tuple[UUID, UUID]]]:
    deferred: list[tuple[UUID, UUID]] = []
    command = BulkIssueCommand(card_type=type_id(counter.points), customers=customers, query=query)
    view = start_bulk_issue(
        counter.shop.actor, command, now=timezone.now(), defer=lambda chain, work: deferred.append((chain, work))
    )
    return view, deferred


def state(counter: Counter, view: BulkIssueView) -> BulkIssueView:
    with unit_of_work(counter.shop.chain_id):
        return access_bulk_issue(counter.shop.actor, view.public_id, kind="customers")


def test_holders_are_skipped_and_everybody_else_gets_one(counter: Counter) -> None:
    known = people(counter, 5)
    counter.card(counter.points, customer=known[2])
    view, deferred = start(counter)
    assert deferred == [(counter.shop.chain_id, view.id)]
    assert (view.state, view.total) == ("waiting", 5)
    run_bulk_issue(counter.shop.chain_id, view.id, now=timezone.now())
    after = state(counter, view)
    assert (after.state, after.issued, after.skipped, after.done) == ("done", 4, 1, 5)
    run_bulk_issue(counter.shop.chain_id, view.id, now=timezone.now())
    assert state(counter, view) == after, "running again changes nothing"


def test_only_the_chosen_or_those_that_match(counter: Counter) -> None:
    known = people(counter, 3)
    chosen, _ = start(counter, customers=(encode("cus", known[1].id),))
    run_bulk_issue(counter.shop.chain_id, chosen.id, now=timezone.now())
    assert state(counter, chosen).issued == 1
    matching, _ = start(counter, query="q=Person+02")
    run_bulk_issue(counter.shop.chain_id, matching.id, now=timezone.now())
    assert (state(counter, matching).issued, state(counter, matching).skipped) == (1, 0)


def test_work_that_was_killed_between_chunks_goes_on_where_it_was(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    people(counter, 5)
    view, _ = start(counter)
    actor = Actor(chain_id=counter.shop.chain_id, rights=ALL_RIGHTS, through="page")
    assert issue_chunk(actor, view.id, now=timezone.now())
    assert (state(counter, view).state, state(counter, view).issued) == ("running", 2)
    run_bulk_issue(counter.shop.chain_id, view.id, now=timezone.now())
    assert (state(counter, view).state, state(counter, view).issued) == ("done", 5)
    with unit_of_work(counter.shop.chain_id):
        assert row("SELECT count(*), count(DISTINCT customer_id) FROM cards WHERE status = 'active'") == (5, 5)


def test_undo_takes_back_what_nobody_used_and_the_gift_can_be_given_again(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    people(counter, 5)
    view, _ = start(counter)
    with pytest.raises(Refused) as refused:
        start_undo(counter.shop.actor, view.public_id, kind="customers", now=timezone.now(), defer=lambda *_: None)
    assert isinstance(refused.value.refusal, BulkIssueNotFinished)
    run_bulk_issue(counter.shop.chain_id, view.id, now=timezone.now())
    with unit_of_work(counter.shop.chain_id):
        cards, _more = list_bulk_cards(counter.shop.actor, view.id, now=timezone.now())
    assert [counter.total(card, "points") for card in cards] == [50] * 5
    counter.adjust(cards[0], "-1")
    start_undo(counter.shop.actor, view.public_id, kind="customers", now=timezone.now(), defer=lambda *_: None)
    run_bulk_issue(counter.shop.chain_id, view.id, now=timezone.now())
    after = state(counter, view)
    assert (after.state, after.kept) == ("undone", 1)
    assert counter.now(cards[1]).status == "undone"
    assert counter.total(cards[1], "points") == 0, "what came with the card is reversed"
    again, _ = start(counter)
    run_bulk_issue(counter.shop.chain_id, again.id, now=timezone.now())
    with unit_of_work(counter.shop.chain_id):
        new, _more = list_bulk_cards(counter.shop.actor, again.id, now=timezone.now())
    assert [counter.total(card, "points") for card in new] == [50] * 4


def test_what_cannot_be_meant_is_refused(counter: Counter) -> None:
    other = open_counter(name="Another")
    for customers in ((), ("cus_x",), tuple(f"cus_{number:026}" for number in range(2001))):
        with pytest.raises(Refused) as refused:
            start(counter, customers=customers)
        assert isinstance(refused.value.refusal, Invalid)
    # Another chain's customer is told like one who does not exist.
    theirs = other.person("Theirs", "+4915155555555")
    with pytest.raises(Refused) as refused:
        start(counter, customers=(encode("cus", theirs.id),))
    assert isinstance(refused.value.refusal, Invalid)
    assert [one.code for one in refused.value.refusal.errors] == ["unknown_customer"]
    view, _ = start(counter, customers=(encode("cus", people(counter, 1)[0].id),))
    with pytest.raises(Refused) as refused:
        start_undo(other.shop.actor, view.public_id, kind="customers", now=timezone.now(), defer=lambda *_: None)
    assert isinstance(refused.value.refusal, NotFound)


def test_the_pages_count_start_and_show_the_result(counter: Counter) -> None:
    known = people(counter, 3)
    counter.card(counter.stamps, customer=known[0])
    client = counter.client()
    ids = [encode("cus", one.id) for one in known]
    page = client.get("/cards/bulk", {"id": ids}).content.decode()
    assert "New cards: 2. Already have one and are skipped: 1" in page
    assert "3 customers" in client.get("/cards/bulk", {"all": "1", "query": "q=person"}).content.decode()
    answer = client.post("/cards/bulk", {"id": ids, "type": type_id(counter.stamps)})
    assert answer.status_code == 303
    url = answer.headers["Location"]
    page = client.get(url).content.decode()
    assert "Cards are being issued" in page
    assert f'data-poll="{url}/progress"' in page
    with unit_of_work(counter.shop.chain_id):
        found = row("SELECT id FROM bulk_issues")
        jobs = row("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'cards.bulk_issue'")
    assert found
    assert jobs == (1,), "the work was put into the background"
    run_bulk_issue(counter.shop.chain_id, found[0], now=timezone.now())
    assert "HX-Refresh" in client.get(f"{url}/progress", headers={"HX-Request": "true"}).headers
    page = client.get(url).content.decode()
    assert "Person 01" in page
    assert "Take back" in page
    assert client.post(f"{url}/undo").status_code == 303
    assert "being taken back" in client.get(url).content.decode()


def test_hostile_selections(counter: Counter) -> None:
    client = counter.client()
    for query in ("", "id=x", "id=cus_x", "all=2", "id=%00"):
        assert client.get(f"/cards/bulk?{query}").status_code in (404, 422), query
    for query in ("all=1", "all=1&query=q%3D%27%3B", "all=1&query=" + "x" * 5000, "all=1&query=type%3Dctp_x"):
        assert client.get(f"/cards/bulk?{query}").status_code == 200, query
    person = counter.person("A", "+4915155555555")
    sent = {"id": encode("cus", person.id), "type": "ctp_x"}
    assert client.post("/cards/bulk", sent).status_code == 404
    assert client.get("/cards/bulk/blk_x").status_code == 404
    assert client.get("/cards/bulk/blk_x/progress").status_code == 404


def test_a_customer_who_is_none_is_told_and_nobody_gets_a_card(counter: Counter) -> None:
    known = people(counter, 2)
    named = (encode("cus", known[0].id), encode("cus", new_id()), encode("cus", known[1].id))
    with pytest.raises(Refused) as raised:
        start(counter, customers=named)
    refusal = raised.value.refusal
    assert isinstance(refusal, Invalid)
    assert [(one.pointer, one.code) for one in refusal.errors] == [("/customers/1", "unknown_customer")]
