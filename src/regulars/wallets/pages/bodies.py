"""What phones and services hand us as JSON."""

import json

from django.http import HttpRequest


def read_json_body(request: HttpRequest, *, bytes_max: int) -> object:
    """The body of a request; None where it is too long, empty or no JSON."""
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        return None
    if not 0 < length <= bytes_max:
        return None
    try:
        return json.loads(request.read(bytes_max))
    except (ValueError, RecursionError):
        return None
