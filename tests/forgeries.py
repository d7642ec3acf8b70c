"""Promises that are broken on purpose, behind the back of every guard: what the proof finds, and the forgery is undone."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.db import connections, transaction
from django.utils import timezone

from regulars.kernel.ids import new_id
from regulars.platform.embedded import DatabaseUrls
from regulars.project.proofs import verify
from tests.database import point

T = TypeVar("T")


def broken() -> set[str]:
    """The promises that are broken now."""
    return {breach.promise for breach in verify(now=timezone.now()).breaches}


class _Undone(Exception):
    """Rolls a forgery back."""


def while_forged(
    urls: DatabaseUrls, statement: str, known: Mapping[str, Any] | None = None, *, look: Callable[[], T]
) -> T:
    """What `look` finds after a superuser, with triggers and foreign keys off, ran the statements (`;` between them).

    `%(new)s` is an id that nothing has; `{app}` is the role of the application. Each statement has to change something.
    """
    values: dict[str, UUID] = {"new": new_id(), **(known or {})}
    found: list[T] = []
    connections["owner"].close()
    point("owner", urls.superuser)
    try:
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for part in statement.replace("{app}", connections["default"].settings_dict["USER"]).split(";"):
                cursor.execute(part, values)
                assert cursor.rowcount != 0, part
            found.append(look())
            raise _Undone
    except _Undone:
        return found[0]
    finally:
        connections["owner"].close()
        point("owner", urls.owner)


def after_forgery(urls: DatabaseUrls, statement: str, known: Mapping[str, Any] | None = None) -> set[str]:
    """The promises that are broken after a forgery, which is undone."""
    return while_forged(urls, statement, known, look=broken)
