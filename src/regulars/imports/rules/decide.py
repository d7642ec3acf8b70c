"""What a row does to the cards that exist: the decision table of `API.md`, as one pure function.

The same function decides when a file is checked and, under lock, when it is applied; so what the user saw is what
happens, or the row says why not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from regulars.imports.rules.problems import Issue, is_error

Status = Literal["create", "change", "unchanged", "warning", "error", "conflict"]
Effect = Literal["create", "change", "none"]
Mode = Literal["add", "set"]

NUMBERS_SHOWN_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose for the whole import."""

    mode: Mode
    existing: Literal["change", "skip", "issue_another"] = "change"
    missing: Literal["create", "skip"] = "create"
    customers: Literal["named", "never"] = "named"
    fields: Literal["fill", "overwrite", "ignore"] = "fill"
    conflicts: Literal["leave", "overwrite"] = "leave"
    several_per_customer: bool = False


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance of an existing card, in smallest units.

    `version` is the ledger position of its last entry; `at_version` its total at the position the file's row was
    exported at, where the row has a version and the balance has later entries.
    """

    total: int
    available: int
    version: int = 0
    at_version: int | None = None


@dataclass(frozen=True, slots=True)
class CardFacts:
    """An existing card. `phones` are its holder's, or the one it waits for; a blank card has neither."""

    id: str
    number: str
    is_same_type: bool = True
    status: Literal["active", "blocked", "expired", "deleted"] = "active"
    customer: str | None = None
    phones: tuple[str, ...] = ()
    balances: Mapping[str, Balance] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowFacts:
    """A row as it was read: amounts per balance type, and whether it says anything else about the person."""

    row: int
    phone: str | None = None
    number_key: str | None = None
    number: str | None = None
    email: str | None = None
    is_named: bool = False
    amounts: Mapping[str, int] = field(default_factory=dict)
    version: int | None = None
    skip: str | None = None
    phones: tuple[tuple[str, str], ...] = ()
    """Further phones that would be this person's, each with its field."""

    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What the chain knows of a row's number, phone and e-mail, and what earlier rows of the file did with them.

    `by_phone` and `by_email` are live cards of this type. `earlier_card` is the row that already means the same card;
    `earlier_number` the row that already takes the number for a new card; `earlier_person` the row that already makes
    a card for the same person. `zeros_number` is a card's number that differs only by leading zeros.
    """

    by_number: CardFacts | None = None
    by_phone: tuple[CardFacts, ...] = ()
    by_email: tuple[CardFacts, ...] = ()
    customer_by_phone: str | None = None
    customer_by_email: str | None = None
    earlier_card: int | None = None
    earlier_number: int | None = None
    earlier_person: int | None = None
    zeros_number: str | None = None
    details_change: bool = False
    is_email_theirs: bool = False
    """Nobody has the row's phone, and nothing speaks against its being one more phone of the e-mail's customer."""


@dataclass(frozen=True, slots=True)
class Change:
    """One balance before and after, in smallest units."""

    balance: str
    before: int
    delta: int
    after: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What will happen with a row, and why."""

    status: Status
    effect: Effect
    card: CardFacts | None = None
    changes: tuple[Change, ...] = ()
    issues: tuple[Issue, ...] = ()
    customer: Literal["known", "new", "none"] = "none"
    is_claim: bool = False
    """The row gives a blank card its person."""

    @property
    def code(self) -> str | None:
        """The first problem's code, as the API shows it."""
        return self.issues[0].code if self.issues else None


def decide(row: RowFacts, found: Found, options: Options) -> Decision:
    """Say what a row does. Every sentence of the table in `API.md` is a line of the test beside this module."""
    if row.skip is not None:
        return Decision("warning", "none", issues=(Issue(row.skip),))
    if any(is_error(issue.code) for issue in row.issues):
        return Decision("error", "none", issues=row.issues)
    match = _match(row, found, options)
    if isinstance(match, Issue):
        return _refused(row, match)
    if match is None:
        return _new_card(row, found, options)
    return _existing_card(row, found, options, match)


def _match(row: RowFacts, found: Found, options: Options) -> CardFacts | Issue | None:
    """The card that the row means; None for a new one; an issue where it cannot be told."""
    if found.by_number is not None:
        return _match_number(row, found, found.by_number, options)
    for cards in _cards_of_person(found):
        if len(cards) > 1 and options.existing != "issue_another":
            return Issue("several_cards", "number", ", ".join(card.number for card in cards[:NUMBERS_SHOWN_MAX]))
        if cards:
            return None if options.existing == "issue_another" else cards[0]
    return None


def _cards_of_person(found: Found) -> tuple[tuple[CardFacts, ...], tuple[CardFacts, ...]]:
    """The cards by phone and by e-mail; a phone of one customer and an e-mail of another: the phone says who it is."""
    is_somebody_else = found.customer_by_phone is not None and found.customer_by_phone != found.customer_by_email
    return found.by_phone, () if is_somebody_else else found.by_email


def _match_number(row: RowFacts, found: Found, card: CardFacts, options: Options) -> CardFacts | Issue:
    taken = Issue("number_taken", "number", card.number)
    if not card.is_same_type or card.status == "deleted":
        return taken
    if row.phone is None or row.phone in card.phones or (not card.phones and card.customer is None):
        return card
    if found.customer_by_phone is not None:
        return card if found.customer_by_phone == card.customer else taken
    if found.by_phone:
        return taken
    # A phone that nobody has: a new phone of the holder if the file may overwrite or there was none, else somebody
    # else's row with a number that is not theirs; money must not go to the wrong person.
    is_holders = card.customer is not None and (not card.phones or options.fields == "overwrite")
    return card if is_holders else taken


def _new_card(row: RowFacts, found: Found, options: Options) -> Decision:
    if row.phone is None and found.customer_by_email is None:
        return _refused(
            row, Issue("phone_missing", "phone" if row.number is None else "number", row.number or row.email or "")
        )
    if options.missing == "skip":
        return Decision("unchanged", "none", issues=(*row.issues, Issue("not_created")))
    if found.earlier_number is not None:
        return _refused(row, Issue("number_taken", "number", row.number or ""))
    if found.earlier_person is not None and options.existing != "issue_another":
        return _refused(row, Issue("duplicate_row", "", str(found.earlier_person)))
    holds_one = any(_cards_of_person(found)) or found.earlier_person is not None
    if holds_one and not options.several_per_customer:
        return _refused(row, Issue("card_exists"))
    for balance, amount in row.amounts.items():
        if amount < 0:
            return _refused(row, Issue("negative_opening", balance))
    customer = _customer_of(row, found, options)
    changes = tuple(Change(balance, 0, amount, amount) for balance, amount in row.amounts.items() if amount)
    issues = _issues(row, customer)
    if found.zeros_number is not None:
        issues = (*issues, Issue("zeros_differ", "number", found.zeros_number))
    return Decision("warning" if issues else "create", "create", changes=changes, issues=issues, customer=customer)


def _customer_of(row: RowFacts, found: Found, options: Options) -> Literal["known", "new", "none"]:
    if found.customer_by_phone or ((row.phone is None or found.is_email_theirs) and found.customer_by_email):
        return "known"
    return "new" if options.customers == "named" and row.is_named else "none"


def _issues(row: RowFacts, customer: Literal["known", "new", "none"]) -> tuple[Issue, ...]:
    """What is wrong with a row; where nobody is behind the card, its further phones have no place."""
    unkept = () if customer != "none" else (Issue("phone_unkept", field, phone) for field, phone in row.phones)
    return (*row.issues, *unkept)


def _existing_card(row: RowFacts, found: Found, options: Options, card: CardFacts) -> Decision:
    if found.earlier_card is not None:
        return _refused(row, Issue("duplicate_row", "", str(found.earlier_card)))
    if options.existing == "skip":
        return Decision("unchanged", "none", card=card, issues=(*row.issues, Issue("card_left")))
    issues = row.issues
    if row.number_key is not None and found.by_number is None:
        issues = (*issues, Issue("number_differs", "number", card.number))
    if card.status == "blocked":
        issues = (*issues, Issue("card_blocked"))
    changes: list[Change] = []
    for balance, amount in row.amounts.items():
        now = card.balances.get(balance, Balance(0, 0))
        outcome = _change(balance, amount, now, row.version, options)
        if isinstance(outcome, Issue):
            status: Status = "conflict" if outcome.code == "changed_since" else "error"
            shown = tuple(
                Change(b, card.balances.get(b, Balance(0, 0)).total, 0, card.balances.get(b, Balance(0, 0)).total)
                for b in row.amounts
            )
            return Decision(status, "none", card=card, changes=shown, issues=(outcome, *issues))
        if outcome is not None:
            changes.append(outcome)
    is_claim = card.customer is None and not card.phones and row.phone is not None
    holds_one = any(_cards_of_person(found)) or found.earlier_person is not None
    if is_claim and holds_one and not options.several_per_customer:
        return _refused(row, Issue("card_exists"))
    customer = _customer_of(row, found, options) if is_claim or card.customer is None else "known"
    issues = (*issues, *_issues(row, customer)[len(row.issues) :])
    makes_customer = card.customer is None and customer == "new"
    has_effect = bool(changes) or found.details_change or is_claim or makes_customer
    effect: Effect = "change" if has_effect else "none"
    status = "warning" if issues else "change" if has_effect else "unchanged"
    return Decision(
        status, effect, card=card, changes=tuple(changes), issues=issues, customer=customer, is_claim=is_claim
    )


def _change(balance: str, amount: int, now: Balance, version: int | None, options: Options) -> Change | Issue | None:
    """The change of one balance: None where nothing is to do, an issue where it cannot be done."""
    if options.mode == "add":
        delta = amount
    else:
        delta = amount - now.total
        if version is not None and now.version > version and delta:
            if amount == now.at_version:
                # The user did not edit this cell; the balance moved on by itself.
                return None
            if options.conflicts == "leave":
                exported = "" if now.at_version is None else str(now.at_version)
                return Issue("changed_since", balance, f"{exported};{now.total};{amount}")
    if delta == 0:
        return None
    if delta < 0 and now.available + delta < 0:
        return Issue("insufficient_balance", balance, f"{now.available};{-(now.available + delta)}")
    return Change(balance, now.total, delta, now.total + delta)


def _refused(row: RowFacts, issue: Issue) -> Decision:
    return Decision("error", "none", issues=(issue, *row.issues))
