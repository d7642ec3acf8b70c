"""Matching a file's columns with our fields: from a preset, from the headers, from the cells."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from regulars.imports.errors import (
    CodeColumnMissing,
    ColumnMissing,
    ColumnUsedTwice,
    FieldUnknown,
    IdentityMissing,
    OrderColumnMissing,
)
from regulars.imports.rules.code_cells import CODE_KINDS
from regulars.imports.rules.code_words import code_field_in, code_field_of
from regulars.imports.rules.contents import Look
from regulars.imports.rules.order_words import order_field_in, order_field_of
from regulars.imports.rules.presets import Preset
from regulars.imports.rules.targets import (
    FURTHER_PHONES,
    IDENTITIES,
    BalanceType,
    find_target,
    is_ambiguous,
    resolve_balance,
)
from regulars.imports.rules.words import DOUBTFUL, STAMP_WORDS, field_in_header, field_of_header, header_form
from regulars.kernel.refusal import Refusal

Badge = Literal["matched", "guessed", "ignored"]

_OWN_FIELD: Final = re.compile(r"(balance|custom):(\S.*)")
_SCORES: Final = {"preset": 100, "field": 95, "word": 80, "part": 50, "cells": 30}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file as the matcher sees it."""

    index: int
    header: str
    samples: tuple[str, ...]
    look: Look


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column probably is: a target, how sure, and whether the user must choose between two balances."""

    column: Column
    target: str | None
    badge: Badge
    must_ask: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    column: Column
    target: str
    score: int


def guess_columns(
    columns: Sequence[Column],
    *,
    kind: str,
    balances: tuple[BalanceType, ...] = (),
    custom_keys: tuple[str, ...] = (),
    preset: Preset | None = None,
) -> tuple[Guess, ...]:
    """Say what every column is; no field is given to two columns, and what is not understood is ignored visibly."""
    candidates = [
        candidate
        for column in columns
        for candidate in _candidates(column, kind=kind, balances=balances, custom_keys=custom_keys, preset=preset)
    ]
    if any(_OWN_FIELD.fullmatch(column.header.strip()) for column in columns):
        # A file that we wrote: its `number` is the card's, however much its digits look like a phone.
        candidates += [
            _Candidate(column, "number", _SCORES["field"])
            for column in columns
            if column.header.strip() == "number" and find_target("number", kind=kind, balances=balances)
        ]
    candidates.sort(key=lambda each: (-each.score, -_fit(each), each.column.index))
    chosen: dict[int, _Candidate] = {}
    taken: set[str] = set()
    rivals: set[str] = set()
    silent = _silenced(columns, preset)
    for candidate in candidates:
        target = _merged(candidate.target, balances)
        if candidate.column.index in silent or candidate.column.index in chosen:
            continue
        if target in taken:
            rivals |= {target} if target.startswith("balance:") and candidate.score >= _SCORES["word"] else set()
            continue
        chosen[candidate.column.index] = candidate
        taken.add(target)
    return tuple(_guess(column, chosen.get(column.index), balances, rivals) for column in columns)


def _guess(column: Column, found: _Candidate | None, balances: tuple[BalanceType, ...], rivals: set[str]) -> Guess:
    if found is None:
        return Guess(column, None, "ignored")
    must_ask = is_ambiguous(found.target, balances) or _merged(found.target, balances) in rivals
    return Guess(column, found.target, "matched" if found.score >= _SCORES["word"] else "guessed", must_ask)


def _candidates(
    column: Column, *, kind: str, balances: tuple[BalanceType, ...], custom_keys: tuple[str, ...], preset: Preset | None
) -> list[_Candidate]:
    form = header_form(column.header)
    found: dict[str, int] = {}

    def offer(target: str | None, score: int) -> None:
        if target and find_target(target, kind=kind, balances=balances) and score > found.get(target, 0):
            found[target] = score

    if preset is not None and preset.columns.get(form):
        target = preset.columns[form]
        if target == "balance" and preset.unit == "stamps":
            target = _stamps_of(balances) or target
        offer(_refined(target, form, column.look, balances) if target == "balance" else target, _SCORES["preset"])
    offer(_own_field(column.header, balances, custom_keys), _SCORES["field"])
    if kind == "orders":
        offer(order_field_of(column.header), _SCORES["word"])
        offer(order_field_in(column.header), _SCORES["part"])
    elif kind in CODE_KINDS:
        offer(code_field_of(column.header, kind=kind), _SCORES["word"])
        offer(code_field_in(column.header, kind=kind), _SCORES["part"])
        # What is a word for both is the code's first: over a list of gift cards `Card number` is theirs.
        offer(field_of_header(column.header), _SCORES["part"] - 1)
        offer(field_in_header(column.header), _SCORES["cells"] + 1)
        if not column.look.is_mostly("emails") and not column.look.is_mostly("dates") and column.look.distinct > 0.9:
            offer("code", _SCORES["cells"] - 1)
    else:
        offer(_refined(field_of_header(column.header), form, column.look, balances), _SCORES["word"])
        if form in DOUBTFUL:
            offer(_doubtful(form, column.look), _SCORES["part"])
        offer(_refined(field_in_header(column.header), form, column.look, balances), _SCORES["part"])
    if column.look.is_mostly("phones") and column.look.distinct > 0.5:
        offer("phone", _SCORES["cells"])
    if column.look.is_mostly("emails"):
        offer("email", _SCORES["cells"])
    return [_Candidate(column, target, score) for target, score in found.items() if _may_be(target, column.look)]


def _own_field(header: str, balances: tuple[BalanceType, ...], custom_keys: tuple[str, ...]) -> str | None:
    """Headers that our own exports write, and names of balance types and custom fields."""
    text = header.strip()
    if match := _OWN_FIELD.fullmatch(text):
        known = custom_keys if match[1] == "custom" else tuple(each.external_id for each in balances)
        return text if match[2] in known else None
    form = header_form(text)
    for each in balances:
        if form in (header_form(each.name), header_form(each.external_id)):
            return f"balance:{each.external_id}"
    return next((f"custom:{key}" for key in custom_keys if form == header_form(key)), None)


def _refined(target: str | None, form: str, look: Look, balances: tuple[BalanceType, ...]) -> str | None:
    """Stamps mean the stamps balance; a counter 1, 2, 3 under `ID` names nobody."""
    if target == "balance" and (STAMP_WORDS & set(form.split()) or form in STAMP_WORDS):
        target = _stamps_of(balances) or target
    if target == "external_id" and look.is_counter:
        return None
    if target == "first_name" and look.is_mostly("names"):
        return "name"
    return target


def _stamps_of(balances: tuple[BalanceType, ...]) -> str | None:
    """The field of the only stamps among several balances; where they are the only balance, `balance` means them."""
    stamps = [each for each in balances if each.kind == "stamps"]
    return f"balance:{stamps[0].external_id}" if len(stamps) == 1 else None


def _doubtful(form: str, look: Look) -> str | None:
    if look.is_counter:
        return None
    if look.is_mostly("phones"):
        return "phone"
    if form in ("date", "дата", "datum"):
        return None
    return "number" if look.distinct > 0.9 else None


def _may_be(target: str, look: Look) -> bool:
    """Whether the cells contradict the header: e-mails under `Contact` are no phones."""
    if not look.filled:
        return True
    if target in ("phone", *FURTHER_PHONES):
        return not look.is_mostly("emails") and not look.is_mostly("names") and not look.is_mostly("dates")
    if target == "email":
        return not look.is_mostly("phones") and not look.is_mostly("names")
    if target in ("balance", "deposit", "sold", "paid", "visits") or target.startswith("balance:"):
        return not look.is_mostly("emails") and not look.is_mostly("names") and not look.is_mostly("dates")
    return True


def _fit(candidate: _Candidate) -> float:
    """Between two columns with equally good headers: the one whose cells look more like it, then the fuller one."""
    look = candidate.column.look
    filled = min(look.filled, 1000) / 1000
    return look.phones * 2 * filled + filled if candidate.target == "phone" else filled


def _merged(target: str, balances: tuple[BalanceType, ...]) -> str:
    balance = resolve_balance(target, balances) if target in ("balance", "deposit") else None
    return f"balance:{balance.external_id}" if balance else target


def _silenced(columns: Sequence[Column], preset: Preset | None) -> set[int]:
    if preset is None:
        return set()
    quiet = {form for form, target in preset.columns.items() if target is None}
    return {column.index for column in columns if header_form(column.header) in quiet}


def mapping_of(guesses: Sequence[Guess]) -> dict[str, str]:
    """The guesses as the API shows a mapping: our field → the file's header."""
    return {guess.target: guess.column.header for guess in guesses if guess.target is not None}


def resolve_mapping(
    mapping: Mapping[str, str], headers: Sequence[str], *, kind: str, balances: tuple[BalanceType, ...] = ()
) -> dict[str, int] | Refusal:
    """The column of every mapped field; refuses unknown fields and columns, doubles, and a mapping without identity.

    A header is found exactly, else without case and punctuation where only one column fits.
    """
    columns: dict[str, int] = {}
    filled: dict[str, str] = {}
    for target, header in mapping.items():
        if not header:
            continue
        if find_target(target, kind=kind, balances=balances) is None or (
            target in ("balance", "deposit")
            and resolve_balance(target, balances) is None
            and is_ambiguous(target, balances)
        ):
            return FieldUnknown(name=target)
        index = _find_header(header, headers)
        if index is None:
            return ColumnMissing(name=header)
        merged = _merged(target, balances)
        if index in columns.values():
            return ColumnUsedTwice(name=header)
        if merged in filled:
            return ColumnUsedTwice(name=merged)
        columns[target] = index
        filled[merged] = target
    if kind == "orders":
        return (
            columns if _tells_orders(columns) else OrderColumnMissing(wanted="at" if "at" not in columns else "total")
        )
    if kind in CODE_KINDS:
        missing = _missing_of_codes(columns, kind=kind)
        return CodeColumnMissing(wanted=missing) if missing else columns
    wanted = ("phone", "number", "email") if kind == "cards" else ("phone", "email")
    if not any(identity in columns for identity in (*wanted, *FURTHER_PHONES)):
        return IdentityMissing(wanted=", ".join(wanted))
    return columns


def unknown_custom(targets: Iterable[str], custom_keys: Collection[str]) -> FieldUnknown | None:
    """The refusal of a mapping that fills a field which the chain has not added to its customers."""
    keys = (target.removeprefix("custom:") for target in targets if target.startswith("custom:"))
    return next((FieldUnknown(name=f"custom:{key}") for key in keys if key not in custom_keys), None)


def _find_header(header: str, headers: Sequence[str]) -> int | None:
    if header in headers:
        return headers.index(header)
    stripped = [index for index, each in enumerate(headers) if each.strip() == header.strip()]
    alike = stripped or [index for index, each in enumerate(headers) if header_form(each) == header_form(header)]
    return alike[0] if len(alike) == 1 else None


def needs_mapping(guesses: Sequence[Guess], *, kind: str) -> bool:
    """Whether the user must look before checking can begin: nobody to find by, or a choice between two balances."""
    targets = {guess.target for guess in guesses}
    if kind == "orders":
        return not _tells_orders({target for target in targets if target})
    if kind in CODE_KINDS:
        return _missing_of_codes({target for target in targets if target}, kind=kind) is not None
    return any(guess.must_ask for guess in guesses) or not targets & set(IDENTITIES)


def _missing_of_codes(targets: Collection[str], *, kind: str) -> str | None:
    """The field without which a list of codes or gift cards means nothing; None where it is there."""
    if kind == "codes":
        return None if "code" in targets else "code"
    if "left" not in targets:
        return "left"
    # Gift cards without a code are found by whose they are.
    return None if "code" in targets or any(key in targets for key in (*IDENTITIES, "external_id")) else "code"


def _tells_orders(targets: Collection[str]) -> bool:
    """Whether columns say when an order was and what it came to."""
    return "at" in targets and any(key in targets for key in ("total", "price", "line_total"))


def apply_remembered(guesses: Sequence[Guess], remembered: Mapping[str, str | None]) -> tuple[Guess, ...]:
    """Put what the user chose for a file of the same shape over the guesses; keys are `header_form`s."""
    return tuple(
        replace(
            guess,
            target=remembered[header_form(guess.column.header)],
            badge="matched" if remembered[header_form(guess.column.header)] else "ignored",
            must_ask=False,
        )
        if header_form(guess.column.header) in remembered
        else guess
        for guess in guesses
    )
