"""Certificates of pass types: every file that people have, and every way in which it is the wrong one."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from regulars.wallets.rules.apple.certificate import (
    Files,
    PassCertificate,
    load_certificate,
    make_request,
    read_certificate,
    stored_texts,
)
from tests.apple_kit import PASS_TYPE, TEAM, Apple, apple, key_pem, rsa_key

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DER = serialization.Encoding.DER


@pytest.fixture(scope="module")
def ours() -> Apple:
    return apple(NOW)


def codes(files: Files, now: datetime = NOW) -> list[str]:
    found = read_certificate(files, now=now)
    assert isinstance(found, list)
    return [one.code for one in found]


def every_form(ours: Apple) -> dict[str, Files]:
    leaf, key, issuer = ours.leaf.pem, ours.leaf.key_pem, ours.intermediate.pem
    der = ours.leaf.certificate.public_bytes(DER)
    return {
        "PEM, three files": Files(leaf, key, issuer),
        "as Apple gives them": Files(der, key, ours.intermediate.certificate.public_bytes(DER)),
        "one PEM file": Files(b"Bag Attributes\n" + leaf + key + issuer),
        "key file protected": Files(leaf, key_pem(ours.leaf.key, "geheim"), issuer, password="geheim"),
        "keychain": Files(ours.leaf.p12("geheim"), b"", issuer, password="geheim"),
        "keychain with the chain": Files(ours.leaf.p12("пароль", ours.intermediate.certificate), password="пароль"),
        "keychain without password": Files(ours.leaf.p12(""), b"", issuer),
        "open key, password given all the same": Files(leaf, key, issuer, password="unused"),
        "both intermediates": Files(leaf, key, ours.other.pem + issuer),
    }


def test_every_form_is_read(ours: Apple) -> None:
    for name, files in every_form(ours).items():
        found = read_certificate(files, now=NOW)
        assert isinstance(found, PassCertificate), (name, found)
        assert (found.pass_type, found.team) == (PASS_TYPE, TEAM)
        assert found.intermediate == ours.intermediate.certificate
        assert found.ends_at == NOW + timedelta(days=390)


def test_what_is_stored_is_loaded_and_signs(ours: Apple) -> None:
    found = read_certificate(every_form(ours)["keychain"], now=NOW)
    assert isinstance(found, PassCertificate)
    again = load_certificate(*stored_texts(found))
    assert (again.pass_type, again.team, again.ends_at) == (found.pass_type, found.team, found.ends_at)
    assert len(again.sign(b"{}\r\n{}\n")) > 1000


def test_each_wrong_file_is_told_apart(ours: Apple) -> None:
    leaf, key, issuer = ours.leaf.pem, ours.leaf.key_pem, ours.intermediate.pem
    wrong = {
        "not_a_certificate": Files(b"%PDF-1.7 nothing", key, issuer),
        "not_a_key": Files(leaf, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", issuer),
        "password_wanted": Files(ours.leaf.p12("geheim"), b"", issuer),
        "password_wrong": Files(ours.leaf.p12("geheim"), b"", issuer, password="falsch"),
        "key_missing": Files(leaf, b"", issuer),
        "key_of_another": Files(leaf, key_pem(rsa_key(4)), issuer),
        "not_a_pass_type": Files(ours.intermediate.pem, key, issuer),
        "intermediate_missing": Files(leaf, key),
        "intermediate_of_another": Files(leaf, key, ours.other.pem),
    }
    for code, files in wrong.items():
        assert codes(files) == [code]


def test_protected_keys_in_text_form(ours: Apple) -> None:
    hidden = key_pem(ours.leaf.key, "geheim")
    assert codes(Files(ours.leaf.pem, hidden, ours.intermediate.pem)) == ["password_wanted"]
    assert codes(Files(ours.leaf.pem, hidden, ours.intermediate.pem, password="x")) == ["password_wrong"]


def test_a_key_that_cannot_sign_passes(ours: Apple) -> None:
    odd = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert codes(Files(ours.leaf.pem, odd, ours.intermediate.pem)) == ["key_not_usable"]


def test_times_and_names_that_are_wrong_are_told_together(ours: Apple) -> None:
    ended = ours.leaf_for(begins=NOW - timedelta(days=400), days=399)
    assert codes(Files(ended.pem, ended.key_pem, ours.intermediate.pem)) == ["ended"]
    early = ours.leaf_for(begins=NOW + timedelta(days=1))
    assert codes(Files(early.pem, early.key_pem, ours.intermediate.pem)) == ["not_begun"]
    bare = ours.leaf_for(team="", begins=NOW - timedelta(days=1))
    assert codes(Files(bare.pem, key_pem(rsa_key(4)), ours.other.pem)) == [
        "no_team",
        "key_of_another",
        "intermediate_of_another",
    ]
    other = ours.leaf_for("com.example.app", begins=NOW - timedelta(days=1))
    assert codes(Files(other.pem, other.key_pem, ours.intermediate.pem)) == ["not_a_pass_type"]


def test_an_intermediate_that_ended(ours: Apple) -> None:
    assert codes(every_form(ours)["PEM, three files"], NOW + timedelta(days=391)) == ["ended", "intermediate_ended"]


@pytest.mark.parametrize(
    "content", [b"\x30", b"\x30\x82\xff\xff", b"-----BEGIN CERTIFICATE-----", b"\x00" * 100, b"PK\x03\x04"]
)
def test_rubbish_is_no_certificate(content: bytes) -> None:
    assert codes(Files(content)) == ["not_a_certificate"]


def test_a_request_for_apple_is_made_with_its_key() -> None:
    key, request = make_request("Café Nord")
    assert key.startswith(b"-----BEGIN PRIVATE KEY")
    assert request.startswith(b"-----BEGIN CERTIFICATE REQUEST")
