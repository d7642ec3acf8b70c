"""What promotions saw is read again as it was."""

import json
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel.codes import code_key
from regulars.orders.rules.snapshot import Seen, from_json, to_json
from regulars.promotions.rules.facts import Customer, Facts, History, HistoryScope, Line, Uses

AMOUNT = st.integers(0, 10**12)
TEXT = st.text(max_size=8)
TEXTS = st.frozensets(TEXT, max_size=3)
USES = st.builds(
    Uses, total=AMOUNT, by_customer=AMOUNT, today=AMOUNT, discount=AMOUNT, units=AMOUNT, earned_today=AMOUNT
)
CUSTOMERS = st.builds(
    Customer,
    id=TEXT,
    tags=TEXTS,
    fields=st.dictionaries(TEXT, TEXT | st.booleans(), max_size=2),
    card_types=TEXTS,
    tiers=TEXTS,
    orders_before=AMOUNT,
    sold_before=AMOUNT,
    paid_before=AMOUNT,
    birthday=st.none() | st.tuples(st.integers(1, 12), st.integers(1, 31)),
    histories=st.dictionaries(
        st.builds(HistoryScope, st.none() | st.dates(), TEXTS), st.builds(History, AMOUNT, AMOUNT, AMOUNT), max_size=2
    ),
)
FACTS = st.builds(
    Facts,
    lines=st.just((Line(sku="latte", price=390),)),
    at=st.datetimes(timezones=st.just(ZoneInfo("Europe/Berlin"))),
    shipping=AMOUNT,
    shipping_method=TEXT,
    tips=AMOUNT,
    location=TEXT,
    channel=TEXT,
    contact_point=TEXT,
    codes=TEXTS.map(lambda codes: frozenset(map(code_key, codes))),
    customer=st.none() | CUSTOMERS,
    prices_include_tax=st.booleans(),
    uses=st.dictionaries(TEXT, USES, max_size=2),
    balances=st.dictionaries(TEXT, st.integers(1, 9), max_size=2),
    carried=st.dictionaries(TEXT, st.integers(1, 9), max_size=2),
)


@given(FACTS, AMOUNT)
def test_what_was_seen_is_read_as_it_was(facts: Facts, paid_with_points: int) -> None:
    stored = json.loads(json.dumps(to_json(Seen(facts, paid_with_points))))
    read = from_json(stored, facts.lines)
    assert read.paid_with_points == paid_with_points
    assert read.facts.at.replace(tzinfo=None) == facts.at.replace(tzinfo=None)
    assert to_json(read) == stored
    same = {name: getattr(read.facts, name) for name in Facts.__dataclass_fields__ if name not in ("at", "uses")}
    assert same == {name: getattr(facts, name) for name in same}
    assert {key: uses for key, uses in read.facts.uses.items() if uses != Uses()} == {
        key: uses for key, uses in facts.uses.items() if uses != Uses()
    }
