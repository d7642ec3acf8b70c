"""Where a request comes from, believed only as far as the configured proxies reach (DESIGN section 8)."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def client_address(request: HttpRequest) -> str:
    """The peer's address; behind a trusted proxy, the rightmost address of X-Forwarded-For that is not trusted itself.

    Whatever stands further left was written by the client and is never believed. Empty where there is no address.
    """
    peer = _parse(request.META.get("REMOTE_ADDR", ""))
    if peer is None:
        return ""
    trusted = trusted_networks(tuple(settings.TRUSTED_PROXIES))
    if not trusted or not _is_in(peer, trusted):
        return str(peer)
    nearest = peer
    for text in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        address = _parse(text)
        if address is None:
            break
        nearest = address
        if not _is_in(address, trusted):
            break
    return str(nearest)


@lru_cache(maxsize=8)
def trusted_networks(names: tuple[str, ...]) -> tuple[Network, ...]:
    """The proxies of REGULARS_TRUSTED_PROXIES as networks; raises ValueError for what is none, at the first request."""
    return tuple(ip_network(name.strip(), strict=False) for name in names if name.strip())


def _is_in(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


@lru_cache(maxsize=1024)
def _parse(text: str) -> Address | None:
    cleaned = text.strip()
    if cleaned.startswith("["):
        cleaned = cleaned[1:].partition("]")[0]
    elif cleaned.count(":") == 1:
        cleaned = cleaned.partition(":")[0]
    try:
        address = ip_address(cleaned)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
