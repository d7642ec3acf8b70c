"""Forms of a business and its locations, with names of countries and currencies in the reader's language."""

from functools import lru_cache
from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import get_language, gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from regulars.chains.rules import ACCENTS, COUNTRIES, CURRENCIES, TIME_ZONES, TRADES, ChainDraft, LocationDraft
from regulars.chains.rules.drafts import ADDRESS_LENGTH_MAX
from regulars.kernel.fields import NAME_LENGTH_MAX
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.figures import locale_of

Choices = list[tuple[str, str]]

LANGUAGE_NAMES = (("en", "English"), ("ru", "Русский"), ("hi", "हिन्दी"))
ACCENT_NAMES = {
    "green": _("Forest"),
    "ocean": _("Ocean"),
    "plum": _("Plum"),
    "brick": _("Brick"),
    "rose": _("Rose"),
    "honey": _("Honey"),
    "slate": _("Slate"),
    "indigo": _("Indigo"),
}
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


@lru_cache(maxsize=16)
def country_choices(language: str) -> Choices:
    """Countries by name; the reader's alphabet orders them as well as it can."""
    names = locale_of(language).territories
    return sorted(((code, str(names.get(code, code))) for code in COUNTRIES), key=lambda pair: pair[1].casefold())


@lru_cache(maxsize=16)
def currency_choices(language: str) -> Choices:
    """Currencies by code, with their names."""
    names = Locale.parse(locale_of(language).language).currencies
    return [(code, f"{code} · {names.get(code, code)}") for code in sorted(CURRENCIES)]


@lru_cache(maxsize=1)
def time_zone_choices() -> Choices:
    """Time zones by name."""
    return [(zone, zone.replace("_", " ")) for zone in sorted(TIME_ZONES)]


def _language() -> str:
    return get_language() or "en"


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = country_choices(_language())  # type: ignore[attr-defined]


class TradeForm(CleanTextForm):
    """The trade, and what the country proposed, to be mended where it guessed wrong."""

    trade = forms.ChoiceField(label=gettext_lazy("What do you do?"), widget=forms.RadioSelect)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trade"].choices = [(code, TRADE_NAMES[code]) for code in TRADES]  # type: ignore[attr-defined]
        self.fields["currency"].choices = currency_choices(_language())  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = time_zone_choices()  # type: ignore[attr-defined]


class BusinessForm(CleanTextForm):
    """Everything about a business that can be changed."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH_MAX)
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("Phone numbers without a country code are read as this country's"),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), help_text=gettext_lazy("Days begin and end by this clock")
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of customer pages"),
        choices=LANGUAGE_NAMES,
        help_text=gettext_lazy("For customers whose own language is not known"),
    )
    accent = forms.ChoiceField(label=gettext_lazy("Colour"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = country_choices(_language())  # type: ignore[attr-defined]
        self.fields["currency"].choices = currency_choices(_language())  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = time_zone_choices()  # type: ignore[attr-defined]
        self.fields["accent"].choices = [(code, ACCENT_NAMES[code]) for code in ACCENTS]  # type: ignore[attr-defined]

    def draft(self, *, trade: str) -> ChainDraft:
        """What was typed, for the action."""
        typed = {name: self.cleaned_data[name] for name in self.fields if name != "version"}
        return ChainDraft(**typed, trade=trade)


class LocationForm(CleanTextForm):
    """A place of business."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH_MAX)
    address = forms.CharField(
        label=gettext_lazy("Address"),
        required=False,
        max_length=ADDRESS_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)
    external_id = forms.CharField(
        label=gettext_lazy("Id in your own systems"),
        required=False,
        max_length=128,
        help_text=gettext_lazy("Letters, digits and . _ ~ : @ + -"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        same = ("", gettext("The same as the business"))
        self.fields["time_zone"].choices = [same, *time_zone_choices()]  # type: ignore[attr-defined]

    def draft(self) -> LocationDraft:
        """What was typed, for the action."""
        return LocationDraft(
            name=self.cleaned_data["name"],
            address=self.cleaned_data["address"],
            time_zone=self.cleaned_data["time_zone"],
            external_id=self.cleaned_data["external_id"] or None,
        )
