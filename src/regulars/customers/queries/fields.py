"""The fields that a chain added to its customers, and the tags in use."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from regulars.customers.models import CustomField
from regulars.customers.rules import CustomFieldFacts
from regulars.platform.actor import Actor
from regulars.platform.database import rows


@dataclass(frozen=True, slots=True)
class CustomFieldView:
    """A custom field as pages show it; an archived one keeps its values and takes no new ones."""

    id: UUID
    key: str
    name: str
    kind: str
    choices: tuple[str, ...]
    archived_at: datetime | None


def list_custom_fields(chain_id: UUID) -> tuple[CustomFieldFacts, ...]:
    """The fields that the chain added, in the order they were made."""
    found = CustomField.objects.filter(chain_id=chain_id, archived_at=None).order_by("id")
    return tuple(CustomFieldFacts(key=one.key, kind=one.kind, choices=tuple(one.choices)) for one in found)


def list_field_views(chain_id: UUID) -> list[CustomFieldView]:
    """All fields that the chain ever added, in the order they were made, archived ones too."""
    return [
        CustomFieldView(
            id=one.id,
            key=one.key,
            name=one.name,
            kind=one.kind,
            choices=tuple(one.choices),
            archived_at=one.archived_at,
        )
        for one in CustomField.objects.filter(chain_id=chain_id).order_by("id")
    ]


def list_tags(actor: Actor) -> list[str]:
    """The tags in use, by name; at most 200."""
    actor.require("customers:read")
    # A loose index scan: one step per distinct tag, however many customers have it.
    found = rows(
        """
        WITH RECURSIVE steps AS (
            (SELECT tag FROM customer_tags WHERE chain_id = %(chain)s ORDER BY tag LIMIT 1)
            UNION ALL
            SELECT (SELECT t.tag FROM customer_tags t WHERE t.chain_id = %(chain)s AND t.tag > steps.tag
                ORDER BY t.tag LIMIT 1) FROM steps WHERE steps.tag IS NOT NULL
        ) SELECT tag FROM steps WHERE tag IS NOT NULL LIMIT 200
        """,
        {"chain": actor.chain_id},
    )
    return [values[0] for values in found]
