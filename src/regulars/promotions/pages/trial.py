"""What a draft would give on an order, beside everything that runs: the same engine that prices orders (ORD-7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from regulars.platform.pages import figures
from regulars.promotions.queries.names import ChainNames
from regulars.promotions.queries.running import Running, RunningBalance
from regulars.promotions.queries.voices import voice_of
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.explain import Voice, explain
from regulars.promotions.rules.facts import Facts
from regulars.promotions.rules.outcome import Applied, NotApplied, Reason
from regulars.promotions.rules.promotion import Promotion, compile_promotions

OTHERS_MAX: Final = 30
NO_CARD: Final = Reason("no_card")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one promotion does, in words: what it takes off, what it brings, how it was reckoned or why not."""

    name: str
    applies: bool
    gives: tuple[str, ...]
    sentences: tuple[str, ...]
    is_own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The order after all promotions."""

    before: str
    discount: str
    total: str
    earned: tuple[str, ...]
    own: Verdict | None
    others: tuple[Verdict, ...]
    others_more: int
    person: str = ""
    """Whose facts these are, where somebody was named."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How the page says amounts and names."""

    currency: str
    zone: ZoneInfo
    names: ChainNames
    balances: Mapping[str, tuple[str, int, str]]
    """By name of the engine: name, decimals and kind of a balance type."""
    promotions: Mapping[str, str]

    def money(self, units: int) -> str:
        """Money of the chain."""
        return figures.money(units, self.currency)

    def units(self, balance_type: str, units: int) -> str:
        """So much of a balance type, with its name."""
        name, decimals, kind = self.balances.get(balance_type, ("", 0, "points"))
        amount = figures.balance(units, kind=kind, decimals=decimals, currency=self.currency)
        return _("%(amount)s of “%(balance)s”") % {"amount": amount, "balance": name}

    @property
    def voice(self) -> Voice:
        """The voice of the engine's sentences."""
        return voice_of(self.names, self.currency, self.zone, dict(self.promotions))


def wording_of(running: Running, names: ChainNames, currency: str, zone: ZoneInfo, *, own: tuple[str, str]) -> Wording:
    """The words for everything that runs, and for the draft itself (id and name)."""
    promotions = {name: one.name for name, one in running.promotions.items()}
    return Wording(
        currency=currency,
        zone=zone,
        names=names,
        balances={str(one.id): _told(one) for one in running.balances.values()},
        promotions={**promotions, own[0]: own[1]},
    )


def _told(one: RunningBalance) -> tuple[str, int, str]:
    return one.name, one.decimals, one.kind


def try_out(
    facts: Facts,
    running: Running,
    rule: Promotion | None,
    wording: Wording,
    *,
    shut_out: Mapping[str, Reason] | None = None,
) -> Trial:
    """Price the order with the draft in the place of what runs of it; without a rule, with what runs alone.

    `shut_out` are promotions that take a card which this buyer does not have; without it, everybody known has one.
    """
    rules = [one.rule for name, one in running.promotions.items() if rule is None or name != rule.id]
    asked = [*rules, rule] if rule is not None else rules
    if shut_out is None:
        takes_card = [one.id for one in asked if one.earnings or one.multipliers or one.cost]
        shut_out = {} if facts.customer is not None else dict.fromkeys(takes_card, NO_CARD)
    barred = shut_out
    priced = evaluate(facts, compile_promotions([one for one in asked if one.id not in barred]))
    found = {one.promotion: one for one in priced.verdicts}
    verdicts: list[Applied | NotApplied] = [found.get(one.id) or NotApplied(one.id, barred[one.id]) for one in asked]
    said = [_said(one, wording, is_own=rule is not None and one.promotion == rule.id) for one in verdicts]
    others = sorted((one for one in said if not one.is_own), key=lambda one: not one.applies)
    before = sum(line.total for line in facts.lines)
    return Trial(
        before=wording.money(before),
        discount=wording.money(-priced.discount_total) if priced.discount_total else "",
        total=wording.money(priced.total),
        earned=tuple(wording.units(name, units) for name, units in _sums(verdicts).items()),
        own=next((one for one in said if one.is_own), None),
        others=tuple(others[:OTHERS_MAX]),
        others_more=max(0, len(others) - OTHERS_MAX),
    )


def _sums(verdicts: list[Applied | NotApplied]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for verdict in verdicts:
        for one in verdict.earned if isinstance(verdict, Applied) else ():
            sums[one.balance_type] = sums.get(one.balance_type, 0) + one.amount
    return {name: units for name, units in sums.items() if units}


def _said(verdict: Applied | NotApplied, wording: Wording, *, is_own: bool) -> Verdict:
    name = wording.promotions.get(verdict.promotion, "")
    if isinstance(verdict, NotApplied):
        return Verdict(
            name=name,
            applies=False,
            gives=(),
            sentences=explain(verdict, wording.voice),
            is_own=is_own,
        )
    gives = []
    if verdict.cut.total:
        gives.append(wording.money(-verdict.cut.total))
    gives += [f"+{wording.units(one.balance_type, one.amount)}" for one in verdict.earned if one.amount]
    gives += [f"{figures.MINUS}{wording.units(balance_type, units)}" for balance_type, units in verdict.cost]
    return Verdict(
        name=name,
        applies=True,
        gives=tuple(gives),
        sentences=explain(verdict, wording.voice),
        is_own=is_own,
    )
