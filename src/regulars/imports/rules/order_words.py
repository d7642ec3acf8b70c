"""The words people put over the columns of an order list, in six languages; looked at first where orders are imported."""

from typing import Final

from regulars.imports.rules.words import field_in_header, field_of_header, header_form

ORDER_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "order": (
        "order", "order number", "order no", "order id", "order name", "order code", "receipt", "receipt number", "receipt no",
        "receipt id", "transaction id", "transaction number", "invoice number", "invoice", "sale id", "sale number", "visit id",
        "record id", "appointment id", "number", "no", "nr", "n", "id", "check number", "order ids external id", "external id",
        "заказ", "номер заказа", "id заказа", "чек", "номер чека", "номер", "номер записи", "id записи", "номер визита",
        "id визита", "номер продажи", "ид", "номер документа", "код заказа",
        "ऑर्डर", "ऑर्डर नंबर", "ऑर्डर संख्या", "रसीद", "रसीद नंबर", "रसीद संख्या", "बिल नंबर", "नंबर", "आदेश संख्या",
        "bestellung", "bestellnummer", "auftragsnummer", "belegnummer", "bonnummer", "rechnungsnummer", "nummer", "beleg nr",
        "pedido", "numero de pedido", "id de pedido", "recibo", "numero de recibo", "ticket", "numero de ticket", "numero",
        "commande", "numero de commande", "n de commande", "recu", "numero de recu", "ticket de caisse",
    ),
    "at": (
        "date", "date and time", "order date", "created at", "created", "paid at", "processed at", "date created", "sale date",
        "receipt date", "visit date", "date time", "datetime", "timestamp", "completed at", "order time", "visit", "when",
        "transaction date", "order date and time", "date of visit", "closed at", "first action date time utc",
        "дата", "дата и время", "дата заказа", "дата визита", "дата продажи", "дата чека", "дата оплаты", "создан", "визит",
        "время заказа", "дата записи",
        "तारीख", "दिनांक", "ऑर्डर की तारीख", "तारीख और समय", "बिक्री की तारीख", "विज़िट की तारीख",
        "datum", "datum und uhrzeit", "bestelldatum", "belegdatum", "verkaufsdatum", "zeitpunkt", "datum des besuchs",
        "fecha", "fecha y hora", "fecha del pedido", "fecha de pedido", "fecha de venta", "fecha de visita",
        "date de commande", "date et heure", "date de vente", "date de visite",
    ),
    "time": ("time", "time of day", "время", "समय", "uhrzeit", "zeit", "hora", "heure"),
    "total": (
        "total", "order total", "order total amount", "total amount", "grand total", "amount", "sum", "total price", "paid",
        "amount paid", "total collected", "sale total", "total sales", "total spend", "receipt total", "order amount", "paid amount",
        "итого", "сумма", "сумма заказа", "сумма чека", "итог", "оплачено", "всего", "стоимость", "сумма оплаты", "к оплате",
        "कुल", "कुल राशि", "राशि", "भुगतान", "ऑर्डर राशि",
        "summe", "gesamt", "gesamtsumme", "gesamtbetrag", "betrag", "bezahlt", "bestellsumme",
        "importe", "importe total", "total pagado", "pagado", "total del pedido",
        "montant", "montant total", "total ttc", "total de la commande", "paye",
    ),
    "currency": ("currency", "currency code", "order currency", "валюта", "मुद्रा", "wahrung", "waehrung", "moneda", "devise"),
    "state": (
        "status", "state", "order status", "financial status", "payment status", "visit status", "статус", "статус заказа",
        "статус визита", "состояние", "статус оплаты", "स्थिति", "ऑर्डर स्थिति", "zustand", "bestellstatus", "estado", "estado del pedido",
        "statut", "statut de la commande", "etat",
    ),
    "discount": (
        "discount", "discount amount", "order discount", "cart discount amount", "discounts", "total discount", "скидка",
        "сумма скидки", "छूट", "rabatt", "rabattbetrag", "descuento", "remise", "reduction",
    ),
    "shipping": (
        "shipping", "order shipping amount", "shipping amount", "delivery", "shipping total", "доставка", "стоимость доставки",
        "डिलीवरी", "versand", "versandkosten", "envio", "livraison", "frais de livraison",
    ),
    "tips": ("tip", "tips", "gratuity", "чаевые", "टिप", "trinkgeld", "propina", "pourboire"),
    "refunded": (
        "refunded amount", "order refund amount", "refunded", "refund", "total refunded", "возвращено", "возврат", "сумма возврата",
        "वापसी राशि", "erstattet", "erstattung", "reembolsado", "reembolso", "rembourse", "remboursement",
    ),
    "place": (
        "location", "store", "outlet", "branch", "shop", "salon", "point of sale", "register location", "филиал", "салон", "точка",
        "магазин", "локация", "торговая точка", "место", "शाखा", "दुकान", "स्थान", "standort", "filiale", "geschaft", "sucursal", "tienda",
        "local", "magasin", "boutique", "etablissement", "location name", "store name", "outlet name",
    ),
    "channel": (
        "channel", "source", "sales channel", "order source", "канал", "источник", "канал продаж", "चैनल", "माध्यम", "kanal",
        "verkaufskanal", "canal", "canal de venta", "canal de vente",
    ),
    "seller": (
        "staff", "employee", "cashier", "sold by", "user", "team member", "salesperson", "sales person", "master", "team member name",
        "сотрудник", "кассир", "продавец", "мастер", "специалист", "официант", "कर्मचारी", "कैशियर", "mitarbeiter", "kassierer", "verkaufer",
        "empleado", "cajero", "vendedor", "employe", "caissier", "vendeur",
    ),
    "sku": (
        "sku", "lineitem sku", "product sku", "item sku", "product code", "article", "артикул", "код товара", "उत्पाद कोड", "artikelnummer",
        "codigo de producto", "reference", "code produit", "barcode",
    ),
    "product": (
        "product", "item", "item name", "product name", "lineitem name", "line item", "line name", "service", "service name", "description",
        "товар", "услуга", "наименование", "название товара", "позиция", "номенклатура", "उत्पाद", "वस्तु", "सेवा", "produkt", "artikel",
        "dienstleistung", "bezeichnung", "producto", "articulo", "servicio", "produit", "prestation",
    ),
    "category": ("category", "item category", "product category", "категория", "श्रेणी", "kategorie", "warengruppe", "categoria", "categorie"),
    "quantity": (
        "quantity", "qty", "lineitem quantity", "item quantity", "quantity refund", "count", "количество", "кол во", "कुल मात्रा", "मात्रा",
        "menge", "anzahl", "cantidad", "quantite", "qte",
    ),
    "price": (
        "price", "unit price", "lineitem price", "item cost", "price of one", "item price", "цена", "цена за единицу", "मूल्य", "दाम", "preis",
        "einzelpreis", "stuckpreis", "precio", "precio unitario", "prix", "prix unitaire",
    ),
    "line_discount": ("lineitem discount", "line discount", "item discount", "item discount amount", "скидка на товар", "скидка на позицию"),
    "line_total": (
        "line total", "item total", "net sales", "order line subtotal", "line amount", "сумма позиции", "стоимость позиции", "zeilensumme",
        "positionssumme", "total de linea", "total de ligne",
    ),
    "external_id": (
        "customer id", "client id", "id клиента", "код клиента", "ग्राहक आईडी", "kundennummer", "kunden id", "id de cliente", "id client",
        "customer reference id", "customer code", "customer ids external id",
    ),
    "name": (
        "customer", "customer name", "client", "client name", "buyer", "billing name", "клиент", "имя клиента", "покупатель", "фио клиента",
        "ग्राहक", "ग्राहक का नाम", "kunde", "kundenname", "cliente", "nombre del cliente", "client nom", "nom du client",
    ),
}  # fmt: skip

_BY_FORM: Final[dict[str, str]] = {header_form(word): key for key, words in ORDER_WORDS.items() for word in words}


def order_field_of(header: str) -> str | None:
    """The field that exactly this header names over a list of orders."""
    return _BY_FORM.get(header_form(header)) or field_of_header(header)


def order_field_in(header: str) -> str | None:
    """The field that a longer header speaks of: `Order total (EUR)` is a total."""
    words = header_form(header).split()
    for length in range(min(len(words), 4), 0, -1):
        for start in range(len(words) - length + 1):
            part = " ".join(words[start : start + length])
            if part in _BY_FORM and (length > 1 or len(part) > 4):
                return _BY_FORM[part]
    return field_in_header(header)
