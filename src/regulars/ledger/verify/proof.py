"""How promises are proved: each is a statement that finds the rows which break it, on one snapshot, as the owner."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import connections, transaction

from regulars.kernel.ids import encode

OWNER: Final = "owner"
PREFIXES: Final = {
    "card": "crd",
    "membership": "mbr",
    "transaction": "txn",
    "original": "txn",
    "reversal": "txn",
    "chain": "chn",
    "voucher": "vch",
}


@dataclass(frozen=True, slots=True)
class Promise:
    """One sentence about the data and the SELECT of the rows that break it.

    The statement's columns name the row: `/*card x*/` in it is where the condition for one card of the table alias x
    goes. A promise without such a place is about the whole database and is left out where one card is proved.
    """

    name: str
    sentence: str
    statement: str

    @property
    def is_about_cards(self) -> bool:
        """Whether it can be proved for one card."""
        return "/*card " in self.statement


@dataclass(frozen=True, slots=True)
class Breach:
    """The first row that breaks a promise, and how many do."""

    promise: str
    sentence: str
    row: dict[str, Any]
    count: int

    def text(self) -> str:
        """One line that names the row."""
        names = ", ".join(f"{name} {_shown(name, value)}" for name, value in self.row.items())
        more = f" ({self.count} rows)" if self.count > 1 else ""
        return f"{self.promise}: {names}{more}"


@dataclass(slots=True)
class Report:
    """What a proof found; `notes` are facts worth knowing that break nothing."""

    proved: list[str] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether every promise holds."""
        return not self.breaches


Progress = Callable[[Promise, Breach | None], None]


def prove(
    promises: Iterable[Promise],
    *,
    card_id: UUID | None = None,
    progress: Progress | None = None,
    more: Sequence[Callable[[Report], None]] = (),
) -> Report:
    """Check promises over all chains, or those about one card, on one snapshot of the database as its owner.

    `more` are proofs that one statement cannot give; they read in the same snapshot.
    """
    report = Report()
    with one_snapshot():
        for promise in promises:
            if card_id is not None and not promise.is_about_cards:
                continue
            breach = _find_breach(promise, card_id)
            report.proved.append(promise.name)
            if breach:
                report.breaches.append(breach)
            if progress:
                progress(promise, breach)
        for proof in more:
            proof(report)
    return report


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Read everything as it was at one moment: who writes meanwhile can neither be blocked nor seem wrong."""
    connection = connections[OWNER]
    nested = connection.in_atomic_block
    with transaction.atomic(using=OWNER):
        if not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                cursor.execute("SET LOCAL work_mem = '256MB'")
        yield


def _find_breach(promise: Promise, card_id: UUID | None) -> Breach | None:
    statement = promise.statement
    for alias in ("a", "d", "e", "h", "k", "l", "m", "r", "t", "v"):
        condition = f"AND {alias}.card_id = %(card)s" if alias != "k" else "AND k.id = %(card)s"
        statement = statement.replace(f"/*card {alias}*/", condition if card_id else "")
    found = read(
        f"SELECT found.*, count(*) OVER () AS rows FROM ({statement}) AS found LIMIT 1",
        {"card": card_id, "app": connections["default"].settings_dict["USER"]},
    )
    if not found:
        return None
    row = found[0]
    count = row.pop("rows")
    return Breach(promise=promise.name, sentence=promise.sentence, row=row, count=count)


def read(statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of a statement, by the names of their columns, as the owner."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(statement, parameters)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def _shown(name: str, value: Any) -> str:
    if isinstance(value, UUID) and name in PREFIXES:
        return f"{encode(PREFIXES[name], value)} ({value})"
    return str(value)
