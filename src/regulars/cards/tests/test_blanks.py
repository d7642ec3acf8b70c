"""Blank cards: made, printed, given away; earning before, spending after (CRD-10)."""

import pytest
from django.utils import timezone

from regulars.cards.actions.balances import TransferCommand, transfer_balance
from regulars.cards.actions.blanks import AssignCommand, BlanksCommand, assign_card, make_blank_cards
from regulars.cards.actions.bulk import run_bulk_issue, start_undo
from regulars.cards.errors import CardAssigned, CardExists, CardNotAssigned, NumbersTaken
from regulars.cards.queries.bulk import BulkIssueView, access_bulk_issue, list_bulk_cards
from regulars.cards.queries.cards import CardView
from regulars.cards.tests.counter import Counter, card_id, open_counter, type_id
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.database import unit_of_work

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def batch_of(
    counter: Counter, *, count: int = 0, numbers: tuple[str, ...] = ()
) -> tuple[BulkIssueView, list[CardView]]:
    command = BlanksCommand(card_type=type_id(counter.points), count=count, numbers=numbers)
    made = make_blank_cards(counter.shop.actor, command, now=timezone.now())
    with unit_of_work(counter.shop.chain_id):
        return made, list_bulk_cards(counter.shop.actor, made.id, now=timezone.now(), limit=500)[0]


def give(counter: Counter, card: CardView, *, phone: str = "", customer: str = "") -> CardView:
    command = AssignCommand(card=card_id(card), phone=phone, customer=customer)
    return assign_card(counter.shop.actor, command, country="DE", now=timezone.now())


def test_a_blank_card_earns_and_spends_only_once_it_is_somebodys(counter: Counter) -> None:
    _, (blank, other) = batch_of(counter, count=2)
    assert blank.is_blank
    assert counter.total(blank, "points") == 0, "nobody has come, so nobody is welcomed"
    counter.adjust(blank, "10")
    with pytest.raises(Refused) as refused:
        counter.adjust(blank, "-1")
    assert isinstance(refused.value.refusal, CardNotAssigned)
    command = TransferCommand(card=card_id(blank), to=card_id(other), balance_type="points", amount="1", reason="x")
    with pytest.raises(Refused) as refused:
        transfer_balance(counter.shop.actor, command, now=timezone.now())
    assert isinstance(refused.value.refusal, CardNotAssigned)
    given = give(counter, blank, phone="0151 22222222")
    assert (given.phone, given.is_unclaimed) == ("+4915122222222", True)
    assert counter.total(blank, "points") == 60, "the welcome gift comes with the person"
    counter.adjust(blank, "-1")


def test_a_known_phone_makes_it_the_customers(counter: Counter) -> None:
    anna = counter.person("Anna", "+4915111111111")
    _, (first, second) = batch_of(counter, count=2)
    assert give(counter, first, phone="0151/11111111").customer_id == anna.id
    for holder in ({"phone": "0151 11111111"}, {"customer": encode("cus", anna.id)}):
        with pytest.raises(Refused) as refused:
            give(counter, second, **holder)
        assert isinstance(refused.value.refusal, CardExists), "one card of this type per customer"
    with pytest.raises(Refused) as refused:
        give(counter, first, phone="0151 33333333")
    assert isinstance(refused.value.refusal, CardAssigned)


def test_numbers_of_the_printer_are_taken_all_or_none(counter: Counter) -> None:
    _, cards = batch_of(counter, numbers=("P-001", "P-002"))
    assert sorted(card.number for card in cards) == ["P-001", "P-002"]
    with pytest.raises(Refused) as refused:
        batch_of(counter, numbers=("P-003", "p 002"))
    assert refused.value.refusal == NumbersTaken(count=1, number="p 002", numbers=("p 002",))
    for numbers, count in ((("A", "a"), 0), ((), 0), ((), 2001), (("-",), 0), (("x" * 65,), 0)):
        with pytest.raises(Refused) as refused:
            batch_of(counter, numbers=numbers, count=count)
        assert isinstance(refused.value.refusal, Invalid)


def test_undo_takes_back_unused_cards_and_frees_their_numbers(counter: Counter) -> None:
    batch, cards = batch_of(counter, numbers=("P-1", "P-2", "P-3"))
    give(counter, cards[0], phone="0151 22222222")
    counter.adjust(cards[1], "5")
    start_undo(counter.shop.actor, batch.public_id, kind="blanks", now=timezone.now(), defer=lambda *_: None)
    run_bulk_issue(counter.shop.chain_id, batch.id, now=timezone.now())
    with unit_of_work(counter.shop.chain_id):
        after = access_bulk_issue(counter.shop.actor, batch.public_id, kind="blanks")
    assert (after.state, after.kept) == ("undone", 2)
    assert counter.now(cards[2]).status == "undone"
    batch_of(counter, numbers=("P-3",))


def test_the_pages_make_print_and_give(counter: Counter) -> None:
    client = counter.client()
    sent = {"card_type": type_id(counter.stamps), "count": "3", "numbers": ""}
    answer = client.post("/cards/blanks", sent)
    assert answer.status_code == 303
    sheet = client.get(answer.headers["Location"]).content.decode()
    assert sheet.count("<svg viewBox") >= 3
    assert "3 blank cards made" in sheet
    assert "Coffee card" in client.get("/cards/blanks").content.decode()
    page = client.get("/cards?holder=blank").content.decode()
    identifier = page.partition('href="/cards/crd_')[2].partition("?")[0]
    url = f"/cards/crd_{identifier}"
    assert "Blank card" in client.get(url).content.decode()
    assert client.post(f"{url}/assign", {"holder": "nobody"}).status_code == 422
    assert client.post(f"{url}/assign", {"holder": "0151 22222222"}).status_code == 303
    assert "The card now belongs to +4915122222222" in client.get(url).content.decode()


def test_bad_batches_come_back_with_what_was_typed(counter: Counter) -> None:
    client = counter.client()
    batch_of(counter, numbers=("P-1",))
    for more in (
        {"count": "0"},
        {"count": "100001"},
        {"count": "9" * 300},
        {"count": "x"},
        {"numbers": "P-1\nP-2"},
        {"numbers": "A\na"},
        {"numbers": "\n".join(map(str, range(2001)))},
        {"card_type": "ctp_x"},
    ):
        sent = {"card_type": type_id(counter.stamps), "count": "", "numbers": ""} | more
        assert client.post("/cards/blanks", sent).status_code == 422, more
    assert client.get("/cards/blanks/blk_x").status_code == 404
    other = open_counter(name="Another")
    theirs, _ = batch_of(other, count=1)
    assert client.get(f"/cards/blanks/{theirs.public_id}").status_code == 404
    assert client.post(f"/cards/blanks/{theirs.public_id}/undo").status_code == 404
