"""Forms of orders, and how typed lines are read."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy

from regulars.kernel.amount import format_amount
from regulars.orders.rules.command import LINES_MAX, LineDraft, SpendDraft
from regulars.orders.rules.view import OrderView, PricedLine
from regulars.platform.actor import Actor
from regulars.platform.claims import Claim
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.once_form import OnceForm
from regulars.platform.pages.typed import typed_amount

ROWS: Final = 3
LINE_FIELDS: Final = ("name", "sku", "quantity", "price", "discount", "category", "kind")
MOMENT: Final = "%Y-%m-%dT%H:%M"
NOT_CONTENT: Final = frozenset({"csrfmiddlewaretoken", "once", "expected_total"})


@dataclass(slots=True)
class LineRow:
    """A line as it was typed, with what is wrong with it."""

    name: str = ""
    sku: str = ""
    quantity: str = ""
    price: str = ""
    discount: str = ""
    category: str = ""
    kind: str = "goods"
    problem: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed here; a quantity alone is nothing."""
        return not (self.name or self.sku or self.price)


class OrderForm(OnceForm):
    """An order by hand, all but its lines and whose it is."""

    external_id = forms.CharField(
        label=gettext_lazy("Receipt number"),
        help_text=gettext_lazy("The same number is never recorded twice."),
        required=False,
        max_length=200,
    )
    codes = forms.CharField(
        label=gettext_lazy("Codes, vouchers and memberships"),
        help_text=gettext_lazy("Several with commas between them"),
        required=False,
        max_length=400,
    )
    uses_memberships = forms.BooleanField(
        label=gettext_lazy("Pay with the memberships of the customer"), required=False
    )
    uses_again = forms.BooleanField(
        label=gettext_lazy("Also where a membership was used a short time ago"), required=False
    )
    channel = forms.CharField(label=gettext_lazy("Channel"), required=False, max_length=60)
    shipping = forms.CharField(label=gettext_lazy("Shipping"), required=False, max_length=40)
    tips = forms.CharField(label=gettext_lazy("Tips"), required=False, max_length=40)
    spend_balance = forms.ChoiceField(label=gettext_lazy("Pay with"), required=False)
    spend_amount = forms.CharField(label=gettext_lazy("How much"), required=False, max_length=40)
    spend_all = forms.BooleanField(label=gettext_lazy("As much as possible"), required=False)
    gift_card = forms.CharField(label=gettext_lazy("Gift card"), required=False, max_length=100)
    gift_amount = forms.CharField(
        label=gettext_lazy("From the gift card"),
        help_text=gettext_lazy("Left empty: as much as possible"),
        required=False,
        max_length=40,
    )
    starts_at = forms.DateTimeField(
        label=gettext_lazy("Begins at"),
        help_text=gettext_lazy("Promotions go by this time."),
        required=False,
        input_formats=[MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )
    expected_total = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, balances: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("spend_balance", balances)

    @property
    def wanted_spend(self) -> tuple[SpendDraft, ...]:
        """What is to be paid with a balance and a gift card."""
        return (*read_spend(self.cleaned_data), *read_gift(self.cleaned_data))


class PayForm(OnceForm):
    """Paying an open order."""

    spend_balance = forms.ChoiceField(label=gettext_lazy("Pay with"), required=False)
    spend_amount = forms.CharField(label=gettext_lazy("How much"), required=False, max_length=40)
    spend_all = forms.BooleanField(label=gettext_lazy("As much as possible"), required=False)
    expected_total = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, balances: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("spend_balance", balances)


class RefundForm(OnceForm):
    """What comes back: some of the lines, or an amount."""

    mode = forms.ChoiceField(
        label=gettext_lazy("What comes back"),
        choices=[("lines", gettext_lazy("Goods or services")), ("amount", gettext_lazy("Only money"))],
        widget=forms.RadioSelect,
        initial="lines",
    )
    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        help_text=gettext_lazy("The goods stay with the customer."),
        required=False,
        max_length=40,
    )


class CancelForm(OnceForm):
    """Cancelling needs nothing but to be sent once."""


class EmptyForm(CleanTextForm):
    """A form without fields, which still can show what is wrong."""


def read_rows(posted: QueryDict) -> list[LineRow]:
    """The lines of a sent form, blank ones too."""
    columns = {name: posted.getlist(f"line_{name}") for name in LINE_FIELDS}
    count = min(max((len(values) for values in columns.values()), default=0), LINES_MAX)
    return [
        LineRow(**{name: values[at].strip()[:200] if at < len(values) else "" for name, values in columns.items()})
        for at in range(count)
    ]


def line_drafts(rows: Sequence[LineRow]) -> tuple[LineDraft, ...]:
    """The lines that are not blank; what is left empty is for a product of this SKU to fill in."""
    return tuple(
        LineDraft(
            quantity=typed_amount(row.quantity) or "1",
            sku=row.sku,
            price=typed_amount(row.price) or None,
            name=row.name or (None if row.sku else ""),
            category=row.category or (None if row.sku else ""),
            kind="service" if row.kind == "service" else None if row.sku else "goods",
            discount=typed_amount(row.discount) or "0",
        )
        for row in rows
        if not row.is_blank
    )


def read_spend(cleaned: dict[str, Any]) -> tuple[SpendDraft, ...]:
    """What is to be paid with a balance, out of the fields of a form."""
    if not cleaned.get("spend_balance"):
        return ()
    if cleaned.get("spend_all"):
        return (SpendDraft(cleaned["spend_balance"], "max"),)
    amount = typed_amount(cleaned.get("spend_amount", ""))
    return (SpendDraft(cleaned["spend_balance"], amount),) if amount.strip("0.") else ()


def read_gift(cleaned: dict[str, Any]) -> tuple[SpendDraft, ...]:
    """What is to be paid with a gift card, out of the fields of a form."""
    code = cleaned.get("gift_card", "").strip()
    if not code:
        return ()
    amount = typed_amount(cleaned.get("gift_amount", ""))
    return (SpendDraft("", amount if amount.strip("0.") else "max", code=code),)


def rows_of_order(view: OrderView) -> list[LineRow]:
    """The lines of an open order as they would be typed."""
    return [_row(one, view.currency_decimals) for one in view.lines]


def _row(one: PricedLine, decimals: int) -> LineRow:
    line = one.line
    quantity = format_amount(line.quantity, 3)
    return LineRow(
        name=line.name,
        sku=line.sku,
        quantity=quantity.rstrip("0").rstrip(".") if "." in quantity else quantity,
        price=format_amount(line.price, decimals),
        discount=format_amount(line.discount, decimals) if line.discount else "",
        category=line.category,
        kind=line.kind,
    )


def content_hash(posted: QueryDict) -> bytes:
    """What tells another content of a form: everything but its own keys."""
    content = {name: values for name, values in posted.lists() if name not in NOT_CONTENT}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


def claim_of(form: OnceForm, posted: QueryDict, actor: Actor, route: str) -> Claim | None:
    """The key that lets a form with lines act once; None for a form without one."""
    key = form.cleaned_data.get("once")
    if not key or actor.staff_id is None:
        return None
    return Claim(holder_id=actor.staff_id, route=f"page {route}", key=key, body_hash=content_hash(posted))


def local_moment(at: datetime | None) -> datetime | None:
    """A moment by the clock of the reader, as the field shows it."""
    return timezone.localtime(at) if at else None
