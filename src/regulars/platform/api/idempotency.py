"""One key, one effect, one answer (LED-2): how requests are recognised again and answered as the first time."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db import DatabaseError, IntegrityError
from django.http import HttpRequest
from psycopg import errors as postgres

from regulars.kernel.refusal import Refusal, Refused
from regulars.platform.actor import Actor
from regulars.platform.api.answers import Answer, answer_text
from regulars.platform.begin_again import beginning_again
from regulars.platform.claims import Answered, Claim, StoredAnswer, find_answer, store_answer
from regulars.platform.database import edge_unit_of_work, unit_of_work
from regulars.platform.errors import (
    Busy,
    IdempotencyKeyInUse,
    IdempotencyKeyInvalid,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
)
from regulars.platform.problems import MEDIA_TYPE, problem_body, problem_of
from regulars.platform.wire import to_json

KEY: Final = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
REPLAY_HEADER: Final = "Idempotent-Replay"
CONSTRAINT: Final = "idempotency_keys_pkey"
# Meant to be tried again: to keep them would make the next try fail as well.
NEVER_STORED: Final = (Busy, IdempotencyKeyInUse, IdempotencyKeyReused, IdempotencyKeyRequired, IdempotencyKeyInvalid)


def claim_of(
    request: HttpRequest, actor: Actor, *, route: str, required: bool, path: Mapping[str, str], body: Any
) -> Claim | None:
    """The claim that the request's key makes; None without a key where none is needed.

    Refuses: IdempotencyKeyRequired, IdempotencyKeyInvalid.
    """
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        if required:
            raise Refused(IdempotencyKeyRequired())
        return None
    if not KEY.fullmatch(key):
        raise Refused(IdempotencyKeyInvalid())
    assert actor.key_id is not None
    query = request.META.get("QUERY_STRING", "")
    return Claim(holder_id=actor.key_id, route=route, key=key, body_hash=body_hash(path, query, body))


def body_hash(*parts: Any) -> bytes:
    """The hash of what was asked; spaces and the order of fields do not count, the way numbers are written does."""
    return hashlib.sha256(_canonical.encode(parts).encode()).digest()


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def replay(claim: Claim, stored: StoredAnswer) -> Answer:
    """Give the first answer again. Refuses: IdempotencyKeyReused where the first request was another one."""
    if stored.body_hash != claim.body_hash:
        raise Refused(IdempotencyKeyReused())
    answer = answer_text(stored.answer, status=stored.status)
    if stored.status >= 400:
        answer["Content-Type"] = MEDIA_TYPE
    answer[REPLAY_HEADER] = "true"
    return answer


def answer_in_one_transaction(actor: Actor, claim: Claim | None, work: Callable[[], Answer]) -> Answer:
    """Run a request inside one unit of work that its actions join, with the stored answer as its last statement.

    Two requests with one key at the same instant: the second waits at the key's row, rolls back and repeats the
    first's answer.
    """

    def answer_plainly() -> Answer:
        with edge_unit_of_work(actor.chain_id):
            return work()

    if claim is None:
        return beginning_again(answer_plainly)

    def answer_once(claim: Claim) -> Answer:
        with edge_unit_of_work(actor.chain_id):
            stored = find_answer(claim)
            if stored:
                return replay(claim, stored)
            answer = work()
            _store(actor, claim.answered(status=answer.status_code, answer=answer.content.decode()))
            return answer

    return answer_by_action(actor, claim, lambda: beginning_again(lambda: answer_once(claim)))


def answer_by_action(actor: Actor, claim: Claim | None, work: Callable[[], Answer]) -> Answer:
    """Run a request whose action stores the answer itself, in its own transaction; keep a refusal for it.

    A refusal is decided before anything is written, so it may be stored on its own: whichever answer to the key is
    committed first is the one that everybody gets.
    """
    if claim is None:
        return work()
    try:
        return work()
    except Answered as answered:
        return replay(claim, answered.stored)
    except Refused as refused:
        if (
            isinstance(refused.refusal, NEVER_STORED)
            or refused.refusal.status in {401, 429}
            or refused.refusal.status >= 500
        ):
            raise
        return _keep_refusal(actor, claim, refused.refusal)
    except (IntegrityError, postgres.UniqueViolation) as conflict:
        if not is_taken(conflict):
            raise
        return _first_answer(actor, claim)


def _keep_refusal(actor: Actor, claim: Claim, refusal: Refusal) -> Answer:
    problem = problem_of(refusal)
    text = to_json(problem_body(problem, request_id=actor.request_id))
    try:
        with unit_of_work(actor.chain_id):
            _store(actor, claim.answered(status=problem.status, answer=text))
    except IntegrityError as conflict:
        if not is_taken(conflict):
            raise
        return _first_answer(actor, claim)
    answer = answer_text(text, status=problem.status)
    answer["Content-Type"] = MEDIA_TYPE
    for name, value in problem.headers.items():
        answer[name] = value
    return answer


def _first_answer(actor: Actor, claim: Claim) -> Answer:
    with unit_of_work(actor.chain_id):
        stored = find_answer(claim)
    if stored is None:
        raise Refused(IdempotencyKeyInUse())
    return replay(claim, stored)


def _store(actor: Actor, answer: StoredAnswer) -> None:
    try:
        store_answer(actor.chain_id, answer)
    except DatabaseError as fault:
        if isinstance(fault.__cause__, postgres.LockNotAvailable):
            raise Refused(IdempotencyKeyInUse()) from fault
        raise


def is_taken(conflict: BaseException) -> bool:
    """Whether a unique violation says that the key already has an answer."""
    cause = conflict if isinstance(conflict, postgres.UniqueViolation) else conflict.__cause__
    return isinstance(cause, postgres.UniqueViolation) and cause.diag.constraint_name == CONSTRAINT
