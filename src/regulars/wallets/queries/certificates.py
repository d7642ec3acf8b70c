"""The certificate of a chain, ready to sign: read once per process and kept until another takes its place."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from regulars.platform.database import row
from regulars.platform.hidden import reveal
from regulars.wallets.rules.apple.certificate import WARN_BEFORE, PassCertificate, load_certificate

PURPOSE: Final = "regulars pass certificate key"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateView:
    """What its owner sees of a certificate."""

    pass_type: str
    team: str
    ends_at: datetime
    uploaded_at: datetime
    is_readable: bool

    def ends_soon(self, now: datetime) -> bool:
        """Whether it is time for a new one."""
        return self.ends_at - now <= WARN_BEFORE[0]

    def has_ended(self, now: datetime) -> bool:
        """Whether phones are told nothing any more."""
        return self.ends_at <= now


def find_certificate_view(chain_id: UUID) -> CertificateView | None:
    """The certificate as its owner sees it."""
    found = row(
        "SELECT id, pass_type, team, ends_at, uploaded_at FROM pass_certificates WHERE chain_id = %s", [chain_id]
    )
    if found is None:
        return None
    return CertificateView(
        pass_type=found[1],
        team=found[2],
        ends_at=found[3],
        uploaded_at=found[4],
        is_readable=find_signer(chain_id) is not None,
    )


def has_waiting_request(chain_id: UUID) -> bool:
    """Whether a request was made whose certificate has not come."""
    return row("SELECT 1 FROM pass_requests WHERE chain_id = %s", [chain_id]) is not None


def can_sign(chain_id: UUID, *, now: datetime) -> bool:
    """Whether cards of the chain can be put into Apple Wallet."""
    return row("SELECT 1 FROM pass_certificates WHERE chain_id = %s AND ends_at > %s", [chain_id, now]) is not None


def find_signer(chain_id: UUID) -> PassCertificate | None:
    """What signs the passes of a chain; None without a certificate, or where its key cannot be read any more."""
    known = row("SELECT id FROM pass_certificates WHERE chain_id = %s", [chain_id])
    return load_signer(known[0]) if known else None


@lru_cache(maxsize=64)
def load_signer(certificate_id: UUID) -> PassCertificate | None:
    """As `find_signer`, for a certificate that was found in the chain already."""
    found = row("SELECT certificate, hidden_key, intermediate FROM pass_certificates WHERE id = %s", [certificate_id])
    key = reveal(found[1], purpose=PURPOSE, owner=certificate_id.bytes) if found else None
    if found is None or key is None:
        return None
    return load_certificate(found[0].encode(), key, found[2].encode())
