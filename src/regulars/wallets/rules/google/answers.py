"""What Google's answers mean, how often we may ask, and how often a holder may be rung."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from regulars.wallets.rules.sending import Answer, read_json, read_wait

NOTICES_MAX: Final = 3
"""Google rings for a pass so often in twenty-four hours, and passes over the rest in silence."""
NOTICES_OF_UPDATES: Final = 2
"""So many of them are for balances: one is left for a message."""
NOTICES_COUNTED: Final = timedelta(hours=24)


def read_google(status: int, body: bytes, headers: Mapping[str, str], problem: str = "") -> Answer:
    """Google's answer to a write of a pass, by its status."""
    if status in (200, 201):
        return Answer("sent")
    reason = problem or reason_of(body) or str(status)
    if status in (0, 401, 404, 408, 409, 429) or status >= 500:
        # 401: the access token was taken back. 404 and 409: somebody else wrote in between.
        return Answer("later", reason, read_wait(headers))
    return Answer("refused", reason)


def read_google_message(
    status: int, body: bytes, headers: Mapping[str, str], problem: str = "", *, is_unsent: bool = False
) -> Answer:
    """Google's answer to a message: where it may have taken it, it is not asked again."""
    answer = read_google(status, body, headers, problem)
    may_be_there = status >= 500 or (status == 0 and not is_unsent)
    return Answer("unclear", answer.reason) if may_be_there else answer


def reason_of(body: bytes) -> str:
    """Google's own word on what is wrong: in both of the forms that it has for that."""
    told = read_json(body)
    error = told.get("error")
    if isinstance(error, dict):
        return str(error.get("message", ""))[:200]
    return str(told.get("error_description") or error or "")[:200]


def may_ring(notices: Sequence[datetime], now: datetime, *, for_update: bool) -> bool:
    """Whether a holder may be rung once more."""
    return sum(at > now - NOTICES_COUNTED for at in notices) < (NOTICES_OF_UPDATES if for_update else NOTICES_MAX)
