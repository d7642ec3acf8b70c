"""What wallets refuse."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class NoPassCertificate(Refusal):
    """The chain has no certificate that signs passes, or it has ended."""

    code: ClassVar[str] = "no_pass_certificate"
    status: ClassVar[int] = 409
    message: ClassVar[str] = "Cards cannot be put into Apple Wallet yet: the certificate is missing or has ended."
