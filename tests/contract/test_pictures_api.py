"""Pictures of rewards and vouchers: taken as an upload that nobody trusts, given with what lets a reader keep them (RWD-2)."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from regulars.rewards.tests.reward_kit import RewardShop
from tests.contract.chains import Caller, Reply, add_caller
from tests.order_kit import OrderShop, open_order_shop

pytestmark = pytest.mark.django_db


def file_of(kind: str = "PNG", colour: str = "red", **more: Any) -> bytes:
    kept = BytesIO()
    Image.new("RGB", (8, 8), colour).save(kept, kind, **more)
    return kept.getvalue()


def upload(
    caller: Caller, path: str, content: bytes, *, name: str = "picture", more: str = "", **headers: Any
) -> Reply:
    part = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="a.png"\r\n\r\n'.encode()
    raw = part + content + b"\r\n" + more.encode() + b"--b--\r\n"
    return caller.send("POST", path, raw=raw, content_type="multipart/form-data; boundary=b", **headers)


@pytest.fixture
def shop() -> OrderShop:
    return open_order_shop()


@pytest.fixture
def card(shop: OrderShop) -> CardView:
    return shop.counter.issue("+4915112345678")


@pytest.fixture(params=["reward", "voucher"])
def thing(request: pytest.FixtureRequest, shop: OrderShop, card: CardView) -> str:
    """Something that can have a picture: its address."""
    if request.param == "reward":
        return f"/rewards/{shop.caller.post('/rewards', {'title': 'A mug'}).body['id']}"
    made = shop.caller.post("/vouchers", {"title": "A coffee", "card": encode("crd", card.id)})
    assert made.status == 201, made.body
    return f"/vouchers/{made.body['id']}"


def bytes_of(caller: Caller, path: str, **headers: Any) -> Any:
    headers.setdefault("HTTP_AUTHORIZATION", f"Bearer {caller.key}")
    return caller.client.get(f"/api/v1{path}", **headers)


def test_a_picture_is_put_fetched_and_taken_away(shop: OrderShop, thing: str) -> None:
    caller = shop.caller
    assert caller.get(thing).body["picture"] is None
    assert caller.get(f"{thing}/picture").status == 404
    put = upload(caller, f"{thing}/picture", file_of("JPEG", comment=b"Mia at home"))
    assert put.status == 201, put.body
    assert put.body["picture"] == f"/api/v1{thing}/picture"
    shown = bytes_of(caller, f"{thing}/picture")
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert b"Mia" not in shown.content
    with Image.open(BytesIO(shown.content)) as read:
        assert read.size == (8, 8)
    assert shown["Cache-Control"] == "private, max-age=300"
    assert shown["X-Content-Type-Options"] == "nosniff"
    known = bytes_of(caller, f"{thing}/picture", HTTP_IF_NONE_MATCH=shown["ETag"])
    assert (known.status_code, known.content, known["ETag"]) == (304, b"", shown["ETag"])
    upload(caller, f"{thing}/picture", file_of("PNG", "blue"))
    other = bytes_of(caller, f"{thing}/picture", HTTP_IF_NONE_MATCH=shown["ETag"])
    assert (other.status_code, other["Content-Type"]) == (200, "image/png")
    # What nothing shows any more is not kept.
    assert shop.counter.read("SELECT count(*) FROM pictures") == [(1,)]
    assert caller.delete(f"{thing}/picture").status == 204
    assert caller.delete(f"{thing}/picture").status == 204
    assert caller.get(f"{thing}/picture").status == 404
    assert shop.counter.read("SELECT count(*) FROM pictures") == [(0,)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_a_picture"),
        (b"<svg onload=x>", "not_a_picture"),
        (file_of("GIF"), "not_a_picture"),
        (file_of()[:40], "not_a_picture"),
        (file_of() + b"0" * 500_000, "too_large"),
    ],
)
def test_what_is_no_picture_is_refused(shop: OrderShop, thing: str, content: bytes, code: str) -> None:
    reply = upload(shop.caller, f"{thing}/picture", content)
    assert (reply.status, reply.codes_at()) == (422, {"/picture": code})


def test_what_is_no_upload_of_a_picture_is_refused(shop: OrderShop, thing: str) -> None:
    path = f"{thing}/picture"
    huge = upload(shop.caller, path, b"0" * 700_000)
    assert (huge.status, huge.code) == (413, "body_too_large")
    assert upload(shop.caller, path, file_of(), name="file").status == 422
    text = '--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nA mug\r\n'
    more = upload(shop.caller, path, file_of(), more=text)
    assert (more.status, more.codes_at()) == (422, {"/title": "unknown_field"})
    assert shop.caller.post(path, {"picture": "x"}).status == 415
    missing = f"/{thing.split('/')[1]}/{thing.split('/')[2][:4]}00000000000000000000000000/picture"
    assert upload(shop.caller, missing, file_of()).status == 404


def test_the_same_upload_with_its_key_is_answered_once(shop: OrderShop, thing: str) -> None:
    first = upload(shop.caller, f"{thing}/picture", file_of(), key="once")
    again = upload(shop.caller, f"{thing}/picture", file_of(), key="once")
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotent-Replay"] == "true"
    other = upload(shop.caller, f"{thing}/picture", file_of("PNG", "blue"), key="once")
    assert (other.status, other.code) == (409, "idempotency_key_reused")


def test_reading_takes_less_than_changing(shop: OrderShop, thing: str) -> None:
    upload(shop.caller, f"{thing}/picture", file_of())
    reader = add_caller(shop.caller.chain_id, scopes=frozenset({"rewards:read"}))
    assert bytes_of(reader, f"{thing}/picture").status_code == 200
    for reply in (upload(reader, f"{thing}/picture", file_of()), reader.delete(f"{thing}/picture")):
        assert (reply.status, reply.code) == (403, "forbidden")
    stranger = open_order_shop().caller
    assert stranger.get(f"{thing}/picture").status == 404


def test_a_voucher_shows_the_picture_of_its_reward_as_it_was(shop: OrderShop, card: CardView) -> None:
    rewards = RewardShop(shop.counter)
    coffee = rewards.voucher("A coffee")
    rewards.goals({2: coffee})
    upload(shop.caller, f"/rewards/{encode('rwd', coffee.id)}/picture", file_of())
    first, second = (rewards.stamp(card, 2) for _ in range(2))
    upload(shop.caller, f"/rewards/{encode('rwd', coffee.id)}/picture", file_of("PNG", "blue"))
    third = rewards.stamp(card, 2)
    vouchers = [encode("vch", voucher) for one in (first, second, third) if (voucher := one.rewards[0].voucher_id)]
    tags = [bytes_of(shop.caller, f"/vouchers/{one}/picture")["ETag"] for one in vouchers]
    assert tags[0] == tags[1] != tags[2]
    assert shop.counter.read("SELECT count(*) FROM pictures") == [(2,)]
    token = card.link.rsplit("/", 1)[1]
    web_card = Client().get(f"/c/{token}").content.decode()
    assert f"/c/{token}/vouchers/{vouchers[0]}/picture?v=" in web_card
    assert Client().get(f"/c/{token}/vouchers/{vouchers[0]}/picture").status_code == 200
    other = shop.counter.issue("+4915112345679").link.rsplit("/", 1)[1]
    # Whoever holds another card does not see what is on this one.
    assert Client().get(f"/c/{other}/vouchers/{vouchers[0]}/picture").status_code == 404
