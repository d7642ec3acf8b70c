"""The page where the owner sets wallets up (WAL-2)."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from regulars.platform.database import row, unit_of_work
from regulars.wallets.queries.certificates import find_signer
from tests.apple_kit import PEM, Authority
from tests.ledger_kit import Counter, open_counter
from tests.people import hire, sign_in_client
from tests.phone_kit import Phone
from tests.wallet_kit import our_apple

pytestmark = pytest.mark.django_db
PAGE = "/settings/wallets"


def owner(counter: Counter) -> Client:
    return sign_in_client(Client(), hire(counter.shop, "owner"))


def post(client: Client, **files: bytes | str) -> str:
    sent = {
        name: one if isinstance(one, str) else SimpleUploadedFile(f"{name}.pem", one) for name, one in files.items()
    }
    answer = client.post(PAGE, sent)
    assert answer.status_code in (303, 422)
    return answer.content.decode() if answer.status_code == 422 else ""


def test_an_owner_uploads_a_certificate_and_the_web_card_offers_the_pass() -> None:
    counter, ours = open_counter(), our_apple()
    client = owner(counter)
    assert "Set up Apple Wallet" in client.get(PAGE).content.decode()
    assert post(client, certificate=ours.leaf.pem, key=ours.leaf.key_pem, intermediate=ours.intermediate.pem) == ""
    page = client.get(PAGE).content.decode()
    assert "pass.example.regulars" in page
    assert "TEAM123456" in page
    link = counter.issue("+4915112345678").link
    path = link[link.index("/c/") :]
    assert f"{path}/apple" in Client().get(path).content.decode()
    Phone("phone-1").take(f"{path}/apple")
    stored = counter.read("SELECT hidden_key FROM pass_certificates")[0][0]
    assert b"PRIVATE" not in bytes(stored)


def test_a_certificate_made_from_our_own_request_needs_no_key() -> None:
    counter, ours = open_counter(), our_apple()
    client = owner(counter)
    first = client.post(f"{PAGE}/request")
    assert first["Content-Disposition"].startswith("attachment")
    assert client.post(f"{PAGE}/request").content == first.content
    request = x509.load_pem_x509_csr(first.content)
    public = request.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    made = signed_for(ours.intermediate, public)
    assert post(client, certificate=made.public_bytes(PEM), intermediate=ours.intermediate.pem) == ""
    with unit_of_work(counter.chain_id):
        signer = find_signer(counter.chain_id)
    assert signer is not None
    assert signer.key.public_key().public_numbers() == public.public_numbers()


def signed_for(by: Authority, public: rsa.RSAPublicKey) -> x509.Certificate:
    """What Apple makes of a request: a certificate for somebody else's key."""
    template = our_apple().leaf.certificate
    made = (
        x509.CertificateBuilder()
        .subject_name(template.subject)
        .issuer_name(by.certificate.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(template.not_valid_before_utc)
        .not_valid_after(template.not_valid_after_utc)
    )
    return made.sign(by.key, hashes.SHA256())


def test_what_is_wrong_is_told_beside_its_field() -> None:
    counter, ours = open_counter(), our_apple()
    client = owner(counter)
    assert "holds no certificate" in post(client, certificate=b"%PDF-1.7")
    assert "private key is missing" in post(client, certificate=ours.leaf.pem, intermediate=ours.intermediate.pem)
    told = post(client, certificate=ours.leaf.pem, key=ours.leaf.key_pem, intermediate=ours.other.pem)
    assert "did not issue this certificate" in told
    told = post(client, certificate=ours.leaf.p12("geheim"), intermediate=ours.intermediate.pem, password="falsch")
    assert "does not open the file" in told
    assert "too large" in post(client, certificate=b"-" * 200_000)
    assert "This field is required" in post(client)
    assert counter.read("SELECT count(*) FROM pass_certificates") == [(0,)]


def test_an_end_that_is_near_and_one_that_came() -> None:
    counter, ours = open_counter(), our_apple()
    client = owner(counter)
    for days, words in ((20, "ends soon"), (200, "works")):
        near = ours.leaf_for(begins=timezone.now() - timedelta(days=1), days=days)
        post(client, certificate=near.pem, key=near.key_pem, intermediate=ours.intermediate.pem)
        assert words in client.get(PAGE).content.decode()
    with unit_of_work(counter.chain_id):
        assert row("UPDATE pass_certificates SET ends_at = now() - interval '1 day' RETURNING 1")
    assert "Phones are told of no change any more" in client.get(PAGE).content.decode()


def test_removed_after_asking() -> None:
    counter, ours = open_counter(), our_apple()
    client = owner(counter)
    post(client, certificate=ours.leaf.pem, key=ours.leaf.key_pem, intermediate=ours.intermediate.pem)
    assert "Remove the certificate?" in client.get(f"{PAGE}/remove").content.decode()
    assert client.post(f"{PAGE}/remove").status_code == 303
    assert counter.read("SELECT count(*) FROM pass_certificates") == [(0,)]
    verbs = [
        verb
        for (verb,) in counter.read("SELECT verb FROM audit_entries WHERE verb LIKE 'pass_certificate.%%' ORDER BY id")
    ]
    assert verbs == ["pass_certificate.uploaded", "pass_certificate.removed"]


def test_only_who_may_write_settings_sees_the_form() -> None:
    counter = open_counter()
    cashier = sign_in_client(Client(), hire(counter.shop, "cashier"))
    assert cashier.post(f"{PAGE}/request").status_code == 403
    assert cashier.post(f"{PAGE}/remove").status_code == 403
