"""The values of a card where its design puts them, in every language; what the design leaves out but people need, on the back."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, cast

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from regulars.cards.queries.cards import BalanceView, CardView
from regulars.designs.rules.definition import BALANCE, Design, spoken
from regulars.designs.rules.definition import ShownField as Placed
from regulars.platform.tenancy import ChainSettings
from regulars.rewards.queries.milestones import CardStanding
from regulars.wallets.rules.view import BIRTHDAY, FRONT_ROW_MAX, Moment, Number, Place, ShownField, Texts, Value

LANGUAGES: Final = tuple(code for code, _name in settings.LANGUAGES)
_LABELS: Final = {
    "holder": _("Holder"),
    "tier": _("Tier"),
    "next": _("Next reward"),
    "expires": _("Points end"),
    "until": _("Valid until"),
    "number": _("Card number"),
    "vouchers": _("Vouchers"),
    "link": _("Your card on the web"),
    "page": _("More"),
    "legal": _("Terms"),
    "program": _("Loyalty card"),
    "changed": _("Now you have %@"),
    "near": _("Show your card: %(place)s"),
    "message": _("Message"),
    "today": _("Today"),
    "birthday": _("Happy birthday!"),
}


def in_all(key: str, **values: str) -> Texts:
    """A sentence of ours in every language that we speak."""
    found = _in_all[key] if key in _in_all else _in_all.setdefault(key, _translated(key))
    return {language: text % values for language, text in found.items()} if values else found


_in_all: Final[dict[str, Texts]] = {}


def _translated(key: str) -> Texts:
    found = {}
    for language in LANGUAGES:
        with translation.override(language):
            found[language] = gettext(_LABELS[key])
    return found


def spoken_in(texts: Texts, languages: Iterable[str], fallback: str | Texts) -> Texts:
    """What the owner wrote, in each of these languages; `fallback` where nothing was written in any."""
    usual: Mapping[str, str] = dict.fromkeys(languages, fallback) if isinstance(fallback, str) else fallback
    return {language: spoken(texts, language) for language in languages} if texts else usual


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsOf:
    """Everything that the fields of one card are made of."""

    card: CardView
    chain: ChainSettings
    design: Design
    languages: tuple[str, ...]
    standing: CardStanding | None
    stamps: int
    goal: int
    vouchers: tuple[str, ...]
    message: str
    is_birthday: bool = False

    def all(self, fields: Iterable[Placed]) -> Iterator[ShownField]:
        """The design's fields that the card has a value for, then the back."""
        placed = list(fields)
        if self.is_birthday:
            yield self._greeting(sum(one.place in ("secondary", "auxiliary") for one in placed))
        for one in placed:
            yield from self._field(one)
        yield from self._rest({self._balance_of(one) for one in placed} - {None}, {one.source for one in placed})

    def _greeting(self, in_front: int) -> ShownField:
        """The greeting of a birthday: on the front where there is room, and said aloud (WAL-4)."""
        place = "auxiliary" if in_front < FRONT_ROW_MAX else "back"
        aloud = dict.fromkeys(self.languages, "%@")
        return self._shown("birthday", place, in_all("today"), in_all("birthday"), aloud, source=BIRTHDAY)

    def _field(self, one: Placed) -> Iterator[ShownField]:
        found = self._value(one.source) if one.source != "text" else None
        if one.source == "text" and one.text:
            label = spoken_in(one.label, self.languages, "")
            yield self._shown(one.key, one.place, label, spoken_in(one.text, self.languages, ""))
        elif found is not None:
            usual, value, announce = found
            label = spoken_in(one.label, self.languages, usual)
            yield self._shown(one.key, one.place, label, value, announce, source=one.source)

    def _value(self, source: str) -> tuple[str | Texts, Value, Texts | None] | None:
        """The usual label of a source, its value, and what is said aloud when it changes."""
        card = self.card
        balance = self._balance_named(source)
        if balance is not None:
            return balance.name, self._amount(balance), in_all("changed")
        if source == "holder" and card.customer_name:
            return in_all("holder"), self._same(card.customer_name), None
        if source == "number":
            return in_all("number"), self._same(card.number), None
        if source == "tier" and self._tiers():
            return in_all("tier"), self._same(", ".join(name for _group, name in self._tiers())), None
        reward = self.standing.next_reward if self.standing is not None else None
        if source == "next_reward" and reward is not None:
            return in_all("next"), self._same(reward.title), None
        if source == "expires":
            return self._end()
        return None

    def _end(self) -> tuple[str | Texts, Value, Texts | None] | None:
        if self.card.expires_at is not None:
            return in_all("until"), Moment(self.card.expires_at), None
        shown = self.card.shown
        return (in_all("expires"), Moment(shown.last_moment), None) if shown and shown.last_moment else None

    def _rest(self, placed: set[BalanceView | None], sources: set[str]) -> Iterator[ShownField]:
        card, shown = self.card, self.card.shown
        for balance in card.balances:
            if balance not in placed:
                # On the back it is still announced: without that a phone is silent about every change.
                key = f"balance-{balance.balance_type_id.hex[-8:]}"
                source = f"{BALANCE}{balance.external_id}"
                label, amount = self._same(balance.name), self._amount(balance)
                yield self._shown(key, "back", label, amount, in_all("changed"), source=source)
        if "tier" not in sources:
            for index, (group, name) in enumerate(self._tiers()):
                yield self._shown(f"tier-{index}", "back", self._same(group), self._same(name))
        if shown is not None and shown.last_moment is not None and (card.expires_at or "expires" not in sources):
            yield self._shown("points-end", "back", in_all("expires"), Moment(shown.last_moment))
        if card.expires_at is not None and "expires" not in sources:
            yield self._shown("card-end", "back", in_all("until"), Moment(card.expires_at))
        if self.vouchers:
            yield self._shown("card-vouchers", "back", in_all("vouchers"), self._same("\n".join(self.vouchers)))
        if self.message:
            # The phone shows a message as what it says aloud of the change; the whole of it stands on the back (WAL-4).
            aloud = dict.fromkeys(self.languages, "%@")
            yield self._shown("message", "back", in_all("message"), self._same(self.message), aloud, source="message")
        if "number" not in sources:
            yield self._shown("card-number", "back", in_all("number"), self._same(card.number), source="number")
        yield self._shown("card-link", "back", in_all("link"), self._same(card.link), source="link")
        for index, link in enumerate(self.design.links):
            label = spoken_in(link.label, self.languages, in_all("page"))
            yield self._shown(f"page-{index}", "back", label, self._same(link.url), source="page")
        legal = self.design.texts.get("legal", {})
        if legal:
            yield self._shown("card-legal", "back", in_all("legal"), spoken_in(legal, self.languages, ""))

    def _shown(
        self, key: str, place: str, label: Texts, value: Value, announce: Texts | None = None, *, source: str = ""
    ) -> ShownField:
        return ShownField(
            key=key, place=cast("Place", place), label=label, value=value, announce=announce, source=source
        )

    def _amount(self, balance: BalanceView) -> Value:
        if balance.kind == "stamps" and self.goal:
            return self._same(f"{self.stamps}/{self.goal}")
        amount = Decimal(balance.available).scaleb(-balance.decimals)
        return Number(amount, self.chain.currency if balance.kind == "deposit" else "")

    def _balance_of(self, one: Placed) -> BalanceView | None:
        return self._balance_named(one.source)

    def _balance_named(self, source: str) -> BalanceView | None:
        if source == "stamps":
            counted = next((one for one in self.card.balances if one.kind == "stamps"), None) if self.goal else None
            return counted or self.card.shown
        if not source.startswith(BALANCE):
            return None
        name = source.removeprefix(BALANCE)
        return next((one for one in self.card.balances if one.external_id == name), None)

    def _tiers(self) -> list[tuple[str, str]]:
        return [(one.group.name, one.tier.name) for one in self.card.tiers if one.tier is not None]

    def _same(self, text: str) -> Texts:
        return dict.fromkeys(self.languages, text)
