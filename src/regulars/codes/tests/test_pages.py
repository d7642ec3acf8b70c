"""Pages of codes: pools, how codes come into them, one code's history (RWD-4, RWD-9)."""

from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from regulars.codes.actions.generate import run_generating
from regulars.codes.actions.lookup import SOURCE
from regulars.codes.models import Code, CodeBatch, CodePool
from regulars.customers.actions import enter_customer
from regulars.customers.rules import CustomerDraft
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from tests.people import Shop, hire, open_shop, sign_in_client

pytestmark = pytest.mark.django_db
POOL = {"name": "Summer", "kind": "personal", "lives_from": "attached", "valid_until": "2031-05-01T10:00"}


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def client(shop: Shop) -> Client:
    return sign_in_client(Client(), shop)


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return unescape(answer.content.decode())


def make_pool(shop: Shop, client: Client, **fields: str) -> str:
    answer = client.post("/codes/new", POOL | fields)
    assert answer.status_code == 303, answer.content.decode()
    with unit_of_work(shop.chain_id):
        newest = CodePool.objects.order_by("-id").first()
    assert newest is not None
    return f"/codes/pools/{encode('cpl', newest.id)}"


def work(shop: Shop) -> None:
    with unit_of_work(shop.chain_id):
        batches = list(CodeBatch.objects.values_list("id", flat=True))
    for batch in batches:
        run_generating(shop.chain_id, batch, now=timezone.now)


def a_code(shop: Shop) -> Code:
    with unit_of_work(shop.chain_id):
        found = Code.objects.order_by("id").first()
    assert found is not None
    return found


def test_a_pool_from_nothing_to_its_codes(shop: Shop, client: Client) -> None:
    assert "No promo codes yet" in text_of(client, "/codes")
    pool = make_pool(shop, client)
    assert "No codes in this pool yet" in text_of(client, pool)
    short = client.post(f"{pool}/generate", {"count": "10", "pattern": "SALE-****"})
    assert short.status_code == 422
    assert "Add 9 more * to it." in short.content.decode()
    assert client.post(f"{pool}/generate", {"count": "10", "pattern": "SALE-" + "*" * 16}).status_code == 303
    moving = text_of(client, pool)
    assert "data-poll" in moving
    assert "waiting" in text_of(client, f"{pool}/work")
    work(shop)
    done = text_of(client, pool)
    assert "data-poll" not in done
    assert a_code(shop).text in done
    assert "10 codes" in text_of(client, f"{pool}/work")
    assert "Summer" in text_of(client, "/codes")
    assert "No code is in this state" in text_of(client, f"{pool}?state=used")


def test_what_is_wrong_stands_at_its_field(shop: Shop, client: Client) -> None:
    answer = client.post("/codes/new", POOL | {"name": "", "valid_from": "2032-01-01T00:00", "uses_per_code": "5"})
    text = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "This field is required" in text or "Give a name" in text
    answer = client.post("/codes/new", POOL | {"valid_from": "2032-01-01T00:00", "uses_per_code": "5"})
    text = unescape(answer.content.decode())
    assert "It ends before it begins." in text
    assert "A personal code is used once" in text


def test_a_pool_is_changed_paused_and_put_away(shop: Shop, client: Client) -> None:
    pool = make_pool(shop, client)
    form = text_of(client, f"{pool}/edit")
    assert "2031-05-01T10:00" in form
    assert client.post(f"{pool}/edit", POOL | {"name": "Autumn", "version": "1"}).status_code == 303
    stale = client.post(f"{pool}/edit", POOL | {"name": "Winter", "version": "1"})
    assert stale.status_code == 422
    assert "Somebody changed this meanwhile" in stale.content.decode()
    client.post(f"{pool}/state", {"state": "paused"})
    assert "paused" in text_of(client, pool)
    client.post(f"{pool}/state", {"state": "archived"})
    assert "Autumn" not in text_of(client, "/codes")
    assert "Autumn" in text_of(client, "/codes?away=1")


def test_codes_come_from_pasted_cells_and_files_through_the_wizard(shop: Shop, client: Client) -> None:
    pool = make_pool(shop, client)
    assert client.post(f"{pool}/import", {}).status_code == 422
    pasted = client.post(f"{pool}/import", {"text": "Code\nSPRING-0001\nspring 0001\n\nSPRING-0002\tsecond column\nab"})
    text = unescape(pasted.content.decode())
    assert "The code, or one that looks the same, is in use already." in text
    assert "has at least 6 letters" in text
    assert f"/imports/new?kind=codes&pool={pool.rpartition('/')[2]}" in unescape(
        client.get(f"{pool}/import").content.decode()
    )
    with unit_of_work(shop.chain_id):
        assert set(Code.objects.values_list("text", flat=True)) == {"SPRING-0001", "SPRING-0002"}


def test_a_code_is_found_handed_out_and_shows_what_became_of_it(shop: Shop, client: Client) -> None:
    pool = make_pool(shop, client, needs_activation="on")
    client.post(f"{pool}/import", {"text": "SUMMER-7K3M-9PQX"})
    found = client.post("/codes/find", {"code": "summer 7k3m 9pqx"})
    address = found.headers["Location"]
    assert "7K3M" not in address
    assert "Nothing has become of it yet." in text_of(client, address)
    enter_customer(
        shop.actor,
        CustomerDraft(name="Anna Weber", phones=("0151 23456789",)),
        country="DE",
        today=timezone.now().date(),
        now=timezone.now(),
    )
    client.post(f"{address}/attach", {"customer": "0151 00000000"})
    assert a_code(shop).state == "free"
    client.post(f"{address}/attach", {"customer": "0151 23456789"})
    assert "Anna Weber" in text_of(client, address)
    for step, state in (("activate", "active"), ("detach", "free"), ("expire", "expired"), ("detach", "expired")):
        client.post(f"{address}/{step}")
        assert a_code(shop).state == state
    history = text_of(client, address)
    for words in ("Handed to a customer", "Activated", "Taken back from its customer", "Ended by hand"):
        assert words in history


def test_whoever_guesses_is_told_nothing_and_the_owner_everything(shop: Shop, client: Client) -> None:
    make_pool(shop, client)
    for attempt in range(SOURCE.free):
        answer = client.post("/codes/find", {"code": f"GUESS-{attempt}"}, follow=True)
        assert "There is no such code." in unescape(answer.content.decode())
    assert "Too many tries" in client.post("/codes/find", {"code": "GUESS"}, follow=True).content.decode()
    assert "Somebody guesses codes" in text_of(client, "/notifications")


def test_who_may_not_write_sees_no_buttons(shop: Shop, client: Client) -> None:
    pool = make_pool(shop, client)
    client.post(f"{pool}/import", {"text": "SUMMER-7K3M-9PQX"})
    analyst = sign_in_client(Client(), hire(shop, role="analyst"))
    text = text_of(analyst, pool)
    assert "Make codes" not in text
    assert "…9PQX" in text
    assert "SUMMER-7K3M-9PQX" not in text
    assert analyst.post(f"{pool}/generate", {"count": "1"}).status_code == 403
    cashier = sign_in_client(Client(), hire(shop, role="cashier"))
    assert cashier.get(pool).status_code == 403
