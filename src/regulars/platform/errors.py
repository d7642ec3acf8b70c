"""What the shell refuses before any feature is asked: who you are, what you sent, how often, and which answer you want again."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Unauthorized(Refusal):
    """No key, or one that was never made, was revoked, or belongs to a disabled login."""

    code: ClassVar[str] = "unauthorized"
    status: ClassVar[int] = 401
    message: ClassVar[str] = "This needs a valid API key: send it as “Authorization: Bearer rk_…”."


@dataclass(frozen=True, slots=True)
class NoSuchAddress(Refusal):
    """The API has no such address."""

    code: ClassVar[str] = "no_such_address"
    status: ClassVar[int] = 404
    message: ClassVar[str] = "The API has no such address. The addresses it has are listed at /api/v1/docs."


@dataclass(frozen=True, slots=True)
class MethodNotAllowed(Refusal):
    """The address exists, but not for this method."""

    code: ClassVar[str] = "method_not_allowed"
    status: ClassVar[int] = 405
    message: ClassVar[str] = "This address takes {allowed} only."
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class MalformedBody(Refusal):
    """The body is no JSON, or no UTF-8, or ended too early."""

    code: ClassVar[str] = "malformed_body"
    status: ClassVar[int] = 400
    message: ClassVar[str] = "The body is not JSON in UTF-8: it stops making sense at character {position}."
    position: int = 0


@dataclass(frozen=True, slots=True)
class MalformedUpload(Refusal):
    """The parts of a multipart body cannot be told apart."""

    code: ClassVar[str] = "malformed_upload"
    status: ClassVar[int] = 400
    message: ClassVar[str] = "The upload is damaged: its parts cannot be told apart. Send it again."


@dataclass(frozen=True, slots=True)
class BodyTooLarge(Refusal):
    """More bytes than this address takes; refused before they are read."""

    code: ClassVar[str] = "body_too_large"
    status: ClassVar[int] = 413
    message: ClassVar[str] = "The body is larger than {bytes_max} bytes, the most that this address takes."
    bytes_max: int = 0


@dataclass(frozen=True, slots=True)
class WrongContentType(Refusal):
    """The body is announced as something that this address does not read."""

    code: ClassVar[str] = "wrong_content_type"
    status: ClassVar[int] = 415
    message: ClassVar[str] = "Send the body as {wanted}."
    wanted: str = "application/json"


@dataclass(frozen=True, slots=True)
class RateLimited(Refusal):
    """This key asked more often than the installation allows."""

    code: ClassVar[str] = "rate_limited"
    status: ClassVar[int] = 429
    message: ClassVar[str] = "Too many requests with this key. Try again in {retry_after} s."
    retry_after: int = 1


@dataclass(frozen=True, slots=True)
class Busy(Refusal):
    """Somebody else holds what this request needs, and kept it longer than a request may wait."""

    code: ClassVar[str] = "busy"
    status: ClassVar[int] = 409
    message: ClassVar[str] = "Someone else is changing this right now. Send the same request again in {retry_after} s."
    retry_after: int = 1


@dataclass(frozen=True, slots=True)
class Unavailable(Refusal):
    """The database does not answer."""

    code: ClassVar[str] = "unavailable"
    status: ClassVar[int] = 503
    message: ClassVar[str] = "The database does not answer. Nothing was changed; try again in {retry_after} s."
    retry_after: int = 5


@dataclass(frozen=True, slots=True)
class TookTooLong(Refusal):
    """A search or report needed more time than a request gets."""

    code: ClassVar[str] = "took_too_long"
    status: ClassVar[int] = 503
    message: ClassVar[str] = "This took too long and was stopped. Narrow it down and try again in {retry_after} s."
    retry_after: int = 5


@dataclass(frozen=True, slots=True)
class InternalError(Refusal):
    """A fault of ours, written down under the request id."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    message: ClassVar[str] = "Something broke on our side. It has been written down; name the request id when you ask."


@dataclass(frozen=True, slots=True)
class IdempotencyKeyRequired(Refusal):
    """Points, money or codes move here, so a retry must be recognisable."""

    code: ClassVar[str] = "idempotency_key_required"
    status: ClassVar[int] = 422
    message: ClassVar[str] = (
        "This request needs the header Idempotency-Key with a value that you keep and send again when you retry."
    )


@dataclass(frozen=True, slots=True)
class IdempotencyKeyInvalid(Refusal):
    """The key cannot be kept."""

    code: ClassVar[str] = "invalid_idempotency_key"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "An Idempotency-Key is 1 to 200 printable characters of ASCII without spaces."


@dataclass(frozen=True, slots=True)
class IdempotencyKeyReused(Refusal):
    """The key was used for another request."""

    code: ClassVar[str] = "idempotency_key_reused"
    status: ClassVar[int] = 409
    message: ClassVar[str] = (
        "This Idempotency-Key was used for a different request. Choose a new key for a new request."
    )


@dataclass(frozen=True, slots=True)
class IdempotencyKeyInUse(Refusal):
    """The first request with this key is still running."""

    code: ClassVar[str] = "idempotency_key_in_use"
    status: ClassVar[int] = 409
    message: ClassVar[str] = (
        "The first request with this Idempotency-Key is still running. Send it again in {retry_after} s."
    )
    retry_after: int = 1


@dataclass(frozen=True, slots=True)
class InvalidCursor(Refusal):
    """The cursor was not made by this list, or was changed on the way."""

    code: ClassVar[str] = "invalid_cursor"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "This cursor does not belong to this list. Begin again without a cursor."


@dataclass(frozen=True, slots=True)
class InvalidExternalId(Refusal):
    """After `ext:` stands something that no external id can be."""

    code: ClassVar[str] = "invalid_external_id"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "An external id is 1 to 128 characters of A–Z, a–z, 0–9 and . _ ~ : @ + - only."
