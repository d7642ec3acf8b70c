"""Reading what only codes and gift cards have: the code itself, its state, until when it is good."""

import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from regulars.codes.rules.importing import check_code
from regulars.codes.rules.space import check_chosen
from regulars.imports.reading import cells
from regulars.imports.rules import columns as vector
from regulars.imports.rules.clean import Reading, is_nothing, plain, trouble
from regulars.imports.rules.dates import DateOrder, read_date
from regulars.imports.rules.moments import read_clock
from regulars.imports.rules.people import read_number
from regulars.imports.rules.plan import ColumnPlan, ReadingPlan
from regulars.imports.rules.words import header_form
from regulars.kernel.codes import code_key
from regulars.kernel.text import one_line

CODE_FIELDS: Final[dict[str, Any]] = {
    "code": pl.String, "code_state": pl.String, "valid_until": pl.Datetime("us", "UTC"), "uses": pl.Int64, "left": pl.Int64,
    "value": pl.Int64, "gift_type": pl.String,
}  # fmt: skip
"""What a row of codes or gift cards has beside whose it is."""

CODE_KINDS: Final = frozenset(("codes", "gift_cards"))
_MONEY_CODES: Final = {"too_many_decimals": "money_too_exact"}
_NUMBERS: Final = frozenset((cells.NUMBER, cells.LONG_NUMBER))
_WRONG: Final = {"too_long": "code_too_long", "invalid_text": "invalid_characters", "empty": "code_missing"}
_STATES: Final = {
    "free": "free new unused available open unassigned свободен свободный новый неиспользован доступен मुक्त नया उपलब्ध frei neu verfugbar libre nuevo"
    " disponible nouveau issued выдан",
    "attached": "attached assigned sent handed закреплен назначен отправлен सौंपा zugeordnet vergeben asignado enviado attribue envoye",
    "active": "active activated valid enabled sold активен активна активный действует сработал सक्रिय aktiv gultig activo activa actif active",
    "used": "used redeemed spent used_up usedup depleted empty consumed использован использована погашен погашена применен израсходован उपयोग इस्तेमाल"
    " eingelost verwendet aufgebraucht usado canjeado agotado utilise epuise",
    "expired": "expired ended over истек истекла просрочен просрочена समाप्त abgelaufen caducado vencido expire expiree",
    "cancelled": "cancelled canceled void voided deleted disabled inactive отменен отменена аннулирован аннулирована удален रद्द storniert ungultig anulado"
    " cancelado annule annulee desactive",
    "blocked": "blocked frozen locked suspended заблокирован заблокирована अवरुद्ध gesperrt bloqueado bloqueada bloque bloquee",
}  # fmt: skip
_STATE_OF: Final = {header_form(word): state for state, words in _STATES.items() for word in words.split()} | {
    header_form(phrase): state
    for phrase, state in (
        ("used up", "used"), ("used_up", "used"), ("not used", "free"), ("не использован", "free"), ("nicht verwendet", "free"),
        ("not active", "cancelled"), ("не активен", "cancelled"), ("उपयोग किया गया", "used"),
    )
}  # fmt: skip


def read_code_field(
    column: ColumnPlan, texts: pl.Series, letters: pl.Series, plan: ReadingPlan
) -> tuple[pl.Series, pl.Series]:
    """The values and problems of a column that only codes and gift cards have."""
    shop = plan.shop
    assert shop is not None
    match column.target.reads:
        case "until":
            return vector.other_column(
                texts,
                letters,
                dtype=CODE_FIELDS["valid_until"],
                read_cell=lambda text, letter: read_until(
                    text, letter, order=column.order, zone=shop.zone, this_year=plan.today.year
                ),
            )
        case "code_state":
            return vector.other_column(texts, letters, dtype=pl.String, read_cell=read_code_state)
        case _:
            is_worth_money = plan.kind == "gift_cards"
            return vector.other_column(
                texts,
                letters,
                dtype=pl.String,
                read_cell=lambda text, letter: read_code(text, letter, is_worth_money=is_worth_money),
            )


def sensible_of_code(column: ColumnPlan, values: pl.Series, codes: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Neither money nor uses are below zero."""
    if column.target.key not in ("left", "value", "uses"):
        return values, codes
    frame = pl.DataFrame({"v": values, "c": codes})
    is_wrong = (pl.col("v") < 0).fill_null(False)
    kept = frame.select(
        pl.when(is_wrong).then(None).otherwise(pl.col("v")).alias("v"),
        pl.when(is_wrong).then(pl.lit("below_zero")).otherwise(pl.col("c").replace(_MONEY_CODES)).alias("c"),
    )
    return kept["v"], kept["c"]


def read_code(text: str, letter: str, *, is_worth_money: bool) -> Reading[str]:
    """Read a code as it is written; one in look-alike letters of another script is kept with a warning.

    Codes: those of `clean.trouble`, digits_lost, invalid_number, code_too_long, code_missing, gift_code_weak, code_look_alikes.
    """
    if code := trouble(text, letter):
        return Reading(code=code)
    if letter in _NUMBERS:
        number = read_number(text, letter)
        if number.value is None:
            return Reading(code=number.code)
        cleaned = number.value
    else:
        cleaned = one_line(plain(text))
    if is_nothing(cleaned):
        return Reading()
    if wrong := check_code(cleaned, kind="universal"):
        return Reading(code=_WRONG[wrong])
    if is_worth_money and check_chosen(cleaned):
        return Reading(code="gift_code_weak")
    is_alike = not cleaned.isascii() and code_key(cleaned).isascii()
    return Reading(value=cleaned, code="code_look_alikes" if is_alike else None)


def read_code_state(text: str, letter: str) -> Reading[str]:
    """Read in which state a code or gift card was. Codes: those of `clean.trouble`, unknown_code_state."""
    if code := trouble(text, letter):
        return Reading(code=code)
    cleaned = plain(text)
    if is_nothing(cleaned):
        return Reading()
    state = _STATE_OF.get(header_form(cleaned))
    return Reading(value=state) if state else Reading(code="unknown_code_state")


def read_until(text: str, letter: str, *, order: DateOrder, zone: ZoneInfo, this_year: int) -> Reading[dt.datetime]:
    """Read a cell as the end of a validity: a day alone is good to its end, by the clock of the zone.

    Codes: those of `clean.trouble`, invalid_date.
    """
    if code := trouble(text, letter):
        return Reading(code=code)
    cleaned = plain(text)
    if letter != cells.DATE and is_nothing(cleaned):
        return Reading()
    reading = read_date(cleaned, letter, order=order, this_year=this_year)
    if reading.value is None:
        return Reading(code="invalid_date")
    clock = read_clock(cleaned, letter)
    if clock is None:
        return Reading(code="invalid_date")
    time, offset = clock
    if time is None:
        midnight = dt.datetime.combine(reading.value + dt.timedelta(days=1), dt.time(), zone)
        return Reading(value=midnight.astimezone(dt.UTC))
    return Reading(value=dt.datetime.combine(reading.value, time, offset or zone).astimezone(dt.UTC))
