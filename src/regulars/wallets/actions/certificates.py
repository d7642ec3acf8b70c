"""The certificate that signs a chain's passes: asked for at Apple, uploaded, taken away (WAL-2)."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import new_id
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import execute, row, unit_of_work
from regulars.platform.hidden import hide, reveal
from regulars.wallets.queries.certificates import PURPOSE
from regulars.wallets.rules.apple.certificate import (
    Files,
    PassCertificate,
    Problem,
    make_request,
    read_certificate,
    stored_texts,
)

WRITE: Final = "settings:write"


class CertificateRefused(Refused):
    """What was uploaded cannot sign passes; `problems` say why, one by one."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        errors = [FieldProblem("/certificate", one.code, one.message.format(**one.facts)) for one in problems]
        super().__init__(Invalid(errors=tuple(errors)))


def make_pass_request(actor: Actor, name: str, *, now: datetime) -> bytes:
    """The request for a certificate, to be uploaded at Apple; its key stays here and waits. Refuses: Forbidden.

    Asking again gives the same request: a certificate that Apple makes meanwhile stays of use.
    """
    actor.require(WRITE)
    with unit_of_work(actor.chain_id):
        execute("SELECT pg_advisory_xact_lock(hashtextextended('pass request ' || %s, 0))", [str(actor.chain_id)])
        known = row("SELECT request FROM pass_requests WHERE chain_id = %s", [actor.chain_id])
        if known is not None:
            return str(known[0]).encode()
        key, request = make_request(name)
        request_id = new_id()
        execute(
            "INSERT INTO pass_requests (id, chain_id, hidden_key, request, made_at, made_by)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [request_id, actor.chain_id, _hidden(key, request_id), request.decode(), now, actor.staff_id],
        )
        record(actor, verb="pass_request.made", object_kind="pass_request", object_id=request_id, now=now)
        return request


def upload_certificate(actor: Actor, files: Files, *, now: datetime) -> PassCertificate:
    """Take a certificate for the chain's passes; without a key, that of our own request is tried.

    Passes of another type that phones have go on as they are, and are told nothing any more. Raises CertificateRefused;
    refuses: Forbidden.
    """
    actor.require(WRITE)
    with unit_of_work(actor.chain_id):
        found = read_certificate(files, now=now)
        if isinstance(found, list) and "key_missing" in {one.code for one in found}:
            found = _with_waiting_key(actor.chain_id, files, now) or found
        if isinstance(found, list):
            raise CertificateRefused(found)
        _store(actor, found, now)
        return found


def remove_certificate(actor: Actor, *, now: datetime) -> None:
    """Take the certificate away: no passes are made or told of any more. Refuses: Forbidden."""
    actor.require(WRITE)
    with unit_of_work(actor.chain_id):
        gone = row("DELETE FROM pass_certificates WHERE chain_id = %s RETURNING id, pass_type", [actor.chain_id])
        if gone is not None:
            told = {"pass_type": gone[1]}
            record(
                actor,
                verb="pass_certificate.removed",
                object_kind="pass_certificate",
                object_id=gone[0],
                before=told,
                now=now,
            )


def _with_waiting_key(chain_id: UUID, files: Files, now: datetime) -> PassCertificate | list[Problem] | None:
    waiting = row("SELECT id, hidden_key FROM pass_requests WHERE chain_id = %s", [chain_id])
    key = reveal(waiting[1], purpose=PURPOSE, owner=waiting[0].bytes) if waiting else None
    if key is None:
        return None
    return read_certificate(Files(certificate=files.certificate, key=key, intermediate=files.intermediate), now=now)


def _store(actor: Actor, found: PassCertificate, now: datetime) -> None:
    certificate, key, intermediate = stored_texts(found)
    certificate_id = new_id()
    before = row("DELETE FROM pass_certificates WHERE chain_id = %s RETURNING pass_type, ends_at", [actor.chain_id])
    values: list[Any] = [certificate_id, actor.chain_id, found.pass_type, found.team, certificate.decode()]
    values += [_hidden(key, certificate_id), intermediate.decode(), found.ends_at, now, actor.staff_id]
    execute(
        "INSERT INTO pass_certificates (id, chain_id, pass_type, team, certificate, hidden_key, intermediate, ends_at,"
        " uploaded_at, uploaded_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        values,
    )
    execute("DELETE FROM pass_requests WHERE chain_id = %s", [actor.chain_id])
    record(
        actor,
        verb="pass_certificate.uploaded",
        object_kind="pass_certificate",
        object_id=certificate_id,
        before={"pass_type": before[0], "ends_at": before[1].isoformat()} if before else None,
        after={"pass_type": found.pass_type, "team": found.team, "ends_at": found.ends_at.isoformat()},
        now=now,
    )


def _hidden(key: bytes, owner: UUID) -> bytes:
    return hide(key, purpose=PURPOSE, owner=owner.bytes)
