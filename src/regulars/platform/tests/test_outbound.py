"""The way out: which addresses are asked, and what ends an answer that is too large, too slow or elsewhere."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from regulars.platform.outbound import NotFetched, fetch
from tests.stand_in import StandIn, stand_in


@pytest.fixture
def server(settings: Any) -> Iterator[StandIn]:
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with stand_in() as running:
        yield running


def body_of(url: str, **limits: float) -> bytes:
    with fetch(url, **limits) as pieces:  # type: ignore[arg-type]
        return b"".join(pieces)


def code_of(url: str, **limits: float) -> str:
    with pytest.raises(NotFetched) as refused:
        body_of(url, **limits)
    assert refused.value.message.format_map({name: str(value) for name, value in refused.value.facts.items()})
    return refused.value.code


def test_an_allowed_network_is_asked(server: StandIn) -> None:
    url = server.put("/feed?shop=1", b"x" * 300_000)
    assert body_of(url) == b"x" * 300_000
    path, headers = server.asked[0]
    assert path == "/feed?shop=1"
    assert headers["Host"] == server.url.removeprefix("http://")
    assert headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://10.1.2.3/",
        "https://192.168.0.1/",
        "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://2130706433/",
        "https://0x7f.1/",
    ],
)
def test_private_addresses_are_refused_in_whatever_way_they_are_written(url: str) -> None:
    assert code_of(url) in {"address_refused", "name_unknown"}


@pytest.mark.parametrize(
    "url", ["", "ftp://example.com/x", "https://", "https://a b/", "https://u:p@example.com/", "x", "https://h:99999/"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    assert code_of(url) == "invalid_address"


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_args: object, **_options: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, 0)) for address in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert code_of("https://shop.example/") == "address_refused"


def test_without_tls_only_own_networks_are_asked(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = []
    assert code_of("http://93.184.216.34/") == "https_wanted"


def test_no_redirect_is_followed(server: StandIn) -> None:
    url = server.put("/old", b"", status=302, Location="http://169.254.169.254/")
    assert code_of(url) == "moved"
    assert len(server.asked) == 1


def test_other_answers_than_a_good_one(server: StandIn) -> None:
    assert code_of(f"{server.url}/missing") == "status"
    assert code_of(server.put("/packed", b"x", Content_Encoding="gzip")) == "encoded"
    assert code_of(server.put("/short", b"abc", Content_Length="10"), seconds_max=2) in {"cut_off", "too_slow"}
    assert code_of("http://127.0.0.1:1/") == "not_reached"


def test_size_is_limited_announced_or_not(server: StandIn) -> None:
    url = server.put("/large", b"x" * 5_000)
    assert code_of(url, bytes_max=4_999) == "too_large"
    assert body_of(url, bytes_max=5_000) == b"x" * 5_000


def test_a_server_that_drips_is_left_in_time(server: StandIn) -> None:
    server.slow_seconds = 0.1
    url = server.put("/slow", b"x" * 1_000)
    begun = time.monotonic()
    assert code_of(url, seconds_max=1.0) == "too_slow"
    assert time.monotonic() - begun < 3


def test_a_server_that_says_nothing_is_left_in_time(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        assert code_of(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds_max=0.5) == "too_slow"
        assert time.monotonic() - begun < 3
