"""What codes refuse."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class CodeTaken(Refusal):
    """Something of the chain has this code, or one that looks the same."""

    code: ClassVar[str] = "code_taken"
    message: ClassVar[str] = "The code “{text}”, or one that looks the same, is in use already. Choose another one."
    text: str = ""


@dataclass(frozen=True, slots=True)
class CodeTooShort(Refusal):
    """A code that is worth something has to be long enough that nobody guesses it (RWD-9)."""

    code: ClassVar[str] = "code_too_short"
    message: ClassVar[str] = (
        "The code “{text}” could be guessed: it needs at least {least} letters from A to Z or digits, six of them different."
        " Leave it empty to have one made."
    )
    text: str = ""
    least: int = 0


@dataclass(frozen=True, slots=True)
class UnknownCode(Refusal):
    """No such code, or none that this may be asked for: every wrong code has this one answer (RWD-9)."""

    code: ClassVar[str] = "unknown_code"
    status: ClassVar[int] = 404
    message: ClassVar[str] = "There is no such code. Read it again, letter by letter."


@dataclass(frozen=True, slots=True)
class CodeExpired(Refusal):
    """The code has ended, or was ended by hand."""

    code: ClassVar[str] = "code_expired"
    message: ClassVar[str] = "This code is no longer valid."
    expired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CodeUsed(Refusal):
    """The code was used before."""

    code: ClassVar[str] = "code_used"
    message: ClassVar[str] = "This code was used already."
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CodeNotValidYet(Refusal):
    """The code's time has not come."""

    code: ClassVar[str] = "code_not_valid_yet"
    message: ClassVar[str] = "This code is not valid yet."
    valid_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class CodePoolResting(Refusal):
    """The pool of the code is paused or archived."""

    code: ClassVar[str] = "code_pool_resting"
    message: ClassVar[str] = "The codes of “{pool}” are switched off at the moment."
    pool: str = ""


@dataclass(frozen=True, slots=True)
class CodeOfAnother(Refusal):
    """The code belongs to another customer."""

    code: ClassVar[str] = "code_of_another"
    message: ClassVar[str] = "This code belongs to somebody else: only they can use it."


@dataclass(frozen=True, slots=True)
class CodeNotActivated(Refusal):
    """The pool wants codes to be activated first."""

    code: ClassVar[str] = "code_not_activated"
    message: ClassVar[str] = "This code has to be activated before it works."


@dataclass(frozen=True, slots=True)
class CodeNeedsCustomer(Refusal):
    """Uses are limited per customer, and nobody knows who this is."""

    code: ClassVar[str] = "code_needs_customer"
    message: ClassVar[str] = "This code needs a customer: its uses are counted for each."


@dataclass(frozen=True, slots=True)
class CodeUsesExhausted(Refusal):
    """A limit of uses is reached: of the code, of its pool, or of this customer."""

    code: ClassVar[str] = "code_uses_exhausted"
    message: ClassVar[str] = "This code has been used as often as it may be."
    per_customer: int | None = None


@dataclass(frozen=True, slots=True)
class CodeNotPossible(Refusal):
    """The state of the code does not allow that."""

    code: ClassVar[str] = "code_not_possible"
    message: ClassVar[str] = "The state of this code does not allow that."
    state: str = ""
    verb: str = ""


@dataclass(frozen=True, slots=True)
class TooManyCodePools(Refusal):
    """The chain has as many pools as it can have."""

    code: ClassVar[str] = "too_many_code_pools"
    message: ClassVar[str] = "A business has at most {limit} code pools. Use one of those there are."
    limit: int = 0


@dataclass(frozen=True, slots=True)
class CodePoolBusy(Refusal):
    """Codes come into the pool just now."""

    code: ClassVar[str] = "code_pool_busy"
    message: ClassVar[str] = "Codes are being made for this pool. Wait until that is done, or stop it."


@dataclass(frozen=True, slots=True)
class TooManyCodeBatches(Refusal):
    """So many batches wait to be made that another one waits for them."""

    code: ClassVar[str] = "too_many_code_batches"
    message: ClassVar[str] = (
        "{limit} batches of codes are being made or wait for it. Start another one when one of them is done."
    )
    limit: int = 0


@dataclass(frozen=True, slots=True)
class TooManyCodes(Refusal):
    """The chain has as many codes as it can have."""

    code: ClassVar[str] = "too_many_codes"
    message: ClassVar[str] = "A business has at most {limit} codes in its pools: there is room for {room} more."
    limit: int = 0
    room: int = 0


@dataclass(frozen=True, slots=True)
class CodePoolFull(Refusal):
    """The pool may not have so many codes."""

    code: ClassVar[str] = "code_pool_full"
    message: ClassVar[str] = "The pool has room for {room} more codes. Make fewer, or raise its limit."
    room: int = 0


@dataclass(frozen=True, slots=True)
class CodePoolNotSending(Refusal):
    """The pool hands out no codes now: it rests, or its sending period has not come or is over."""

    code: ClassVar[str] = "code_pool_not_sending"
    message: ClassVar[str] = "The pool “{pool}” hands out no codes now."
    pool: str = ""
    sends_from: datetime | None = None
    sends_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CodePoolWithoutRemote(Refusal):
    """The pool knows no remote service."""

    code: ClassVar[str] = "code_pool_without_remote"
    message: ClassVar[str] = "This pool has no address to fetch codes from. Give it one first."


@dataclass(frozen=True, slots=True)
class CodeBatchNotDone(Refusal):
    """Codes of the batch are being made, or are being taken back, or were."""

    code: ClassVar[str] = "code_batch_not_done"
    message: ClassVar[str] = "Only codes that have all been made can be taken back, once."
