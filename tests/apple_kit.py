"""A certificate authority of tests in the shape of Apple's, and passes read back as strangers do."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PASS_TYPE, TEAM = "pass.example.regulars", "TEAM123456"
NO_PASSWORD = serialization.NoEncryption()
PEM = serialization.Encoding.PEM
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(number: int) -> rsa.RSAPrivateKey:
    """One of a few keys: making one takes a tenth of a second."""
    assert number < 10
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Authority:
    """A certificate and its key, which issue others."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(PEM)

    @property
    def key_pem(self) -> bytes:
        return key_pem(self.key)

    def p12(self, password: str, *others: x509.Certificate) -> bytes:
        """What a keychain exports."""
        hidden = serialization.BestAvailableEncryption(password.encode()) if password else NO_PASSWORD
        return pkcs12.serialize_key_and_certificates(b"pass", self.key, self.certificate, list(others), hidden)


def key_pem(key: Key, password: str = "") -> bytes:
    hidden = serialization.BestAvailableEncryption(password.encode()) if password else NO_PASSWORD
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, hidden)


def issue(
    name: list[tuple[x509.ObjectIdentifier, str]],
    key: Key,
    *,
    by: Authority | None,
    begins: datetime,
    days: int = 400,
    is_authority: bool = False,
) -> Authority:
    """A certificate with a name, issued by another or by itself."""
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in name])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    return Authority(made.sign(by.key if by else key, hashes.SHA256()), key)


@dataclass(frozen=True)
class Apple:
    """What stands for Apple: a root, the intermediate that issues, another that does not, and a pass certificate."""

    root: Authority
    intermediate: Authority
    other: Authority
    leaf: Authority

    def leaf_for(self, pass_type: str = PASS_TYPE, team: str = TEAM, **more: Any) -> Authority:
        return issue(_leaf_name(pass_type, team), rsa_key(3), by=self.intermediate, **more)


def _leaf_name(pass_type: str, team: str) -> list[tuple[x509.ObjectIdentifier, str]]:
    name = [(NameOID.USER_ID, pass_type), (NameOID.COMMON_NAME, f"Pass Type ID: {pass_type}")]
    return [(oid, text) for oid, text in (*name, (NameOID.ORGANIZATIONAL_UNIT_NAME, team)) if text]


def apple(now: datetime) -> Apple:
    """A whole chain that is valid now."""
    begins = now - timedelta(days=10)
    root = issue([(NameOID.COMMON_NAME, "Root of tests")], rsa_key(0), by=None, begins=begins, is_authority=True)

    def under(unit: str, number: int) -> Authority:
        name = [(NameOID.COMMON_NAME, "Developer Relations"), (NameOID.ORGANIZATIONAL_UNIT_NAME, unit)]
        return issue(name, rsa_key(number), by=root, begins=begins, is_authority=True)

    intermediate, other = under("G4", 1), under("G1", 2)
    leaf = issue(_leaf_name(PASS_TYPE, TEAM), rsa_key(3), by=intermediate, begins=begins)
    return Apple(root, intermediate, other, leaf)


@dataclass(frozen=True)
class ReadPass:
    """A pass as a stranger reads it."""

    document: dict[str, Any]
    files: dict[str, bytes]

    def texts(self, language: str) -> dict[str, str]:
        """The translations of a language."""
        return read_strings(self.files[f"{language}.lproj/pass.strings"])


def read_strings(content: bytes) -> dict[str, str]:
    """The pairs of a file of translations; every line must be one."""
    lines = content.decode().split("\n")
    assert lines.pop() == ""
    pairs = [re.fullmatch(r'("(?:[^"\\]|\\.)*") = ("(?:[^"\\]|\\.)*");', line) for line in lines]
    return {json.loads(pair[1]): json.loads(pair[2]) for pair in pairs if pair or pytest.fail(f"no pair: {lines}")}


def read_pass(content: bytes, root: Authority, folder: Path) -> ReadPass:
    """Open a pass; every hash must hold, and openssl must trust the signature down to the root."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    listed = json.loads(files["manifest.json"])
    assert listed == {
        name: hashlib.sha1(one).hexdigest() for name, one in files.items() if name not in ("manifest.json", "signature")
    }
    check_signature(files["signature"], files["manifest.json"], root, folder)
    return ReadPass(json.loads(files["pass.json"]), files)


def check_signature(signature: bytes, content: bytes, root: Authority, folder: Path) -> None:
    """Openssl must trust the signature of the content down to the root."""
    folder.mkdir(exist_ok=True)
    for name, one in (("manifest", content), ("signature", signature), ("root", root.pem)):
        (folder / name).write_bytes(one)
    said = subprocess.run(
        [
            "openssl",
            "smime",
            "-verify",
            "-inform",
            "DER",
            "-in",
            "signature",
            "-content",
            "manifest",
            "-CAfile",
            "root",
            "-purpose",
            "any",
            "-out",
            "/dev/null",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
