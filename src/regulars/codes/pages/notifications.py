"""What codes tell in notifications: that somebody guesses, that a pool ran dry, that codes are made."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.kernel.ids import encode
from regulars.platform.pages import figures
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


def tell_batch(ending: str, subject_id: UUID, facts: Mapping[str, Any]) -> Told:
    """The words for codes that were made, or could not be."""
    url = reverse("codes:pool", args=[encode("cpl", UUID(facts["pool_id"]))])
    if ending == "failed":
        problem = _(facts["problem"]["message"]).format_map(facts["problem"]["values"])
        return Told(icon="ticket", about=facts["pool"], outcome=problem, url=url, is_bad=True)
    count = facts["made"]
    outcome = ngettext("%(count)s code has come into it", "%(count)s codes have come into it", count) % {
        "count": figures.number(count)
    }
    return Told(icon="ticket", about=facts["pool"], outcome=outcome, url=url)


def tell_pool(ending: str, subject_id: UUID, facts: Mapping[str, Any]) -> Told:
    """The words for a pool that has no free code left."""
    outcome = _("No free code is left. Make or import more, else nobody gets one.")
    url = reverse("codes:pool", args=[encode("cpl", subject_id)])
    return Told(icon="ticket", about=facts["pool"], outcome=outcome, url=url, is_bad=True)
