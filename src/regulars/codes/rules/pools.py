"""What a pool of codes may be; pure (RWD-4)."""

import re
from datetime import datetime
from typing import Final

from msgspec import Struct

from regulars.kernel.fields import check_choice, check_external_id, check_name, check_text
from regulars.kernel.refusal import FieldProblem, Invalid
from regulars.products.rules.feeds import check_url

KINDS: Final = ("personal", "universal")
LIVES_FROM: Final = ("attached", "activated")
POOL_STATES: Final = ("active", "paused", "archived")
CODES_MAX: Final = 5_000_000
USES_MAX: Final = 1_000_000_000
LIVES_DAYS_MAX: Final = 3_650
SECRET_LENGTH_MAX: Final = 1_000
HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
HEADERS_OF_OURS: Final = frozenset(
    {
        "host",
        "accept",
        "accept-encoding",
        "user-agent",
        "content-length",
        "content-type",
        "connection",
        "transfer-encoding",
    }
)

_ERRORS: Final = {
    "ends_before_it_begins": "It ends before it begins.",
    "not_personal": "A personal code is used once by one customer. This limit belongs to universal codes.",
    "not_universal": "A universal code works from the beginning: it is not activated for one customer.",
    "header_without_name": "Say in which header the secret is sent.",
    "secret_without_address": "A secret is only sent to the address of a remote service. Give that address.",
    "invalid_header": "This cannot be the name of a header. Write it as Authorization or X-Api-Key.",
    "never_activated": "Codes of this pool are not activated. Count their days from when they are handed out.",
    "kind_is_settled": "The pool has codes: what kind it is stays as it is.",
}


class PoolDraft(Struct, frozen=True, kw_only=True):
    """A pool as somebody wants it. `remote_secret` None keeps the one that is stored, "" forgets it."""

    name: str
    external_id: str | None = None
    kind: str = "personal"
    state: str = "active"
    needs_activation: bool = False
    sends_from: datetime | None = None
    sends_until: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    lives_days: int | None = None
    lives_from: str = "attached"
    uses_per_customer: int | None = None
    uses_per_code: int | None = None
    uses_total: int | None = None
    codes_max: int | None = None
    remote_url: str = ""
    remote_header: str = ""
    remote_secret: str | None = None


def check_pool(draft: PoolDraft) -> Invalid | None:
    """Say what is wrong with a pool, field by field; None where nothing is."""
    problems = [
        *check_name(draft.name, "/name"),
        *check_external_id(draft.external_id, "/external_id"),
        *check_choice(draft.kind, KINDS, "/kind"),
        *check_choice(draft.state, POOL_STATES, "/state"),
        *check_choice(draft.lives_from, LIVES_FROM, "/lives_from"),
        *_number(draft.lives_days, "/lives_days", LIVES_DAYS_MAX),
        *_number(draft.uses_per_customer, "/uses_per_customer", USES_MAX),
        *_number(draft.uses_per_code, "/uses_per_code", USES_MAX),
        *_number(draft.uses_total, "/uses_total", USES_MAX),
        *_number(draft.codes_max, "/codes_max", CODES_MAX),
        *_periods(draft),
        *_fit(draft),
        *_remote(draft),
    ]
    return Invalid(errors=tuple(problems)) if problems else None


def kind_is_settled() -> Invalid:
    """What is said to whoever wants a pool with codes to be of another kind."""
    return Invalid(errors=(FieldProblem("/kind", "settled", _ERRORS["kind_is_settled"]),))


def may_send(*, state: str, sends_from: datetime | None, sends_until: datetime | None, now: datetime) -> bool:
    """Whether codes of a pool are handed out now. Those handed out go on working, whatever this says."""
    begun = sends_from is None or sends_from <= now
    over = sends_until is not None and sends_until <= now
    return state == "active" and begun and not over


def _number(value: int | None, pointer: str, most: int) -> list[FieldProblem]:
    if value is None or 1 <= value <= most:
        return []
    return [FieldProblem(pointer, "out_of_range", f"A whole number from 1 to {most}.")]


def _periods(draft: PoolDraft) -> list[FieldProblem]:
    problems = []
    for begin, end, pointer in (
        (draft.sends_from, draft.sends_until, "/sends_until"),
        (draft.valid_from, draft.valid_until, "/valid_until"),
    ):
        if begin is not None and end is not None and end <= begin:
            problems.append(FieldProblem(pointer, "contradiction", _ERRORS["ends_before_it_begins"]))
    return problems


def _fit(draft: PoolDraft) -> list[FieldProblem]:
    problems = []
    if draft.kind == "personal" and draft.uses_per_code is not None:
        problems.append(FieldProblem("/uses_per_code", "contradiction", _ERRORS["not_personal"]))
    if draft.kind == "universal" and draft.needs_activation:
        problems.append(FieldProblem("/needs_activation", "contradiction", _ERRORS["not_universal"]))
    if draft.lives_from == "activated" and draft.lives_days is not None and not draft.needs_activation:
        problems.append(FieldProblem("/lives_from", "contradiction", _ERRORS["never_activated"]))
    return problems


def _remote(draft: PoolDraft) -> list[FieldProblem]:
    problems = check_url(draft.remote_url, "/remote_url") if draft.remote_url else []
    if draft.remote_header and (
        not HEADER.fullmatch(draft.remote_header) or draft.remote_header.lower() in HEADERS_OF_OURS
    ):
        problems.append(FieldProblem("/remote_header", "invalid_header", _ERRORS["invalid_header"]))
    if draft.remote_secret:
        problems += check_text(draft.remote_secret, "/remote_secret", length_max=SECRET_LENGTH_MAX)
        if not draft.remote_secret.isascii():
            problems.append(FieldProblem("/remote_secret", "invalid_text", "Letters, digits and signs of ASCII only."))
        if not draft.remote_header:
            problems.append(FieldProblem("/remote_header", "required", _ERRORS["header_without_name"]))
        if not draft.remote_url:
            problems.append(FieldProblem("/remote_url", "required", _ERRORS["secret_without_address"]))
    return problems
