"""What a join page asks, and how it reads the answers; pure (WAL-3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, cast

from regulars.kernel.refusal import FieldProblem

Wanted = Literal["off", "optional", "required"]
Confirmation = Literal["code", "none"]
Channel = Literal["email", "phone", "till"]

WANTED: Final[tuple[Wanted, ...]] = ("off", "optional", "required")
FIELDS: Final = ("name", "phone", "email", "birthday")
CONSENT_LENGTH_MAX: Final = 4_000
PURPOSE_LENGTH_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class FormPlan:
    """What is asked of whom joins. At least one of phone and e-mail is asked, and one of them always has to be given."""

    name: Wanted
    phone: Wanted
    email: Wanted
    birthday: Wanted
    confirmation: Confirmation = "code"
    is_open: bool = True
    version: int = 0


@dataclass(frozen=True, slots=True)
class ConsentWords:
    """A consent as it stands on the page: what for, which version, its words per language."""

    purpose: str
    version: int
    texts: Mapping[str, str]
    is_required: bool

    def text(self, language: str, fallback: str) -> str:
        """The words in a language, else in the business's own, else in any that there are."""
        for one in (language, fallback):
            if self.texts.get(one, "").strip():
                return self.texts[one]
        return next((text for text in self.texts.values() if text.strip()), "")


@dataclass(frozen=True, slots=True)
class Senders:
    """By what a person can be reached from this installation."""

    email: bool
    sms: bool


def usual_form(senders: Senders) -> FormPlan:
    """What a type asks whose owner said nothing: the name, and an address to which the card can be sent."""
    by_mail_alone = senders.email and not senders.sms
    return FormPlan(
        name="required",
        phone="off" if by_mail_alone else "required",
        email="required" if by_mail_alone else "off",
        birthday="off",
    )


def channel_of(phone: str, email: str, senders: Senders) -> Channel:
    """Where the code goes: to the phone where messages reach phones, else to the e-mail, else nobody but staff can tell."""
    if phone and senders.sms:
        return "phone"
    return "email" if email and senders.email else "till"


def check_plan(given: Mapping[str, str]) -> FormPlan | tuple[FieldProblem, ...]:
    """Read the settings of a join page, or say what is wrong with them."""
    problems = [
        FieldProblem(f"/{name}", "invalid_choice", "Choose one of the three.")
        for name in FIELDS
        if given.get(name) not in WANTED
    ]
    if given.get("confirmation") not in ("code", "none"):
        problems.append(FieldProblem("/confirmation", "invalid_choice", "Choose one of the two."))
    if not problems and given["phone"] == "off" and given["email"] == "off":
        problems.append(FieldProblem("/phone", "phone_or_email_required", "Ask for a phone, an e-mail or both."))
    if problems:
        return tuple(problems)
    wanted = {name: cast("Wanted", given[name]) for name in FIELDS}
    return FormPlan(
        name=wanted["name"],
        phone=wanted["phone"],
        email=wanted["email"],
        birthday=wanted["birthday"],
        confirmation=cast("Confirmation", given["confirmation"]),
    )


def check_answers(
    plan: FormPlan, given: Mapping[str, Any], consents: Sequence[ConsentWords], agreed: frozenset[str]
) -> tuple[FieldProblem, ...]:
    """What is missing from the answers of somebody who joins; what a field holds is checked where records are."""
    problems = [
        FieldProblem(f"/{name}", "required", "Please fill this in.")
        for name in FIELDS
        if getattr(plan, name) == "required" and not given.get(name)
    ]
    has_address = bool(given.get("phone") or given.get("email"))
    if not has_address and not any(one.pointer in ("/phone", "/email") for one in problems):
        pointer = "/email" if plan.phone == "off" else "/phone"
        problems.append(FieldProblem(pointer, "phone_or_email_required", "Give a phone, an e-mail or both."))
    problems += [
        FieldProblem(f"/consent_{one.purpose}", "consent_required", "Without this you cannot join.")
        for one in consents
        if one.is_required and one.purpose not in agreed
    ]
    return tuple(problems)


def hidden_address(phone: str, email: str) -> str:
    """An address as its owner knows it and nobody else learns it: "a•••@example.com", "••• 78"."""
    if email:
        before, _, host = email.partition("@")
        return f"{before[:1]}•••@{host}"
    return f"••• {phone[-2:]}" if phone else ""


def age_problem(birthday: date | None, today: date) -> tuple[FieldProblem, ...]:
    """A birthday lies in the past, and nobody is older than the oldest."""
    if birthday is None or date(1890, 1, 1) <= birthday <= today:
        return ()
    return (FieldProblem("/birthday", "out_of_range", "A birthday lies in the past and after 1890."),)
