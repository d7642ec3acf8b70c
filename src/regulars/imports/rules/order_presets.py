"""The columns of order lists as other systems export them: what each is, None for what is left out.

Names are as the systems' own documentation and exports give them. Where an export repeats the order on every line, its
lines are put together by the number of the order.
"""

from typing import Final

ORDER_COLUMNS: Final[tuple[tuple[str, str, str, dict[str, str | None]], ...]] = (
    ("regulars", "Regulars", "id|external_id|state|at|total_before", {
        "id": None, "external_id": "order", "state": "state", "at": "at", "total": "total", "currency": "currency", "phone": "phone",
        "customer_email": "email", "card_number": "number", "location": "place", "channel": "channel", "shipping": "shipping", "tips": "tips",
        "refunded": "refunded", "total_before": None, "discount_total": None, "sold": None, "paid_by_balances": None, "staff": "seller",
        "customer": None, "card": None, "recorded_at": None, "tax": None, "starts_at": None, "customer_name": "name",
    }),
    ("altegio-visits", "Altegio (visits)", "Date|Client|Services|Staff|Visit status", {
        "ID": "order", "Visit ID": "order", "Date": "at", "Time": "time", "Client": "name", "Client name": "name", "Phone": "phone",
        "Email": "email", "Services": "product", "Staff": "seller", "Team member": "seller", "Visit status": "state", "Paid": "total",
        "Total": "total", "Cost": None, "To pay": None, "Location": "place", "Created": None, "Comment": None, "Source": "channel",
        "Category": "category", "Client ID": "external_id", "Discount": None,
    }),
    ("altegio-visits-ru", "Altegio / YCLIENTS (записи)", "Дата|Клиент|Услуги|Сотрудник|Статус визита", {
        "ID": "order", "ID записи": "order", "Дата": "at", "Дата визита": "at", "Время": "time", "Клиент": "name", "Имя": "name",
        "Телефон": "phone", "Услуги": "product", "Сотрудник": "seller", "Статус визита": "state", "Статус": "state", "Оплачено": "total",
        "Сумма": "total", "Стоимость": None, "К оплате": None, "Филиал": "place", "Создана": None, "Комментарий": None,
        "Источник": "channel", "Категория": "category", "Скидка": None,
    }),
    ("7stamp-journal", "7stamp (journal)", "Event|Date|Card|User", {
        "ID": "order", "Event ID": "order", "Event": None, "Date": "at", "Time": "time", "Card": "number", "Card ID": "number",
        "User": "name", "Phone": "phone", "Email": "email", "Amount": "total", "Purchase amount": "total", "Stamps": None, "Staff": "seller",
        "Platform": None, "Location": "place", "Channel": "channel", "Stamp card": None,
    }),
    ("lightspeed-x", "Lightspeed Retail (X-Series)", "Date|Receipt Number|Customer Code|Total", {
        "Date": "at", "Receipt Number": "order", "Customer Code": "external_id", "Customer Name": "name",
        "Customer Email": "email", "Note": None, "Quantity": None, "Subtotal": None, "Sales Tax": None, "Discount": "discount",
        "Loyalty": None, "Total": "total", "Paid": None, "Details": "product", "Register": None, "User": "seller", "Status": "state",
        "SKU": "sku", "Sku": "sku", "AccountCodeSale": None, "AccountCodePurchase": None, "Outlet": "place",
    }),
    ("lightspeed-r", "Lightspeed Retail (R-Series)", "Sale ID|Date|Customer|Total", {
        "Sale ID": "order", "ID": "order", "Date": "at", "Customer": "name", "Customer ID": "external_id", "Email": "email",
        "Phone": "phone", "Shop": "place", "Register": None, "Employee": "seller", "Subtotal": None, "Discounts": "discount", "Tax": None,
        "Total": "total", "Status": "state", "Item": "product", "Qty": "quantity", "Price": "price",
    }),
    ("salebot", "Salebot (orders)", "Order ID|Client ID|Amount|Created at", {
        "Order ID": "order", "Client ID": "external_id", "Client name": "name", "Phone": "phone", "Email": "email", "Amount": "total",
        "Budget": None, "Status": "state", "Created at": "at", "Source": "channel", "Messenger": "channel", "Title": "product",
        "Currency": "currency", "Manager": "seller",
    }),
    ("mindbox", "Mindbox (orders)", "OrderIdsExternalId|OrderFirstActionDateTimeUtc|OrderTotalPrice", {
        "OrderIdsExternalId": "order", "OrderIdsMindboxId": None, "OrderIdsWebsiteId": "order", "OrderFirstActionDateTimeUtc": "at",
        "OrderTotalPrice": "total", "OrderDiscountedTotalPrice": None, "OrderDeliveryCost": "shipping",
        "OrderCustomerIdsMindboxId": None, "OrderCustomerIdsExternalId": "external_id", "OrderCustomerIdsWebsiteId": "external_id",
        "OrderCustomerMobilePhone": "phone", "OrderCustomerEmail": "email", "OrderCustomerFullName": "name",
        "OrderFirstActionChannelName": "channel", "OrderAreaName": "place", "OrderLineProductName": "product",
        "OrderLineProductIdsWebsite": "sku", "OrderLineQuantity": "quantity", "OrderLineBasePricePerItem": "price",
        "OrderLinePriceOfLine": "line_total", "OrderLineStatusIdsExternalId": "state", "OrderLineStatusCategory": None,
    }),
    ("shopify", "Shopify (orders)", "Name|Email|Financial Status|Lineitem name|Lineitem quantity", {
        "Name": "order", "Email": "email", "Financial Status": "state", "Paid at": None, "Fulfillment Status": None, "Fulfilled at": None,
        "Accepts Marketing": None, "Currency": "currency", "Subtotal": None, "Shipping": "shipping", "Taxes": None, "Total": "total",
        "Discount Code": None, "Discount Amount": "discount", "Shipping Method": None, "Created at": "at", "Lineitem quantity": "quantity",
        "Lineitem name": "product", "Lineitem price": "price", "Lineitem compare at price": None, "Lineitem sku": "sku",
        "Lineitem requires shipping": None, "Lineitem taxable": None, "Lineitem fulfillment status": None, "Lineitem discount": "line_discount",
        "Billing Name": "name", "Billing Phone": "phone", "Phone": "phone", "Shipping Name": None, "Shipping Phone": None, "Notes": None,
        "Cancelled at": None, "Payment Method": None, "Refunded Amount": "refunded", "Outstanding Balance": None, "Vendor": None, "Id": None,
        "Employee": "seller", "Location": "place", "Source": "channel", "Tags": None, "Risk Level": None, "Device ID": None,
        "Billing Company": None, "Receipt Number": None, "Duties": None, "Payment ID": None, "Payment Terms Name": None,
        "Next Payment Due At": None, "Payment References": None, "Tax 1 Name": None, "Tax 1 Value": None, "Note Attributes": None,
    }),
    ("woocommerce", "WooCommerce (orders)", "Order Number|Order Status|Order Date|Order Total Amount", {
        "Order Number": "order", "Order ID": None, "Order Status": "state", "Order Date": "at", "Customer Note": None,
        "First Name (Billing)": "first_name", "Last Name (Billing)": "last_name", "Company (Billing)": None, "Email (Billing)": "email",
        "Phone (Billing)": "phone", "Customer User ID": "external_id", "Customer ID": "external_id", "Payment Method Title": None,
        "Cart Discount Amount": "discount", "Order Subtotal Amount": None, "Shipping Method Title": None, "Order Shipping Amount": "shipping",
        "Order Refund Amount": "refunded", "Order Total Amount": "total", "Order Total Tax Amount": None, "SKU": "sku", "Item #": None,
        "Item Name": "product", "Quantity": "quantity", "Quantity (- Refund)": "quantity", "Item Cost": "price", "Coupon Code": None,
        "Discount Amount": None, "Discount Amount Tax": None, "Order Line Subtotal": "line_total", "Category": "category",
        "First Name (Shipping)": None, "Last Name (Shipping)": None, "Currency": "currency", "Order Currency": "currency",
    }),
    ("square-items", "Square (items)", "Date|Time|Item|Qty|Gross Sales|Transaction ID", {
        "Date": "at", "Time": "time", "Time Zone": None, "Category": "category", "Item": "product", "Qty": "quantity",
        "Price Point Name": None, "SKU": "sku", "Modifiers Applied": None, "Gross Sales": None, "Discounts": "line_discount",
        "Net Sales": "line_total", "Tax": None, "Transaction ID": "order", "Payment ID": None, "Device Name": None, "Notes": None,
        "Details": None, "Event Type": "state", "Location": "place", "Dining Option": "channel", "Customer ID": "external_id",
        "Customer Name": "name", "Customer Reference ID": None, "Unit": None, "Count": None, "Channel": "channel", "Employee": "seller",
    }),
    ("square", "Square (transactions)", "Date|Time|Gross Sales|Total Collected|Transaction ID", {
        "Date": "at", "Time": "time", "Time Zone": None, "Gross Sales": None, "Discounts": "discount", "Service Charges": None,
        "Net Sales": None, "Gift Card Sales": None, "Tax": None, "Tip": "tips", "Partial Refunds": "refunded", "Total Collected": "total",
        "Source": "channel", "Card": None, "Card Entry Methods": None, "Cash": None, "Square Gift Card": None, "Other Tender": None,
        "Fees": None, "Net Total": None, "Transaction ID": "order", "Payment ID": None, "Card Brand": None, "PAN Suffix": None,
        "Device Name": None, "Staff Name": "seller", "Staff ID": None, "Details": None, "Description": None, "Event Type": "state",
        "Location": "place", "Dining Option": None, "Customer ID": "external_id", "Customer Name": "name", "Customer Reference ID": None,
        "Transaction Status": None, "Channel": "channel",
    }),
    ("loyverse", "Loyverse (receipts)", "Date|Receipt number|Receipt type|Gross sales|Net sales", {
        "Date": "at", "Receipt number": "order", "Receipt type": "state", "Gross sales": None, "Discounts": None, "Net sales": None,
        "Taxes": None, "Total collected": "total", "Cost of goods": None, "Gross profit": None, "Payment type": None, "Description": None,
        "Dining option": "channel", "POS": None, "Store": "place", "Cashier name": "seller", "Customer name": "name",
        "Customer contacts": "phone", "Status": None, "SKU": "sku", "Item": "product", "Category": "category", "Quantity": "quantity",
    }),
    ("poster", "Poster (receipts)", "Receipt|Opened|Closed|Amount", {
        "Receipt": "order", "Opened": None, "Closed": "at", "Amount": "total", "Discount": None, "Client": "name", "Phone": "phone",
        "Waiter": "seller", "Location": "place", "Payment": None,
    }),
)  # fmt: skip
