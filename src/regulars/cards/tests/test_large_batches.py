"""Blank cards by thousands: in the background, through a kill, stopped, and as a file for a printing house (CRD-10)."""

import csv
import io
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from regulars.cards.actions.blank_batches import BLANKS_MAX, start_blank_cards, stop_blank_cards
from regulars.cards.actions.blanks import BlanksCommand
from regulars.cards.actions.bulk import issue_chunk, run_bulk_issue, start_undo
from regulars.cards.models import BulkIssuedCard, Card
from regulars.cards.queries.bulk import BulkIssueView, access_bulk_issue
from regulars.cards.queries.links import find_door
from regulars.cards.tests.counter import Counter, open_counter, type_id
from regulars.cards.tests.test_number_lists import check
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.actor import ALL_RIGHTS, Actor
from regulars.platform.database import unit_of_work
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def start(counter: Counter, count: int) -> BulkIssueView:
    command = BlanksCommand(card_type=type_id(counter.stamps), count=count)
    return start_blank_cards(counter.shop.actor, command, now=timezone.now(), defer=lambda *_: None)


def worker(counter: Counter) -> Actor:
    return Actor(chain_id=counter.shop.chain_id, rights=ALL_RIGHTS, through="page")


def now_of(counter: Counter, batch: BulkIssueView) -> BulkIssueView:
    with unit_of_work(counter.shop.chain_id):
        return access_bulk_issue(counter.shop.actor, batch.public_id, kind="blanks")


def count_cards(counter: Counter) -> tuple[int, int]:
    with unit_of_work(counter.shop.chain_id):
        return Card.objects.count(), BulkIssuedCard.objects.count()


def test_so_many_are_made_in_the_background_and_a_kill_makes_none_twice(counter: Counter) -> None:
    batch = start(counter, 4_100)
    assert (batch.state, count_cards(counter)) == ("waiting", (0, 0))
    chain_id: UUID = counter.shop.chain_id
    assert issue_chunk(worker(counter), batch.id, now=timezone.now())
    half = now_of(counter, batch)
    assert (half.state, half.done, half.issued) == ("running", 2_000, 2_000)
    # The worker is killed here: only what was committed is left. Another one goes on, twice over.
    for _ in range(2):
        run_bulk_issue(chain_id, batch.id, now=timezone.now())
    whole = now_of(counter, batch)
    assert (whole.state, whole.done, whole.issued, whole.total) == ("done", 4_100, 4_100, 4_100)
    assert count_cards(counter) == (4_100, 4_100)


def test_a_list_goes_on_after_a_kill_where_it_was(counter: Counter) -> None:
    url, view = check(counter, b"\n".join(b"L%06d" % one for one in range(4_500)))
    assert view.good == 4_500
    client = counter.client()
    page = client.post(f"{url}/make").headers["Location"]
    with unit_of_work(counter.shop.chain_id):
        batch = access_bulk_issue(counter.shop.actor, page.rpartition("/")[2], kind="blanks")
    issue_chunk(worker(counter), batch.id, now=timezone.now())
    assert "Blank cards are being made" in client.get(page).content.decode()
    assert (
        "Blank cards are being made" in client.get(f"{page}/progress", headers={"HX-Request": "true"}).content.decode()
    )
    run_bulk_issue(counter.shop.chain_id, batch.id, now=timezone.now())
    with unit_of_work(counter.shop.chain_id):
        made = list(Card.objects.order_by("id").values_list("number", flat=True))
    assert made == [f"L{one:06}" for one in range(4_500)], "in the printer's order"
    assert client.get(f"{page}/progress", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_stopped_in_the_middle_it_keeps_what_is_made_and_can_be_taken_back(counter: Counter) -> None:
    batch = start(counter, 4_100)
    issue_chunk(worker(counter), batch.id, now=timezone.now())
    client = counter.client()
    page = f"/cards/blanks/{batch.public_id}"
    assert client.post(f"{page}/undo").status_code == 409, "one stops it first"
    assert client.post(f"{page}/stop").status_code == 303
    stop_blank_cards(counter.shop.actor, batch.public_id, now=timezone.now())
    run_bulk_issue(counter.shop.chain_id, batch.id, now=timezone.now())
    stopped = now_of(counter, batch)
    assert (stopped.state, stopped.issued, stopped.total) == ("done", 2_000, 4_100)
    assert "2,000 of 4,100 cards were made" in client.get(page).content.decode()
    start_undo(counter.shop.actor, batch.public_id, kind="blanks", now=timezone.now(), defer=lambda *_: None)
    run_bulk_issue(counter.shop.chain_id, batch.id, now=timezone.now())
    undone = now_of(counter, batch)
    assert (undone.state, undone.kept) == ("undone", 0)
    with unit_of_work(counter.shop.chain_id):
        assert set(Card.objects.values_list("status", flat=True)) == {"undone"}


def test_a_format_without_numbers_left_ends_the_batch_and_keeps_what_is_made(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = start(counter, 2_100)
    issue_chunk(worker(counter), batch.id, now=timezone.now())
    monkeypatch.setattr("regulars.cards.actions.numbers.ROUNDS_MAX", 0)
    run_bulk_issue(counter.shop.chain_id, batch.id, now=timezone.now())
    ended = now_of(counter, batch)
    assert (ended.state, ended.issued, ended.skipped) == ("done", 2_000, 100)
    assert "2,000 of 2,100 cards were made" in counter.client().get(f"/cards/blanks/{batch.public_id}").content.decode()
    assert "100 numbers were not free any more" in counter.client().get("/notifications").content.decode()


def test_how_many_may_be_asked_for(counter: Counter) -> None:
    assert BLANKS_MAX == 100_000
    for count in (0, -1, BLANKS_MAX + 1):
        with pytest.raises(Refused) as refused:
            start(counter, count)
        assert isinstance(refused.value.refusal, Invalid)
    sent = {"card_type": type_id(counter.stamps), "count": "100000", "numbers": ""}
    answer = counter.client().post("/cards/blanks", sent)
    assert answer.status_code == 303
    page = counter.client().get(answer.headers["Location"]).content.decode()
    assert "0/100,000" in page
    assert "Stop" in page


def test_the_printing_house_gets_every_number_with_its_link(counter: Counter) -> None:
    batch = start(counter, 2_300)
    run_bulk_issue(counter.shop.chain_id, batch.id, now=timezone.now())
    answer = counter.client().get(f"/cards/blanks/{batch.public_id}/links")
    assert answer.streaming
    assert "attachment" in answer.headers["Content-Disposition"]
    header, *lines = csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig")))
    assert header == ["Number", "Link in the QR code"]
    with unit_of_work(counter.shop.chain_id):
        made = dict(Card.objects.values_list("number", "id"))
    assert len(lines) == len({number for number, _ in lines}) == 2_300
    assert {number for number, _ in lines} == set(made)
    number, link = lines[-1]
    door = find_door(link.rpartition("/")[2])
    assert door == (counter.shop.chain_id, made[number])
    other = open_counter(name="Another")
    assert other.client().get(f"/cards/blanks/{batch.public_id}/links").status_code == 404
    assert other.client().post(f"/cards/blanks/{batch.public_id}/stop").status_code == 404


def test_whoever_may_not_export_gets_no_file_of_links_and_no_button(counter: Counter) -> None:
    batch = start(counter, 2_300)
    run_bulk_issue(counter.shop.chain_id, batch.id, now=timezone.now())
    cashier = sign_in_client(Client(), hire(counter.shop, "cashier"))
    address = f"/cards/blanks/{batch.public_id}"
    assert cashier.get(f"{address}/links").status_code == 403
    page = cashier.get(address)
    assert page.status_code == 200
    assert f"{address}/links" not in page.content.decode()
    assert f"{address}/links" in counter.client().get(address).content.decode()


def test_the_pages_ask_no_more_of_the_database_for_more_cards(counter: Counter) -> None:
    client = counter.client()

    def asked(url: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(url).status_code == 200
        return len(caught)

    few, _ = check(counter, b"S1\nS1\nS2\n")
    many, _ = check(counter, b"\n".join(b"M%05d\nM%05d" % (one, one) for one in range(3_000)))
    asked(few)
    assert asked(many) == asked(few)
    small, large = start(counter, 3), start(counter, 2_500)
    for batch in (small, large):
        run_bulk_issue(counter.shop.chain_id, batch.id, now=timezone.now())
    assert asked(f"/cards/blanks/{large.public_id}") == asked(f"/cards/blanks/{small.public_id}")
    before = asked("/cards/blanks")
    for _ in range(5):
        check(counter, b"S1\nS2\n")
        start(counter, 2)
    assert asked("/cards/blanks") == before
