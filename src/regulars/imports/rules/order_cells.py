"""Reading what only orders have: their number, currency and state."""

import re
from typing import Final

from babel.numbers import list_currencies

from regulars.imports.reading import cells
from regulars.imports.rules.clean import Reading, is_nothing, plain, trouble
from regulars.imports.rules.words import header_form

NUMBER_CHARACTERS_MAX: Final = 128
_NUMBER: Final = re.compile(r"[A-Za-z0-9._~:@+-]+")
_SEPARATORS: Final = re.compile(r"[\s/\\|]+")
_SIGNS: Final = {
    "€": "EUR",
    "£": "GBP",
    "₽": "RUB",
    "₹": "INR",
    "₺": "TRY",
    "₴": "UAH",
    "₸": "KZT",
    "руб": "RUB",
    "руб.": "RUB",
}
_CODES: Final = list_currencies()
_STATES: Final = {
    "paid": "paid payment processing captured settled success successful оплачен оплачено оплаченный भुगतान bezahlt pagado paye authorized",
    "completed": "completed complete closed fulfilled delivered done finished shipped visited arrived came sale завершен завершено выполнен"
    " выполнено пришел доставлен закрыт готов продажа पूर्ण पूरा abgeschlossen erledigt geliefert completado entregado termine terminee livre",
    "cancelled": "cancelled canceled voided void failed declined rejected deleted noshow expired отменен отмена отменено удален ошибка रद्द"
    " storniert abgebrochen cancelado anulado annule annulee",
    "refunded": "refunded refund returned возвращен возврат वापस erstattet zuruckgegeben reembolsado rembourse remboursee",
    "partly_refunded": "partially_refunded partly_refunded",
    "open": "open pending unpaid draft on_hold onhold hold new created waiting scheduled parked partially_paid checkout_draft confirmed"
    " открыт ожидает ожидание черновик новый неоплачен खुला offen ausstehend neu pendiente abierto en_attente attente ouvert",
}  # fmt: skip
_PHRASES: Final = {
    "partially refunded": "partly_refunded", "partly refunded": "partly_refunded", "частичный возврат": "partly_refunded",
    "teilweise erstattet": "partly_refunded", "reembolso parcial": "partly_refunded", "partiellement rembourse": "partly_refunded",
    "partially paid": "open", "on hold": "open", "no show": "cancelled", "не пришел": "cancelled", "не оплачен": "open",
    "en attente": "open", "checkout draft": "open", "отменен клиентом": "cancelled", "चुकाया गया": "paid",
}  # fmt: skip
_STATE_OF: Final = {header_form(word): state for state, words in _STATES.items() for word in words.split()} | {
    header_form(phrase): state for phrase, state in _PHRASES.items()
}


def read_order_number(text: str, letter: str) -> Reading[str]:
    """Read the number of an order; `#` before it is left off, strokes and spaces in it become hyphens.

    Codes: those of `clean.trouble`, digits_lost, invalid_order_number.
    """
    if code := trouble(text, letter):
        return Reading(code=code)
    cleaned = plain(text)
    if is_nothing(cleaned):
        return Reading()
    if letter == cells.LONG_NUMBER:
        return Reading(code="digits_lost")
    number = _SEPARATORS.sub("-", cleaned.removeprefix("#").removeprefix("№").strip())
    if len(number) > NUMBER_CHARACTERS_MAX or not _NUMBER.fullmatch(number):
        return Reading(code="invalid_order_number")
    return Reading(value=number)


def read_currency(text: str, letter: str, *, home: str) -> Reading[str]:
    """Read a currency by its code or sign. Codes: those of `clean.trouble`, unknown_currency, other_currency."""
    if code := trouble(text, letter):
        return Reading(code=code)
    cleaned = plain(text)
    if is_nothing(cleaned):
        return Reading()
    written = _SIGNS.get(cleaned.casefold(), cleaned.upper())
    if written == "$" and home.endswith("D"):
        written = home
    if written not in _CODES:
        return Reading(code="unknown_currency")
    return Reading(value=written) if written == home else Reading(code="other_currency")


def read_state(text: str, letter: str) -> Reading[str]:
    """Read how far an order came. Codes: those of `clean.trouble`, unknown_state."""
    if code := trouble(text, letter):
        return Reading(code=code)
    cleaned = plain(text)
    if is_nothing(cleaned):
        return Reading()
    form = header_form(cleaned)
    state = _STATE_OF.get(form)
    if state is None and form.startswith(("отмен", "cancel")):
        state = "cancelled"
    return Reading(value=state) if state else Reading(code="unknown_state")
