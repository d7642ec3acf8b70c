"""Forms of a business and its locations, with names of countries and currencies in the reader's language."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from regulars.chains.rules import ACCENTS, COUNTRIES, CURRENCIES, TIME_ZONES, ChainDraft, LocationDraft
from regulars.chains.rules.drafts import ADDRESS_LENGTH_MAX, read_point
from regulars.kernel.fields import NAME_LENGTH_MAX
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.choices import country_choices, currency_choices, time_zone_choices

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
        choices=settings.LANGUAGES,
        help_text=gettext_lazy("For customers whose own language is not known"),
    )
    prices = forms.ChoiceField(
        label=gettext_lazy("Prices and tax"),
        choices=[
            ("include", gettext_lazy("Prices include tax")),
            ("exclude", gettext_lazy("Tax is put on top of prices")),
        ],
        help_text=gettext_lazy(
            "What the prices of orders mean from now on; orders that were recorded stay as they are"
        ),
    )
    accent = forms.ChoiceField(label=gettext_lazy("Colour"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("country", country_choices(COUNTRIES))
        self.offer("currency", currency_choices(CURRENCIES))
        self.offer("time_zone", time_zone_choices(TIME_ZONES))
        self.offer("accent", [(code, ACCENT_NAMES[code]) for code in ACCENTS])

    def draft(self, *, trade: str) -> ChainDraft:
        """What was typed, for the action."""
        typed = {name: self.cleaned_data[name] for name in self.fields if name not in ("version", "prices")}
        return ChainDraft(**typed, trade=trade, prices_include_tax=self.cleaned_data["prices"] == "include")


class ClockForm(CleanTextForm):
    """The moment that a test business's clock is to show."""

    to = forms.DateTimeField(
        label=gettext_lazy("Go to"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )


class LocationForm(CleanTextForm):
    """A place of business."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH_MAX)
    address = forms.CharField(
        label=gettext_lazy("Address"),
        required=False,
        max_length=ADDRESS_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    point = forms.CharField(
        label=gettext_lazy("Coordinates"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Latitude and longitude, as a map copies them: near them phones offer the card"),
        widget=forms.TextInput(attrs={"placeholder": "52.5031, 13.3271", "dir": "ltr", "inputmode": "text"}),
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
        self.offer("time_zone", [same, *time_zone_choices(TIME_ZONES)])

    def clean_point(self) -> tuple[float, float] | None:
        """Read the coordinates; nothing where nothing was typed."""
        typed = self.cleaned_data["point"].strip()
        found = read_point(typed)
        if typed and found is None:
            raise forms.ValidationError(gettext("Write latitude and longitude as 52.5031, 13.3271."))
        return found

    def draft(self) -> LocationDraft:
        """What was typed, for the action."""
        latitude, longitude = self.cleaned_data["point"] or (None, None)
        return LocationDraft(
            name=self.cleaned_data["name"],
            address=self.cleaned_data["address"],
            time_zone=self.cleaned_data["time_zone"],
            external_id=self.cleaned_data["external_id"] or None,
            latitude=latitude,
            longitude=longitude,
        )
