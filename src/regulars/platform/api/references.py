"""Ids on the wire: `crd_…`, or `ext:VALUE` where the object has an external id (API.md, Manners)."""

from uuid import UUID

from regulars.kernel.fields import EXTERNAL_ID
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.platform.errors import InvalidExternalId


def check_reference(text: str) -> str:
    """Let an id or `ext:VALUE` pass on to the query that finds the object. Refuses: InvalidExternalId."""
    if text.startswith("ext:") and not EXTERNAL_ID.fullmatch(text[4:]):
        raise Refused(InvalidExternalId())
    return text


def id_or_none(prefix: str, text: str) -> UUID | None:
    """The identifier in a public id; None where the text is no id of this noun, so that nothing is found."""
    return decode(prefix, text)


def public_id(prefix: str, identifier: UUID | None) -> str | None:
    """The public id, or None for nothing."""
    return encode(prefix, identifier) if identifier else None
