"""The certificate of a pass type: read from whatever file Apple or a keychain gives, and checked before a phone would refuse it.

Source: Apple, "Building a pass" and the list of its intermediate certificates. In the subject of the certificate UID is the
pass type and OU the team. A pass signed with another intermediate than the one that issued the certificate is refused by the
phone without a reason, so the intermediate is never guessed.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from regulars.wallets.rules.apple.signature import Key, Signatures

WARN_BEFORE: Final = (timedelta(days=30), timedelta(days=14), timedelta(days=3))
"""How long before the end of a certificate its owner is told (WAL-2)."""

_SENTENCES: Final = {
    "not_a_certificate": "This file holds no certificate. Take the .cer file that Apple gave you, or the .p12 file from your keychain.",
    "not_a_key": "This file holds no private key.",
    "password_wanted": "The file is protected: enter its password.",
    "password_wrong": "The password does not open the file.",
    "key_missing": "The private key is missing. Add its file, or take a .p12 file, which holds both.",
    "key_of_another": "The private key belongs to another certificate.",
    "key_not_usable": "Keys of this kind cannot sign passes: Apple's are RSA with 2048 bits.",
    "not_a_pass_type": "This is no certificate of a pass type: its subject has no identifier that begins with “pass.”.",
    "no_team": "The subject of the certificate names no team.",
    "ended": "The certificate ended on {date}. Make a new one at Apple.",
    "not_begun": "The certificate is valid from {date} only. Is the clock of this machine right?",
    "intermediate_missing": "Apple's intermediate certificate is missing. The certificate was issued by “{issuer}”.",
    "intermediate_of_another": "The intermediate certificate did not issue this certificate. It was issued by “{issuer}”.",
    "intermediate_ended": "Apple's intermediate certificate ended on {date}. Fetch the newer one of the same name from Apple.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a certificate cannot be used; `facts` fill the sentence."""

    code: str
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The English sentence, with places for the facts."""
        return _SENTENCES[self.code]


@dataclass(frozen=True, slots=True)
class PassCertificate:
    """A certificate that signs passes of one type, with its key and the intermediate that issued it."""

    pass_type: str
    team: str
    ends_at: datetime
    certificate: x509.Certificate
    key: Key
    intermediate: x509.Certificate
    _signatures: Signatures = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_signatures", Signatures(self.certificate, self.key, self.intermediate))

    def sign(self, manifest: bytes) -> bytes:
        """A detached PKCS #7 signature in DER, with both certificates and the time to the minute."""
        return self._signatures.sign(manifest)


@dataclass(frozen=True, slots=True)
class Files:
    """What a person uploads: any of the files may hold several of the three, in PEM, DER or PKCS #12."""

    certificate: bytes
    key: bytes = b""
    intermediate: bytes = b""
    password: str = ""


def read_certificate(files: Files, *, now: datetime) -> PassCertificate | list[Problem]:
    """What was uploaded as something that signs, or everything that is wrong with it."""
    try:
        found = _gather(files)
    except _CannotRead as problem:
        return [Problem(problem.code)]
    leaf = next((one for one in found.certificates if _text_of(one, NameOID.USER_ID)), None)
    if leaf is None:
        return [Problem("not_a_pass_type" if found.certificates else "not_a_certificate")]
    others = [one for one in found.certificates if one is not leaf]
    issuer = next((one for one in others if _issued(one, leaf)), None)
    problems = [*_of_leaf(leaf, now), *_of_key(leaf, found.key), *_of_issuer(leaf, issuer, others, now)]
    if problems or issuer is None or not isinstance(found.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        return problems
    return PassCertificate(
        pass_type=_text_of(leaf, NameOID.USER_ID),
        team=_text_of(leaf, NameOID.ORGANIZATIONAL_UNIT_NAME),
        ends_at=leaf.not_valid_after_utc,
        certificate=leaf,
        key=found.key,
        intermediate=issuer,
    )


def due_warning(ends_at: datetime, now: datetime) -> int | None:
    """The most urgent warning whose time has come, in days before the end: 0 once it has ended, None while there is time."""
    if ends_at <= now:
        return 0
    return min((before.days for before in WARN_BEFORE if ends_at - now <= before), default=None)


def load_certificate(certificate: bytes, key: bytes, intermediate: bytes) -> PassCertificate:
    """What was checked when it was uploaded, from its stored PEM texts; in a fraction of the time of a check."""
    leaf = x509.load_pem_x509_certificate(certificate)
    # Checking an RSA key takes some seventy milliseconds, and this one was checked.
    loaded = serialization.load_pem_private_key(key, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(loaded, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return PassCertificate(
        pass_type=_text_of(leaf, NameOID.USER_ID),
        team=_text_of(leaf, NameOID.ORGANIZATIONAL_UNIT_NAME),
        ends_at=leaf.not_valid_after_utc,
        certificate=leaf,
        key=loaded,
        intermediate=x509.load_pem_x509_certificate(intermediate),
    )


def stored_texts(found: PassCertificate) -> tuple[bytes, bytes, bytes]:
    """Certificate, key and intermediate as PEM; the key is secret."""
    key = found.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    return found.certificate.public_bytes(pem), key, found.intermediate.public_bytes(pem)


def make_request(name: str) -> tuple[bytes, bytes]:
    """A new key as PEM, and the request for a certificate that one uploads at Apple: no keychain is needed."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64] or "Regulars")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return text, request.public_bytes(serialization.Encoding.PEM)


class _CannotRead(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class _Found:
    certificates: list[x509.Certificate] = field(default_factory=list)
    key: object = None


def _gather(files: Files) -> _Found:
    found, password = _Found(), files.password.encode() or None
    for content in (files.certificate, files.key, files.intermediate):
        if not content:
            continue
        before = (len(found.certificates), found.key)
        _read_one(content, password, found)
        if before == (len(found.certificates), found.key):
            raise _CannotRead("not_a_key" if content is files.key else "not_a_certificate")
    return found


def _read_one(content: bytes, password: bytes | None, found: _Found) -> None:
    if b"-----BEGIN" in content:
        if b"BEGIN CERTIFICATE" in content:
            try:
                found.certificates += x509.load_pem_x509_certificates(content)
            except ValueError as problem:
                raise _CannotRead("not_a_certificate") from problem
        if b"PRIVATE KEY-----" in content:
            found.key = _read_key(content, password)
        return
    try:
        found.certificates.append(x509.load_der_x509_certificate(content))
    except ValueError:
        _read_p12(content, password, found)


def _read_key(content: bytes, password: bytes | None) -> object:
    try:
        return serialization.load_pem_private_key(_only_key(content), password)
    except TypeError:
        # An open key with a password is read without; a protected one without a password is not.
        if password is None:
            raise _CannotRead("password_wanted") from None
        return _read_key(content, None)
    except ValueError as problem:
        raise _CannotRead("password_wrong" if b"ENCRYPTED" in content else "not_a_key") from problem


def _only_key(content: bytes) -> bytes:
    start = content.rfind(b"-----BEGIN", 0, content.find(b"PRIVATE KEY-----"))
    return content[start:]


def _read_p12(content: bytes, password: bytes | None, found: _Found) -> None:
    try:
        key, leaf, others = pkcs12.load_key_and_certificates(content, password)
    except ValueError as problem:
        # Nothing but the outer form tells a protected file from one that is none: PKCS #12 is a DER sequence.
        if content[:1] != b"\x30" or "password" not in str(problem).lower():
            return
        raise _CannotRead("password_wrong" if password else "password_wanted") from problem
    found.certificates += [one for one in (leaf, *others) if one is not None]
    found.key = key or found.key


def _of_leaf(leaf: x509.Certificate, now: datetime) -> list[Problem]:
    problems = []
    if not _text_of(leaf, NameOID.USER_ID).startswith("pass."):
        problems.append(Problem("not_a_pass_type"))
    if not _text_of(leaf, NameOID.ORGANIZATIONAL_UNIT_NAME):
        problems.append(Problem("no_team"))
    if leaf.not_valid_after_utc <= now:
        problems.append(Problem("ended", {"date": leaf.not_valid_after_utc.date().isoformat()}))
    if leaf.not_valid_before_utc > now:
        problems.append(Problem("not_begun", {"date": leaf.not_valid_before_utc.date().isoformat()}))
    return problems


def _of_key(leaf: x509.Certificate, key: object) -> list[Problem]:
    if key is None:
        return [Problem("key_missing")]
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        return [Problem("key_not_usable")]
    spki = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*spki) != leaf.public_key().public_bytes(*spki):
        return [Problem("key_of_another")]
    return []


def _of_issuer(
    leaf: x509.Certificate, issuer: x509.Certificate | None, others: list[x509.Certificate], now: datetime
) -> list[Problem]:
    name = _issuer_of(leaf)
    if issuer is None:
        return [Problem("intermediate_of_another" if others else "intermediate_missing", {"issuer": name})]
    if issuer.not_valid_after_utc <= now:
        return [Problem("intermediate_ended", {"date": issuer.not_valid_after_utc.date().isoformat()})]
    return []


def _issued(issuer: x509.Certificate, leaf: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _issuer_of(leaf: x509.Certificate) -> str:
    names = leaf.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    units = leaf.issuer.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return " ".join(str(one.value) for one in (*names, *units))


def _text_of(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""
