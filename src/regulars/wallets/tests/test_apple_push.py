"""Telling phones over real HTTP/2 and TLS, by a stand-in for Apple's service that checks who asks (WAL-1)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import override_settings

from regulars.kernel.ids import new_id
from regulars.wallets.actions.apple_push import ApplePusher
from regulars.wallets.rules.apple.certificate import PassCertificate, load_certificate
from regulars.wallets.rules.port import Phone
from regulars.wallets.rules.sending import Answer
from tests.apns_stand_in import Apns, apns
from tests.apple_kit import PASS_TYPE
from tests.wallet_kit import our_apple

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Apns]:
    with apns(our_apple(), tmp_path / "apns") as told, override_settings(APNS_URL=told.url, APNS_TRUST=told.trust):
        yield told


@pytest.fixture
def pusher() -> Iterator[ApplePusher]:
    made = ApplePusher()
    yield made
    made.close()


def signer() -> PassCertificate:
    ours = our_apple()
    return load_certificate(ours.leaf.pem, ours.leaf.key_pem, ours.intermediate.pem)


def phones(count: int, registered_at: datetime = NOW) -> list[Phone]:
    return [Phone(new_id(), f"{number:064x}", registered_at) for number in range(count)]


def test_phones_are_told_on_one_connection_by_whoever_owns_the_pass_type(service: Apns, pusher: ApplePusher) -> None:
    for _ in range(2):
        assert pusher.push(signer(), phones(20)) == [Answer("sent")] * 20
    assert sorted(service.pushed) == sorted(phone.push_token for phone in phones(20) * 2)
    assert (service.topics, service.clients) == ({PASS_TYPE}, {PASS_TYPE})
    assert service.connections <= 4


def test_each_answer_is_understood(service: Apns, pusher: ApplePusher) -> None:
    later = int((NOW + timedelta(days=1)).timestamp() * 1000)
    earlier = int((NOW - timedelta(days=1)).timestamp() * 1000)
    says: list[tuple[int, dict[str, object]]] = [
        (200, {}),
        (410, {"reason": "Unregistered", "timestamp": later}),
        (410, {"reason": "Unregistered", "timestamp": earlier}),
        (400, {"reason": "BadDeviceToken"}),
        (429, {"reason": "TooManyRequests"}),
        (503, {"reason": "ServiceUnavailable"}),
        (403, {"reason": "BadCertificate"}),
        (400, {"reason": "BadTopic"}),
        (500, {}),
    ]
    service.says = lambda token: says[int(token, 16)]
    told = [(one.told, one.reason) for one in pusher.push(signer(), phones(len(says)))]
    assert told == [
        ("sent", ""),
        ("gone", "Unregistered"),
        ("later", "Unregistered"),
        ("gone", "BadDeviceToken"),
        ("later", "TooManyRequests"),
        ("later", "ServiceUnavailable"),
        ("refused", "BadCertificate"),
        ("refused", "BadTopic"),
        ("later", ""),
    ]


def test_a_service_that_ends_its_connections_loses_no_push(service: Apns, pusher: ApplePusher) -> None:
    service.goaway_after = 30
    answers = [one for _ in range(5) for one in pusher.push(signer(), phones(20))]
    assert {one.told for one in answers} <= {"sent", "later"}
    lost = [one for one in answers if one.told == "later"]
    # What a connection took with it is told again: here by the caller, who tries what is left for later.
    assert len(service.pushed) >= 100 - len(lost)
    assert len(lost) < 20


def test_slow_answers_do_not_wait_for_each_other(service: Apns, pusher: ApplePusher) -> None:
    service.wait_seconds = 0.3
    began = datetime.now(UTC)
    assert {one.told for one in pusher.push(signer(), phones(40))} == {"sent"}
    assert datetime.now(UTC) - began < timedelta(seconds=6), "one after the other they take twelve"


def test_nobody_there_is_a_reason_to_try_later(pusher: ApplePusher) -> None:
    with override_settings(APNS_URL="https://localhost:9", APNS_TRUST=""):
        assert [one.told for one in pusher.push(signer(), phones(2))] == ["later", "later"]


def test_a_service_that_nobody_vouches_for_is_not_spoken_to(service: Apns, pusher: ApplePusher) -> None:
    with override_settings(APNS_TRUST=""):
        assert [one.told for one in pusher.push(signer(), phones(1))] == ["later"]
    assert service.pushed == []


def test_two_owners_are_two_connections(service: Apns, pusher: ApplePusher) -> None:
    other = our_apple().leaf_for("pass.example.other", begins=datetime.now(UTC) - timedelta(days=1))
    theirs = replace(signer(), pass_type="pass.example.other", certificate=other.certificate, key=other.key)
    pusher.push(signer(), phones(1))
    pusher.push(theirs, phones(1))
    assert service.clients == {PASS_TYPE, "pass.example.other"}
