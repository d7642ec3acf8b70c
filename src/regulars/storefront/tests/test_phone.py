"""The web card on a phone: its weight, the app, codes that change, and being told of changes (WAL-1, TIL-6)."""

import base64
import gzip
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.lifecycle import block_card, renew_link
from regulars.cards.actions.shown import find_shown_card
from regulars.cards.models import CardType
from regulars.cards.queries.cards import CardView
from regulars.cards.rules.rotating import make_code, read_code, step_at
from regulars.cards.tests.counter import Counter, card_id, open_counter
from regulars.customers.actions import remove_customer
from regulars.kernel.ids import decode, encode
from regulars.platform.database import row, rows, unit_of_work
from regulars.wallets.actions.refresh import refresh_due
from regulars.wallets.actions.web_wallet import BROWSERS_MAX, WebWallet
from regulars.wallets.queries.view import gather
from tests.ledger_kit import dispatcher
from tests.push_kit import Browser, Service, push_service

pytestmark = pytest.mark.django_db
KILOBYTES_MAX = 50


@pytest.fixture
def counter() -> Counter:
    return open_counter()


@pytest.fixture
def card(counter: Counter) -> CardView:
    return counter.card(counter.stamps, customer=counter.person("Anna Müller", "+4915111111111"))


@pytest.fixture
def service() -> Iterator[Service]:
    with push_service() as told:
        yield told


def path_of(card: CardView) -> str:
    return "/c/" + card.link.rpartition("/")[2]


def rotating(card: CardView) -> None:
    CardType.objects.filter(id=card.type_id).update(rotates=True)


def test_the_page_and_all_it_needs_weigh_at_most_50_kilobytes(counter: Counter, card: CardView) -> None:
    for _ in range(12):
        counter.adjust(card, "1")
    rotating(card)
    answer = Client().get(path_of(card), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    html = gzip.decompress(answer.content).decode()
    parts = re.findall(r'(?:href|src|data-qr)="/static/([^"]+)"', html)
    assert {part.rpartition(".")[2] for part in parts} == {"css", "js"}
    files = [finders.find(part) for part in parts]
    weight = len(answer.content) + sum(len(gzip.compress(Path(str(file)).read_bytes(), 9)) for file in files)
    icon = Client().get(path_of(card) + "/icon-192.png")
    assert weight + len(icon.content) < KILOBYTES_MAX * 1000, weight


def test_the_card_is_in_its_own_colours_without_a_script_and_without_looser_rules(card: CardView) -> None:
    answer = Client().get(path_of(card))
    style = re.search(r"<style>(.*?)</style>", answer.content.decode())
    assert style is not None
    assert card.background in style[1]
    policy = answer.headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert re.search(r"style-src 'self' 'sha256-[A-Za-z0-9+/=]{44}'", policy)


def test_history_goes_on_page_by_page(counter: Counter, card: CardView) -> None:
    for _ in range(25):
        counter.adjust(card, "1")
    seen, address = 0, path_of(card)
    for _page in range(3):
        html = Client().get(address).content.decode()
        seen += html.count('<span class="dot')
        more = re.search(r'href="\?before=([^"#]+)#history"', html)
        address = path_of(card) + f"?before={more[1]}" if more else ""
    assert (seen, address) == (25, "")
    assert Client().get(path_of(card) + "?before=nonsense").status_code == 200


def test_language_and_theme_are_chosen_on_the_phone(card: CardView) -> None:
    browser = Client()
    for language in ("ru", "hi", "en"):
        answer = browser.post(path_of(card) + "/look", {"language": language})
        assert (answer.status_code, answer.headers["Location"]) == (303, path_of(card))
        assert f'lang="{language}"' in browser.get(path_of(card)).content.decode()
    browser.post(path_of(card) + "/look", {"theme": "dark", "language": "xx"})
    assert 'data-theme="dark"' in browser.get(path_of(card)).content.decode()
    assert browser.post("/c/nonsense/look", {"theme": "dark"}).status_code == 404


def test_a_full_card_says_so(counter: Counter, card: CardView) -> None:
    assert "Your card is full" not in Client().get(path_of(card)).content.decode()
    counter.adjust(card, "8")
    assert "Your card is full" in Client().get(path_of(card)).content.decode()


def test_each_card_is_an_app_of_its_own(counter: Counter, card: CardView) -> None:
    path = path_of(card)
    manifest = Client().get(path + "/app.webmanifest")
    told = json.loads(manifest.content)
    assert (told["id"], told["start_url"], told["scope"]) == (path, path, path)
    assert "Anna" not in manifest.content.decode()
    for icon in told["icons"]:
        assert Client().get(icon["src"]).content.startswith(b"\x89PNG")
    worker = Client().get(path + "/worker.js")
    assert worker.headers["Service-Worker-Allowed"] == path
    assert worker.headers["Content-Type"].startswith("text/javascript")
    renew_link(counter.shop.actor, card_id(card), now=timezone.now())
    for part in ("", "/app.webmanifest", "/worker.js", "/icon-192.png", "/picture/logo"):
        assert Client().get(path + part).status_code == 404
    for part in ("/look", "/device", "/push"):
        assert Client().post(path + part).status_code == 404


def test_the_page_draws_a_code_of_this_half_minute_and_a_phone_draws_its_own(counter: Counter, card: CardView) -> None:
    rotating(card)
    html = Client().get(path_of(card)).content.decode()
    assert "changes every half minute" in html
    assert '<meta http-equiv="refresh"' in html
    told = Client().post(path_of(card) + "/device").json()
    secret, maker = base64.b64decode(told["secret"]), decode("dev", told["device"])
    assert maker is not None
    now = timezone.now()
    code = make_code(maker, secret, step_at(now))
    assert read_code(code) is not None
    with unit_of_work(counter.shop.chain_id):
        assert find_shown_card(counter.shop.actor, code, now=now).id == card.id
    again = Client().post(path_of(card) + "/device", {"device": told["device"]}).json()
    assert again == {"device": told["device"]}, "a phone that is known is told no secret a second time"
    other = counter.card(counter.stamps, phone="+4915122222222")
    assert "secret" in Client().post(path_of(other) + "/device", {"device": told["device"]}).json()


def test_a_blocked_card_shows_no_code_that_counts(counter: Counter, card: CardView) -> None:
    rotating(card)
    block_card(counter.shop.actor, card_id(card), reason="Lost", now=timezone.now())
    assert "changes every half minute" not in Client().get(path_of(card)).content.decode()


def told_of(counter: Counter, minutes: int) -> int:
    dispatcher().make_round()
    now = timezone.now() + timedelta(minutes=minutes)
    return refresh_due(counter.shop.chain_id, gather(now), WebWallet(), now=lambda: now)


def registered(counter: Counter) -> int:
    with unit_of_work(counter.shop.chain_id):
        found = row("SELECT count(*) FROM wallet_registrations")
        assert found is not None
        return int(found[0])


def test_a_browser_is_told_once_of_what_changed_and_not_of_what_did_not(
    counter: Counter, card: CardView, service: Service
) -> None:
    anna = Browser()
    subscription = {"subscription": anna.subscribe(service.url + "/anna")}
    for _ in range(2):
        assert Client().post(path_of(card) + "/push", subscription).status_code == 204
    assert registered(counter) == 1
    assert "web" in counter.now(card).platforms
    told_of(counter, 1)
    assert service.got == [], "nothing has changed yet"
    for _ in range(3):
        counter.adjust(card, "1")
    told_of(counter, 5)
    assert [json.loads(anna.read(body))["title"] for _path, _headers, body in service.got] == ["Kaffeehaus Nord"]
    assert "3/8" in json.loads(anna.read(service.got[0][2]))["body"]
    with unit_of_work(counter.shop.chain_id):
        kinds = [kind for (kind,) in rows("SELECT kind FROM wallet_events ORDER BY id")]
    assert kinds == ["made", "registered", "pushed"]
    assert Client().post(path_of(card) + "/push", subscription | {"stop": "1"}).status_code == 204
    counter.adjust(card, "1")
    told_of(counter, 10)
    assert len(service.got) == 1
    assert (registered(counter), counter.now(card).platforms) == (0, ())


@pytest.mark.parametrize(("status", "left", "waiting"), [(410, 0, 0), (404, 0, 0), (429, 1, 1), (500, 1, 1)])
def test_a_browser_that_is_gone_is_forgotten_and_a_busy_service_asked_again(
    counter: Counter, card: CardView, service: Service, status: int, left: int, waiting: int
) -> None:
    service.says["/anna"] = (status, {})
    Client().post(path_of(card) + "/push", {"subscription": Browser().subscribe(service.url + "/anna")})
    counter.adjust(card, "1")
    told_of(counter, 5)
    assert registered(counter) == left
    with unit_of_work(counter.shop.chain_id):
        assert len(rows("SELECT 1 FROM wallet_refreshes WHERE provider = 'web'")) == waiting
    service.says.clear()
    told_of(counter, 10)
    assert len(service.got) == 1 + waiting


def test_whoever_has_the_old_link_is_told_nothing_more(counter: Counter, card: CardView, service: Service) -> None:
    Client().post(path_of(card) + "/push", {"subscription": Browser().subscribe(service.url + "/old")})
    renew_link(counter.shop.actor, card_id(card), now=timezone.now())
    counter.adjust(card, "1")
    told_of(counter, 5)
    assert (service.got, registered(counter)) == ([], 0)


def test_of_who_is_erased_no_browser_is_kept(counter: Counter, card: CardView, service: Service) -> None:
    kept = counter.card(counter.stamps, customer=counter.person("Tom", "+4915122222222"))
    for one in (card, kept):
        Client().post(path_of(one) + "/push", {"subscription": Browser().subscribe(service.url + "/browser")})
    assert registered(counter) == 2
    assert card.customer_id is not None
    remove_customer(counter.shop.actor, encode("cus", card.customer_id), write_off=True, now=timezone.now())
    assert registered(counter) == 1
    told_of(counter, 5)
    assert (registered(counter), service.got, counter.now(card).platforms) == (1, [], ())
    assert "web" in counter.now(kept).platforms


def test_bad_subscriptions_are_refused_and_too_many_push_the_oldest_out(
    counter: Counter, card: CardView, service: Service
) -> None:
    for text in ("", "{}", "null", Browser().subscribe("ftp://x/")):
        assert Client().post(path_of(card) + "/push", {"subscription": text}).status_code == 422
    browser = Browser()
    for number in range(BROWSERS_MAX + 2):
        Client().post(path_of(card) + "/push", {"subscription": browser.subscribe(f"{service.url}/{number}")})
    assert registered(counter) == BROWSERS_MAX
