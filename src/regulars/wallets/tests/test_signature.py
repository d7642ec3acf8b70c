"""Signatures of passes: openssl trusts each of them, whatever key made them and however many came before."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from regulars.wallets.rules.apple import signature
from regulars.wallets.rules.apple.signature import Signatures, _Pattern, _pattern_of
from tests.apple_kit import Apple, Key, apple, check_signature, issue, rsa_key

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def ours() -> Apple:
    return apple(NOW)


def signatures(ours: Apple, key: Key) -> Signatures:
    leaf = issue([(NameOID.COMMON_NAME, "leaf")], key, by=ours.intermediate, begins=NOW - timedelta(days=1))
    return Signatures(leaf.certificate, key, ours.intermediate.certificate)


@pytest.mark.parametrize("size", [1024, 2048, 3072, 4096])
def test_each_of_many_is_trusted(ours: Apple, tmp_path: Path, size: int) -> None:
    key = rsa_key(3) if size == 2048 else rsa.generate_private_key(public_exponent=65537, key_size=size)
    signer = signatures(ours, key)
    for content in (b"{}", b"", b"\r\n lines \n", bytes(range(256)) * 300):
        check_signature(signer.sign(content), content, ours.root, tmp_path)


def test_a_key_on_a_curve_signs_as_well(ours: Apple, tmp_path: Path) -> None:
    signer = signatures(ours, ec.generate_private_key(ec.SECP256R1()))
    for content in (b"{}", b"other"):
        check_signature(signer.sign(content), content, ours.root, tmp_path)


def test_the_time_in_it_is_never_older_than_a_minute(ours: Apple, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = signatures(ours, rsa_key(3))
    before = datetime.now(UTC).replace(microsecond=0)
    assert before <= time_in(signer.sign(b"{}")) <= datetime.now(UTC)
    clock = iter([0.0, 59.0, 61.0, 119.0, 200.0])
    made: list[_Pattern | None] = []
    monkeypatch.setattr(signature, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    signer = signatures(ours, rsa_key(3))
    for _ in range(5):
        signer.sign(b"{}")
        made.append(signer._pattern)
    assert [one is other for one, other in pairwise(made)] == [True, False, True, False]


def test_what_is_built_in_another_way_is_left_to_the_library(ours: Apple, tmp_path: Path) -> None:
    key = rsa_key(3)
    whole = signatures(ours, key)._by_library(signature._SAMPLE)
    assert _pattern_of(whole, key) is not None
    assert _pattern_of(whole[:-1] + bytes([whole[-1] ^ 1]), key) is None
    assert _pattern_of(whole[:40], key) is None
    assert _pattern_of(signatures(ours, key)._by_library(b"another content"), key) is None


def time_in(signed: bytes) -> datetime:
    """The signing time: an attribute of its own (RFC 5652, 11.3), to the second."""
    found = re.search(re.escape(bytes.fromhex("06092a864886f70d010905")) + rb"..\x17\x0d(\d{12})Z", signed, re.DOTALL)
    assert found
    return datetime.strptime(found[1].decode(), "%y%m%d%H%M%S").replace(tzinfo=UTC)
