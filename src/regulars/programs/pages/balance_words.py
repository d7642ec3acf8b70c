"""Expiry policies in the reader's words."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.platform.pages import figures
from regulars.programs.rules.expiry import ExpiryPolicy


def expiry_words(policy: ExpiryPolicy) -> str:
    """A policy as a phrase: how long units live."""
    count = {"count": figures.number(policy.value)}
    match policy.kind:
        case "days":
            return ngettext("%(count)s day", "%(count)s days", policy.value) % count
        case "months":
            return ngettext("%(count)s month", "%(count)s months", policy.value) % count
        case "inactive_months":
            text = ngettext(
                "%(count)s month without an order: the whole balance",
                "%(count)s months without an order: the whole balance",
                policy.value,
            )
            return text % count
        case "month_end" | "quarter_end" | "year_end":
            ends = {
                "month_end": _("to the end of the month"),
                "quarter_end": _("to the end of the quarter"),
                "year_end": _("to the end of the year"),
            }
            if not policy.value:
                return ends[policy.kind]
            later = ngettext("%(count)s period later", "%(count)s periods later", policy.value) % count
            return f"{ends[policy.kind]}, {later}"
    return _("for ever")
