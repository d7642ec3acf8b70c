"""The HTTP gateway over a real socket, by the kit that outsiders use, and the kit against gateways that do wrong."""

from typing import Any

import pytest

from regulars.plugins.sms import GatewayRefused, HttpGateway, SmsNotSent, can_send_sms, find_gateway
from regulars.plugins.testkit.sms import PHONE, check_gateway, check_gateway_that_fails
from tests.sms_gateway import running


class Forgetful:
    """Takes a message and sends nothing."""

    def send(self, to: str, text: str) -> None:
        return None


class Nobody:
    """No gateway at all."""


@pytest.fixture(autouse=True)
def _own_network(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("?to={to}&text={text}", ""),
        ("", "to={to}&text={text}&from=Shop"),
        ("", '{"to": "{to}", "text": "{text}", "from": "Shop"}'),
    ],
)
def test_every_text_arrives_as_it_was(settings: Any, query: str, body: str) -> None:
    with running() as server:
        settings.SMS_URL, settings.SMS_BODY = server.address + query, body
        settings.SMS_HEADERS = "Authorization: Bearer secret; X-Shop: 1"
        gateway = find_gateway()
        assert gateway is not None
        check_gateway(gateway, lambda: server.taken)
        assert server.seen[0]["Authorization"] == "Bearer secret"
        assert server.seen[0]["X-Shop"] == "1"


def test_a_gateway_that_says_no_or_is_not_there_is_told_without_the_phone() -> None:
    with running(status=402) as server:
        check_gateway_that_fails(HttpGateway(server.address + "?to={to}&text={text}"))
        check_gateway_that_fails(HttpGateway(server.address, "to={to}&text={text}"))
    check_gateway_that_fails(HttpGateway("http://127.0.0.1:1/?to={to}&text={text}"))


def test_no_gateway_reaches_a_network_that_is_not_allowed(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = []
    with running() as server, pytest.raises(SmsNotSent):
        HttpGateway(server.address + "?to={to}&text={text}").send(PHONE, "x")
    assert server.taken == []


def test_the_kit_finds_a_gateway_that_forgets() -> None:
    with pytest.raises(AssertionError, match="arrived as"):
        check_gateway(Forgetful(), list)
    with pytest.raises(AssertionError, match="nothing was raised"):
        check_gateway_that_fails(Forgetful())


def test_a_class_of_somebody_else_is_named(settings: Any) -> None:
    assert not can_send_sms()
    assert find_gateway() is None
    settings.SMS_PLUGIN = "regulars.plugins.tests.test_sms:Forgetful"
    assert can_send_sms()
    assert isinstance(find_gateway(), Forgetful)
    for named in ("nowhere", "no.such:X", "regulars.plugins.tests.test_sms:Nobody"):
        settings.SMS_PLUGIN = named
        with pytest.raises(GatewayRefused):
            find_gateway()
    settings.SMS_PLUGIN, settings.SMS_URL, settings.SMS_HEADERS = "", "https://sms.example", "nonsense"
    with pytest.raises(GatewayRefused):
        find_gateway()
