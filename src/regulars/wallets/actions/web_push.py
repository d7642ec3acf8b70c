"""Telling browsers that a card changed, through the push service that each of them named (RFC 8030).

The address comes from the browser, so it is looked at like any that a stranger names: no private network, no redirect.
"""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from regulars.platform.outbound import NotFetched, send
from regulars.wallets.rules.sending import Answer, read_wait
from regulars.wallets.rules.web.sealing import MESSAGE_BYTES_MAX, SALT_BYTES, point_of, proof, seal, sender_key
from regulars.wallets.rules.web.subscription import encode64, read_subscription

LIVES_SECONDS: Final = 24 * 3600
"""So long a service keeps a message for a phone that is switched off; what the card shows is newest when it is opened."""
CARD: Final = "card"
"""The topic of what a card shows now."""
AT_ONCE: Final = 16
GONE: Final = frozenset({404, 410})
HOPELESS: Final = frozenset({"address_refused", "https_wanted", "invalid_address"})
"""Reasons that no later try mends, of `platform.outbound`."""


def public_key() -> str:
    """The public half of the installation's key, as browsers ask for it."""
    return encode64(point_of(_key(settings.LINK_KEY)))


def push_all(told: Sequence[tuple[str, bytes]], *, topic: str = CARD, now: datetime) -> list[Answer]:
    """Tell browsers, many at once: each stored subscription with its message; the answers in the same order.

    Of one topic a service keeps the newest message alone for a phone that is switched off. Never raises for a service or a network that is not there.
    """
    if not told:
        return []
    with ThreadPoolExecutor(min(AT_ONCE, len(told)), thread_name_prefix="web-push") as pool:
        return list(pool.map(lambda one: _push(*one, topic=topic, now=now), told))


def message_of(title: str, body: str, *, tag: str) -> bytes:
    """What a browser shows, short enough for every service."""
    return json.dumps({"title": title[:120], "body": body[:500], "tag": tag}, ensure_ascii=False).encode()


def _push(stored: str, message: bytes, *, topic: str, now: datetime) -> Answer:
    subscription = read_subscription(stored)
    if subscription is None or len(message) > MESSAGE_BYTES_MAX:
        return Answer("gone", "unreadable")
    key = _key(settings.LINK_KEY)
    headers = {
        "Authorization": proof(subscription.endpoint, key, contact=settings.URL, now=now),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(LIVES_SECONDS),
        "Urgency": "normal",
        "Topic": topic,
    }
    body = seal(message, subscription, salt=os.urandom(SALT_BYTES), once=ec.generate_private_key(ec.SECP256R1()))
    try:
        answered = send(subscription.endpoint, body, headers=headers)
    except NotFetched as problem:
        return Answer("gone" if problem.code in HOPELESS else "later", problem.code)
    if 200 <= answered.status < 300:
        return Answer("sent")
    if answered.status in GONE:
        return Answer("gone", str(answered.status))
    if answered.status == 429 or answered.status >= 500:
        return Answer("later", str(answered.status), read_wait(answered.headers))
    # 401 and 403: the browser subscribed with another key than ours is now; it subscribes anew when the card is opened.
    return Answer("gone" if answered.status in (401, 403) else "refused", str(answered.status))


@cache
def _key(secret: str) -> ec.EllipticCurvePrivateKey:
    return sender_key(secret)
