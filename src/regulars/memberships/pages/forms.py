"""Forms of memberships."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from regulars.codes.rules.space import CODE_LETTERS_MAX
from regulars.kernel.amount import format_amount
from regulars.kernel.fields import NAME_LENGTH_MAX
from regulars.kernel.ids import encode
from regulars.memberships.queries.types import TypeView
from regulars.memberships.rules.terms import DAYS_MAX, HOURS_MAX, VISITS_MAX, Terms
from regulars.memberships.rules.use import VISITS_AT_ONCE_MAX
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.once_form import OnceForm

REASON_LENGTH_MAX: Final = 500
MONEY_LENGTH_MAX: Final = 30
UNITS: Final = {"months": _("months"), "days": _("days")}
BEGINS: Final = {"sale": _("With the sale"), "first_use": _("With the first use")}
FOR: Final = {"": _("Services and goods"), "service": _("Services"), "goods": _("Goods")}


def _whole(label: Any, least: int, most: int, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, required=False, **more)


class TypeForm(CleanTextForm):
    """A type of membership."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH_MAX)
    price = forms.CharField(
        label=_("Price"), required=False, max_length=MONEY_LENGTH_MAX, help_text=_("Empty: it is said at the sale")
    )
    visits = _whole(_("Visits"), 1, VISITS_MAX, help_text=_("Empty: they are not counted"))
    period = _whole(_("Lasts"), 1, DAYS_MAX, help_text=_("Empty: it has no end"))
    period_unit = forms.ChoiceField(label=_("Days or months"), choices=list(UNITS.items()), required=False)
    begins = forms.ChoiceField(
        label=_("Begins"), choices=list(BEGINS.items()), widget=forms.RadioSelect, initial="sale"
    )
    kinds = forms.ChoiceField(label=_("For"), choices=list(FOR.items()), required=False)
    categories = forms.CharField(
        label=_("Only these categories"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One in each line; those below it are meant as well"),
    )
    skus = forms.CharField(
        label=_("Only these SKUs"), required=False, max_length=20_000, help_text=_("Separated by commas")
    )
    locations = forms.MultipleChoiceField(
        label=_("Valid at"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: everywhere"),
    )
    every_hours = _whole(
        _("Hours between two uses"), 1, HOURS_MAX, help_text=_("Sooner only when somebody confirms it")
    )
    freezes_max = _whole(
        _("How often it may be frozen"), 0, 100, help_text=_("0: never. Empty: as often as one likes"), initial=0
    )
    freeze_days_max = _whole(_("Frozen days in all at most"), 1, DAYS_MAX)
    freeze_days_min = _whole(_("Days of one freeze at least"), 1, DAYS_MAX, initial=1)
    notice_days = _whole(_("Tell so many days before the end"), 1, 366)
    notice_visits = _whole(_("Tell when so many visits are left"), 1, VISITS_MAX)
    external_id = forms.CharField(label=_("External id"), required=False, max_length=128)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, places: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(places) > 1:
            self.offer("locations", list(places))
        else:
            del self.fields["locations"]

    def terms(self, places: dict[str, Any]) -> Terms:
        """What was typed, as terms; `places` are ids by what the form calls them."""
        typed = self.cleaned_data
        period = typed["period"]
        return Terms(
            visits=typed["visits"],
            period_unit=(typed["period_unit"] or "months") if period else None,
            period=period or 0,
            begins=typed["begins"],
            kinds=(typed["kinds"],) if typed["kinds"] else (),
            categories=_parts(typed["categories"], "\n"),
            skus=_parts(typed["skus"].replace("\n", ","), ","),
            locations=tuple(places[one] for one in typed.get("locations", ())),
            every_hours=typed["every_hours"],
            freezes_max=typed["freezes_max"],
            freeze_days_max=typed["freeze_days_max"],
            freeze_days_min=typed["freeze_days_min"] or 1,
            notice_days=typed["notice_days"],
            notice_visits=typed["notice_visits"],
        )


def initial_of(one: TypeView, decimals: int) -> dict[str, Any]:
    """The form of a type that is there."""
    terms = one.terms
    names = ("visits", "begins", "every_hours", "freezes_max", "freeze_days_max", "freeze_days_min")
    return {name: getattr(terms, name) for name in (*names, "notice_days", "notice_visits")} | {
        "name": one.name,
        "external_id": one.external_id or "",
        "price": "" if one.price is None else format_amount(one.price, decimals),
        "period": terms.period or None,
        "period_unit": terms.period_unit or "months",
        "kinds": terms.kinds[0] if len(terms.kinds) == 1 else "",
        "categories": "\n".join(terms.categories),
        "skus": ", ".join(terms.skus),
        "locations": [encode("loc", place) for place in terms.locations],
        "version": one.version,
    }


class PlacedForm(OnceForm):
    """Something that happens at a location: asked for where the frame of the page chooses none."""

    location = forms.ChoiceField(label=_("Location"), required=False)

    def __init__(self, *args: Any, places: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if places:
            self.offer("location", [("", ""), *places])
        else:
            del self.fields["location"]


class SaleForm(PlacedForm):
    """A membership to sell."""

    type = forms.ChoiceField(label=_("Membership"), widget=forms.RadioSelect)
    price = forms.CharField(
        label=_("Paid"), required=False, max_length=MONEY_LENGTH_MAX, help_text=_("Empty: what it costs")
    )
    holder = forms.CharField(
        label=_("For whom"),
        help_text=_("Name, e-mail or phone. Nobody: whoever has the code."),
        required=False,
        max_length=200,
    )
    customer = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    card = forms.ChoiceField(label=_("Card"), required=False)
    with_code = forms.BooleanField(
        label=_("With a code"),
        required=False,
        help_text=_("Whoever shows it uses the membership: for presents and paper cards"),
    )
    code = forms.CharField(
        label=_("A code of your own"),
        required=False,
        max_length=CODE_LETTERS_MAX,
        help_text=_("13 letters or digits, or more. Empty: one is made"),
    )


class CodeForm(CleanTextForm):
    """The code of a membership, typed or scanned."""

    code = forms.CharField(label=_("Code"), max_length=200)


class UseForm(PlacedForm):
    """Visits to take."""

    visits = forms.IntegerField(label=_("Visits"), min_value=1, max_value=VISITS_AT_ONCE_MAX, initial=1)
    sku = forms.CharField(label=_("For what (SKU)"), required=False, max_length=128)
    again = forms.BooleanField(label=_("It is used again so soon"), required=False)


class FreezeForm(OnceForm):
    """Days that a membership rests."""

    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=DAYS_MAX)
    starts_on = forms.DateField(
        label=_("From day"), required=False, widget=forms.DateInput({"type": "date"}), help_text=_("Empty: at once")
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=REASON_LENGTH_MAX)


class ExtendForm(OnceForm):
    """Days or visits to add."""

    days = _whole(_("Days more"), 0, DAYS_MAX)
    visits = _whole(_("Visits more"), 0, VISITS_MAX)
    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH_MAX)

    def __init__(self, *args: Any, has_end: bool, has_visits: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_end:
            del self.fields["days"]
        if not has_visits:
            del self.fields["visits"]


class CancelForm(OnceForm):
    """Why it is taken back, and what is given back."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH_MAX)
    refund = forms.CharField(
        label=_("Given back"), required=False, max_length=MONEY_LENGTH_MAX, help_text=_("Empty: nothing")
    )


class ReasonForm(OnceForm):
    """Why."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH_MAX)


def _parts(text: str, sign: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(sign) if part.strip()))
