"""Words of the API's documentation: what stands between backticks is code."""

import re
from typing import Final

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

CODE: Final = re.compile(r"`([^`\n]+)`")


@register.filter
def with_code(text: str) -> SafeString:
    """Escape a text and show what stands between backticks as code."""
    return mark_safe(CODE.sub(r"<code>\1</code>", conditional_escape(text)))  # noqa: S308  escaped before
