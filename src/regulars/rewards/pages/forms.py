"""Forms of rewards."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.kernel.amount import format_amount
from regulars.kernel.refusal import Invalid, Refusal
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.typed import typed_amount
from regulars.programs.queries import BalanceTypeView
from regulars.rewards.actions.definitions import draft_values
from regulars.rewards.pages import words
from regulars.rewards.queries.rewards import RewardView
from regulars.rewards.rules.rewards import DESCRIPTION_LENGTH_MAX, ICONS, TITLE_LENGTH_MAX
from regulars.vouchers.actions.pictures import read_picture
from regulars.vouchers.rules.pictures import BYTES_MAX, Picture

ROWS_FIRST: Final = 3
ROWS_MAX: Final = 20
AMOUNT_LENGTH_MAX: Final = 30
VOUCHER_FIELDS: Final = ("validity", "validity_value", "benefit", "benefit_value", "minimum")


class RewardForm(CleanTextForm):
    """A reward; what its kind does not need is left aside. A row of a lottery that is empty is none."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=TITLE_LENGTH_MAX)
    description = forms.CharField(
        label=gettext_lazy("Text"),
        required=False,
        max_length=DESCRIPTION_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What the customer reads"),
    )
    icon = forms.ChoiceField(label=gettext_lazy("Picture"), choices=[(one, one) for one in ICONS], initial="gift")
    picture = forms.FileField(
        label=gettext_lazy("A picture of your own"),
        required=False,
        help_text=gettext_lazy("PNG, JPEG or WebP, at most 500 kB; shown in place of the sign"),
    )
    no_picture = forms.BooleanField(label=gettext_lazy("Take it away"), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=list(words.KINDS.items()), widget=forms.RadioSelect, initial="award"
    )
    validity = forms.ChoiceField(
        label=gettext_lazy("Valid"), choices=list(words.VALIDITIES.items()), required=False, initial="unlimited"
    )
    validity_value = forms.CharField(
        label=gettext_lazy("How long"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("A number of days or months, or a day like 2027-05-31"),
    )
    benefit = forms.ChoiceField(
        label=gettext_lazy("What it gives"), choices=list(words.BENEFITS.items()), required=False, initial=""
    )
    benefit_value = forms.CharField(
        label=gettext_lazy("How much, or which"),
        required=False,
        max_length=128,
        help_text=gettext_lazy("Percent, an amount, or the SKU of a product"),
    )
    promotion = forms.ChoiceField(
        label=gettext_lazy("Promotion"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("There is no such promotion.")},
    )
    minimum = forms.CharField(label=gettext_lazy("From an order of"), required=False, max_length=AMOUNT_LENGTH_MAX)
    balance_type = forms.ChoiceField(label=gettext_lazy("Price in"), required=False)
    price = forms.CharField(label=gettext_lazy("Price"), required=False, max_length=AMOUNT_LENGTH_MAX)
    stock = forms.IntegerField(
        label=gettext_lazy("In stock"), required=False, min_value=0, help_text=gettext_lazy("Empty: without end")
    )
    per_customer = forms.IntegerField(
        label=gettext_lazy("For each customer"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("Empty: as often as they like"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        balance_types: Sequence[BalanceTypeView],
        promotions: Sequence[tuple[str, str]],
        view: RewardView | None = None,
    ) -> None:
        super().__init__(data, files, initial=_initial(view) if view else {})
        spendable = [one for one in balance_types if one.kind != "status"]
        self.offer("balance_type", [("", _("not for sale")), *((one.external_id, one.name) for one in spendable)])
        self.offer("promotion", [("", _("none")), *promotions])
        held = len(view.terms.get("variants", ())) if view else 0
        sent = [number for number in range(ROWS_MAX) if data and data.get(f"title_{number}")]
        self.rows_count = min(ROWS_MAX, max(ROWS_FIRST, held + 1, (sent[-1] + 2) if sent else 0))
        for number in range(self.rows_count):
            self._add_row(number)

    def _add_row(self, number: int) -> None:
        self.fields[f"probability_{number}"] = forms.CharField(
            label=gettext_lazy("Percent"), required=False, max_length=AMOUNT_LENGTH_MAX
        )
        self.fields[f"kind_{number}"] = forms.ChoiceField(
            label=gettext_lazy("Kind"), choices=list(words.VARIANT_KINDS.items()), required=False, initial="award"
        )
        self.fields[f"title_{number}"] = forms.CharField(
            label=gettext_lazy("Title"), required=False, max_length=TITLE_LENGTH_MAX
        )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of a lottery."""
        return [
            {name: self[f"{name}_{number}"] for name in ("probability", "kind", "title")}
            for number in range(self.rows_count)
        ]

    @property
    def icons(self) -> list[tuple[str, bool]]:
        """The pictures that can be chosen."""
        chosen = str(self["icon"].value() or "gift")
        return [(name, name == chosen) for name in ICONS]

    def clean(self) -> dict[str, Any]:
        """A voucher that unlocks a promotion says which."""
        typed = super().clean()
        unlocks = typed.get("kind") == "voucher" and typed.get("benefit") == "promotion"
        if unlocks and not typed.get("promotion") and "promotion" not in self.errors:
            self.add_error("promotion", _("Choose the promotion that it unlocks."))
        return typed

    def picture_read(self) -> Picture | None:
        """The picture that was chosen. Refuses: Invalid."""
        chosen = self.cleaned_data["picture"]
        return None if chosen is None else read_picture(bytes(chosen.read(BYTES_MAX + 1)))

    def given(self, *, view: RewardView | None) -> dict[str, Any]:
        """What was typed, as fields of a draft."""
        typed = self.cleaned_data
        values: dict[str, Any] = {
            "title": typed["title"],
            "description": typed["description"],
            "icon": typed["icon"],
            "kind": typed["kind"],
            "validity": None,
            "benefit": None,
            "variants": [],
            "balance_type": typed["balance_type"] or None,
            "price": typed_amount(typed["price"]) if typed["price"] else None,
            "stock": typed["stock"],
            "per_customer": typed["per_customer"],
        }
        if typed["kind"] == "voucher":
            values |= _voucher(typed)
        if typed["kind"] == "lottery":
            values["variants"] = self._variants(view)
        return values

    def _variants(self, view: RewardView | None) -> list[dict[str, Any]]:
        """The rows that are not empty. What a row does not show of a variant that is there stays as it is."""
        held = draft_values(view)["variants"] if view else []
        variants = []
        for number in range(self.rows_count):
            title, percent = self.cleaned_data[f"title_{number}"], self.cleaned_data[f"probability_{number}"]
            if not title and not percent:
                continue
            kind = self.cleaned_data[f"kind_{number}"] or "award"
            more = held[number] if number < len(held) and held[number]["kind"] == kind else {}
            variants.append({**more, "probability": typed_amount(percent), "kind": kind, "title": title})
        return variants

    def show(self, refusal: Refusal) -> None:
        """Put a refusal where the reader looks for it."""
        if isinstance(refusal, Invalid):
            for problem in refusal.errors:
                parts = problem.pointer.strip("/").split("/")
                if len(parts) == 3 and parts[0] == "variants":
                    name = f"{parts[2]}_{parts[1]}"
                    self.add_error(name if name in self.fields else None, _(problem.detail))
                else:
                    name = {"value": "validity_value"}.get(parts[-1], NAMES.get(parts[0], parts[0]))
                    if parts[0] == "benefit" and len(parts) > 1:
                        name = parts[1] if parts[1] in ("minimum", "promotion") else "benefit_value"
                    self.add_error(name if name in self.fields else None, _(problem.detail))
            return
        show_refusal(self, refusal)


NAMES: Final = {"validity": "validity_value", "benefit": "benefit_value"}


def _voucher(typed: dict[str, Any]) -> dict[str, Any]:
    kind, value = typed["validity"] or "unlimited", typed["validity_value"].strip()
    validity: dict[str, Any] = {"kind": kind}
    if kind == "until":
        validity["value"] = value
    elif kind != "unlimited":
        validity["value"] = int(value) if value.isdecimal() and len(value) < 9 else value
    benefit = None
    if typed["benefit"]:
        is_number = typed["benefit"] in ("percent", "amount")
        named = "promotion" if typed["benefit"] == "promotion" else "benefit_value"
        text = typed_amount(typed[named]) if is_number else typed[named].strip()
        benefit = {typed["benefit"]: text}
        if typed["minimum"]:
            benefit["minimum"] = typed_amount(typed["minimum"])
    return {"validity": validity, "benefit": benefit}


def _initial(view: RewardView) -> dict[str, Any]:
    terms = view.terms
    validity, benefit = terms.get("validity") or {}, dict(terms.get("benefit") or {})
    minimum = benefit.pop("minimum", "")
    found: dict[str, Any] = {
        **{name: getattr(view, name) for name in ("title", "description", "icon", "kind", "version")},
        "validity": validity.get("kind", "unlimited"),
        "validity_value": validity.get("value") or "",
        "benefit": next(iter(benefit), ""),
        "benefit_value": "" if "promotion" in benefit else next(iter(benefit.values()), ""),
        "promotion": benefit.get("promotion", ""),
        "minimum": minimum,
        "balance_type": view.price_type or "",
        "price": "" if view.price is None else format_amount(view.price, view.price_decimals),
        "stock": view.stock,
        "per_customer": view.per_customer,
    }
    for number, one in enumerate(draft_values(view)["variants"]):
        found |= {f"{name}_{number}": one[name] for name in ("probability", "kind", "title")}
    return found


HOLDERS: Final = [
    (
        "finish_round",
        gettext_lazy("They finish their round by the goals as they were; the next one has the new goals"),
    ),
    ("move", gettext_lazy("All move over at once; the stamps they have count towards the new goals")),
]


class MilestonesForm(CleanTextForm):
    """The goals of a card type, a row each; an empty row is none."""

    rounds = forms.IntegerField(
        label=gettext_lazy("Rounds"),
        required=False,
        min_value=1,
        max_value=1000,
        help_text=gettext_lazy("How often a card begins anew; empty: without end"),
    )
    money_per_stamp = forms.CharField(
        label=gettext_lazy("A stamp for"),
        required=False,
        max_length=AMOUNT_LENGTH_MAX,
        help_text=gettext_lazy("Only where stamps are given for the amount of a purchase"),
    )
    pause_seconds = forms.IntegerField(
        label=gettext_lazy("Seconds between two scans"),
        min_value=0,
        max_value=86_400,
        initial=60,
        help_text=gettext_lazy("So soon again the till is asked whether it is another visit"),
    )
    above = forms.ChoiceField(
        label=gettext_lazy("Cards that have reached a goal already"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            ("reward", gettext_lazy("Reward them for what they have")),
            ("leave", gettext_lazy("Leave them as they are")),
        ],
    )
    holders = forms.ChoiceField(
        label=gettext_lazy("How do they move over?"),
        required=False,
        widget=forms.RadioSelect,
        choices=HOLDERS,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any = None, *, rewards: Sequence[RewardView], initial: dict[str, Any], goals: Sequence[Any] = ()
    ) -> None:
        super().__init__(data, initial=initial)
        choices = [("", _("none")), *((str(one.id), one.title) for one in rewards)]
        sent = [number for number in range(10) if data and data.get(f"stamps_{number}")]
        self.rows_count = min(10, max(ROWS_FIRST, len(goals) + 1, (sent[-1] + 2) if sent else 0))
        for number in range(self.rows_count):
            self.fields[f"stamps_{number}"] = forms.IntegerField(
                label=gettext_lazy("Stamps"), required=False, min_value=1, max_value=100
            )
            self.fields[f"reward_{number}"] = forms.ChoiceField(
                label=gettext_lazy("Reward"), required=False, choices=choices
            )
            if number < len(goals):
                self.initial[f"stamps_{number}"] = goals[number].stamps
                self.initial[f"reward_{number}"] = str(goals[number].reward_id)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of goals."""
        return [
            {"stamps": self[f"stamps_{number}"], "reward": self[f"reward_{number}"]}
            for number in range(self.rows_count)
        ]

    def offer_move_only(self) -> None:
        """Offer no next round to move over with: there is none where all goals are taken away."""
        asked = self.fields["holders"]
        assert isinstance(asked, forms.ChoiceField)
        asked.choices = [one for one in HOLDERS if one[0] == "move"]

    def filled(self) -> list[tuple[int, int, str]]:
        """The rows that say something: place, stamps, reward. A half one gets its error."""
        found = []
        for number in range(self.rows_count):
            stamps, reward = self.cleaned_data.get(f"stamps_{number}"), self.cleaned_data.get(f"reward_{number}")
            if stamps and reward:
                found.append((number, stamps, reward))
            elif stamps:
                self.add_error(f"reward_{number}", _("Choose what so many stamps bring."))
            elif reward:
                self.add_error(f"stamps_{number}", _("Say how many stamps bring it."))
        return found
