"""Web push: sealed for one browser, proved, and answered by a real service on this machine (WAL-1, RFC 8291, RFC 8292)."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import override_settings

from regulars.wallets.actions.web_push import message_of, public_key, push_all
from regulars.wallets.rules.sending import Answer
from regulars.wallets.rules.web.sealing import seal
from regulars.wallets.rules.web.subscription import Subscription, decode64, encode64, read_subscription
from tests.push_kit import Browser, Service, push_service

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def service() -> Iterator[Service]:
    with push_service() as told:
        yield told


def test_the_example_of_the_standard_comes_out_letter_by_letter() -> None:
    """RFC 8291, appendix A."""
    once = ec.derive_private_key(
        int.from_bytes(decode64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    to = Subscription(
        "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        decode64("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        decode64("BTBZMqHH6r4Tts7J_aSIgg"),
    )
    sealed = seal(b"When I grow up, I want to be a watermelon", to, salt=decode64("DGv6ra1nlYgDCS1FRnbzlw"), once=once)
    assert encode64(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4M"
        "qgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_a_browser_reads_what_is_sent_and_nobody_else_does(service: Service) -> None:
    anna, tom = Browser(), Browser()
    message = message_of("Kaffeehaus Nord", "7 of 8 stamps ☕", tag="c1")
    told = [(one.subscribe(service.url + path), message) for one, path in ((anna, "/anna"), (tom, "/tom"))]
    assert push_all(told, now=NOW) == [Answer("sent"), Answer("sent")]
    bodies = {path: body for path, _headers, body in service.got}
    assert json.loads(anna.read(bodies["/anna"]))["body"] == "7 of 8 stamps ☕"
    with pytest.raises(InvalidTag):
        tom.read(bodies["/anna"])
    headers = service.got[0][1]
    assert headers["Content-Encoding"] == "aes128gcm"
    assert int(headers["TTL"]) > 0


def test_it_is_proved_who_sends_to_this_service_and_no_longer_than_a_day(service: Service) -> None:
    push_all([(Browser().subscribe(service.url + "/a"), b"{}")], now=NOW)
    kind, _, rest = service.got[0][1]["Authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (kind, parts["k"]) == ("vapid", public_key())
    head, claims, signature = parts["t"].split(".")
    ours = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode64(parts["k"]))
    signed = decode64(signature)
    numbers = encode_dss_signature(int.from_bytes(signed[:32], "big"), int.from_bytes(signed[32:], "big"))
    ours.verify(numbers, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    with pytest.raises(InvalidSignature):
        ours.verify(numbers, f"{head}.{claims}x".encode(), ec.ECDSA(SHA256()))
    told = json.loads(decode64(claims))
    assert told["aud"] == service.url
    assert timedelta(0) < datetime.fromtimestamp(told["exp"], UTC) - NOW <= timedelta(days=1)


def test_each_answer_is_understood(service: Service) -> None:
    service.says = {
        "/gone": (410, {}),
        "/none": (404, {}),
        "/busy": (429, {"Retry-After": "120"}),
        "/down": (503, {}),
        "/stranger": (403, {}),
        "/large": (413, {}),
        "/moved": (301, {"Location": "http://127.0.0.1/"}),
    }
    browser = Browser()
    answers = push_all([(browser.subscribe(service.url + path), b"{}") for path in service.says], now=NOW)
    assert [(one.told, one.reason) for one in answers] == [
        ("gone", "410"),
        ("gone", "404"),
        ("later", "429"),
        ("later", "503"),
        ("gone", "403"),
        ("refused", "413"),
        ("refused", "301"),
    ]
    assert answers[2].after == timedelta(seconds=120)
    assert len(service.got) == len(service.says), "nothing is followed"


def test_slow_services_do_not_wait_for_each_other(service: Service) -> None:
    paths = [f"/{number}" for number in range(8)]
    service.waits = dict.fromkeys(paths, 0.5)
    began = time.monotonic()
    assert {
        one.told for one in push_all([(Browser().subscribe(service.url + path), b"{}") for path in paths], now=NOW)
    } == {"sent"}
    assert time.monotonic() - began < 3, "one after the other they take four"


def test_an_address_in_a_private_network_is_never_asked(service: Service) -> None:
    with override_settings(OUTBOUND_ALLOW=[]):
        answers = push_all([(Browser().subscribe(service.url + "/a"), b"{}")], now=NOW)
    assert answers == [Answer("gone", "address_refused")]
    assert service.got == []


def test_nobody_there_is_a_reason_to_try_later() -> None:
    with override_settings(OUTBOUND_ALLOW=["127.0.0.1"]):
        assert push_all([(Browser().subscribe("http://127.0.0.1:9/a"), b"{}")], now=NOW) == [
            Answer("later", "not_reached")
        ]


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "{}", '{"endpoint": 1, "keys": {}}', "[" * 100_000,
        Browser().subscribe("ftp://example.com/a"), Browser().subscribe("https://example.com/" + "a" * 2000),
        Browser(secret=b"short").subscribe("https://example.com/"),
        Browser().subscribe("https://example.com/").replace('"p256dh": "B', '"p256dh": "C'),
    ],
)  # fmt: skip
def test_what_no_browser_wrote_is_no_subscription(text: str) -> None:
    assert read_subscription(text) is None


def test_a_subscription_is_kept_as_it_was() -> None:
    read = read_subscription(Browser().subscribe("https://push.example.com/a"))
    assert read is not None
    assert read_subscription(read.text()) == read
