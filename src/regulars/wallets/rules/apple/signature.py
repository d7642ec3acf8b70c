"""Signatures under the lists of hashes of passes, from a pattern that is made once a minute.

Source: RFC 5652, sections 5.3 and 5.4: what a key signs are the attributes of the signer, as a SET, with the hash of the
content and the time in them. Certificates, algorithms and attributes are the same for all passes: putting them together anew
took a fifth of the time of a signature (0.96 ms, of which RSA is 0.75). So the library signs one content, and of its answer
only the hash and the signature are exchanged.
"""

import time
from hashlib import sha256
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_BINARY: Final = (pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary)
# Without Binary line ends are rewritten before they are hashed, and the signature of what has any is worthless.
_SAMPLE: Final = b"regulars"
_FIRST_ATTRIBUTE: Final = bytes.fromhex("3018 06092a864886f70d010903")
"""The attribute "content type", which sorts before the others."""
_AFTER_ATTRIBUTES: Final = bytes.fromhex("300d 06092a864886f70d010101 0500 0482")
"""RSA, and the head of a signature of 256 bytes or more."""
_SECONDS: Final = 60
"""How old the time in a signature may be."""


class _Pattern(NamedTuple):
    """A signed content, cut where the hash of the content and the signature stand."""

    before_attributes: bytes
    attributes: tuple[bytes, bytes]
    after_attributes: bytes

    def signed(self, digest: bytes, key: rsa.RSAPrivateKey) -> bytes:
        first, second = self.attributes
        attributes = first + digest + second
        # Signed as a SET, kept with the tag [0] (RFC 5652, 5.4).
        signature = key.sign(b"\x31" + attributes[1:], padding.PKCS1v15(), hashes.SHA256())
        return self.before_attributes + attributes + self.after_attributes + signature


class Signatures:
    """Detached PKCS #7 signatures in DER, with both certificates and the time to the minute."""

    __slots__ = ("_certificate", "_intermediate", "_key", "_made_at", "_pattern")

    def __init__(self, certificate: x509.Certificate, key: Key, intermediate: x509.Certificate) -> None:
        self._certificate, self._key, self._intermediate = certificate, key, intermediate
        self._pattern: _Pattern | None = None
        self._made_at = 0.0

    def sign(self, content: bytes) -> bytes:
        """The signature of a content."""
        key = self._key
        if not isinstance(key, rsa.RSAPrivateKey):
            return self._by_library(content)
        now = time.monotonic()
        pattern = self._pattern
        if pattern is None or now - self._made_at > _SECONDS:
            # Two threads may both make one: either is right.
            pattern = self._pattern = _pattern_of(self._by_library(_SAMPLE), key)
            self._made_at = now
        return pattern.signed(sha256(content).digest(), key) if pattern else self._by_library(content)

    def _by_library(self, content: bytes) -> bytes:
        return (
            pkcs7.PKCS7SignatureBuilder()
            .set_data(content)
            .add_signer(self._certificate, self._key, hashes.SHA256())
            .add_certificate(self._intermediate)
            .sign(serialization.Encoding.DER, _BINARY)
        )


def _pattern_of(whole: bytes, key: rsa.RSAPrivateKey) -> _Pattern | None:
    """Where the parts of a signature lie; None where it is not built as we know it, so that the library goes on alone."""
    first = whole.rfind(_FIRST_ATTRIBUTE)
    end = whole.rfind(_AFTER_ATTRIBUTES)
    signature_at = len(whole) - (key.key_size + 7) // 8
    # The tag [0] and the length of the attributes, in one byte or, from 128 on, in two.
    begin = first - (3 if end - first >= 128 else 2)
    parts = whole[begin:end].split(sha256(_SAMPLE).digest())
    if first < 0 or not begin < end < signature_at or len(parts) != 2:
        return None
    try:
        signed = b"\x31" + whole[begin + 1 : end]
        key.public_key().verify(whole[signature_at:], signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return None
    return _Pattern(whole[:begin], (parts[0], parts[1]), whole[end:signature_at])
