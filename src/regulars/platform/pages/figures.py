"""Numbers, money and moments as the reader's language writes them."""

import re
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import NumberPattern, format_currency, format_decimal, format_percent, get_currency_precision
from django.utils import timezone
from django.utils.translation import get_language, pgettext, to_locale
from django.utils.translation import gettext as _

MINUTES_AS_AGO = 60
# English without a country is read in many; day before month and 24 hours are misread in none of them.
REGIONS = {"en": "en_GB"}
LETTER_BEFORE_DIGIT = re.compile(r"([^\W\d_])(?=\d)")
PLUS, MINUS = "+", "\N{MINUS SIGN}"


@lru_cache(maxsize=32)
def locale_of(language: str) -> Locale:
    """The Babel locale of a language code; English where Babel does not know it."""
    try:
        return Locale.parse(REGIONS.get(language) or to_locale(language))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def locale() -> Locale:
    """The locale of the language that is active for this request."""
    return locale_of(get_language() or "en")


def number(value: int | float | Decimal) -> str:
    """A plain number with its group separators: 4,812."""
    return with_minus(format_decimal(value, locale=locale()))


def exact(value: Decimal) -> str:
    """A number with all its decimals: 12.3456."""
    return with_minus(format_decimal(value, locale=locale(), decimal_quantization=False))


def amount(units: int, decimals: int = 0, *, signed: bool = False) -> str:
    """An amount given in smallest units: `amount(125000, 2)` is 1,250.00."""
    pattern = fixed_pattern(str(locale()), decimals)
    text = with_minus(pattern.apply(Decimal(units).scaleb(-decimals), locale()))
    return PLUS + text if signed and units > 0 else text


@lru_cache(maxsize=64)
def fixed_pattern(locale_name: str, decimals: int) -> NumberPattern:
    """The locale's own number pattern (its groups of digits too) with this many decimals always shown."""
    pattern: NumberPattern = copy(Locale.parse(locale_name).decimal_formats[None])
    pattern.frac_prec = (decimals, decimals)
    return pattern


def money(units: int, currency: str, *, signed: bool = False) -> str:
    """Money given in the currency's smallest units: `money(1250, "EUR")` is €12.50."""
    value = Decimal(units).scaleb(-get_currency_precision(currency))
    text = with_minus(format_currency(value, currency, locale=locale()))
    text = LETTER_BEFORE_DIGIT.sub(
        "\\1\N{NO-BREAK SPACE}", text
    )  # RUB 12.50: a currency without a sign in this language
    return PLUS + text if signed and units > 0 else text


def balance(units: int, *, kind: str, decimals: int, currency: str, signed: bool = False) -> str:
    """An amount of a balance in its smallest units: money for a deposit, else a plain number."""
    return money(units, currency, signed=signed) if kind == "deposit" else amount(units, decimals, signed=signed)


def percent(value: float | Decimal) -> str:
    """A share as percent without decimals: 0.88 is 88%."""
    return with_minus(format_percent(value, locale=locale()))


def with_minus(text: str) -> str:
    """The same number with a real minus sign, as wide as a digit."""
    return text.replace("-", MINUS)


def moment(at: datetime) -> str:
    """Day and time in full, in the active time zone: 3 Feb 2026, 09:14."""
    return f"{day(at)}, {clock(at)}"


def weekday_moment(at: datetime) -> str:
    """Weekday, day and time, in the active time zone: Tuesday, 3 Feb 2026, 09:14."""
    return f"{format_date(timezone.localtime(at), 'EEEE', locale=locale())}, {moment(at)}"


def day(on: date | datetime) -> str:
    """A day: 3 Feb 2026."""
    return format_date(timezone.localtime(on) if isinstance(on, datetime) else on, "medium", locale=locale())


def clock(at: datetime) -> str:
    """Hours and minutes in the active time zone."""
    return format_time(timezone.localtime(at), "short", locale=locale())


def since(at: datetime, now: datetime) -> str:
    """A moment as one would say it now: "12 minutes ago", "today 09:14", "yesterday 08:02", "20 Nov", "3 Feb 2026"."""
    local, today = timezone.localtime(at), timezone.localtime(now).date()
    minutes = (now - at).total_seconds() / 60
    if 0 <= minutes < 1:
        return _("just now")
    if 0 <= minutes < MINUTES_AS_AGO:
        return format_timedelta(at - now, granularity="minute", add_direction=True, format="short", locale=locale())
    days = (today - local.date()).days
    if days == 0:
        return pgettext("a time of this day", "today %(clock)s") % {"clock": clock(at)}
    if days == 1:
        return pgettext("a time of the day before", "yesterday %(clock)s") % {"clock": clock(at)}
    if local.year == today.year:
        return short_day(local.date())
    return day(local)


def short_day(on: date) -> str:
    """Day and month: 20 Nov."""
    pattern = locale().datetime_skeletons.get("MMMd")
    return format_date(on, pattern.pattern if pattern else "d MMM", locale=locale())


def initials(name: str) -> str:
    """Up to two letters that stand for a name in a round mark; "?" for no name."""
    words = [word for word in name.split() if word[:1].isalnum()]
    picked = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0] for word in picked).upper() or "?"
