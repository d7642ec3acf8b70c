"""Which wallets a phone can have, by what its browser says of it."""

from typing import Final, Literal

Wallet = Literal["apple", "google"]
APPLE: Final = ("iPhone", "iPad", "iPod", "Macintosh")
ANDROID: Final = "Android"


def wallets_for(user_agent: str) -> tuple[Wallet, ...]:
    """The wallets to offer, the likelier first; both where it is no phone, as the card may be wanted on another one."""
    if ANDROID in user_agent:
        return ("google",)
    if any(name in user_agent for name in APPLE):
        return ("apple",)
    return ("apple", "google")
