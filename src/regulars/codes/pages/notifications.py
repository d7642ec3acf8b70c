"""What codes tell in notifications: that somebody guesses, that a pool ran dry, that codes are made."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.platform.pages.notifications import Told


def tell_guessing(ending: str, subject_id: UUID, facts: Mapping[str, Any]) -> Told:
    """The words for somebody who tries codes until one is right."""
    if facts["everywhere"]:
        outcome = _("Many wrong codes are tried from many places. From each, only a few more tries are answered.")
    elif facts["address"]:
        outcome = _("Many wrong codes are tried from {address}. Tries from there wait longer and longer.").format(
            address=facts["address"]
        )
    else:
        outcome = _("Many wrong codes are tried from one place. Tries from there wait longer and longer.")
    return Told(
        icon="shield-alert",
        about=_("Somebody guesses codes"),
        outcome=outcome,
        url=reverse("staff:keys"),
        is_bad=True,
    )
