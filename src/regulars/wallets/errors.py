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


@dataclass(frozen=True, slots=True)
class NoGoogleAccount(Refusal):
    """The chain has no service account that writes passes at Google, or its key cannot be read."""

    code: ClassVar[str] = "no_google_account"
    status: ClassVar[int] = 409
    message: ClassVar[str] = "Cards cannot be put into Google Wallet yet: the service account is missing."


@dataclass(frozen=True, slots=True)
class WalletNotReached(Refusal):
    """The service that holds the passes did not take one."""

    code: ClassVar[str] = "wallet_not_reached"
    status: ClassVar[int] = 503
    message: ClassVar[str] = "Google Wallet does not answer just now. Try again in a moment."
