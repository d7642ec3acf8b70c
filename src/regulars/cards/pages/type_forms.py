"""The form of a card type: what its cards are called, count and look like, and where they are valid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.cards.queries.types import CardTypeView
from regulars.cards.rules.types import GOAL_MAX, ICONS, CardTypeDraft
from regulars.chains.queries import LocationView
from regulars.kernel.ids import decode, encode
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.typed import typed_amount
from regulars.platform.pages.words import STAMP_ICONS
from regulars.programs.queries import ProgramView
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft

LOOKS: Final[dict[str, tuple[str, str]]] = {
    "espresso": ("#2a1d14", "#fbeedb"),
    "forest": ("#14473a", "#eaf6ec"),
    "ocean": ("#12405f", "#e8f4fb"),
    "plum": ("#4a2354", "#f8ebfb"),
    "brick": ("#7f2f1d", "#fdeee7"),
    "rose": ("#8a2149", "#fdeaf1"),
    "night": ("#191d26", "#eef1f6"),
    "sand": ("#efe3cd", "#35291a"),
}
LOOK_NAMES: Final[dict[str, str | Promise]] = {
    "espresso": gettext_lazy("Espresso"),
    "forest": gettext_lazy("Forest"),
    "ocean": gettext_lazy("Ocean"),
    "plum": gettext_lazy("Plum"),
    "brick": gettext_lazy("Brick"),
    "rose": gettext_lazy("Rose"),
    "night": gettext_lazy("Night"),
    "sand": gettext_lazy("Sand"),
    "own": gettext_lazy("As it is"),
}
COUNTS: Final[list[tuple[str, str | Promise]]] = [
    ("stamps", gettext_lazy("Stamps: so many visits, then a reward")),
    ("points", gettext_lazy("Points: earned and spent")),
    ("deposit", gettext_lazy("Deposit: money paid in beforehand")),
]
ISSUES: Final[list[tuple[str, str | Promise]]] = [
    ("never", gettext_lazy("By hand only")),
    ("everywhere", gettext_lazy("To every new customer")),
    ("locations", gettext_lazy("To new customers of chosen locations")),
]
# What the pointers of refusals are called here.
FIELDS: Final = {
    "balance_types": "initial_balance",
    "external_id_taken": "name",
    "issue_locations": "issue_locations",
    "locations": "locations",
    "spend_limits": "spend_percent",
}
NONE_OF_THEM: Final = ("-", "\N{EN DASH}", "\N{EM DASH}")


@dataclass(frozen=True, slots=True)
class Swatch:
    """A look as a choice: its name and its two colours."""

    key: str
    label: str | Promise
    background: str
    foreground: str
    is_chosen: bool


class TypeForm(CleanTextForm):
    """A card type; a new one says what it counts, or whose balances it shares."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    program = forms.ChoiceField(
        label=gettext_lazy("Program"),
        required=False,
        help_text=gettext_lazy("Cards of one program share their kinds of balance."),
    )
    counts = forms.ChoiceField(
        label=gettext_lazy("What it counts"),
        widget=forms.RadioSelect,
        choices=COUNTS,
        required=False,
        initial="stamps",
    )
    goal = forms.IntegerField(
        label=gettext_lazy("Stamps to a full card"),
        required=False,
        initial=8,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    initial_balance = forms.CharField(
        label=gettext_lazy("Welcome gift"),
        help_text=gettext_lazy("So much is on a person’s first card. Given once per person."),
        required=False,
        max_length=20,
    )
    locations = forms.MultipleChoiceField(
        label=gettext_lazy("Where it is valid"),
        help_text=gettext_lazy("None chosen: everywhere"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    automatic_issue = forms.ChoiceField(
        label=gettext_lazy("Who gets one"),
        help_text=gettext_lazy("Whoever is known and has no card of the program gets one with their next order."),
        choices=ISSUES,
        required=False,
        initial="never",
    )
    issue_locations = forms.MultipleChoiceField(
        label=gettext_lazy("New customers of"), required=False, widget=forms.CheckboxSelectMultiple
    )
    take_over_days = forms.IntegerField(
        label=gettext_lazy("A new card takes over orders of so many days"),
        help_text=gettext_lazy(
            "What its customer bought without a card earns then, once, by the rules of that time. Empty: nothing."
        ),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    several_per_customer = forms.BooleanField(label=gettext_lazy("A customer may have several of them"), required=False)
    number_format = forms.CharField(
        label=gettext_lazy("Form of the numbers"),
        help_text=gettext_lazy(
            "# is a random digit, @ a random letter, * a check digit: NORD-####-###*. Empty: ten digits."
        ),
        required=False,
        max_length=32,
    )
    valid_days = forms.IntegerField(
        label=gettext_lazy("Days until a card expires"),
        help_text=gettext_lazy("Empty: never"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    shown_balance = forms.ChoiceField(
        label=gettext_lazy("Stands for a card in lists"),
        required=False,
    )
    spend_percent = forms.CharField(
        label=gettext_lazy("Points pay at most so many percent of the bill"),
        help_text=gettext_lazy("Empty: all of it"),
        required=False,
        max_length=10,
    )
    spend_amount = forms.CharField(
        label=gettext_lazy("Points pay at most so much of a bill"), required=False, max_length=20
    )
    spend_minimum = forms.CharField(label=gettext_lazy("Points pay from this bill on"), required=False, max_length=20)
    spend_block = forms.CharField(
        label=gettext_lazy("Points are spent in blocks of"),
        help_text=gettext_lazy("Empty: any number of them"),
        required=False,
        max_length=10,
    )
    spend_goods = forms.CharField(
        label=gettext_lazy("Goods that points pay for"),
        help_text=gettext_lazy("Categories with commas between them. Empty: any. A single hyphen: none."),
        required=False,
        max_length=2000,
    )
    spend_services = forms.CharField(
        label=gettext_lazy("Services that points pay for"),
        help_text=gettext_lazy("Categories with commas between them. Empty: any. A single hyphen: none."),
        required=False,
        max_length=2000,
    )
    look = forms.ChoiceField(required=False, initial="espresso", choices=list(LOOK_NAMES.items()))
    icon = forms.ChoiceField(required=False, initial="coffee", choices=[(name, name) for name in ICONS])

    def __init__(
        self,
        *args: Any,
        places: Sequence[LocationView],
        programs: Sequence[ProgramView],
        view: CardTypeView | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("initial", initial_of(view) if view else None)
        super().__init__(*args, **kwargs)
        self.view = view
        choices = [(encode("loc", place.id), place.name) for place in places]
        for name in ("locations", "issue_locations"):
            self.offer(name, choices)
        if len(choices) < 2:
            del self.fields["locations"], self.fields["issue_locations"]
            self.offer("automatic_issue", ISSUES[:2])
        usable = [one for one in programs if one.state != "archived"]
        self.offer(
            "program",
            [
                ("", _("Balances of its own")),
                *((encode("prg", one.id), one.name) for one in usable),
            ],
        )
        if view or not usable:
            del self.fields["program"]
        balances = view.balance_types if view else ()
        self.offer("shown_balance", [("", _("by its kind")), *((one.external_id, one.name) for one in balances)])
        if len(balances) < 2:
            del self.fields["shown_balance"]
        if view:
            del self.fields["counts"], self.fields["initial_balance"]
            if not any(one.kind == "stamps" for one in view.balance_types):
                del self.fields["goal"]

    def clean(self) -> dict[str, Any]:
        """Ask for a goal where stamps are counted."""
        cleaned = super().clean()
        wants_goal = "goal" in self.fields and not cleaned.get("program")
        counts_stamps = bool(self.view) or cleaned.get("counts") == "stamps"
        if wants_goal and counts_stamps and cleaned.get("goal") is None and "goal" not in self.errors:
            self.add_error("goal", _("Say how many stamps make a full card, 1 to %(most)s.") % {"most": GOAL_MAX})
        return cleaned

    def draft(self) -> CardTypeDraft:
        """The card type that was typed."""
        typed = self.cleaned_data
        background, foreground = self.colours()
        return CardTypeDraft(
            name=typed["name"],
            location_ids=self._places("locations") or None,
            several_per_customer=typed["several_per_customer"],
            goal=typed.get("goal") if self._counts_stamps() else None,
            number_format=typed["number_format"],
            automatic_issue=typed["automatic_issue"] or "never",
            issue_location_ids=self._places("issue_locations"),
            take_over_days=typed["take_over_days"] or 0,
            valid_days=typed["valid_days"],
            shown_balance=typed.get("shown_balance") or None,
            spend_limits=self._spend_limits(),
            background=background,
            foreground=foreground,
            icon=typed["icon"] or "coffee",
        )

    def _spend_limits(self) -> dict[str, Any]:
        """What points may pay, as it was typed."""
        typed = self.cleaned_data
        numbers = {
            name: typed_amount(text)
            for name, field in (
                ("percent", "spend_percent"),
                ("amount", "spend_amount"),
                ("minimum_order", "spend_minimum"),
                ("block", "spend_block"),
            )
            if (text := typed.get(field, "").strip().removesuffix("%").strip())
        }
        kinds: dict[str, Any] = {}
        for name in ("goods", "services"):
            text = typed.get(f"spend_{name}", "").strip()
            chosen = [part.strip() for part in text.split(",") if part.strip()]
            if text in NONE_OF_THEM:
                kinds[name] = "none"
            elif chosen:
                kinds[name] = chosen
        return numbers | kinds

    def program_draft(self) -> ProgramDraft:
        """The program made behind a new card type, with its one balance."""
        typed = self.cleaned_data
        counts = typed["counts"] or "stamps"
        names = {"stamps": _("Stamps"), "points": _("Points"), "deposit": _("Deposit")}
        initial = typed_amount(typed["initial_balance"]) or "0"
        balance = BalanceTypeDraft(
            name=names[counts], kind=counts, initial_balance="0" if counts == "deposit" else initial
        )
        return ProgramDraft(name=typed["name"], balance_types=(balance,))

    def colours(self) -> tuple[str, str]:
        """Background and foreground of the chosen look."""
        look = self.cleaned_data.get("look") or "espresso"
        if look == "own" and self.view:
            return self.view.background, self.view.foreground
        return LOOKS.get(look, LOOKS["espresso"])

    def swatches(self) -> Iterator[Swatch]:
        """The looks as choices; colours that are none of ours come first."""
        chosen = self["look"].value() or "espresso"
        own = (self.view.background, self.view.foreground) if self.view else None
        if own and own not in LOOKS.values():
            yield Swatch("own", LOOK_NAMES["own"], *own, is_chosen=chosen == "own")
        for key, colours in LOOKS.items():
            yield Swatch(key, LOOK_NAMES[key], *colours, is_chosen=chosen == key)

    def icons(self) -> list[tuple[str, str | Promise, bool]]:
        """The stamps as choices."""
        chosen = self["icon"].value() or "coffee"
        return [(name, STAMP_ICONS[name], name == chosen) for name in ICONS]

    def _counts_stamps(self) -> bool:
        if self.view:
            return "goal" in self.fields
        return self.cleaned_data.get("counts") == "stamps" or bool(self.cleaned_data.get("program"))

    def _places(self, name: str) -> tuple[UUID, ...]:
        found = (decode("loc", text) for text in self.cleaned_data.get(name, ()))
        return tuple(place for place in found if place)


def initial_of(view: CardTypeView) -> dict[str, Any]:
    """What the form of an existing type starts with."""
    look = next((key for key, colours in LOOKS.items() if colours == (view.background, view.foreground)), "own")
    return {
        "name": view.name,
        "goal": view.goal,
        "locations": [encode("loc", place) for place in view.location_ids or ()],
        "automatic_issue": view.automatic_issue,
        "issue_locations": [encode("loc", place) for place in view.issue_location_ids],
        "take_over_days": view.take_over_days or "",
        "several_per_customer": view.several_per_customer,
        "number_format": view.number_format,
        "valid_days": view.valid_days,
        "shown_balance": view.shown_balance or "",
        "spend_percent": view.spend_limits.get("percent", ""),
        "spend_amount": view.spend_limits.get("amount", ""),
        "spend_minimum": view.spend_limits.get("minimum_order", ""),
        "spend_block": view.spend_limits.get("block", ""),
        "spend_goods": _typed_kind(view.spend_limits.get("goods")),
        "spend_services": _typed_kind(view.spend_limits.get("services")),
        "look": look,
        "icon": view.icon,
    }


def _typed_kind(kept: Any) -> str:
    if kept in (None, "any"):
        return ""
    return "-" if kept == "none" else ", ".join(kept)
