"""What vouchers tell in notifications: that a batch is made."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.kernel.ids import encode
from regulars.platform.pages import figures
from regulars.platform.pages.notifications import Told


def tell_voucher_batch(ending: str, subject_id: UUID, facts: Mapping[str, Any]) -> Told:
    """The words for vouchers that were made in the background."""
    count = facts["issued"]
    outcome = ngettext("%(count)s voucher is issued", "%(count)s vouchers are issued", count) % {
        "count": figures.number(count)
    }
    if facts["skipped"]:
        outcome += " · " + _("left out: {count}").format(count=figures.number(facts["skipped"]))
    url = f"{reverse('vouchers:list')}?batch={encode('vbt', subject_id)}"
    return Told(icon="ticket", about=facts["title"], outcome=outcome, url=url)
