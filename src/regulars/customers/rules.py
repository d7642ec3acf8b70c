"""What a customer's record may hold; pure."""

import re
from calendar import isleap
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from regulars.kernel.fields import check_external_id, check_text
from regulars.kernel.ids import decode, encode
from regulars.kernel.phone import parse_phone
from regulars.kernel.refusal import FieldProblem, Invalid
from regulars.kernel.text import email_key, has_forbidden, one_line, search_form

NAME_LENGTH_MAX: Final = 200
TAGS_MAX: Final = 50
TAG_LENGTH_MAX: Final = 60
PHONES_MAX: Final = 10
EMAIL_LENGTH_MAX: Final = 254
COMMENT_LENGTH_MAX: Final = 4000
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
EMAIL: Final = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}")
FIELD_KINDS: Final = ("text", "number", "date", "choice", "yes_no")
FIRST_BIRTHDAY: Final = date(1890, 1, 1)


@dataclass(frozen=True, slots=True)
class ConsentDraft:
    """What a customer agrees to or withdraws."""

    purpose: str
    given: bool
    source: str
    text_version: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CustomFieldFacts:
    """A field that the chain added: its key, kind and choices."""

    key: str
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """A customer as somebody wrote it; every text as it came."""

    name: str = ""
    phones: tuple[str, ...] = ()
    email: str = ""
    birthday: date | None = None
    language: str = ""
    tags: tuple[str, ...] = ()
    custom: dict[str, Any] = field(default_factory=dict)
    consents: tuple[ConsentDraft, ...] = ()
    external_id: str | None = None
    comment: str = ""
    loyalty_off: bool = False
    referred_by: str = ""
    """Code or id of who invited them; for a new customer only."""


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """A customer's record, ready to store: phones in E.164, tags without doubles, keys for comparing."""

    name: str
    search_name: str
    phones: tuple[str, ...]
    email: str | None
    email_key: str | None
    birthday: date | None
    language: str
    tags: tuple[str, ...]
    custom: dict[str, Any]
    consents: tuple[ConsentDraft, ...]
    external_id: str | None
    comment: str
    loyalty_off: bool


def read_customer(
    draft: CustomerDraft, *, country: str, fields: tuple[CustomFieldFacts, ...], today: date
) -> CustomerFacts | Invalid:
    """Turn what somebody wrote into a record, or say field by field what is wrong.

    `country` reads phones without a country code. Neither phone nor e-mail is refused: nobody could be told apart.
    """
    problems: list[FieldProblem] = [
        *check_text(draft.name, "/name", length_max=NAME_LENGTH_MAX),
        *check_text(draft.comment, "/comment", length_max=COMMENT_LENGTH_MAX),
        *check_external_id(draft.external_id, "/external_id"),
        *check_email(draft.email),
        *_check_tags(draft.tags),
        *_check_consents(draft.consents),
    ]
    phones = _read_phones(draft.phones, country, problems)
    custom = _read_custom(draft.custom, fields, problems)
    if draft.language and not LANGUAGE.fullmatch(draft.language):
        problems.append(FieldProblem("/language", "invalid_language", "A language code like en, ru or hi."))
    if draft.birthday and not FIRST_BIRTHDAY <= draft.birthday <= today:
        problems.append(FieldProblem("/birthday", "out_of_range", "A birthday lies in the past and after 1890."))
    if not problems and not phones and not draft.email.strip():
        problems.append(FieldProblem("/phone", "phone_or_email_required", "Give a phone, an e-mail or both."))
    if problems:
        return Invalid(errors=tuple(problems))
    email = draft.email.strip() or None
    name = one_line(draft.name)
    return CustomerFacts(
        name=name,
        search_name=search_form(name),
        phones=phones,
        email=email,
        email_key=email_key(email) if email else None,
        birthday=draft.birthday,
        language=draft.language,
        tags=tuple(dict.fromkeys(one_line(tag) for tag in draft.tags)),
        custom=custom,
        consents=draft.consents,
        external_id=draft.external_id,
        comment=draft.comment.strip(),
        loyalty_off=draft.loyalty_off,
    )


def check_email(text: str) -> list[FieldProblem]:
    """Say why this is no e-mail address; an empty one is none."""
    address = text.strip()
    if not address:
        return []
    if len(address) > EMAIL_LENGTH_MAX or has_forbidden(address) or not EMAIL.fullmatch(address):
        return [FieldProblem("/email", "invalid_email", "An address like anna@example.com.")]
    return []


def _read_phones(texts: tuple[str, ...], country: str, problems: list[FieldProblem]) -> tuple[str, ...]:
    given = [text for text in texts if text.strip()]
    if len(given) > PHONES_MAX:
        problems.append(FieldProblem("/phones", "too_many", f"At most {PHONES_MAX} phones."))
        return ()
    phones: list[str] = []
    for position, text in enumerate(given):
        phone = parse_phone(text, country)
        if phone is None:
            pointer = "/phone" if position == 0 else f"/phones/{position}"
            problems.append(
                FieldProblem(
                    pointer, "invalid_phone", "No phone can be read here. Write it with its country: +49 151 …"
                )
            )
        elif phone not in phones:
            phones.append(phone)
    return tuple(phones)


def _check_tags(tags: tuple[str, ...]) -> list[FieldProblem]:
    if len(tags) > TAGS_MAX:
        return [FieldProblem("/tags", "too_many", f"At most {TAGS_MAX} tags.")]
    problems: list[FieldProblem] = []
    for position, tag in enumerate(tags):
        if not one_line(tag):
            problems.append(FieldProblem(f"/tags/{position}", "required", "A tag cannot be empty."))
        problems += check_text(tag, f"/tags/{position}", length_max=TAG_LENGTH_MAX)
    return problems


def _check_consents(consents: tuple[ConsentDraft, ...]) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for position, consent in enumerate(consents):
        for part, text in (("purpose", consent.purpose), ("source", consent.source)):
            if not one_line(text):
                problems.append(FieldProblem(f"/consents/{position}/{part}", "required", "This cannot be empty."))
            problems += check_text(text, f"/consents/{position}/{part}", length_max=200)
        problems += check_text(consent.text_version, f"/consents/{position}/text_version", length_max=200)
    return problems


def _read_custom(
    values: dict[str, Any], fields: tuple[CustomFieldFacts, ...], problems: list[FieldProblem]
) -> dict[str, Any]:
    known = {one.key: one for one in fields}
    read: dict[str, Any] = {}
    for key, value in values.items():
        pointer = f"/custom/{key}"
        if key not in known:
            problems.append(FieldProblem(pointer, "unknown_field", "There is no such field. Add it in the settings."))
        elif value is not None and value != "":
            accepted = read_custom_value(value, known[key])
            if accepted is None:
                problems.append(FieldProblem(pointer, "invalid_value", f"This is no {known[key].kind}."))
            else:
                read[key] = accepted
    return read


def read_custom_value(value: Any, field_facts: CustomFieldFacts) -> Any:
    """The value as it is stored (numbers and dates as text, exactly), or None where it does not fit the field."""
    text = str(value).strip()
    if len(text) > 1000 or has_forbidden(text):
        return None
    match field_facts.kind:
        case "number":
            try:
                number = Decimal(text)
            except InvalidOperation:
                return None
            return text if number.is_finite() and len(text) <= 40 else None
        case "date":
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError:
                return None
        case "choice":
            return text if text in field_facts.choices else None
        case "yes_no":
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.casefold())
        case _:
            return text


def birthday_in(birthday: date, year: int) -> date:
    """The day a birthday is kept in a year: 29 February counts on 28 February in common years."""
    try:
        return birthday.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def is_kept_on(birthday: date, day: date) -> bool:
    """Whether a birthday is kept on a day."""
    return birthday_in(birthday, day.year) == day


def birthdays_kept_on(day: date) -> tuple[int, ...]:
    """The birthdays that are kept on a day, as `Customer.birthday_day` has them: 31 January is 131."""
    kept = day.month * 100 + day.day
    return (228, 229) if kept == 228 and not isleap(day.year) else (kept,)


@dataclass(frozen=True, slots=True)
class SearchWords:
    """A search for a name: `parts` of three letters or more stand anywhere, `beginnings` begin a name."""

    parts: tuple[str, ...]
    beginnings: tuple[str, ...]


def read_search(text: str) -> SearchWords:
    """Cut a search for a name into words; at most six count."""
    words = search_form(text).split()[:6]
    return SearchWords(
        parts=tuple(word for word in words if len(word) >= 3),
        beginnings=tuple(word for word in words if len(word) < 3),
    )


_CODE_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No letter that is read as another: no 0 and O, no 1, I and L, no U."""
REFERRAL_CODE_LENGTH: Final = 8


def referral_code_of(number: int) -> str:
    """A code of eight letters from a random number: short enough to be told on the phone."""
    letters = []
    for _ in range(REFERRAL_CODE_LENGTH):
        number, letter = divmod(number, len(_CODE_LETTERS))
        letters.append(_CODE_LETTERS[letter])
    return "".join(letters)


def read_referral_code(text: str) -> str | None:
    """A code as it is compared: capitals without spaces and hyphens; None for what cannot be one."""
    code = "".join(text.split()).replace("-", "").upper()
    return code if len(code) == REFERRAL_CODE_LENGTH and set(code) <= set(_CODE_LETTERS) else None


def invitation_token(chain_id: UUID, code: str) -> str:
    """What stands at the end of the link by which a customer invites others: it says whose business, and the code."""
    return f"{encode('inv', chain_id).removeprefix('inv_')}-{code}"


def read_invitation(token: str) -> tuple[UUID, str] | None:
    """The chain and the code of an invitation's link; None for what is none."""
    chain, _, named = token.partition("-")
    chain_id, code = decode("inv", f"inv_{chain}"), read_referral_code(named)
    return (chain_id, code) if chain_id and code else None
