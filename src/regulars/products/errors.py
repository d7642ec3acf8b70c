"""What products refuse."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class SkuTaken(Refusal):
    """Another product of the chain, perhaps an archived one, has this SKU."""

    code: ClassVar[str] = "sku_taken"
    message: ClassVar[str] = "There is a product with the SKU “{sku}” already. Change that one, or choose another SKU."
    sku: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class FeedRunning(Refusal):
    """The feed is being read already."""

    code: ClassVar[str] = "feed_running"
    message: ClassVar[str] = "This feed is being read already. Wait until that is done."


@dataclass(frozen=True, slots=True)
class TooManyFeeds(Refusal):
    """The chain has as many feeds as it can have."""

    code: ClassVar[str] = "too_many_feeds"
    message: ClassVar[str] = "A business has at most {limit} product feeds. Remove one first."
    limit: int = 0
