"""Forms of pools and codes."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from regulars.codes.actions.generate import GENERATED_MAX
from regulars.codes.pages.words import KINDS, LIVES_FROM
from regulars.codes.queries.pools import PoolView
from regulars.codes.rules.patterns import DEFAULT_PATTERN, PATTERN_LENGTH_MAX, missing_letters
from regulars.codes.rules.pools import CODES_MAX, LIVES_DAYS_MAX, SECRET_LENGTH_MAX, USES_MAX, PoolDraft
from regulars.codes.rules.space import CODE_TYPED_MAX
from regulars.kernel.fields import NAME_LENGTH_MAX
from regulars.platform.input_text import CleanTextForm
from regulars.products.rules.feeds import URL_LENGTH_MAX

MOMENT: Final = "%Y-%m-%dT%H:%M"
PASTED_MAX: Final = 1_000_000
TIMES: Final = ("sends_from", "sends_until", "valid_from", "valid_until")


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=False,
        input_formats=[MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )


def _number(label: Any, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=most, help_text=help_text)


class PoolForm(CleanTextForm):
    """A pool of codes."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH_MAX)
    kind = forms.ChoiceField(label=_("Kind"), choices=list(KINDS.items()), widget=forms.RadioSelect, initial="personal")
    needs_activation = forms.BooleanField(
        label=_("Codes have to be activated"),
        required=False,
        help_text=_("A code that was handed out works only once somebody has activated it"),
    )
    sends_from = _moment(_("Hand out from"))
    sends_until = _moment(_("Hand out until"))
    valid_from = _moment(_("Valid from"))
    valid_until = _moment(_("Valid until"))
    lives_days = _number(_("Days that a code lives"), LIVES_DAYS_MAX)
    lives_from = forms.ChoiceField(label=_("Counted"), choices=list(LIVES_FROM.items()), initial="attached")
    uses_per_customer = _number(_("Uses for each customer"), USES_MAX, _("Empty: no limit"))
    uses_per_code = _number(_("Uses of each universal code"), USES_MAX, _("Empty: no limit"))
    uses_total = _number(_("Uses in all"), USES_MAX, _("Empty: no limit"))
    codes_max = _number(_("At most so many codes"), CODES_MAX)
    remote_url = forms.CharField(
        label=_("Address of a service that gives codes"),
        required=False,
        max_length=URL_LENGTH_MAX,
        widget=forms.URLInput(attrs={"dir": "ltr"}),
        help_text=_("Begins with https://; answers with a list of codes, or one on each line"),
    )
    remote_header = forms.CharField(
        label=_("Header for its secret"), required=False, max_length=64, widget=forms.TextInput(attrs={"dir": "ltr"})
    )
    remote_secret = forms.CharField(
        label=_("Secret"),
        required=False,
        max_length=SECRET_LENGTH_MAX,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "dir": "ltr"}),
        help_text=_("Stored hidden and never shown again. Empty keeps the one that is stored."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def draft(self, pool: PoolView | None, zone: ZoneInfo) -> PoolDraft:
        """What was typed, for the action; times are those of the clock of the business."""
        typed = self.cleaned_data
        names = [
            name for name in PoolDraft.__struct_fields__ if name in typed and name not in (*TIMES, "remote_secret")
        ]
        said: dict[str, Any] = {name: typed[name] for name in names}
        said |= {name: _in_zone(typed[name], zone) for name in TIMES}
        return PoolDraft(
            **said,
            external_id=pool.external_id if pool else None,
            state=pool.state if pool else "active",
            remote_secret=typed["remote_secret"] or None,
        )


def _in_zone(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at and at.replace(tzinfo=zone)


def initial_of(pool: PoolView, zone: ZoneInfo) -> dict[str, Any]:
    """The form of a pool that is there."""
    plain = {name: getattr(pool, name) for name in PoolForm.base_fields if name != "remote_secret"}
    times = {name: getattr(pool, name) for name in TIMES}
    return plain | {name: at.astimezone(zone).strftime(MOMENT) if at else None for name, at in times.items()}


class GenerateForm(CleanTextForm):
    """How many codes of which pattern."""

    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=GENERATED_MAX, initial=1000)
    pattern = forms.CharField(
        label=_("Pattern"),
        max_length=PATTERN_LENGTH_MAX,
        initial=DEFAULT_PATTERN,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=_("* is a random letter or digit, # a random digit; everything else stands as it is"),
    )

    def clean_pattern(self) -> str:
        """Say how much is missing until nobody guesses its codes, in the words of the reader."""
        pattern = str(self.cleaned_data["pattern"])
        missing = missing_letters(pattern)
        if missing:
            wanted = ngettext(
                "Codes like this could be guessed. Add %(count)s more * to it.",
                "Codes like this could be guessed. Add %(count)s more * to it.",
                missing,
            )
            raise forms.ValidationError(wanted % {"count": missing})
        return pattern


class ImportForm(CleanTextForm):
    """Codes that were made elsewhere, pasted."""

    text = forms.CharField(
        label=_("Paste codes, one on each line"),
        max_length=PASTED_MAX,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "ltr", "spellcheck": "false"}),
        error_messages={"required": _("Paste the codes here.")},
    )


class FindForm(CleanTextForm):
    """A code as somebody reads it out."""

    code = forms.CharField(
        label=_("Find a code"),
        max_length=CODE_TYPED_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
    )


class HandForm(CleanTextForm):
    """To whom a code is handed."""

    customer = forms.CharField(
        label=_("Phone of the customer"), max_length=60, widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr"})
    )
