"""Kinds of wallets: Apple's, Google's, and those of outsiders (WAL-1).

A plugin is a class without arguments that does what `regulars.wallets.rules.port.WalletProvider` says. A package names it in
the entry point `regulars.wallets`, or an installation in `REGULARS_PLUGINS`: `wallet=package.module:Class`.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Final

from regulars.plugins.promotions import PluginRefused
from regulars.wallets.actions.apple_wallet import AppleWallet
from regulars.wallets.actions.google_wallet import GoogleWallet
from regulars.wallets.actions.web_wallet import WebWallet
from regulars.wallets.rules.port import WalletProvider

GROUP: Final = "regulars.wallets"
FAMILY: Final = "wallet"
BUILT_IN: Final[tuple[type[WalletProvider], ...]] = (AppleWallet, GoogleWallet, WebWallet)
_CALLED: Final = ("find_account", "digest", "sync", "notify", "verify_setup", "close")
_CAPABILITIES: Final = {"phones", "fetches", "content", "message"}


def load_wallets(named: Iterable[str] = ()) -> list[WalletProvider]:
    """A provider of each kind: the built in, all installed packages', those that are named. Raises PluginRefused."""
    found: dict[str, WalletProvider] = {}
    for cls in (*BUILT_IN, *_installed(), *_named(named)):
        made = _made(cls)
        if made.key in found:
            raise PluginRefused(f"{cls.__module__}:{cls.__name__}: there is a wallet {made.key} already")
        found[made.key] = made
    return list(found.values())


def _made(cls: Any) -> WalletProvider:
    name = f"{getattr(cls, '__module__', '?')}:{getattr(cls, '__name__', cls)}"
    try:
        made: WalletProvider = cls()
    except TypeError as problem:
        raise PluginRefused(f"{name}: a class without arguments is wanted ({problem})") from problem
    missing = [one for one in _CALLED if not callable(getattr(made, one, None))]
    if missing:
        raise PluginRefused(f"{name}: {', '.join(missing)} is missing")
    key, can, at_once = (getattr(made, one, None) for one in ("key", "capabilities", "at_once"))
    if not isinstance(key, str) or not key.isidentifier():
        raise PluginRefused(f"{name}: key is a short name in latin letters")
    if not isinstance(can, frozenset) or not can <= _CAPABILITIES or not can & {"phones", "content"}:
        raise PluginRefused(f"{name}: capabilities are phones or content, fetches and message")
    if not isinstance(at_once, int) or at_once < 1:
        raise PluginRefused(f"{name}: at_once is a number of passes")
    return made


def _installed() -> Iterator[Any]:
    for entry in entry_points(group=GROUP):
        yield entry.load()


def _named(texts: Iterable[str]) -> Iterator[Any]:
    for text in texts:
        family, _, path = text.strip().partition("=")
        module, _, name = path.partition(":")
        if family != FAMILY:
            continue
        try:
            yield getattr(import_module(module), name)
        except (ImportError, AttributeError, ValueError) as problem:
            raise PluginRefused(f"{text}: {problem}") from problem
