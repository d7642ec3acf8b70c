"""The chain of seals, worked out again from the entries (LED-5)."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import encode
from regulars.ledger.sealing import FIRST_HASH, SEALED_EVENTS, read_seal_line
from regulars.ledger.verify.proof import Breach, Report, read

SEAL_PROMISES: Final = ("seals_chain_by_hash", "seals_match_the_log")
PAGE: Final = 500
SEALS: Final = """
WITH page AS (
    SELECT * FROM seals WHERE chain_id = %(chain)s AND number > %(after)s ORDER BY number LIMIT %(page)s
), worked_out AS (
    SELECT page.number, count(*) AS events, sum(e.entries) AS entries,
        sha256(page.previous_hash || string_agg(e.hash, ''::bytea ORDER BY e.seq)) AS hash
    FROM page JOIN ({events}) AS e ON e.seq BETWEEN page.first_seq AND page.last_seq
    GROUP BY page.number, page.previous_hash
)
SELECT page.number, page.first_seq, page.last_seq, page.entries, page.previous_hash, page.hash, page.sealed_at,
    w.events, w.entries AS counted, w.hash AS worked_out
FROM page LEFT JOIN worked_out w ON w.number = page.number ORDER BY page.number
"""
EVENTS: Final = SEALED_EVENTS.format(
    condition="s.chain_id = %(chain)s AND s.seq BETWEEN (SELECT min(first_seq) FROM page)"
    " AND (SELECT max(last_seq) FROM page)"
)


def prove_seals(report: Report, *, now: datetime, log: Path | None = None) -> None:
    """Work out every seal again from what it sealed; name the first that differs, and the age of what is unsealed.

    With `log`, the file of newest seals outside the database, every line of it must be a seal of the database: who
    rewrote the whole chain with its hashes is found by that.
    """
    report.proved.append("seals_chain_by_hash")
    for row in read("SELECT id FROM chains ORDER BY id", {}):
        breach = _prove_chain(row["id"])
        if breach:
            report.breaches.append(breach)
            break
    if log is not None and log.exists():
        report.proved.append("seals_match_the_log")
        _prove_log(report, log)
    _note_tail(report, now)


def _prove_chain(chain_id: UUID) -> Breach | None:
    number, last_seq, previous = 0, 0, FIRST_HASH
    while True:
        page = read(SEALS.format(events=EVENTS), {"chain": chain_id, "after": number, "page": PAGE})
        for seal in page:
            why = _fault(seal, number=number, last_seq=last_seq, previous=previous)
            if why:
                return _breach(SEAL_PROMISES[0], chain_id, seal["number"], why)
            number, last_seq, previous = seal["number"], seal["last_seq"], bytes(seal["hash"])
        if len(page) < PAGE:
            break
    beyond = read(
        "SELECT count(*) AS count FROM event_sequence WHERE chain_id = %(chain)s AND seq > %(last)s",
        {"chain": chain_id, "last": last_seq},
    )
    if beyond[0]["count"]:
        return _breach(
            SEAL_PROMISES[0], chain_id, number + 1, "events have their numbers but no seal; the newest seals are gone"
        )
    return None


def _fault(seal: dict[str, Any], *, number: int, last_seq: int, previous: bytes) -> str:
    if seal["number"] != number + 1:
        return f"seal {number + 1} is missing"
    if seal["first_seq"] != last_seq + 1 or seal["last_seq"] < seal["first_seq"]:
        return f"it begins at event {seal['first_seq']} where {last_seq + 1} is next"
    if bytes(seal["previous_hash"]) != previous:
        return "it does not follow the seal before it"
    if seal["worked_out"] is None or bytes(seal["worked_out"]) != bytes(seal["hash"]):
        return "what it sealed was changed afterwards"
    if seal["counted"] != seal["entries"]:
        return f"it sealed {seal['entries']} entries, there are {seal['counted']}"
    return ""


def _prove_log(report: Report, log: Path) -> None:
    with log.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            known = read_seal_line(line)
            if known is None:
                # A crash in the middle of a write leaves half a line; it proves nothing either way.
                report.notes.append(f"Line {number} of {log.name} cannot be read.")
                continue
            chain_id, seal, written = known
            found = read(
                "SELECT hash FROM seals WHERE chain_id = %(chain)s AND number = %(number)s",
                {"chain": chain_id, "number": seal},
            )
            is_gone = not read("SELECT 1 FROM chains WHERE id = %(chain)s", {"chain": chain_id})
            if is_gone or (found and bytes(found[0]["hash"]) == written):
                continue
            why = "knows another hash of it" if found else "knows it, the database does not"
            report.breaches.append(_breach(SEAL_PROMISES[1], chain_id, seal, f"line {number} of {log.name} {why}"))
            return


def _breach(promise: str, chain_id: UUID, number: int, why: str) -> Breach:
    row = {"chain": chain_id, "seal": number, "why": why}
    return Breach(promise, "Sealed batches chain by hash, in the database and in the log beside it.", row, 1)


def _note_tail(report: Report, now: datetime) -> None:
    found = read("SELECT chain_id, count(*) AS events FROM event_queue GROUP BY chain_id ORDER BY chain_id", {})
    for row in found:
        oldest = read(
            "SELECT min(v.at) AS at FROM event_queue q JOIN events v ON v.id = q.event_id WHERE q.chain_id = %(chain)s",
            {"chain": row["chain_id"]},
        )[0]["at"]
        age = f"the oldest {max(0, int((now - oldest).total_seconds()))} s old" if oldest else "of unknown age"
        report.notes.append(f"{encode('chn', row['chain_id'])}: {row['events']} events not yet sealed, {age}.")
