"""Whose birthday it is, is looked up in an index, as the role that policies bind (RWD-8, DESIGN section 6)."""

import json
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection

from regulars.platform.embedded import DatabaseUrls
from regulars.promotions.actions.triggers import run_triggers
from tests.order_kit import open_order_shop

pytestmark = pytest.mark.committed
CUSTOMERS = 30_000
READ_MAX = 400


def plans_of(execute: Any) -> list[dict[str, Any]]:
    """The plans, as they ran, of everything that a call reads customers with."""
    plans: list[dict[str, Any]] = []

    def watch(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "kept (day, year)" in sql:
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                (plan,) = cursor.fetchone()
            plans.append((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
        return run(sql, params, many, context)

    with connection.execute_wrapper(watch):
        execute()
    return plans


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan with everything under it."""
    return [plan, *(found for child in plan.get("Plans", ()) for found in nodes(child))]


def test_a_night_reads_the_birthdays_of_its_days_and_nobody_else(committed_db: DatabaseUrls) -> None:
    shop = open_order_shop()
    shop.run({"trigger": {"event": "birthday", "action": "earn", "balance_type": "ext:bonus", "amount": "5"}})
    with psycopg.connect(committed_db.superuser, autocommit=True) as made:
        made.execute(
            "INSERT INTO customers (id, chain_id, name, search_name, birthday, language, tags, custom, comment, version)"
            " SELECT regulars_uuid7(), %s, '', '', date '1980-01-01' + n %% 3650, '', '{}', '{}', '', 1"
            " FROM generate_series(1, %s) AS n",
            [shop.chain_id, CUSTOMERS],
        )
        made.execute("VACUUM (ANALYZE) customers")
        (born,) = made.execute(
            "SELECT count(*) FROM customers WHERE extract(month FROM birthday) = 5 AND extract(day FROM birthday) = 9"
        ).fetchone() or (0,)
    assert 0 < born < READ_MAX
    plans = plans_of(lambda: run_triggers(shop.chain_id, datetime(2030, 5, 9, 12, tzinfo=UTC)))
    assert plans
    for plan in plans:
        read = [one for one in nodes(plan) if one.get("Relation Name") == "customers"]
        assert [one.get("Index Name") for one in read] == ["customer_birthdays"]
        assert all(one["Actual Rows"] * one["Actual Loops"] <= born for one in read)
        assert all(one.get("Rows Removed by Filter", 0) == 0 for one in read)
