"""{% load figures %}: filters that write numbers, money and moments in the reader's language."""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from regulars.platform.clock import shown_now
from regulars.platform.pages import figures

register = template.Library()


@register.filter
def number(value: int | float | Decimal | None) -> str:
    """`{{ total|number }}`: 4,812. Nothing for None."""
    return "" if value is None else figures.number(value)


@register.filter
def amount(units: int | None, decimals: int = 0) -> str:
    """`{{ units|amount:decimals }}`: an amount in smallest units, 1,250.00. Nothing for None."""
    return "" if units is None else figures.amount(int(units), int(decimals or 0))


@register.filter
def change(units: int | None, decimals: int = 0) -> SafeString | str:
    """`{{ units|change:decimals }}`: an amount with its sign and its colour, +5.00."""
    if units is None:
        return ""
    tone = "plus" if units > 0 else "minus" if units < 0 else "quiet"
    return format_html(
        '<bdi class="{} nowrap">{}</bdi>', tone, figures.amount(int(units), int(decimals or 0), signed=True)
    )


@register.filter
def money(units: int | None, currency: str) -> str:
    """`{{ units|money:"EUR" }}`: money in the currency's smallest units, €12.50. Nothing for None."""
    return "" if units is None else figures.money(int(units), currency)


@register.filter
def percent(value: float | Decimal | None) -> str:
    """`{{ 0.88|percent }}`: 88%."""
    return "" if value is None else figures.percent(value)


@register.filter
def when(at: datetime | date | None, now: datetime | None = None) -> SafeString | str:
    """`{{ at|when }}` or `{{ at|when:now }}`: "yesterday 08:02" in a <time> whose title is the full date."""
    if at is None:
        return ""
    if not isinstance(at, datetime):
        return day(at)
    text = figures.since(at, now or shown_now())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.isoformat(timespec="seconds"), figures.moment(at), text
    )


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """`{{ at|moment }}`: day and time in full, in a <time>."""
    if at is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', at.isoformat(timespec="seconds"), figures.moment(at))


@register.filter
def day(on: date | datetime | None) -> SafeString | str:
    """`{{ on|day }}`: 3 Feb 2026, in a <time>."""
    return "" if on is None else format_html('<time datetime="{}">{}</time>', on.isoformat(), figures.day(on))
