"""How often a key may ask: a token bucket per key in each process (DESIGN section 8)."""

import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from regulars.kernel.refusal import Refused
from regulars.platform.errors import RateLimited

KEYS_MAX: Final = 10_000
WINDOW_SECONDS: Final = 60


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class Buckets:
    """Token buckets of the keys seen lately; the one unused for longest is forgotten first, and so starts full again."""

    def __init__(self, *, per_minute: int) -> None:
        self.per_minute = per_minute
        self._buckets: OrderedDict[bytes, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: bytes, now: float) -> float:
        """Take one token; how many are left, or, below zero, how many seconds until there is one."""
        rate = self.per_minute / WINDOW_SECONDS
        with self._lock:
            bucket = self._buckets.get(key)
            if bucket is None:
                bucket = self._buckets[key] = _Bucket(float(self.per_minute), now)
                if len(self._buckets) > KEYS_MAX:
                    self._buckets.popitem(last=False)
            else:
                self._buckets.move_to_end(key)
            bucket.tokens = min(float(self.per_minute), bucket.tokens + max(0.0, now - bucket.filled_at) * rate)
            bucket.filled_at = now
            if bucket.tokens < 1:
                return (bucket.tokens - 1) / rate
            bucket.tokens -= 1
            return bucket.tokens


_buckets = Buckets(per_minute=settings.KEY_REQUESTS_PER_MINUTE)


def count_request(key_hash: bytes) -> dict[str, str]:
    """Count one request of a key and return the headers that tell how many are left. Refuses: RateLimited.

    `REGULARS_KEY_RATE=0` switches the limit off.
    """
    limit = settings.KEY_REQUESTS_PER_MINUTE
    if not limit:
        return {}
    if _buckets.per_minute != limit:
        _buckets.per_minute = limit
    left = _buckets.take(key_hash, time.monotonic())
    if left < 0:
        raise Refused(RateLimited(retry_after=math.ceil(-left)))
    missing = limit - left
    return {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": str(int(left)),
        "RateLimit-Reset": str(math.ceil(missing * WINDOW_SECONDS / limit)),
    }


def headers_of_refused(refusal: RateLimited) -> dict[str, str]:
    """The headers of an answer that says too many."""
    return {
        "RateLimit-Limit": str(settings.KEY_REQUESTS_PER_MINUTE),
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": str(refusal.retry_after),
    }
