"""What cards refuse."""

from dataclasses import dataclass
from typing import Any, ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class NumberTaken(Refusal):
    """A number is unique in the chain and never used again; `card` names the holder to those who may know."""

    code: ClassVar[str] = "number_taken"
    message: ClassVar[str] = "The card number {number} is already in use. Choose another one or leave it empty."
    number: str = ""
    card: str | None = None


@dataclass(frozen=True, slots=True)
class CardExists(Refusal):
    """The person holds a card of this type, and the type allows one per customer."""

    code: ClassVar[str] = "card_exists"
    message: ClassVar[str] = "This person has a card of this type already."
    card: str | None = None


@dataclass(frozen=True, slots=True)
class BalanceLeft(Refusal):
    """A card with something on it is not deleted without saying what becomes of it."""

    code: ClassVar[str] = "balance_left"
    message: ClassVar[str] = "There is still something on this card: {text}. Move it or confirm that it is posted off."
    hidden: ClassVar[frozenset[str]] = frozenset({"text"})
    text: str = ""
    balances: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class CardNotActive(Refusal):
    """A deleted card takes part in nothing."""

    code: ClassVar[str] = "card_not_active"
    message: ClassVar[str] = "This card is {status}, so this cannot be done with it."
    status_of_card: str = ""

    def values(self) -> dict[str, Any]:
        """The status under the name that the sentence uses."""
        return {"status": self.status_of_card}


@dataclass(frozen=True, slots=True)
class CardReplaced(Refusal):
    """The number belonged to a card that has another number now."""

    code: ClassVar[str] = "card_replaced"
    message: ClassVar[str] = "This card was replaced by another number and is no longer valid."


@dataclass(frozen=True, slots=True)
class NotRestorable(Refusal):
    """A deleted card can be restored for 30 days."""

    code: ClassVar[str] = "restore_window_over"
    message: ClassVar[str] = "A card can be restored for 30 days after it was deleted; this one no longer can."


@dataclass(frozen=True, slots=True)
class CardTypeArchived(Refusal):
    """An archived type issues no more cards."""

    code: ClassVar[str] = "card_type_archived"
    message: ClassVar[str] = "The card type “{card_type}” is archived: no more cards are issued."
    card_type: str = ""


@dataclass(frozen=True, slots=True)
class NotValidHere(Refusal):
    """The card type is valid at other places only (TYP-1)."""

    code: ClassVar[str] = "not_valid_here"
    message: ClassVar[str] = "This card is not valid here. It is valid at: {places}."
    places: str = ""


@dataclass(frozen=True, slots=True)
class HolderRequired(Refusal):
    """A card needs somebody to hold it."""

    code: ClassVar[str] = "holder_required"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Give either a phone or a customer."


@dataclass(frozen=True, slots=True)
class NoDeposit(Refusal):
    """Money is paid in to a deposit only."""

    code: ClassVar[str] = "no_deposit"
    message: ClassVar[str] = "This card has no such deposit: money cannot be paid in to it or out of it."


@dataclass(frozen=True, slots=True)
class AboveLimit(Refusal):
    """The staff login may adjust by less than this at a time."""

    code: ClassVar[str] = "above_limit"
    status: ClassVar[int] = 403
    message: ClassVar[str] = "You may adjust by at most {limit} at a time."
    limit: str = ""


@dataclass(frozen=True, slots=True)
class SameCard(Refusal):
    """A balance is moved between two different cards."""

    code: ClassVar[str] = "same_card"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Choose another card to move the balance to."


@dataclass(frozen=True, slots=True)
class DifferentBalance(Refusal):
    """What is moved has to mean the same on both cards."""

    code: ClassVar[str] = "different_balance"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "The other card has no balance “{balance_type}”."
    balance_type: str = ""


@dataclass(frozen=True, slots=True)
class CardNotAssigned(Refusal):
    """A blank card earns, and spends only once it is somebody's (CRD-10)."""

    code: ClassVar[str] = "card_not_assigned"
    message: ClassVar[str] = "Nobody holds this card yet, so nothing can be taken from it. Give it to a person first."


@dataclass(frozen=True, slots=True)
class CardAssigned(Refusal):
    """A card that somebody holds is not given to somebody else."""

    code: ClassVar[str] = "card_assigned"
    message: ClassVar[str] = "This card already has a holder."


@dataclass(frozen=True, slots=True)
class NumbersTaken(Refusal):
    """Some numbers of a list are other cards' already; nothing was made."""

    code: ClassVar[str] = "numbers_taken"
    message: ClassVar[str] = "{count} of these numbers are already in use, the first is {number}. No card was made."
    count: int = 0
    number: str = ""
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TooManyNumbers(Refusal):
    """A printer's list is longer than a batch may be."""

    code: ClassVar[str] = "too_many_numbers"
    message: ClassVar[str] = (
        "The list has more than {limit} numbers. Divide it into several files and upload one after the other."
    )
    limit: int = 0


@dataclass(frozen=True, slots=True)
class NoNumbers(Refusal):
    """A printer's list has headers and nothing below, or an empty column was chosen."""

    code: ClassVar[str] = "no_numbers"
    message: ClassVar[str] = "The list has no numbers. Check that it is the right file."


@dataclass(frozen=True, slots=True)
class ListGivenUp(Refusal):
    """Reading a printer's list failed again and again, for a fault that is not the list's."""

    code: ClassVar[str] = "list_given_up"
    message: ClassVar[str] = (
        "Something broke on our side while the list was read, again and again. Nothing was made. "
        "The log of the server names the cause; upload the list again once it is mended."
    )


@dataclass(frozen=True, slots=True)
class NumberListNotReady(Refusal):
    """Cards are made from a list that was read, checked and has numbers that fit."""

    code: ClassVar[str] = "number_list_not_ready"
    message: ClassVar[str] = "This list is not checked, or nothing in it can become a card. Nothing was made."


@dataclass(frozen=True, slots=True)
class BulkIssueNotFinished(Refusal):
    """Cards that are still being made are taken back once they are all there."""

    code: ClassVar[str] = "bulk_issue_not_finished"
    message: ClassVar[str] = "These cards are still being made, or were taken back already."


@dataclass(frozen=True, slots=True)
class RotatingCodeUsed(Refusal):
    """A code that changes is good once: this one was shown before, or a picture of it."""

    code: ClassVar[str] = "rotating_code_used"
    message: ClassVar[str] = (
        "This code was shown before. Let the card itself be shown: it has a new code within half a minute."
    )


@dataclass(frozen=True, slots=True)
class RotatingCodeLate(Refusal):
    """A code that changes was shown after its time: it is a picture, or the page stood still."""

    code: ClassVar[str] = "rotating_code_late"
    message: ClassVar[str] = (
        "This code is too old. It may be a picture of the card: let the card itself be opened anew."
    )


@dataclass(frozen=True, slots=True)
class CodeOfStrangeClock(Refusal):
    """A code that changes was made ahead of its time: the clock of the phone was wrong while it was away from the network."""

    code: ClassVar[str] = "rotating_code_early"
    message: ClassVar[str] = "The clock of this phone is wrong. Let the card be opened anew with a connection."


@dataclass(frozen=True, slots=True)
class RotatingCodeOff(Refusal):
    """The phone's secret counts no more: the link was renewed, or the card's code does not change any longer."""

    code: ClassVar[str] = "rotating_code_off"
    message: ClassVar[str] = "This code was switched off. Let the card be opened anew from its newest link."


@dataclass(frozen=True, slots=True)
class FixedCodeTooOften(Refusal):
    """A card whose code changes may be shown by its number or a print only so often a day."""

    code: ClassVar[str] = "fixed_code_limit"
    message: ClassVar[str] = (
        "This card was shown by its number or a print {count} times today, which is the limit. Ask for the code on its web card."
    )
    count: int = 0


@dataclass(frozen=True, slots=True)
class JoinSlugTaken(Refusal):
    """Each address where people join leads to one card type of the whole installation."""

    code: ClassVar[str] = "join_slug_taken"
    message: ClassVar[str] = "The address “{slug}” is already in use. Choose another one."
    slug: str = ""
