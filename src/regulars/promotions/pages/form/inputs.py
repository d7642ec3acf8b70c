"""The form of a promotion as its page shows it: rows of inputs made of a sketch, by what the engine's classes say."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass
from typing import Any, Final

from babel.numbers import get_currency_symbol
from django.utils.translation import gettext as _

from regulars.platform.pages import figures
from regulars.promotions.pages.form.kinds import (
    BENEFIT_OFFERS,
    CODE_OFFER,
    CONDITION_OFFERS,
    EARNING_OFFERS,
    GROUP_OFFER,
    GROUPS,
    MULTIPLIER,
    PLACES,
    SEGMENT_OFFER,
    SHAPES,
    OfferGroup,
    Said,
    Shape,
)
from regulars.promotions.pages.form.labels import ADD, CHOICES, HELP, WEEKDAYS, label_of
from regulars.promotions.pages.form.typed import GROUP_KINDS, NOT, SHOWS, Sketch
from regulars.promotions.queries.names import ChainNames
from regulars.promotions.rules.definition.built import (
    Many,
    Member,
    Object,
    OfBalance,
    OfFamily,
    OrNothing,
    Staircase,
    StepOff,
    UnitsAmount,
)
from regulars.promotions.rules.definition.codecs import FACTOR, PERCENT, object_of
from regulars.promotions.rules.definition.plain import Choice, Clock, Codec, Day, Flag, MoneyAmount, NameOf, Text, Whole
from regulars.promotions.rules.definition.registry import Family, find_kind, kinds_of

Option = tuple[str, Said, bool]
CARRIED_MAX: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One of several alike inside a row: a stretch of hours, a step, another percentage."""

    name: str
    inputs: "tuple[Input, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One field; `widget` says how it is shown, `id` what an error leads to."""

    name: str
    label: Said
    widget: str
    value: str = ""
    options: tuple[Option, ...] = ()
    suffix: str = ""
    help: Said = ""
    errors: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    rows: "tuple[Row, ...]" = ()
    offers: tuple[OfferGroup, ...] = ()
    inner: "tuple[Input, ...]" = ()
    add_label: Said = ""
    is_bare: bool = False

    @property
    def id(self) -> str:
        """The id of the input on the page."""
        return id_of(self.name)

    @property
    def says_something(self) -> bool:
        """Whether anything is typed or chosen, so that it must not stand folded away."""
        return bool(
            self.errors
            or (self.widget in ("text", "words", "date", "time", "number") and self.value)
            or (self.widget == "flag" and self.value)
            or self.items
            or self.rows
            or any(one.says_something for one in self.inner)
            or (self.widget == "checks" and any(chosen for _value, _label, chosen in self.options))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the form: what kind it is, its operator, its fields."""

    name: str
    kind: str
    label: Said
    operator: tuple[Option, ...] = ()
    main: tuple[Input, ...] = ()
    more: tuple[Input, ...] = ()
    shows: str = ""
    errors: tuple[str, ...] = ()
    rows: "tuple[Row, ...]" = ()
    join: tuple[Option, ...] = ()
    offers: tuple[OfferGroup, ...] = ()
    is_group: bool = False

    @property
    def id(self) -> str:
        """The id of the row on the page."""
        return id_of(self.name)

    @property
    def is_single(self) -> bool:
        """Whether its name and operator say what its one field is."""
        return len(self.main) == 1 and self.main[0].widget in ("text", "words", "number") and not self.main[0].errors

    @property
    def is_more_open(self) -> bool:
        """Whether one of the fields that stand under "More" says something."""
        return any(one.says_something for one in self.more)


def id_of(name: str) -> str:
    """The id of what stands at a place of the form."""
    return "f-" + name.replace(".", "-").replace("~", "")


@dataclass(slots=True)
class Drawing:
    """Draws a sketch; remembers which fields it drew, so that each error finds its place."""

    names: ChainNames
    currency: str
    errors: Mapping[str, list[str]]
    own_balances: frozenset[str] = frozenset()
    earned_balances: frozenset[str] = frozenset()

    def conditions(self, rows: Any, name: str, *, depth: int = 0) -> tuple[Row, ...]:
        """The rows of conditions under a name."""
        return tuple(self._condition(row, f"{name}.{at}", depth) for at, row in enumerate(rows or ()))

    def _condition(self, row: Sketch, name: str, depth: int) -> Row:
        kind = str(row.get("kind", ""))
        if kind in GROUP_KINDS:
            return Row(
                name=name,
                kind=kind,
                label=_("Group"),
                join=tuple((key, label, key == kind) for key, label in GROUPS.items()),
                rows=self.conditions(row.get("conditions"), f"{name}.conditions", depth=depth + 1),
                offers=self.condition_offers(is_inner=True),
                errors=self._errors(name, f"{name}.conditions", f"{name}.kind"),
                is_group=True,
            )
        return self.row("condition", row, name)

    def rows(self, family: Family, rows: Any, name: str) -> tuple[Row, ...]:
        """The rows of benefits or earnings under a name."""
        return tuple(self.row(family, row, f"{name}.{at}") for at, row in enumerate(rows or ()))

    def row(self, family: Family, row: Sketch, name: str) -> Row:
        """One row."""
        kind = str(row.get("kind", ""))
        cls = find_kind(family, kind)
        shape = SHAPES[family].get(kind) or Shape(label=kind, main=())
        form = object_of(cls, kind=kind) if cls else Object(object, ())
        main = list(shape.main) or [member.name for member in form.members]
        shows, label = "", shape.label
        if kind == "at_places":
            main = self._shown_places(row)
            shows = ",".join(main)
            label = PLACES[main[0]] if len(main) == 1 else label
            form = Object(form.cls, tuple(one for one in form.members if one.name in main), kind)
        inputs = {member.name: self.input(member, row, name, kind) for member in form.members}
        ordered = [inputs[key] for key in main if key in inputs]
        return Row(
            name=name,
            kind=kind,
            label=label,
            operator=self._operator(shape, row),
            main=tuple(ordered),
            more=tuple(one for key, one in inputs.items() if key not in main and key not in shape.hidden),
            shows=shows,
            errors=self._errors(name, f"{name}.kind"),
        )

    def _shown_places(self, row: Sketch) -> list[str]:
        told = str(row.get(SHOWS, "")).split(",")
        shown = [key for key in PLACES if key in told or key in row]
        return shown or list(PLACES)

    def _operator(self, shape: Shape, row: Sketch) -> tuple[Option, ...]:
        if not shape.no:
            return ()
        is_not = bool(row.get(NOT))
        return (("yes", shape.yes, not is_not), ("no", shape.no, is_not))

    def multipliers(self, rows: Any) -> tuple[Row, ...]:
        """The rows of multipliers."""
        from regulars.promotions.rules.promotion import Multiplier

        form = object_of(Multiplier)
        drawn = []
        for at, row in enumerate(rows or ()):
            name = f"multipliers.{at}"
            inputs = {member.name: self.input(member, row, name, "multiplier") for member in form.members}
            drawn.append(
                Row(
                    name=name,
                    kind="multiplier",
                    label=MULTIPLIER.label,
                    main=tuple(inputs[key] for key in MULTIPLIER.main),
                    errors=self._errors(name),
                )
            )
        return tuple(drawn)

    def object(self, form: Object, row: Mapping[str, Any] | None, name: str, kind: str) -> tuple[Input, ...]:
        """The fields of an object that stands alone: limits, products, a trigger."""
        return tuple(self.input(member, row or {}, name, kind) for member in form.members)

    def input(self, member: Member, row: Mapping[str, Any], at: str, kind: str) -> Input:
        """One field of a row."""
        name = f"{at}.{member.name}" if at else member.name
        value = row.get(member.name, self._usual(member))
        return self._drawn(member.codec, member.name, name, value, kind)

    def _usual(self, member: Member) -> Any:
        default = member.default
        if default in (MISSING, None, 0, False, "") or isinstance(member.codec, Object | OfBalance):
            return None
        if isinstance(default, frozenset | tuple):
            return []
        return format(default, "f") if hasattr(default, "as_tuple") else default

    def _drawn(self, codec: Codec, key: str, name: str, value: Any, kind: str) -> Input:
        label, errors = label_of(kind, key), self._errors(name)
        plain: dict[str, Any] = {"name": name, "label": label, "errors": errors, "help": HELP.get(key, "")}
        text = "" if value is None or isinstance(value, list | dict) else str(value)
        match codec:
            case OrNothing(inner=inner):
                return self._drawn(inner, key, name, value, kind)
            case OfBalance(inner=inner):
                return self._of_balance(inner, key, name, text, plain)
            case Flag():
                return Input(**plain, widget="flag", value="1" if value else "")
            case Choice(known=known):
                options = _worded(key, known, text)
                if key == "event":
                    options = (("", _("Nothing: it is for orders"), not text), *options)
                return Input(**plain, widget="select", options=options)
            case NameOf(noun=noun):
                return Input(**plain, widget="select", options=self._named(noun, [text], key, kind))
            case Day() | Clock():
                return Input(**plain, widget="date" if isinstance(codec, Day) else "time", value=text)
            case Many():
                return self._many(codec, key, name, value, kind, plain)
            case Staircase():
                return Input(**plain, widget="list", items=self._steps(name, value), add_label=ADD["steps"])
            case Object():
                fields = self.object(codec, value if isinstance(value, Mapping) else None, name, kind)
                return Input(**plain, widget="object", inner=fields)
            case Text():
                return Input(**plain, widget="text", value=text)
            case _:
                return Input(**plain, widget="number", value=text, suffix=self._suffix(codec))

    def _of_balance(self, inner: Codec, key: str, name: str, text: str, plain: dict[str, Any]) -> Input:
        if isinstance(inner, Choice):
            usual: Option = ("", _("as the balance says"), not text)
            return Input(**plain, widget="select", options=(usual, *_worded(key, inner.known, text)))
        return Input(**plain, widget="number", value=text)

    def _suffix(self, codec: Codec) -> str:
        match codec:
            case MoneyAmount():
                return get_currency_symbol(self.currency, locale=figures.locale())
            case UnitsAmount() | Whole() | StepOff():
                return ""
            case _:
                return "%" if codec is PERCENT else "×" if codec is FACTOR else ""

    def _many(self, codec: Many, key: str, name: str, value: Any, kind: str, plain: dict[str, Any]) -> Input:
        values = value if isinstance(value, list) else []
        match codec.inner:
            case OfFamily():
                return Input(
                    **plain,
                    widget="conditions",
                    rows=self.conditions(values, name, depth=1),
                    offers=self.condition_offers(is_inner=True),
                )
            case Object():
                items = tuple(
                    Item(name=f"{name}.{at}", inputs=self.object(codec.inner, row, f"{name}.{at}", kind))
                    for at, row in enumerate(values)
                )
                return Input(**plain, widget="list", items=items, add_label=ADD.get(key, _("One more")))
            case NameOf(noun="customer"):
                return Input(**plain, widget="carried", options=tuple((one, "", True) for one in values[:CARRIED_MAX]))
            case NameOf(noun=noun):
                return Input(**plain, widget="checks", options=self._named(noun, values, key, kind))
            case Whole() if key == "weekdays":
                days = tuple((str(at), label, at in values) for at, label in enumerate(WEEKDAYS))
                return Input(**plain, widget="days", options=days)
            case _:
                return Input(**plain, widget="words", value=", ".join(map(str, values)))

    def _steps(self, name: str, value: Any) -> tuple[Item, ...]:
        items = []
        for at, row in enumerate(value if isinstance(value, list) else []):
            told = row if isinstance(row, Mapping) else {}
            inputs = tuple(
                Input(
                    name=f"{name}.{at}.{key}",
                    label=label_of("step", key),
                    widget="number",
                    value=str(told.get(key, "")),
                    errors=self._errors(f"{name}.{at}.{key}"),
                )
                for key in ("from", "off")
            )
            items.append(Item(name=f"{name}.{at}", inputs=inputs))
        return tuple(items)

    def _named(self, noun: str, chosen: list[Any], key: str, kind: str) -> tuple[Option, ...]:
        """What a field may name. What is chosen and gone stays in the list, so that nothing is lost unseen."""
        offered = self.offered(noun, kind)
        known = {value for value, _label in offered}
        gone = [(one, _("no longer there"), True) for one in chosen if one and one not in known]
        options = [(value, label, value in chosen) for value, label in offered]
        if noun == "balance_type" and kind in ("cost", "trigger"):
            options.insert(0, ("", _("Choose"), not any(chosen)))
        return (*options, *gone)

    def offered(self, noun: str, kind: str = "") -> list[tuple[str, str]]:
        """What there is of a noun, by public id, in the order of names; of balances those of the program."""
        found = []
        for (known, text), name in self.names.by_text.items():
            if known != noun or text != name:
                continue
            if noun == "balance_type":
                own = self.own_balances if kind in ("cost", "trigger") else self.earned_balances
                if name not in own:
                    continue
            found.append((self.names.write(noun, name), self.names.name(name)))  # type: ignore[arg-type]
        return sorted(found, key=lambda one: one[1].casefold())

    def condition_offers(self, *, is_inner: bool = False) -> tuple[OfferGroup, ...]:
        """The conditions that may be added; tiers and segments only where there are any."""
        known = kinds_of("condition")
        groups = []
        for group in CONDITION_OFFERS:
            offers = [one for one in group.offers if one.start["kind"] in known and self._has_choices(one.start)]
            if group is CONDITION_OFFERS[0] and "in_order_segment" in known and self.offered("order_segment"):
                offers.append(SEGMENT_OFFER)
            groups.append(OfferGroup(label=group.label, offers=tuple(offers)))
        return tuple(groups) if is_inner else (*groups, CODE_OFFER, GROUP_OFFER)

    def _has_choices(self, start: Mapping[str, Any]) -> bool:
        noun = {"in_tier": "tier", "holds_card": "card_type"}.get(str(start["kind"]))
        if "locations" in start:
            noun = "location"
        return noun is None or bool(self.offered(noun))

    def _errors(self, *names: str) -> tuple[str, ...]:
        return tuple(_(text) for name in names for text in self.errors.get(name, ()))


def _worded(key: str, known: Iterable[str], chosen: str) -> tuple[Option, ...]:
    return tuple((one, CHOICES.get((key, one), one), one == chosen) for one in known)


__all__ = ["BENEFIT_OFFERS", "EARNING_OFFERS", "Drawing", "Input", "Item", "Row", "id_of"]
