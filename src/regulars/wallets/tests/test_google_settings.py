"""The service account: what is read from its file, what Google says to it, and the page for both (WAL-2)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from regulars.wallets.rules.google.account import GoogleAccount, read_account
from tests.google_kit import google_is_there
from tests.google_stand_in import EMAIL, ISSUER, Google, account_file, service_key
from tests.ledger_kit import Counter, open_counter
from tests.people import hire, sign_in_client

PAGE = "/settings/wallets"


@pytest.fixture
def told() -> Iterator[Google]:
    with google_is_there() as google:
        yield google


def codes(content: bytes, issuer: str = ISSUER) -> list[str]:
    found = read_account(content, issuer)
    return [one.code for one in found] if isinstance(found, list) else []


def pem(key: Any, password: bytes = b"") -> str:
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return str(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how).decode())


def test_a_good_file_is_read() -> None:
    found = read_account(account_file(), ISSUER)
    assert isinstance(found, GoogleAccount)
    assert (found.issuer, found.email, found.pass_type) == (ISSUER, EMAIL, ISSUER)
    assert "PRIVATE" not in repr(found)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_json"),
        (b"%PDF-1.7", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "not_json"),
        (b"\x30\x82\x09\x60", "is_p12"),
        (json.dumps({"web": {"client_id": "1"}}).encode(), "not_a_service_account"),
        (json.dumps({"type": "authorized_user"}).encode(), "not_a_service_account"),
        (account_file(client_email=None), "incomplete"),
        (account_file(private_key=None), "incomplete"),
        (account_file(private_key=7), "incomplete"),
        (account_file(client_email="owner@example.com"), "not_an_email"),
        (
            account_file(private_key="-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
            "key_not_readable",
        ),
        (account_file(private_key=pem(service_key(), b"geheim")), "key_protected"),
        (account_file(private_key=pem(ec.generate_private_key(ec.SECP256R1()))), "key_not_usable"),
    ],
)
def test_what_is_wrong_with_a_file(content: bytes, code: str) -> None:
    assert codes(content) == [code]
    assert "not_an_issuer" in codes(content, "BCR2DN")


def owner(counter: Counter) -> Client:
    return sign_in_client(Client(), hire(counter.shop, "owner"))


def post(client: Client, content: bytes, issuer: str = ISSUER) -> str:
    sent = {"issuer": issuer, "account": SimpleUploadedFile("key.json", content)}
    answer = client.post(f"{PAGE}/google", sent)
    assert answer.status_code in (303, 422)
    return answer.content.decode() if answer.status_code == 422 else ""


@pytest.mark.django_db
def test_an_owner_uploads_the_account_and_takes_it_away(told: Google) -> None:
    counter = open_counter()
    client = owner(counter)
    assert "Set up Google Wallet" in client.get(PAGE).content.decode()
    assert post(client, account_file()) == ""
    page = client.get(PAGE).content.decode()
    assert ISSUER in page
    assert EMAIL in page
    assert b"PRIVATE" not in bytes(counter.read("SELECT hidden_key FROM google_accounts")[0][0])
    with override_settings(URL="http://localhost:8000"):
        assert "does not begin with https://" in client.get(PAGE).content.decode()
    assert "Remove the service account?" in client.get(f"{PAGE}/google/remove").content.decode()
    assert client.post(f"{PAGE}/google/remove").status_code == 303
    assert counter.read("SELECT count(*) FROM google_accounts") == [(0,)]
    verbs = counter.read("SELECT verb FROM audit_entries WHERE verb LIKE 'google_account.%%' ORDER BY id")
    assert [verb for (verb,) in verbs] == ["google_account.uploaded", "google_account.removed"]


@pytest.mark.django_db
def test_what_google_says_to_it_stands_beside_its_field(told: Google) -> None:
    counter = open_counter()
    client = owner(counter)
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert "Invalid JWT Signature" in post(client, account_file(key=other))
    assert "may not write for issuer 1234567" in post(client, account_file(), "1234567")
    told.token_says = (400, {"error": "invalid_grant", "error_description": "Invalid grant: account not found"})
    assert "account not found" in post(client, account_file())
    told.token_says = (503, {})
    assert "Google could not be asked" in post(client, account_file())
    told.token_says = None
    told.says = [404]
    assert "Google knows no issuer" in post(client, account_file())
    assert "only digits" in post(client, account_file(), "BCR2DN")
    assert "too large" in post(client, b"-" * 30_000)
    with override_settings(GOOGLE_TOKEN_URL="http://127.0.0.1:9/token"):
        assert "Google could not be asked" in post(client, account_file())
    assert counter.read("SELECT count(*) FROM google_accounts") == [(0,)]


@pytest.mark.django_db
def test_only_who_may_write_settings_uploads(told: Google) -> None:
    cashier = sign_in_client(Client(), hire(open_counter().shop, "cashier"))
    assert cashier.post(f"{PAGE}/google", {"issuer": ISSUER}).status_code == 403
    assert cashier.post(f"{PAGE}/google/remove").status_code == 403
    assert told.asked == []
