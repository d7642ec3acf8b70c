"""Versions of single objects on the wire: `ETag` in answers, `If-Match` in changes (RFC 9110, sections 8.8.3, 13.1.1)."""

import re
from typing import Final

from django.http import HttpRequest

from regulars.kernel.refusal import ChangedMeanwhile, Refused

_STRONG: Final = re.compile(r'"([0-9]{1,9})"', re.ASCII)


def etag_of(version: int) -> str:
    """The strong entity tag of a version."""
    return f'"{version}"'


def expected_version(request: HttpRequest) -> int | None:
    """The version that the sender last read, for the action to compare; None where any will do.

    Refuses: ChangedMeanwhile for a tag that no object of ours ever had, since it cannot match.
    """
    header = request.META.get("HTTP_IF_MATCH")
    if header is None or header.strip() == "*":
        return None
    # The server hands on bytes that are no text as an empty header: a condition was set, and it cannot be met.
    match = _STRONG.fullmatch(header.strip())
    if match is None:
        raise Refused(ChangedMeanwhile())
    return int(match[1])
