"""The forms with which a business begins: its name and country, then its trade."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _

from regulars.chains.rules import COUNTRIES, CURRENCIES, TIME_ZONES, TRADES
from regulars.kernel.fields import NAME_LENGTH_MAX
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.choices import country_choices, currency_choices, time_zone_choices

TRADE_NAMES = {
    "cafe": _("Café or bakery"),
    "restaurant": _("Restaurant or bar"),
    "salon": _("Salon or spa"),
    "barber": _("Barber"),
    "fitness": _("Fitness or yoga"),
    "shop": _("Shop"),
    "car_wash": _("Car wash"),
    "other": _("Something else"),
}


class NewBusinessForm(CleanTextForm):
    """What one is asked on the way in: a name and a country, which brings the rest."""

    name = forms.CharField(
        label=gettext_lazy("Name of your business"),
        max_length=NAME_LENGTH_MAX,
        help_text=gettext_lazy("As your customers know it"),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("Decides the currency, the clock, and how phone numbers are read"),
    )

    is_test = forms.BooleanField(
        label=gettext_lazy("A test business"),
        required=False,
        help_text=gettext_lazy("For trying things out: its clock can be moved ahead. It stays a test for ever."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("country", country_choices(COUNTRIES))


class TradeForm(CleanTextForm):
    """The trade, and what the country proposed, to be mended where it guessed wrong."""

    trade = forms.ChoiceField(label=gettext_lazy("What do you do?"), widget=forms.RadioSelect)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("trade", [(code, TRADE_NAMES[code]) for code in TRADES])
        self.offer("currency", currency_choices(CURRENCIES))
        self.offer("time_zone", time_zone_choices(TIME_ZONES))
