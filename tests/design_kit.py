"""The design of the card type that a counter issues, changed and published without a browser."""

import io
from typing import Any

from django.utils import timezone
from PIL import Image

from regulars.designs.actions.drafts import add_picture, save_draft
from regulars.designs.actions.publishing import publish_design
from regulars.designs.queries.published import find_design
from regulars.designs.rules.definition import write_design
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from tests.ledger_kit import Counter


def publish(counter: Counter, **changed: Any) -> None:
    """Change some keys of the design and publish it."""
    identifier = encode("ctp", counter.card_type.id)
    with unit_of_work(counter.chain_id):
        published = find_design(counter.chain_id, counter.card_type.id)
    assert published
    save_draft(counter.actor, identifier, write_design(published.design) | changed, now=timezone.now())
    publish_design(counter.actor, identifier, now=timezone.now())


def picture(counter: Counter, slot: str, colour: str, size: tuple[int, int]) -> str:
    """A picture of one colour for a slot; its hash."""
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, "PNG")
    return add_picture(counter.actor, slot, written.getvalue(), now=timezone.now()).hash
