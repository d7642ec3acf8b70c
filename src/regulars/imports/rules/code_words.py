"""The words people put over the columns of a list of codes or gift cards, in six languages; looked at first where those are imported."""

from typing import Final

from regulars.imports.rules.words import header_form

CODE_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "code": (
        "code", "codes", "promo code", "promocode", "promotion code", "coupon", "coupon code", "voucher code", "discount code", "bearer code",
        "bearer_code", "serial", "serial number", "key", "pin", "token",
        "код", "коды", "промокод", "промокоды", "промо код", "код купона", "купон", "код скидки", "серийный номер",
        "कोड", "प्रोमो कोड", "कूपन", "कूपन कोड", "वाउचर कोड",
        "gutscheincode", "rabattcode", "aktionscode", "coupon nr", "codigo", "codigo promocional", "cupon", "codigo de descuento",
        "codigo de cupon", "code promo", "code promotionnel", "code de reduction", "bon de reduction",
    ),
    "valid_until": (
        "valid until", "valid_until", "valid to", "valid through", "expires", "expires at", "expires on", "expiry", "expiry date", "expiration",
        "expiration date", "end date", "ends", "ends on", "good until",
        "действует до", "срок действия", "годен до", "действителен до", "дата окончания", "истекает",
        "तक मान्य", "समाप्ति तिथि", "वैधता", "मान्य तक",
        "gultig bis", "ablaufdatum", "verfallt am", "caduca", "fecha de caducidad", "vencimiento", "valido hasta", "valable jusqu au", "expire le",
        "date d expiration", "expiration le",
    ),
    "uses": (
        "uses", "used", "times used", "usage", "usage count", "times redeemed", "redemptions", "total uses", "использований", "использован раз",
        "число использований", "количество использований", "उपयोग", "कितनी बार", "nutzungen", "verwendet", "anzahl nutzungen", "usos", "utilisations",
    ),
    "code_state": (
        "state", "status", "code status", "card status", "статус", "состояние", "स्थिति", "zustand", "estado", "statut", "etat",
    ),
    "left": (
        "balance", "current balance", "remaining", "remaining balance", "remaining value", "amount left", "left", "available", "available balance",
        "card balance", "outstanding", "баланс", "остаток", "текущий баланс", "остаток на карте", "शेष", "बैलेंस", "शेष राशि", "guthaben",
        "restwert", "restguthaben", "saldo", "saldo actual", "solde", "solde restant", "montant restant",
    ),
    "value": (
        "value", "initial value", "initial balance", "original value", "original amount", "face value", "amount", "nominal", "issued amount",
        "purchase amount", "sold for", "номинал", "стоимость", "сумма", "начальный баланс", "मूल्य", "राशि", "wert", "nennwert", "betrag",
        "valor", "importe", "valor inicial", "valeur", "montant", "valeur initiale",
    ),
    "gift_type": (
        "type", "gift card type", "gift_card_type", "card type", "kind", "product", "тип", "вид", "тип карты", "вид карты", "प्रकार", "typ", "art", "kartentyp", "tipo",
        "tipo de tarjeta", "genre", "type de carte",
    ),
}  # fmt: skip
_CARD_WORDS: Final = (
    "gift card", "gift card number", "gift card code", "giftcard", "card number", "card no", "card code", "number", "barcode", "certificate",
    "certificate number", "номер", "номер карты", "номер сертификата", "сертификат", "подарочная карта", "номер подарочной карты",
    "उपहार कार्ड", "उपहार कार्ड नंबर", "कार्ड नंबर", "gutschein", "gutscheinnummer", "geschenkkarte", "kartennummer", "nummer", "tarjeta regalo",
    "numero de tarjeta", "numero", "carte cadeau", "numero de carte", "cheque cadeau",
)  # fmt: skip
"""What names the code of a gift card, and over a list of codes would name a customer's card."""

_BY_FORM: Final[dict[str, str]] = {header_form(word): key for key, words in CODE_WORDS.items() for word in words}
_CARDS_BY_FORM: Final[dict[str, str]] = {header_form(word): "code" for word in _CARD_WORDS} | _BY_FORM


def code_field_of(header: str, *, kind: str) -> str | None:
    """The field that exactly this header names over a list of codes or gift cards."""
    return (_CARDS_BY_FORM if kind == "gift_cards" else _BY_FORM).get(header_form(header))


def code_field_in(header: str, *, kind: str) -> str | None:
    """The field that a longer header speaks of: `Remaining balance (EUR)` is a balance."""
    known = _CARDS_BY_FORM if kind == "gift_cards" else _BY_FORM
    words = header_form(header).split()
    for length in range(min(len(words), 4), 0, -1):
        for start in range(len(words) - length + 1):
            part = " ".join(words[start : start + length])
            if part in known and (length > 1 or len(part) > 3):
                return known[part]
    return None
