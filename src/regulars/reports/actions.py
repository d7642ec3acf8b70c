"""Keeping figures for pages."""

import json
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.platform.actor import Actor
from regulars.platform.database import execute, row, unit_of_work
from regulars.reports.queries.figures import Figures, count_figures, find_figures, read_figures

COUNT_SECONDS_MAX: Final = 300


def refresh_figures(actor: Actor, *, now: datetime) -> Figures:
    """Count the chain's figures anew and keep them, in a unit of work of its own."""
    with unit_of_work(actor.chain_id):
        return keep_figures(actor, now=now)


def keep_figures(actor: Actor, *, now: datetime, seconds_max: int = COUNT_SECONDS_MAX) -> Figures:
    """Count the chain's figures anew and keep them, in the running unit of work.

    Raises OperationalError where a statement of it takes longer than `seconds_max`.
    """
    content, took_ms = _count(actor, None, now=now, seconds_max=seconds_max)
    execute(
        "INSERT INTO chain_figures (chain_id, content, took_ms, at) VALUES (%s, %s::jsonb, %s, %s)"
        " ON CONFLICT (chain_id) DO UPDATE SET content = excluded.content, took_ms = excluded.took_ms, at = excluded.at",
        [actor.chain_id, json.dumps(content), took_ms, now],
    )
    found = find_figures(actor)
    assert found is not None
    return found


def count_places(actor: Actor, places: Sequence[UUID], *, now: datetime, seconds_max: int) -> Figures:
    """Count the figures of some locations, in the running unit of work; they are not kept. Refuses: Forbidden.

    Raises OperationalError where a statement of it takes longer than `seconds_max`.
    """
    actor.require("reports:read")
    content, took_ms = _count(actor, places, now=now, seconds_max=seconds_max)
    return read_figures(content, took_ms=took_ms, at=now)


def _count(
    actor: Actor, places: Sequence[UUID] | None, *, now: datetime, seconds_max: int
) -> tuple[dict[str, Any], int]:
    zone = str((row("SELECT time_zone FROM chains WHERE id = %s", [actor.chain_id]) or ("UTC",))[0])
    execute("SELECT set_config('statement_timeout', %s, true)", [f"{seconds_max}s"])
    started = time.monotonic()
    today = now.astimezone(ZoneInfo(zone)).date()
    content = count_figures(actor.chain_id, today=today, zone=zone, places=places)
    execute("SELECT set_config('statement_timeout', '0', true)")
    return content, round((time.monotonic() - started) * 1000)
