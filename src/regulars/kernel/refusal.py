"""An expected "no": a value with a stable code, told to people and programs alike."""

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was asked cannot be done, and why.

    Subclasses set `code` (stable, snake_case, documented), `status` (the HTTP status that fits) and `message`, an
    English sentence with `{field}` places which the edge translates. Their fields are the members of the answer;
    fields named in `hidden` fill the sentence but are not sent.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    message: ClassVar[str] = "This cannot be done."
    hidden: ClassVar[frozenset[str]] = frozenset()

    def members(self) -> dict[str, Any]:
        """The facts a program needs to act on, by name."""
        return {name: value for name, value in asdict(self).items() if name not in self.hidden and value is not None}

    def values(self) -> dict[str, Any]:
        """Every fact that the sentence may name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


class Refused(Exception):
    """Carries a refusal over the border of an action, so that its transaction rolls back."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field of a request that cannot be understood; `pointer` is a JSON pointer (RFC 6901)."""

    pointer: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Invalid(Refusal):
    """The request cannot be understood; `errors` says field by field why and how to mend it."""

    code: ClassVar[str] = "invalid_request"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Some of what was sent cannot be understood."
    errors: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class NotFound(Refusal):
    """There is no such object, or it is not yours: the two are never told apart."""

    code: ClassVar[str] = "not_found"
    status: ClassVar[int] = 404
    message: ClassVar[str] = "There is nothing here."


@dataclass(frozen=True, slots=True)
class Forbidden(Refusal):
    """The object is known, the right is missing."""

    code: ClassVar[str] = "forbidden"
    status: ClassVar[int] = 403
    message: ClassVar[str] = "This needs the right {needs}."
    needs: str = ""


@dataclass(frozen=True, slots=True)
class ExternalIdTaken(Refusal):
    """Another object of the same kind has this external id."""

    code: ClassVar[str] = "external_id_taken"
    message: ClassVar[str] = "The external id “{external_id}” is already used here. Choose another one."
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class ChangedMeanwhile(Refusal):
    """Somebody changed the object after it was read."""

    code: ClassVar[str] = "changed_meanwhile"
    status: ClassVar[int] = 412
    message: ClassVar[str] = "Somebody changed this meanwhile. Load it again and repeat your change."
