"""What customers refuse."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class PhoneTaken(Refusal):
    """A phone belongs to at most one customer of a chain (CUS-3)."""

    code: ClassVar[str] = "phone_taken"
    message: ClassVar[str] = "The phone {phone} belongs to another customer already."
    phone: str = ""
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerHasCards(Refusal):
    """A customer with cards is not deleted: the cards' history would lose its holder."""

    code: ClassVar[str] = "customer_has_cards"
    message: ClassVar[str] = "This customer holds {count} cards. Delete the cards first."
    count: int = 0


@dataclass(frozen=True, slots=True)
class AddALetter(Refusal):
    """The search would read too much."""

    code: ClassVar[str] = "search_too_wide"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Too much matches this search. Add a letter."


@dataclass(frozen=True, slots=True)
class ViewNameTaken(Refusal):
    """A list has one view of a name."""

    code: ClassVar[str] = "view_name_taken"
    message: ClassVar[str] = "There is a view called “{name}” already. Choose another name."
    name: str = ""
