"""Forms of products and feeds."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _

from regulars.kernel.amount import format_amount
from regulars.kernel.fields import NAME_LENGTH_MAX
from regulars.platform.input_text import CleanTextForm
from regulars.products.pages.words import FEED_KINDS, KINDS, SCHEDULES
from regulars.products.queries import ProductView
from regulars.products.queries.feeds import FeedView
from regulars.products.rules.columns import FIELDS
from regulars.products.rules.feeds import SOURCE_LENGTH_MAX, URL_LENGTH_MAX, FeedDraft
from regulars.products.rules.plain_texts import percent_text, price_text, tags_in
from regulars.products.rules.products import CATEGORY_LENGTH_MAX, PRODUCT_NAME_LENGTH_MAX, SKU_LENGTH_MAX

AMOUNT_LENGTH_MAX = 30


class ProductForm(CleanTextForm):
    """A product."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=PRODUCT_NAME_LENGTH_MAX)
    sku = forms.CharField(
        label=gettext_lazy("SKU"), max_length=SKU_LENGTH_MAX, help_text=gettext_lazy("As your till and shop write it")
    )
    category = forms.CharField(
        label=gettext_lazy("Category"),
        required=False,
        max_length=CATEGORY_LENGTH_MAX,
        help_text=gettext_lazy("Levels with > between them: Drinks > Coffee"),
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"), required=False, max_length=3_500, help_text=gettext_lazy("Separated by commas")
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=list(KINDS.items()), widget=forms.RadioSelect, initial="goods"
    )
    price = forms.CharField(label=gettext_lazy("Price"), required=False, max_length=AMOUNT_LENGTH_MAX)
    price_min = forms.CharField(
        label=gettext_lazy("Lowest price"),
        required=False,
        max_length=AMOUNT_LENGTH_MAX,
        help_text=gettext_lazy("No discount goes below it"),
    )
    tax_percent = forms.CharField(label=gettext_lazy("Tax, percent"), required=False, max_length=10)
    excluded = forms.BooleanField(
        label=gettext_lazy("Keep it out of promotions"),
        required=False,
        help_text=gettext_lazy("No discount, and nothing is earned on it: for gift cards, deposits, tobacco"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def given(self, *, decimals: int) -> dict[str, Any]:
        """What was typed, for the action."""
        typed = self.cleaned_data
        return {
            **{name: typed[name] for name in ("name", "sku", "category", "kind", "excluded")},
            "tags": tags_in(typed["tags"]),
            "price": price_text(typed["price"], decimals=decimals),
            "price_min": price_text(typed["price_min"], decimals=decimals),
            "tax_percent": percent_text(typed["tax_percent"]),
        }


def initial_of(product: ProductView, *, decimals: int) -> dict[str, Any]:
    """The form of a product that is there."""
    tax = product.tax_percent
    return {
        **{name: getattr(product, name) for name in ("name", "sku", "category", "kind", "excluded", "version")},
        "tags": ", ".join(product.tags),
        "price": "" if product.price is None else format_amount(product.price, decimals),
        "price_min": "" if product.price_min is None else format_amount(product.price_min, decimals),
        "tax_percent": "" if tax is None else format(tax.normalize(), "f"),
    }


class ProductFileForm(CleanTextForm):
    """A file with products."""

    file = forms.FileField(label=gettext_lazy("File"))


FIELD_LABELS = {
    "sku": _("SKU"),
    "name": _("Name"),
    "category": _("Category"),
    "tags": _("Tags"),
    "kind": _("Kind"),
    "price": _("Price"),
    "price_min": _("Lowest price"),
    "tax_percent": _("Tax, percent"),
    "excluded": _("Keep it out of promotions"),
}


class FeedForm(CleanTextForm):
    """A feed; below it one field for each field of a product, to say where the feed has it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH_MAX)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=URL_LENGTH_MAX,
        widget=forms.URLInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy("Begins with https:// and needs no sign-in"),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind of feed"), choices=list(FEED_KINDS.items()))
    schedule = forms.ChoiceField(
        label=gettext_lazy("Read it"), choices=list(SCHEDULES.items()), widget=forms.RadioSelect, initial="daily"
    )
    archives_gone = forms.BooleanField(
        label=gettext_lazy("Put products away that the feed no longer names"),
        required=False,
        help_text=gettext_lazy("Only those that came by this feed; they come back with it"),
    )
    is_paused = forms.BooleanField(label=gettext_lazy("Pause: read it only when asked"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FIELDS:
            self.fields[source_name(name)] = forms.CharField(
                label=FIELD_LABELS[name], required=False, max_length=SOURCE_LENGTH_MAX
            )

    @property
    def sources(self) -> list[forms.BoundField]:
        """The fields that say where the feed has what."""
        return [self[source_name(name)] for name in FIELDS]

    @property
    def has_sources(self) -> bool:
        """Whether any of them says something, or is wrong."""
        return any(bound.value() or bound.errors for bound in self.sources)

    def draft(self) -> FeedDraft:
        """What was typed, for the action."""
        typed = self.cleaned_data
        mapping = {name: typed[source_name(name)] for name in FIELDS if typed.get(source_name(name))}
        names = ("name", "url", "kind", "schedule", "archives_gone", "is_paused")
        return FeedDraft(**{name: typed[name] for name in names}, mapping=mapping)


def source_name(field: str) -> str:
    """The form's name for where a feed has a field."""
    return f"from_{field}"


def initial_of_feed(feed: FeedView) -> dict[str, Any]:
    """The form of a feed that is there."""
    names = ("name", "url", "kind", "schedule", "archives_gone", "is_paused", "version")
    return {name: getattr(feed, name) for name in names} | {
        source_name(name): source for name, source in feed.mapping.items()
    }
