"""A counter with a till: a cashier's browser without script, and what stands in the books afterwards."""

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import segno
from django.test import Client

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from regulars.rewards.tests.reward_kit import RewardShop, open_reward_shop
from tests.people import sign_in_client

FORM = re.compile(r"<form[^>]*action=\"/till/press\".*?</form>", re.DOTALL)
INPUT = re.compile(r"<(?:input|button)[^>]*?name=\"([^\"]+)\"[^>]*?value=\"([^\"]*)\"")


@dataclass
class Till:
    """A browser at the till of a shop."""

    shop: RewardShop
    client: Client

    def scan(self, text: str, **more: Any) -> str:
        """What the page says to this code."""
        return page_of(self.client.post("/till/found", {"text": text, "by": "typed", **more}, follow=True))

    def press(self, page: str, label: str, **more: Any) -> str:
        """Press the button of a page's form that has this label, as a browser without script does."""
        return page_of(self.client.post("/till/press", self.values(page, label) | more, follow=True))

    def values(self, page: str, label: str) -> dict[str, str]:
        """What the form with this label sends."""
        form = next(found for found in FORM.findall(page) if label in re.sub(r"<[^>]+>", "", found))
        return dict(INPUT.findall(form))

    def undo(self, page: str) -> str:
        """Press Undo."""
        found = re.search(r"action=\"(/till/pressed/prs_[^\"]+/undo)\"", page)
        assert found, page
        return page_of(self.client.post(found[1], follow=True))

    def presses(self) -> list[tuple[Any, ...]]:
        """What was kept of presses: kind, source, amount, after, goal, whether it was undone."""
        return self.shop.counter.read(
            "SELECT kind, source, amount, after, goal, undone_at IS NOT NULL FROM till_presses ORDER BY id"
        )


def open_till() -> Till:
    """A till of a shop whose cards count stamps and points."""
    shop = open_reward_shop()
    return Till(shop, sign_in_client(Client(), shop.counter.shop))


def page_of(response: Any) -> str:
    """The text of an answer."""
    assert response.status_code in (200, 422), response.status_code
    return str(response.content.decode())


def card_id(card: CardView) -> str:
    return encode("crd", card.id)


def picture_of(text: str, *, kind: str = "png", scale: int = 8) -> bytes:
    """A picture of a QR code."""
    from PIL import Image

    drawn = BytesIO()
    segno.make(text, micro=False).save(drawn, kind="png", scale=scale, border=6)
    if kind == "png":
        return drawn.getvalue()
    made = BytesIO()
    Image.open(drawn).convert("RGB").save(made, kind)
    return made.getvalue()
