"""Every sentence of the import table in API.md is a row here: what is known, what the row says, what happens."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.imports.rules.decide import Balance, CardFacts, Decision, Found, Options, RowFacts, decide
from regulars.imports.rules.problems import PROBLEMS, Issue

ADD = Options(mode="add")
SET = Options(mode="set")
ANNA = CardFacts(
    id="card-a", number="100", customer="anna", phones=("+4915100000001",),
    balances={"bonus": Balance(total=20, available=20, version=7)},
)  # fmt: skip
ANNA_2 = replace(ANNA, id="card-a2", number="101")
WAITING = replace(ANNA, id="card-u", customer=None)
BLANK = CardFacts(id="card-b", number="500")
ROW = RowFacts(row=2, phone="+4915100000001", amounts={"bonus": 15})
BY_PHONE = Found(by_phone=(ANNA,), customer_by_phone="anna")
BY_NUMBER = Found(by_number=ANNA, by_phone=(ANNA,), customer_by_phone="anna")
NOBODY = Found()


def row(**facts: Any) -> RowFacts:
    return replace(ROW, **facts)


def bonus(total: int, **facts: int) -> CardFacts:
    return replace(ANNA, balances={"bonus": Balance(total=total, available=facts.pop("available", total), **facts)})


CASES = [
    # -- which card a row means ------------------------------------------------------------------------------------
    ("its number", row(number="100", number_key="100"), BY_NUMBER, ADD, "change", None, (20, 15, 35)),
    ("number without phone", row(phone=None, number_key="100"), Found(by_number=ANNA), ADD, "change", None, (20, 15, 35)),
    ("its phone", ROW, BY_PHONE, ADD, "change", None, (20, 15, 35)),
    ("its e-mail", row(phone=None, email="a@example.com"), Found(by_email=(ANNA,), customer_by_email="anna"), ADD, "change", None, (20, 15, 35)),
    ("a waiting card's phone", ROW, Found(by_phone=(WAITING,)), ADD, "change", None, (20, 15, 35)),
    ("number of one person, phone of another", row(number_key="100", phone="+4915100000002"),
     Found(by_number=ANNA, customer_by_phone="boris"), ADD, "error", "number_taken", None),
    ("number of one person, phone of another's waiting card", row(number_key="100", phone="+4915100000002"),
     Found(by_number=ANNA, by_phone=(replace(WAITING, phones=("+4915100000002",)),)), ADD, "error", "number_taken", None),
    ("number of one person, phone of nobody", row(number_key="100", phone="+4915100000009"), Found(by_number=ANNA), ADD, "error", "number_taken", None),
    ("a new phone of the holder, to be overwritten", row(number_key="100", phone="+4915100000009"),
     Found(by_number=ANNA, details_change=True), replace(SET, fields="overwrite"), "change", None, (20, -5, 15)),
    ("the holder had no phone yet", row(number_key="100", phone="+4915100000009"),
     Found(by_number=replace(ANNA, phones=())), SET, "change", None, (20, -5, 15)),
    ("number of a card of another type", row(number_key="100"), Found(by_number=replace(ANNA, is_same_type=False)), ADD, "error", "number_taken", None),
    ("number of a deleted card", row(number_key="100"), Found(by_number=replace(ANNA, status="deleted")), ADD, "error", "number_taken", None),
    ("several cards and no number", ROW, Found(by_phone=(ANNA, ANNA_2)), ADD, "error", "several_cards", None),
    ("several cards and an unknown number", row(number_key="777"), Found(by_phone=(ANNA, ANNA_2)), ADD, "error", "several_cards", None),
    ("several cards, one of them named", row(number_key="100"), Found(by_number=ANNA, by_phone=(ANNA, ANNA_2)), ADD, "change", None, (20, 15, 35)),
    ("the holder's card has another number", row(number_key="777"), BY_PHONE, ADD, "warning", "number_differs", (20, 15, 35)),
    ("phone of one customer, e-mail of another: the phone decides", row(email="b@example.com"),
     Found(by_email=(ANNA,), customer_by_phone="boris", customer_by_email="anna"), ADD, "create", None, (0, 15, 15)),
    # -- new cards -------------------------------------------------------------------------------------------------
    ("nothing known: a new card", ROW, NOBODY, ADD, "create", None, (0, 15, 15)),
    ("a new card in set mode opens alike", ROW, NOBODY, SET, "create", None, (0, 15, 15)),
    ("a new card at zero", row(amounts={"bonus": 0}), NOBODY, ADD, "create", None, None),
    ("a new card without a number for the balance", row(amounts={}), NOBODY, ADD, "create", None, None),
    ("a new card below zero", row(amounts={"bonus": -1}), NOBODY, ADD, "error", "negative_opening", None),
    ("a new card without phone", row(phone=None, number_key="1", number="1"), NOBODY, ADD, "error", "phone_missing", None),
    ("a new card by an unknown e-mail", row(phone=None, email="x@example.com"), NOBODY, ADD, "error", "phone_missing", None),
    ("a new card by a known e-mail", row(phone=None, email="x@example.com"), Found(customer_by_email="anna"), ADD, "create", None, (0, 15, 15)),
    ("no new cards wanted", ROW, NOBODY, replace(ADD, missing="skip"), "unchanged", "not_created", None),
    ("a number but for leading zeros", row(number_key="100"), Found(zeros_number="00100"), ADD, "warning", "zeros_differ", (0, 15, 15)),
    # -- existing cards --------------------------------------------------------------------------------------------
    ("add zero", row(amounts={"bonus": 0}), BY_PHONE, ADD, "unchanged", None, None),
    ("add nothing", row(amounts={}), BY_PHONE, ADD, "unchanged", None, None),
    ("add a minus", row(amounts={"bonus": -5}), BY_PHONE, ADD, "change", None, (20, -5, 15)),
    ("add a minus to exactly zero", row(amounts={"bonus": -20}), BY_PHONE, ADD, "change", None, (20, -20, 0)),
    ("add below zero", row(amounts={"bonus": -21}), BY_PHONE, ADD, "error", "insufficient_balance", None),
    ("add below what is available", row(amounts={"bonus": -11}), Found(by_phone=(bonus(20, available=10),)), ADD, "error", "insufficient_balance", None),
    ("set another total", ROW, BY_PHONE, SET, "change", None, (20, -5, 15)),
    ("set the same total", row(amounts={"bonus": 20}), BY_PHONE, SET, "unchanged", None, None),
    ("set zero means zero", row(amounts={"bonus": 0}), BY_PHONE, SET, "change", None, (20, -20, 0)),
    ("set nothing is no zero", row(amounts={}), BY_PHONE, SET, "unchanged", None, None),
    ("set away what is held", row(amounts={"bonus": 5}), Found(by_phone=(bonus(20, available=10),)), SET, "error", "insufficient_balance", None),
    ("set down to what is held", row(amounts={"bonus": 10}), Found(by_phone=(bonus(20, available=10),)), SET, "change", None, (20, -10, 10)),
    ("set below zero", row(amounts={"bonus": -1}), BY_PHONE, SET, "error", "insufficient_balance", None),
    ("a balance the card has no account of yet", row(amounts={"deposit": 500}), BY_PHONE, ADD, "change", None, (0, 500, 500)),
    ("a blocked card", ROW, Found(by_phone=(replace(ANNA, status="blocked"),)), ADD, "warning", "card_blocked", (20, 15, 35)),
    ("existing cards are left", ROW, BY_PHONE, replace(ADD, existing="skip"), "unchanged", "card_left", None),
    ("another card is wanted and allowed", ROW, BY_PHONE, Options("add", existing="issue_another", several_per_customer=True), "create", None, (0, 15, 15)),
    ("another card is wanted, one is allowed", ROW, BY_PHONE, Options("add", existing="issue_another"), "error", "card_exists", None),
    ("another card is wanted, but this number is a card", row(number_key="100"), BY_NUMBER,
     Options("add", existing="issue_another", several_per_customer=True), "change", None, (20, 15, 35)),
    ("only details change", row(amounts={}), replace(BY_PHONE, details_change=True), ADD, "change", None, None),
    ("a blank card gets its person", row(number_key="500", amounts={}), Found(by_number=BLANK), ADD, "change", None, None),
    # -- earlier rows of the file ----------------------------------------------------------------------------------
    ("a second row for the same card", ROW, replace(BY_PHONE, earlier_card=2), ADD, "error", "duplicate_row", None),
    ("a second row for the same new person", ROW, Found(earlier_person=2), ADD, "error", "duplicate_row", None),
    ("a number that an earlier row takes", row(number_key="9", number="9"), Found(earlier_number=2), ADD, "error", "number_taken", None),
    ("a second new card for one person, allowed", ROW, Found(earlier_person=2), Options("add", existing="issue_another", several_per_customer=True), "create", None, (0, 15, 15)),
    # -- a fresh truth (IMP-6) -------------------------------------------------------------------------------------
    ("the export's version is current", row(version=7), BY_PHONE, SET, "change", None, (20, -5, 15)),
    ("later entries on this balance", row(version=6), BY_PHONE, SET, "conflict", "changed_since", None),
    ("later entries, and the file says what is there now", row(version=6, amounts={"bonus": 20}), BY_PHONE, SET, "unchanged", None, None),
    ("later entries, and this cell was not edited", row(version=6), Found(by_phone=(bonus(20, version=7, at_version=15),)), SET, "unchanged", None, None),
    ("later entries, overwritten on demand", row(version=6), BY_PHONE, replace(SET, conflicts="overwrite"), "change", None, (20, -5, 15)),
    ("later entries on another balance", row(version=6, amounts={"bonus": 15}), Found(by_phone=(replace(ANNA, balances={
        "bonus": Balance(20, 20, 5), "deposit": Balance(900, 900, 9)}),)), SET, "change", None, (20, -5, 15)),
    ("versions do not matter when adding", row(version=6), BY_PHONE, ADD, "change", None, (20, 15, 35)),
    # -- rows that could not be read -------------------------------------------------------------------------------
    ("an error of a cell", row(issues=(Issue("invalid_phone", "phone"),)), NOBODY, ADD, "error", "invalid_phone", None),
    ("a warning of a cell", row(issues=(Issue("birthday_ignored", "birthday"),)), NOBODY, ADD, "warning", "birthday_ignored", (0, 15, 15)),
    ("a totals row", row(skip="totals_row"), NOBODY, ADD, "warning", "totals_row", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "facts", "found", "options", "status", "code", "change"), CASES, ids=[case[0] for case in CASES]
)
def test_decision_table(
    name: str,
    facts: RowFacts,
    found: Found,
    options: Options,
    status: str,
    code: str | None,
    change: tuple[int, int, int] | None,
) -> None:
    decision = decide(facts, found, options)
    assert (decision.status, decision.code) == (status, code), decision
    assert [(each.before, each.delta, each.after) for each in decision.changes if each.delta] == (
        [change] if change else []
    )
    assert (decision.effect == "none") == (
        decision.status in ("error", "conflict", "unchanged") or code == "totals_row"
    )


@pytest.mark.parametrize(
    ("facts", "found", "options", "customer"),
    [
        (row(is_named=True), NOBODY, ADD, "new"),
        (row(is_named=False), NOBODY, ADD, "none"),
        (row(is_named=True), NOBODY, replace(ADD, customers="never"), "none"),
        (row(is_named=True), Found(customer_by_phone="anna"), ADD, "known"),
        (row(is_named=True), Found(by_phone=(WAITING,)), ADD, "new"),
        (row(is_named=False), Found(by_phone=(WAITING,)), ADD, "none"),
    ],
)  # fmt: skip
def test_an_unknown_phone_becomes_a_customer_only_with_a_name(
    facts: RowFacts, found: Found, options: Options, customer: str
) -> None:
    assert decide(facts, found, options).customer == customer


cards = st.builds(
    CardFacts,
    id=st.sampled_from(["a", "b"]),
    number=st.sampled_from(["1", "2"]),
    is_same_type=st.booleans(),
    status=st.sampled_from(["active", "blocked", "deleted"]),
    customer=st.sampled_from([None, "anna", "boris"]),
    phones=st.sampled_from([(), ("+1",), ("+2",)]),
    balances=st.dictionaries(
        st.sampled_from(["x", "y"]),
        st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 9)).map(lambda t: Balance(max(t[0], t[1]), min(t[0], t[1]), t[2])),
    ),
)  # fmt: skip
rows = st.builds(
    RowFacts,
    row=st.just(9),
    phone=st.sampled_from([None, "+1", "+2"]),
    number_key=st.sampled_from([None, "1", "2"]),
    email=st.sampled_from([None, "e"]),
    is_named=st.booleans(),
    amounts=st.dictionaries(st.sampled_from(["x", "y"]), st.integers(-60, 60)),
    version=st.sampled_from([None, 3]),
    issues=st.sampled_from([(), (Issue("birthday_ignored"),), (Issue("invalid_phone"),)]),
)  # fmt: skip
founds = st.builds(
    Found,
    by_number=st.none() | cards,
    by_phone=st.lists(cards, max_size=2).map(tuple),
    by_email=st.lists(cards, max_size=2).map(tuple),
    customer_by_phone=st.sampled_from([None, "anna", "boris"]),
    customer_by_email=st.sampled_from([None, "anna"]),
    earlier_card=st.sampled_from([None, 2]),
    earlier_number=st.sampled_from([None, 2]),
    earlier_person=st.sampled_from([None, 2]),
)  # fmt: skip
options = st.builds(
    Options,
    mode=st.sampled_from(["add", "set"]),
    existing=st.sampled_from(["change", "skip", "issue_another"]),
    missing=st.sampled_from(["create", "skip"]),
    customers=st.sampled_from(["named", "never"]),
    fields=st.sampled_from(["fill", "overwrite", "ignore"]),
    conflicts=st.sampled_from(["leave", "overwrite"]),
    several_per_customer=st.booleans(),
)  # fmt: skip


@given(rows, founds, options)
def test_no_decision_makes_money_or_takes_more_than_there_is(facts: RowFacts, found: Found, chosen: Options) -> None:
    decision: Decision = decide(facts, found, chosen)
    for change in decision.changes:
        assert change.after == change.before + change.delta
        assert change.after >= 0
        balance = decision.card.balances.get(change.balance) if decision.card else None
        available = balance.available if balance else 0
        assert change.delta >= 0 or available + change.delta >= 0
    if decision.effect == "none":
        assert all(change.delta == 0 for change in decision.changes)
    if decision.status in ("error", "conflict"):
        assert decision.effect == "none"
        assert decision.issues
    if decision.effect == "create":
        assert facts.phone is not None or found.customer_by_email is not None
    assert all(issue.code in PROBLEMS for issue in decision.issues)


@given(rows, founds, options)
def test_setting_twice_changes_nothing_the_second_time(facts: RowFacts, found: Found, chosen: Options) -> None:
    chosen = replace(chosen, mode="set")
    decision = decide(facts, found, chosen)
    if decision.effect != "change" or decision.card is None:
        return
    after = {change.balance: change.after for change in decision.changes}
    balances = {**decision.card.balances} | {name: Balance(total, total) for name, total in after.items()}
    again = replace(decision.card, balances=balances)
    swap = {decision.card.id: again}
    found = replace(
        found,
        by_number=found.by_number and (again if found.by_number == decision.card else found.by_number),
        by_phone=tuple(swap[card.id] if card == decision.card else card for card in found.by_phone),
        by_email=tuple(swap[card.id] if card == decision.card else card for card in found.by_email),
    )
    assert decide(facts, found, chosen).changes == ()
