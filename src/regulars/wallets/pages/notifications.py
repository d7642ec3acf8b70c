"""What wallets tell in notifications: that the certificate ends (WAL-2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from regulars.platform.pages.figures import day
from regulars.platform.pages.notifications import Told


def tell_certificate(ending: str, subject_id: UUID, facts: Mapping[str, Any]) -> Told:
    """The words for a certificate that ends soon, or has ended."""
    on = day(timezone.localtime(datetime.fromisoformat(facts["ends_at"])))
    if ending == "ended":
        happened = _("The certificate ended on {date}.")
        mend = _(
            "Phones are told of no change any more. Make a new certificate at Apple for the same pass type and upload it: the cards that are on phones go on."
        )
    else:
        happened = _("The certificate ends on {date}.")
        mend = _("Make a new certificate at Apple for the same pass type and upload it here before that day.")
    return Told(
        icon="hourglass",
        about=_("Apple Wallet"),
        outcome=f"{happened.format(date=on)} {mend}",
        url=reverse("wallets:settings"),
        is_bad=ending == "ended",
    )
