"""How a notification reads. Whose work it was words it: the project names the features' words in `REGULARS_NOTIFICATIONS`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notification in the reader's words: what it is about, what came of it, where to see it."""

    icon: str
    about: str
    outcome: str
    url: str
    is_bad: bool = False


Teller = Callable[[str, UUID, Mapping[str, Any]], Told]
"""Takes how it ended ("applied"), the subject's id and the facts that were kept."""


def tell(kind: str, subject_id: UUID, facts: Mapping[str, Any]) -> Told:
    """The words for a notification; `kind` is the subject and how it ended, like "import.applied"."""
    subject, _, ending = kind.partition(".")
    tellers = cast("Mapping[str, Teller]", import_string(settings.REGULARS_NOTIFICATIONS))
    return tellers[subject](ending, subject_id, facts)
