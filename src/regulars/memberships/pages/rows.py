"""A membership as a line of a list."""

from typing import Any

from django.urls import reverse

from regulars.kernel.ids import encode
from regulars.memberships.pages import words
from regulars.memberships.queries.memberships import MembershipView


def row_of(one: MembershipView) -> dict[str, Any]:
    """A membership as a line of a list."""
    return {
        "view": one,
        "url": reverse("memberships:show", args=[encode("mbr", one.id)]),
        "state": words.STATES[one.now.state],
        "left": words.left_text(one),
        "ending": words.ending_text(one),
    }
