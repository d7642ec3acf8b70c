"""Presets: a name, two or three questions, and an ordinary promotion that can be opened and changed (ORD-14).

Each is a definition in JSON with questions in it; what is answered takes their places, and what is wrong with an answer
points at its question.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from regulars.kernel.refusal import FieldProblem
from regulars.promotions.rules.definition import read_definition
from regulars.promotions.rules.definition.reading import Json, Names, under
from regulars.promotions.rules.definition.values import Definition

QuestionKind = Literal[
    "percent", "money", "count", "units", "points", "stamps", "weekdays", "clock", "days", "factor", "code", "products"
]


@dataclass(frozen=True, slots=True)
class Question:
    """What a preset asks; `text` is translated where it is shown. One with a `usual` answer need not be answered.

    `points` and `stamps` ask for a balance type of that kind, `products` for a choice of products.
    """

    name: str
    kind: QuestionKind
    text: str
    usual: Json = None
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """The place of an answer."""

    name: str


@dataclass(frozen=True, slots=True)
class Made:
    """One promotion of a preset: its name, and its definition with places for answers."""

    name: str
    content: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Preset:
    """An intention that a marketer picks; `name`, `text` and the names of what it makes are translated where shown."""

    key: str
    name: str
    text: str
    icon: str
    questions: tuple[Question, ...]
    makes: tuple[Made, ...]

    @property
    def counts(self) -> str | None:
        """The kind of balance type that it needs: points, stamps or none."""
        return next((one.kind for one in self.questions if one.kind in ("points", "stamps")), None)


_SENTENCES: Final[Mapping[str, str]] = {
    "cashback": "Cashback in percent",
    "cashback_text": "A share of every purchase comes back as points.",
    "stamps": "Every tenth coffee free",
    "stamps_text": "A stamp for each piece; after enough of them one is free.",
    "stamps_earn": "A stamp for each piece",
    "stamps_free": "One piece free",
    "buy_get": "Buy two, get one",
    "buy_get_text": "Whoever buys several gets one more for nothing.",
    "happy_hour": "Happy hour",
    "happy_hour_text": "A discount at quiet hours of the week.",
    "welcome": "Welcome bonus",
    "welcome_text": "Points for everybody who joins, once in a life.",
    "birthday": "Birthday bonus",
    "birthday_text": "Points around the birthday, once a year.",
    "win_back": "Win customers back",
    "win_back_text": "Points for those who have not come for long.",
    "nth_service": "Every fifth service free",
    "nth_service_text": "One service is free on every visit whose turn it is.",
    "first_order": "First order discount",
    "first_order_text": "A welcome for those who buy for the first time.",
    "referral": "Invite a friend",
    "referral_text": "Who was invited saves on the first order, and the inviter gets points for it.",
    "referral_off": "Discount for who was invited",
    "referral_bonus": "Bonus for the inviter",
    "ask_inviter_units": "How many points for the inviter?",
    "ask_per_inviter": "For how many orders of invited friends at most?",
    "code": "Discount with a code",
    "code_text": "A discount for those who know the code.",
    "double": "Double points on some days",
    "double_text": "On these weekdays everything brings more points.",
    "shipping": "Free shipping from an amount",
    "shipping_text": "Shipping costs nothing when the order is large enough.",
    "ask_percent_back": "How many percent come back?",
    "ask_percent_off": "How many percent are off?",
    "ask_points": "As which points?",
    "ask_stamps": "As which stamps?",
    "ask_after": "After how many is one free?",
    "ask_products": "For which products?",
    "ask_buy": "How many must be bought?",
    "ask_get": "How many are free then?",
    "ask_weekdays": "On which weekdays?",
    "ask_begins": "From what time?",
    "ask_ends": "Until what time?",
    "ask_units": "How many points?",
    "ask_days_before": "How many days before the birthday?",
    "ask_days_after": "How many days after the birthday?",
    "ask_after_days": "After how many days without an order?",
    "ask_every": "Every which visit?",
    "ask_code": "Which code? Everybody may know it.",
    "ask_per_customer": "How often may each customer use it?",
    "ask_factor": "How many times as many points?",
    "ask_minimum": "From which amount on?",
}


def _preset(key: str, icon: str, questions: tuple[Question, ...], content: Mapping[str, Json]) -> Preset:
    name = _SENTENCES[key]
    return Preset(key, name, _SENTENCES[f"{key}_text"], icon, questions, (Made(name, content),))


def _ask(name: str, kind: QuestionKind, sentence: str, usual: Json = None, *, is_optional: bool = False) -> Question:
    return Question(name, kind, _SENTENCES[f"ask_{sentence}"], usual, is_optional)


POINTS: Final = _ask("balance_type", "points", "points")
STAMPS: Final = _ask("balance_type", "stamps", "stamps")
PRODUCTS: Final = _ask("products", "products", "products", is_optional=True)
UNITS: Final = _ask("amount", "units", "units", "50")

PRESETS: Final[tuple[Preset, ...]] = (
    _preset(
        "cashback",
        "percent",
        (_ask("percent", "percent", "percent_back", "5"), POINTS, PRODUCTS),
        {
            "products": Ask("products"),
            "earnings": [{"kind": "percent_back", "balance_type": Ask("balance_type"), "percent": Ask("percent")}],
        },
    ),
    Preset(
        "stamps",
        _SENTENCES["stamps"],
        _SENTENCES["stamps_text"],
        "stamp",
        (_ask("after", "count", "after", 9), STAMPS, PRODUCTS),
        (
            Made(
                _SENTENCES["stamps_earn"],
                {
                    "products": Ask("products"),
                    "earnings": [
                        {"kind": "per_unit", "balance_type": Ask("balance_type"), "units": 1, "only_paid": True}
                    ],
                },
            ),
            Made(
                _SENTENCES["stamps_free"],
                {
                    "products": Ask("products"),
                    "benefits": [{"kind": "cheapest_off"}],
                    "cost": {"balance_type": Ask("balance_type"), "amount": Ask("after")},
                },
            ),
        ),
    ),
    _preset(
        "buy_get",
        "gift",
        (_ask("buy", "count", "buy", 2), _ask("get", "count", "get", 1), PRODUCTS),
        {"products": Ask("products"), "benefits": [{"kind": "buy_get", "buy": Ask("buy"), "get": Ask("get")}]},
    ),
    _preset(
        "happy_hour",
        "clock",
        (
            _ask("percent", "percent", "percent_off", "20"),
            _ask("weekdays", "weekdays", "weekdays", [0, 1, 2, 3, 4]),
            _ask("begins", "clock", "begins", "15:00"),
            _ask("ends", "clock", "ends", "17:00"),
        ),
        {
            "conditions": [
                {
                    "kind": "weekly_hours",
                    "hours": [{"weekdays": Ask("weekdays"), "begins": Ask("begins"), "ends": Ask("ends")}],
                }
            ],
            "benefits": [{"kind": "percent_off_order", "percent": Ask("percent")}],
        },
    ),
    _preset(
        "welcome",
        "party-popper",
        (UNITS, POINTS),
        {"trigger": {"event": "registered", "balance_type": Ask("balance_type"), "amount": Ask("amount")}},
    ),
    _preset(
        "birthday",
        "cake",
        (UNITS, POINTS, _ask("days_before", "days", "days_before", 0)),
        {
            "trigger": {
                "event": "birthday",
                "balance_type": Ask("balance_type"),
                "amount": Ask("amount"),
                "days_before": Ask("days_before"),
            }
        },
    ),
    _preset(
        "win_back",
        "undo-2",
        (UNITS, POINTS, _ask("after_days", "days", "after_days", 90)),
        {
            "trigger": {
                "event": "win_back",
                "balance_type": Ask("balance_type"),
                "amount": Ask("amount"),
                "after_days": Ask("after_days"),
            }
        },
    ),
    _preset(
        "nth_service",
        "scissors",
        (_ask("number", "count", "every", 5),),
        {
            "products": {"kind": "service"},
            "conditions": [{"kind": "nth_order", "number": Ask("number"), "is_every": True}],
            "benefits": [{"kind": "cheapest_off"}],
        },
    ),
    _preset(
        "first_order",
        "sparkles",
        (_ask("percent", "percent", "percent_off", "10"),),
        {
            "conditions": [{"kind": "nth_order", "number": 1}],
            "benefits": [{"kind": "percent_off_order", "percent": Ask("percent")}],
        },
    ),
    Preset(
        "referral",
        _SENTENCES["referral"],
        _SENTENCES["referral_text"],
        "users",
        (
            _ask("percent", "percent", "percent_off", "10"),
            _ask("amount", "units", "inviter_units", "50"),
            POINTS,
            _ask("per_inviter", "count", "per_inviter", 20),
        ),
        (
            Made(
                _SENTENCES["referral_off"],
                {
                    "conditions": [{"kind": "invited"}, {"kind": "nth_order", "number": 1}],
                    "benefits": [{"kind": "percent_off_order", "percent": Ask("percent")}],
                },
            ),
            Made(
                _SENTENCES["referral_bonus"],
                {
                    "trigger": {
                        "event": "invited_order",
                        "balance_type": Ask("balance_type"),
                        "amount": Ask("amount"),
                    },
                    "limits": {"per_customer": Ask("per_inviter")},
                },
            ),
        ),
    ),
    _preset(
        "code",
        "ticket",
        (
            _ask("code", "code", "code"),
            _ask("percent", "percent", "percent_off", "10"),
            _ask("per_customer", "count", "per_customer", 1),
        ),
        {
            "codes": [Ask("code")],
            "benefits": [{"kind": "percent_off_order", "percent": Ask("percent")}],
            "limits": {"per_customer": Ask("per_customer")},
        },
    ),
    _preset(
        "double",
        "calendar-days",
        (_ask("weekdays", "weekdays", "weekdays", [1]), POINTS, _ask("factor", "factor", "factor", "2")),
        {
            "conditions": [
                {
                    "kind": "weekly_hours",
                    "hours": [{"weekdays": Ask("weekdays"), "begins": "00:00", "ends": "00:00"}],
                }
            ],
            "multipliers": [{"balance_type": Ask("balance_type"), "factor": Ask("factor")}],
        },
    ),
    _preset(
        "shipping",
        "truck",
        (_ask("amount", "money", "minimum", "50"),),
        {
            "conditions": [{"kind": "minimum_amount", "amount": Ask("amount")}],
            "benefits": [{"kind": "shipping_off", "percent": "100"}],
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Written:
    """A promotion that a preset wrote: an ordinary definition."""

    name: str
    definition: Definition


def find_preset(key: str) -> Preset | None:
    """The preset of this key, or None."""
    return next((one for one in PRESETS if one.key == key), None)


def fill_preset(
    preset: Preset, answers: Mapping[str, Json], names: Names
) -> tuple[Written, ...] | tuple[FieldProblem, ...]:
    """The promotions that the answers make, or what is wrong with the answers, each pointing at its question."""
    known = {one.name for one in preset.questions}
    problems = [
        FieldProblem(under("", name), "unknown_field", "There is no such question.")
        for name in answers
        if name not in known
    ]
    said = {
        one.name: answers.get(one.name, one.usual) if answers.get(one.name) not in (None, "") else one.usual
        for one in preset.questions
    }
    problems += [
        FieldProblem(under("", one.name), "required", "This field is required.")
        for one in preset.questions
        if said[one.name] is None and not one.is_optional
    ]
    written: list[Written] = []
    for made in () if problems else preset.makes:
        places = dict(_places(made.content, ""))
        read = read_definition(_filled(made.content, said), names)
        if isinstance(read, Definition):
            written.append(Written(made.name, read))
        else:
            problems += [FieldProblem(_question_at(one.pointer, places), one.code, one.detail) for one in read]
    return tuple(dict.fromkeys(problems)) if problems else tuple(written)


def _filled(content: Any, said: Mapping[str, Json]) -> Any:
    match content:
        case Ask(name=name):
            return said[name]
        case Mapping():
            filled = {name: _filled(value, said) for name, value in content.items()}
            return {name: value for name, value in filled.items() if value is not None}
        case list():
            return [_filled(value, said) for value in content]
        case _:
            return content


def _places(content: Any, at: str) -> Iterator[tuple[str, str]]:
    match content:
        case Ask(name=name):
            yield at, name
        case Mapping():
            for name, value in content.items():
                yield from _places(value, under(at, name))
        case list():
            for index, value in enumerate(content):
                yield from _places(value, under(at, index))


def _question_at(pointer: str, places: Mapping[str, str]) -> str:
    """The question whose answer stands at a pointer, with what follows below it."""
    for place, name in places.items():
        if pointer == place or pointer.startswith(f"{place}/"):
            return under("", name) + pointer[len(place) :]
    return pointer
