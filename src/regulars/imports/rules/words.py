"""The words people put over columns, in six languages, and how a header is compared with them.

English, Russian, Hindi, German, Spanish, French. A word stands for one field only; what could be two (number, date)
is in `DOUBTFUL` and decided by the cells below it.
"""

import hashlib
import re
import unicodedata
from typing import Final

WORDS: Final[dict[str, tuple[str, ...]]] = {
    "phone": (
        "phone", "phone number", "mobile", "mobile phone", "mobile number", "cell", "cell phone", "cellphone", "telephone",
        "tel", "tel no", "telephone number", "contact number", "customer phone", "client phone", "whatsapp", "phone no",
        "телефон", "номер телефона", "мобильный", "мобильный телефон", "моб", "моб телефон", "тел", "сотовый",
        "сотовый телефон", "телефон клиента", "контактный телефон", "телефоны", "номер тел",
        "फोन", "फ़ोन", "फोन नंबर", "फ़ोन नंबर", "मोबाइल", "मोबाइल नंबर", "दूरभाष", "संपर्क नंबर", "फोन नं", "मोबाइल नं",
        "telefon", "telefonnummer", "handy", "handynummer", "mobil", "mobiltelefon", "mobilnummer", "rufnummer", "tel nr",
        "telefon nr", "telefon mobil", "mobilfunk",
        "telefono", "numero de telefono", "movil", "celular", "telefono movil", "num telefono", "telefono celular",
        "numero de telephone", "portable", "mobile portable", "n de telephone", "no de telephone", "tel portable",
        "numero de mobile", "telephone portable",
    ),
    "phone2": (
        "second phone", "phone 2", "other phone", "additional phone", "home phone", "alternate phone", "work phone",
        "второй телефон", "доп телефон", "дополнительный телефон", "телефон 2", "दूसरा फोन", "telefon 2", "zweite telefonnummer",
        "telefono 2", "otro telefono", "telephone 2", "autre telephone", "telephone fixe", "festnetz", "phone2", "mobile 2",
        "mobile phone 2", "phone number 2", "second mobile", "cell 2", "tel 2", "secondary phone", "secondary mobile",
        "мобильный 2", "моб 2", "моб телефон 2", "номер телефона 2", "второй номер", "второй мобильный", "телефон2",
        "फोन 2", "फ़ोन 2", "मोबाइल 2", "फोन नंबर 2", "मोबाइल नंबर 2", "दूसरा फ़ोन", "दूसरा मोबाइल",
        "telefonnummer 2", "handy 2", "mobil 2", "mobiltelefon 2", "rufnummer 2", "zweites telefon", "zweites handy",
        "movil 2", "celular 2", "segundo telefono", "portable 2", "deuxieme telephone", "second telephone",
    ),
    # From the third on, only our own headers and the plain ones: nobody calls a phone the seventh.
    **{
        f"phone{number}": tuple(
            f"{word}{number}"
            for word in ("phone", "phone ", "mobile ", "телефон ", "फोन ", "telefon ", "handy ", "telefono ", "telephone ")
        )
        for number in range(3, 11)
    },
    "number": (
        "card number", "card no", "card", "card id", "loyalty card", "loyalty card number", "loyalty number", "member number",
        "membership number", "barcode", "card code", "club card", "discount card",
        "номер карты", "карта", "карта лояльности", "номер карты лояльности", "штрихкод", "штрих код", "дисконтная карта",
        "бонусная карта", "код карты", "номер бонусной карты", "карта номер",
        "कार्ड नंबर", "कार्ड संख्या", "कार्ड", "कार्ड नं", "सदस्यता संख्या", "बारकोड",
        "kartennummer", "karten nr", "karte", "kundenkarte", "kundenkartennummer", "kartennr", "mitgliedsnummer",
        "stempelkarte", "strichcode",
        "numero de tarjeta", "tarjeta", "n de tarjeta", "codigo de tarjeta", "codigo de barras", "num tarjeta", "no tarjeta",
        "numero de carte", "carte", "n de carte", "no de carte", "carte de fidelite", "num carte", "code barre", "code barres",
    ),
    "deposit": (
        "deposit", "prepaid", "prepaid balance", "wallet", "store credit", "account credit", "credit", "top up",
        "депозит", "счет", "лицевой счет", "предоплата", "аванс", "депозитный счет", "остаток депозита",
        "जमा", "जमा राशि", "डिपॉजिट", "प्रीपेड",
        "guthaben", "einzahlung", "kaution", "anzahlung", "prepaid guthaben", "kundenguthaben",
        "deposito", "saldo prepago", "credito", "abono", "anticipo", "depot", "acompte", "avoir", "credit client", "solde prepaye",
    ),
    "balance": (
        "balance", "actual balance", "current balance", "card balance", "points", "points balance", "bonus", "bonuses",
        "bonus balance", "loyalty balance", "loyalty points", "reward points", "stamps", "stamp count", "progress", "bonus points",
        "points available", "available points", "rewards balance",
        "баланс", "баланс карты", "бонусы", "баллы", "бонусный баланс", "остаток", "остаток бонусов", "текущий баланс",
        "баланс бонусов", "баланс баллов", "штампы", "печати", "количество бонусов", "бонусный счет", "накоплено бонусов",
        "शेष", "बैलेंस", "शेष राशि", "अंक", "बोनस", "पॉइंट्स", "पॉइंट", "बोनस अंक", "मुहर", "स्टैंप",
        "saldo", "punkte", "punktestand", "bonuspunkte", "kontostand", "stempel", "treuepunkte", "aktueller saldo", "punktesaldo",
        "puntos", "saldo de puntos", "saldo actual", "bonos", "sellos", "puntos acumulados", "saldo puntos",
        "solde", "solde de points", "solde points", "points de fidelite", "points fidelite", "tampons", "solde actuel", "nombre de points",
    ),
    "name": (
        "name", "full name", "customer", "customer name", "client", "client name", "user", "user name", "holder", "card holder",
        "cardholder", "member", "guest", "guest name", "member name", "contact", "contact name",
        "имя клиента", "клиент", "фио", "фамилия имя", "фамилия имя отчество", "владелец", "ф и о", "гость", "покупатель",
        "фио клиента", "контакт", "держатель",
        "ग्राहक", "ग्राहक का नाम", "पूरा नाम", "नाम", "सदस्य",
        "kunde", "kundin", "kundenname", "kunden", "vollstandiger name", "inhaber", "gast", "vor und nachname", "name vorname",
        "nombre completo", "cliente", "nombre del cliente", "nombre y apellidos", "titular", "nombre y apellido",
        "nom complet", "nom du client", "nom et prenom", "titulaire", "nom prenom", "prenom et nom",
    ),
    "first_name": (
        "first name", "given name", "forename", "firstname", "имя", "имя отчество", "पहला नाम", "प्रथम नाम",
        "vorname", "nombre", "nombres", "primer nombre", "prenom",
    ),
    "last_name": (
        "last name", "surname", "family name", "lastname", "фамилия", "उपनाम", "कुलनाम", "अंतिम नाम",
        "nachname", "familienname", "zuname", "apellido", "apellidos", "nom", "nom de famille",
    ),
    "email": (
        "email", "e mail", "mail", "email address", "e mail address", "customer email", "client email",
        "почта", "электронная почта", "эл почта", "имейл", "е mail", "адрес электронной почты", "мейл", "емейл",
        "ईमेल", "ई मेल", "ईमेल पता", "e mail adresse", "mailadresse", "email adresse", "correo", "correo electronico",
        "email cliente", "courriel", "adresse email", "adresse e mail", "adresse mail", "adresse electronique",
    ),
    "birthday": (
        "birthday", "birth date", "date of birth", "dob", "birthdate", "born", "день рождения", "дата рождения", "др", "д р",
        "जन्मदिन", "जन्म तिथि", "जन्मतिथि", "जन्म दिनांक", "geburtstag", "geburtsdatum", "geb datum", "geb", "geboren",
        "cumpleanos", "fecha de nacimiento", "nacimiento", "f nacimiento", "date de naissance", "anniversaire", "naissance", "ne le",
    ),
    "language": (
        "language", "lang", "locale", "preferred language", "язык", "भाषा", "sprache", "idioma", "lengua", "langue",
    ),
    "tags": (
        "tags", "tag", "labels", "category", "categories", "customer group", "group", "segment", "groups",
        "теги", "метки", "категория", "категории", "группа", "категория клиента", "группы", "टैग", "श्रेणी", "समूह", "वर्ग",
        "schlagworte", "kategorie", "gruppe", "kundengruppe", "kategorien", "etiquetas", "categoria", "grupo", "categorias",
        "etiquettes", "categorie", "groupe", "categories client",
    ),
    "notes": (
        "notes", "note", "comment", "comments", "remark", "remarks", "memo", "description",
        "комментарий", "заметки", "примечание", "комментарии", "заметка", "примечания", "описание",
        "टिप्पणी", "नोट", "notiz", "notizen", "bemerkung", "kommentar", "anmerkung", "bemerkungen", "notas", "nota", "comentario",
        "observaciones", "comentarios", "commentaire", "remarque", "remarques", "commentaires",
    ),
    "consent": (
        "consent", "marketing consent", "accepts marketing", "accepts email marketing", "newsletter", "opt in", "subscribed",
        "agreed to newsletter", "email subscription status", "согласие", "согласие на рассылку", "рассылка", "подписка",
        "сог на рассылку", "सहमति", "einwilligung", "werbeeinwilligung", "zustimmung", "consentimiento", "acepta publicidad",
        "consentement", "accepte les offres",
    ),
    "external_id": (
        "id", "customer id", "client id", "external id", "customer code", "reference id", "uid", "guid", "code",
        "ид", "код клиента", "ид клиента", "внешний код", "код", "идентификатор", "आईडी", "ग्राहक आईडी", "kundennummer", "kunden nr",
        "kundennr", "kunden id", "id cliente", "codigo", "codigo cliente", "numero de cliente", "identifiant", "code client", "id client",
        "numero client",
    ),
    "expires": (
        "expires", "expiry", "expiry date", "expiration date", "points expire", "valid until", "points expiry", "expires on",
        "срок действия", "действует до", "сгорают", "дата сгорания", "годен до", "сгорание бонусов", "समाप्ति तिथि", "वैधता",
        "gultig bis", "ablaufdatum", "verfallt am", "verfall", "caduca", "fecha de caducidad", "vencimiento", "valido hasta",
        "expire le", "date d expiration", "valable jusqu au", "expiration",
    ),
    "version": ("version", "версия", "ledger position"),
    "issued": (
        "issued", "issue date", "issued on", "date issued", "issued at", "card issued", "created", "created at", "date created",
        "registration date", "joined", "member since", "registered", "signup date", "customer since", "join date",
        "дата выдачи", "выдана", "дата создания", "дата регистрации", "создана", "дата выдачи карты", "дата добавления",
        "जारी तिथि", "जारी करने की तिथि", "पंजीकरण तिथि", "ausgestellt am", "ausgabedatum", "erstellt am", "angelegt am", "mitglied seit",
        "registriert am", "fecha de emision", "fecha de alta", "emitida", "fecha de registro", "creado", "date d emission", "emise le",
        "date d inscription", "cree le", "membre depuis", "date de creation",
    ),
    "sold": (
        "sold", "total sold", "sales", "turnover", "total sales", "продано", "сумма продаж", "продажи", "оборот", "сумма покупок",
        "बिक्री", "कुल बिक्री", "umsatz", "verkauft", "gesamtumsatz", "vendido", "ventas", "total vendido", "vendu", "ventes",
        "chiffre d affaires", "ca total",
    ),
    "paid": (
        "paid", "total paid", "total spent", "spent", "total spend", "amount spent", "lifetime spend", "revenue", "year to date",
        "оплачено", "потрачено", "сумма оплат", "всего потрачено", "भुगतान", "कुल भुगतान", "bezahlt", "ausgegeben", "gesamtausgaben",
        "pagado", "total pagado", "gastado", "total gastado", "paye", "total paye", "depense", "total depense",
    ),
    "visits": (
        "visits", "visit count", "number of visits", "total visits", "total orders", "orders", "transaction count", "orders count",
        "визиты", "количество визитов", "кол во визитов", "посещения", "посещений", "кол во посещений", "количество посещений", "визитов",
        "заказов", "विज़िट", "विजिट", "कुल विज़िट", "besuche", "anzahl besuche", "anzahl der besuche", "visitas", "numero de visitas",
        "visites", "nombre de visites", "nb visites",
    ),
    "first_visit": (
        "first visit", "first order", "first visit date", "first purchase", "первый визит", "первое посещение", "дата первого визита",
        "первая покупка", "पहली विज़िट", "पहली विजिट", "erster besuch", "erstbesuch", "primera visita", "premiere visite",
    ),
    "last_visit": (
        "last visit", "last order", "last visit date", "last purchase", "last seen", "last activity", "last stamp at", "last stamp",
        "последний визит", "последнее посещение", "дата последнего визита", "последняя покупка", "अंतिम विज़िट", "आखिरी विज़िट",
        "अंतिम विजिट", "letzter besuch", "ultima visita", "derniere visite",
    ),
}  # fmt: skip

STAMP_WORDS: Final = frozenset(
    ("stamps", "stamp count", "progress", "штампы", "печати", "मुहर", "स्टैंप", "stempel", "sellos", "tampons")
)
DOUBTFUL: Final = frozenset(
    (
        "number",
        "no",
        "nr",
        "num",
        "номер",
        "n",
        "नंबर",
        "नं",
        "nummer",
        "numero",
        "code",
        "код",
        "codigo",
        "date",
        "дата",
        "datum",
    )
)
TOTAL_WORDS: Final = frozenset((
    "total", "totals", "grand total", "sum", "subtotal", "total customers", "итого", "всего", "общий итог", "сумма", "итог",
    "итого по листу", "итого клиентов", "कुल", "योग", "कुल योग", "summe", "gesamt", "gesamtsumme", "insgesamt", "zwischensumme",
    "suma", "total general", "totales", "somme", "total general", "totaux", "sous total", "ensemble",
))  # fmt: skip

_NOT_LETTERS: Final = re.compile(r"[^\w\u0900-\u097f]+|_+")


def header_form(header: str) -> str:
    """Write a header as headers are compared: lower case, no accents, no punctuation, one space between words.

    Marks of Devanagari stay: they are vowels. `first_name`, `First Name` and `FIRST-NAME` are one; so are `Счёт` and
    `счет`.
    """
    folded = unicodedata.normalize("NFKD", header.replace("№", " n ").casefold().replace("ß", "ss"))
    kept = "".join(letter for letter in folded if not unicodedata.combining(letter) or "\u0900" <= letter <= "\u097f")
    spaced = _NOT_LETTERS.sub(" ", unicodedata.normalize("NFC", kept))
    return " ".join(spaced.split())


_BY_FORM: Final[dict[str, str]] = {header_form(word): key for key, words in WORDS.items() for word in words}


def field_of_header(header: str) -> str | None:
    """The field that exactly this header names in one of the languages."""
    return _BY_FORM.get(header_form(header))


def field_in_header(header: str) -> str | None:
    """The field that a longer header speaks of: `Client's mobile phone (required)` is a phone."""
    words = header_form(header).split()
    for length in range(min(len(words), 4), 0, -1):
        for start in range(len(words) - length + 1):
            part = " ".join(words[start : start + length])
            if part in _BY_FORM and (length > 1 or len(part) > 3) and part not in DOUBTFUL:
                return _BY_FORM[part]
    return None


def signature_of(headers: tuple[str, ...], *, kind: str) -> str:
    """A name for the shape of a file: the same headers, in any order, letter case and punctuation, give the same."""
    forms = sorted(header_form(header) for header in headers if header.strip())
    return hashlib.sha256("\n".join([kind, *forms]).encode()).hexdigest()
