"""What is decided set by set is what the decision table says, row for row."""

import random
from typing import Any

import pytest
from django.utils import timezone

from regulars.imports.actions import requests, steps
from regulars.imports.models import Import
from regulars.imports.queries.tables import staging_of
from regulars.kernel.ids import encode
from regulars.platform.database import rows, unit_of_work
from tests.ledger_kit import Counter, open_counter

pytestmark = pytest.mark.django_db

HEAD = "phone;number;name;email;balance:points;balance:stamps"
SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("add", {}),
    ("set", {}),
    ("set", {"fields": "overwrite", "customers": "never"}),
    ("add", {"fields": "ignore", "missing": "skip"}),
    ("set", {"existing": "skip"}),
]


def no_defer(chain_id: object, import_id: object, step: object) -> None:
    pass


def random_line(choose: random.Random) -> str:
    """Phones and numbers out of few, so that rows meet each other and what is there."""
    phone = choose.choice(["", "12", *[f"+49151234560{number:02d}" for number in range(40)] * 2])
    number = choose.choice(["", "", "", *[f"N{number}" for number in range(12)], "007", "7"])
    name = choose.choice(["", "", "Anna", "Boris"])
    email = choose.choice(["", "", "", "", "a@example.com", "b@example.com"])
    points = choose.choice(["", "0", "5", "5.00", "7.25", "-1", "x"])
    return f"{phone};{number};{name};{email};{points};{choose.choice(['', '', '0', '3'])}"


def upload(shop: Counter, lines: list[str], mode: str, options: dict[str, Any]) -> Import:
    command = requests.UploadCommand(
        file_name="cards.csv",
        parts=["\n".join([HEAD, *lines]).encode()],
        kind="cards",
        card_type=encode("ctp", shop.card_type.id),
        mode=mode,
        options=options,
        is_again=True,
    )
    one = requests.upload(shop.actor, command, defer=no_defer, now=timezone.now())
    steps.run_step(shop.chain_id, one.id, "read", now=timezone.now())
    with unit_of_work(shop.chain_id):
        return Import.objects.get(id=one.id)


def planned(shop: Counter, one: Import) -> list[tuple[Any, ...]]:
    with unit_of_work(shop.chain_id):
        return rows(
            'SELECT "row", chunk, status, issue, warnings, card_id, customer_id, fields,'
            " array_remove(before, NULL), array_remove(after, NULL)"
            f' FROM {staging_of(one.id).plan} ORDER BY "row"'
        )


@pytest.mark.parametrize(("mode", "options"), SETTINGS)
def test_both_ways_decide_alike(monkeypatch: pytest.MonkeyPatch, mode: str, options: dict[str, Any]) -> None:
    choose = random.Random(f"{mode} {options}")
    shop = open_counter()
    before = upload(shop, [random_line(choose) for _ in range(30)], "set", {})
    requests.apply(shop.actor, encode("imp", before.id), defer=no_defer, now=timezone.now())
    steps.run_step(shop.chain_id, before.id, "apply", now=timezone.now())
    lines = [random_line(choose) for _ in range(120)]
    # Cards as they stand, so that some rows have nothing to do.
    lines[::6] = [f"+49151234560{number:02d};;;;;" for number in range(20)]
    quick = upload(shop, lines, mode, options)
    assert quick.state == "checked", quick.problem
    with monkeypatch.context() as patched:
        for name in ("decide_new", "decide_unchanged"):
            patched.setattr(steps, name, lambda *args: None)
        slow = upload(shop, lines, mode, options)
    assert planned(shop, quick) == planned(shop, slow)
    assert quick.counts == slow.counts
    assert quick.effect == slow.effect
    assert quick.counts["rows"] == len(lines)
