"""Pages of rewards: what can be got, milestones of a card type, what a card got (RWD-1, RWD-2)."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from regulars.rewards.jobs import settle_cards
from regulars.rewards.tests.reward_kit import RewardShop, open_reward_shop
from tests.order_kit import TEN_OFF, open_order_shop
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> RewardShop:
    return open_reward_shop()


@pytest.fixture
def client(shop: RewardShop) -> Client:
    return sign_in_client(Client(), shop.counter.shop)


@pytest.fixture
def card(shop: RewardShop) -> CardView:
    return shop.counter.issue("+4915112345678")


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


def milestones_url(shop: RewardShop) -> str:
    return reverse("rewards:milestones", args=[encode("ctp", shop.counter.card_type.id)])


def test_a_voucher_for_points_by_hand(client: Client) -> None:
    assert "What do your customers get?" in text_of(client, "/rewards")
    form = {
        "title": "A mug",
        "icon": "coffee",
        "kind": "voucher",
        "validity": "days",
        "validity_value": "30",
        "benefit": "percent",
        "benefit_value": "12,5",
        "balance_type": "points",
        "price": "500",
        "stock": "3",
    }
    assert client.post("/rewards/new", form).status_code == 303
    page = text_of(client, "/rewards")
    assert "A mug" in page
    assert "500 Points" in page
    wrong = client.post("/rewards/new", {**form, "validity_value": "0"})
    assert wrong.status_code == 422
    assert "1 to 3650" in wrong.content.decode()


def test_a_lottery_says_what_is_missing(client: Client, shop: RewardShop) -> None:
    form = {"title": "Spin", "icon": "star", "kind": "lottery", "title_0": "Car wash", "probability_0": "99,99"}
    wrong = client.post("/rewards/new", {**form, "kind_0": "award"})
    assert wrong.status_code == 422
    assert "0.01 % are missing to 100 %" in wrong.content.decode()
    right = client.post("/rewards/new", {**form, "title_1": "Nothing", "probability_1": "0.01", "kind_1": "nothing"})
    assert right.status_code == 303
    ((terms,),) = shop.counter.read("SELECT terms ->> 'variants' FROM rewards")
    assert '"chance": 999900' in terms


def test_a_reward_is_changed_put_away_and_taken_back(client: Client, shop: RewardShop) -> None:
    public = encode("rwd", shop.award("A biscuit").id)
    page = text_of(client, f"/rewards/{public}")
    assert "A biscuit" in page
    form = {"title": "Two biscuits", "icon": "heart", "kind": "award", "version": "1"}
    assert client.post(f"/rewards/{public}", form).status_code == 303
    assert "Two biscuits" in text_of(client, "/rewards")
    assert client.post(f"/rewards/{public}", form).status_code == 422
    client.post(f"/rewards/{public}/state", {"state": "away"})
    assert "Two biscuits" in text_of(client, "/rewards?away=1")
    client.post(f"/rewards/{public}/state", {"state": "back"})
    assert "Two biscuits" in text_of(client, "/rewards")


def test_milestones_count_first_and_reward_by_choice(client: Client, shop: RewardShop, card: CardView) -> None:
    shop.counter.adjust(card, "9", balance_type="stamps")
    coffee = shop.award("A coffee")
    form = {"stamps_0": "8", "reward_0": str(coffee.id), "pause_seconds": "60", "version": "0"}
    assert "Goals" in text_of(client, milestones_url(shop))
    asked = client.post(milestones_url(shop), form)
    assert asked.status_code == 422
    assert "1 card has reached a goal already" in asked.content.decode()
    assert client.post(milestones_url(shop), {**form, "above": "reward"}).status_code == 303
    ((work_id,),) = shop.counter.read("SELECT id FROM settlings")
    assert "0 of 1 cards are done" in text_of(client, milestones_url(shop))
    settle_cards(str(shop.counter.chain_id), str(work_id))
    assert "1 reward was given" in text_of(client, f"{milestones_url(shop)}/progress")
    assert shop.given(card) == [("A coffee", "given", 0, 8)]
    assert "A coffee" in text_of(client, "/rewards/given?open=1")
    half = client.post(milestones_url(shop), {**form, "stamps_1": "4", "version": "1"})
    assert half.status_code == 422
    assert "Choose what so many stamps bring" in half.content.decode()


def test_cards_that_came_above_a_goal_later_are_told_of(client: Client, shop: RewardShop) -> None:
    shop.goals({8: shop.award("A coffee")})
    one, other = shop.counter.issue("+4915112345678"), shop.counter.issue("+4915112345679")
    shop.stamp(one, 7)
    shop.counter.read(
        "UPDATE accounts SET balance = 8 FROM balance_types b WHERE b.id = balance_type_id AND b.kind = 'stamps'"
        " AND card_id = %s RETURNING 1",
        [other.id],
    )
    assert "1 card has reached a goal already" in text_of(client, milestones_url(shop))
    answer = client.post(f"{milestones_url(shop)}/settle", {"choice": "leave"})
    assert answer.status_code == 303


def test_beside_the_card_stamps_are_given_and_awards_handed_over(
    client: Client, shop: RewardShop, card: CardView
) -> None:
    shop.goals({2: shop.award("A biscuit"), 8: shop.award("A coffee")})
    public = encode("crd", card.id)
    assert "2 more stamps: A biscuit" in text_of(client, f"/rewards/of/card/{public}")
    assert client.post(f"/rewards/of/card/{public}/stamp", {"count": "2"}).status_code == 303
    again = client.post(f"/rewards/of/card/{public}/stamp", {"count": "1"})
    assert again.status_code == 422
    assert "Another visit?" in again.content.decode()
    client.post(f"/rewards/of/card/{public}/stamp", {"count": "1", "again": "1"})
    assert shop.stamps(card) == 3
    ((given_id,),) = shop.counter.read("SELECT id FROM given_rewards")
    given = encode("grw", given_id)
    assert "Hand over" in text_of(client, f"/rewards/given/{given}")
    client.post(f"/rewards/given/{given}/hand-over")
    assert shop.given(card) == [("A biscuit", "handed_over", 0, 2)]
    client.post(f"/rewards/given/{given}/undo")
    client.post(f"/rewards/given/{given}/cancel?back=card")
    assert shop.given(card) == [("A biscuit", "cancelled", 0, 2)]


def test_a_reward_is_given_for_points_beside_the_card(client: Client, shop: RewardShop, card: CardView) -> None:
    mug = shop.award("A mug", balance_type="points", price="5.00", stock=1)
    public = encode("crd", card.id)
    page = text_of(client, f"/rewards/of/card/{public}")
    assert "disabled" in page
    shop.counter.adjust(card, "6.00")
    for _press in range(2):
        client.post(f"/rewards/of/card/{public}/buy/{encode('rwd', mug.id)}", {"once": "press"})
    assert shop.counter.balance(card) == 100
    assert "A mug" in text_of(client, "/rewards/given")


def test_what_was_drawn_is_shown_as_it_was_drawn(client: Client, shop: RewardShop, card: CardView) -> None:
    shop.goals({1: shop.lottery("Spin", [{"probability": "100", "kind": "award", "title": "Car wash"}])})
    (reward,) = shop.stamp(card, 1).rewards
    page = text_of(client, f"/rewards/given/{encode('grw', reward.id)}")
    assert "How it was drawn" in page
    assert "100 %" in page


def test_the_web_card_shows_the_next_reward_and_what_waits(shop: RewardShop, card: CardView) -> None:
    shop.goals({2: shop.award("A biscuit"), 8: shop.voucher("A coffee")}, rounds=3)
    shop.stamp(card, 9)
    page = text_of(Client(), card.link.split("://", 1)[1].split("/", 1)[1].join(["/", ""]))
    assert "1 more stamp: A biscuit" in page
    assert "Round 2 of 3" in page
    assert "Waits at the till" in page


def test_staff_without_the_right_see_nothing_of_it(shop: RewardShop) -> None:
    reader = sign_in_client(Client(), hire(shop.counter.shop, "analyst"))
    assert reader.get("/rewards/new").status_code == 403


def png(size: tuple[int, int] = (8, 8)) -> bytes:
    """A small picture, with a word in it that nobody else should read."""
    kept = BytesIO()
    about = PngInfo()
    about.add_text("Author", "Mia at home")
    Image.new("RGB", size, "red").save(kept, "PNG", pnginfo=about)
    return kept.getvalue()


PNG = png()


def test_a_picture_is_kept_shown_and_taken_away(client: Client, shop: RewardShop, card: CardView) -> None:
    form = {"title": "A mug", "icon": "gift", "kind": "award"}
    wrong = client.post("/rewards/new", {**form, "picture": SimpleUploadedFile("mug.png", b"<svg onload=x>")})
    assert wrong.status_code == 422
    assert "A picture is a PNG, JPEG or WebP file" in wrong.content.decode()
    assert shop.counter.read("SELECT 1 FROM rewards") == []
    large = client.post("/rewards/new", {**form, "picture": SimpleUploadedFile("mug.png", PNG + b"0" * 500_000)})
    assert "at most 500 kB" in large.content.decode()
    client.post("/rewards/new", {**form, "picture": SimpleUploadedFile("mug.gif", PNG)})
    ((reward_id,),) = shop.counter.read("SELECT id FROM rewards")
    public = encode("rwd", reward_id)
    assert f"/rewards/{public}/picture?v=" in text_of(client, "/rewards")
    shown = client.get(f"/rewards/{public}/picture")
    assert shown["Content-Type"] == "image/png"
    assert b"Mia" in PNG
    assert b"Mia" not in shown.content
    with Image.open(BytesIO(shown.content)) as read:
        assert (read.size, read.getpixel((0, 0))) == ((8, 8), (255, 0, 0))
    token = card.link.rsplit("/", 1)[1]
    assert Client().get(f"/c/{token}/rewards/{public}/picture").content == shown.content
    assert Client().get(f"/c/{token[:-2]}aa/rewards/{public}/picture").status_code == 404
    client.post(f"/rewards/{public}", {**form, "version": "1", "no_picture": "on"})
    assert client.get(f"/rewards/{public}/picture").status_code == 404


def test_a_voucher_unlocks_a_promotion_that_is_chosen_by_its_name() -> None:
    orders = open_order_shop()
    shop = RewardShop(orders.counter)
    client = sign_in_client(Client(), orders.counter.shop)
    (made,) = orders.run({**TEN_OFF, "name": "Happy hour"})
    page = text_of(client, "/rewards/new")
    assert f'<option value="{made}">Happy hour</option>' in page
    form = {"title": "Early bird", "icon": "gift", "kind": "voucher", "benefit": "promotion", "promotion": made}
    assert client.post("/rewards/new", form).status_code == 303
    ((reward_id, terms),) = shop.counter.read("SELECT id, terms -> 'benefit' ->> 'promotion' FROM rewards")
    assert terms == made
    edit = f"/rewards/{encode('rwd', reward_id)}"
    assert f'<option value="{made}" selected>Happy hour</option>' in text_of(client, edit)


@pytest.mark.parametrize(
    ("promotion", "said"),
    [
        ("", "Choose the promotion that it unlocks."),
        ("prm_00000000000000000000000000", "There is no such promotion."),
        ("ext:nothing", "There is no such promotion."),
    ],
)
def test_a_promotion_that_is_not_there_is_said_so(client: Client, shop: RewardShop, promotion: str, said: str) -> None:
    form = {"title": "Early bird", "icon": "gift", "kind": "voucher", "benefit": "promotion", "promotion": promotion}
    answer = client.post("/rewards/new", form)
    assert answer.status_code == 422
    assert answer.content.decode().count(said) >= 1
    assert shop.counter.read("SELECT 1 FROM rewards") == []


def test_a_lottery_shows_its_percentages_and_its_shares(client: Client, shop: RewardShop, card: CardView) -> None:
    variants = [
        {"kind": "award", "title": "A car wash", "probability": "12.5"},
        {"kind": "nothing", "title": "Better luck", "probability": "87.5"},
    ]
    wheel = shop.lottery("The wheel", variants)
    address = f"/rewards/{encode('rwd', wheel.id)}"
    assert "Nothing yet. Here stands how often each was drawn" in text_of(client, address)
    shop.goals({1: wheel})
    shop.stamp(card, 40)
    ((won,),) = shop.counter.read("SELECT count(*) FROM given_rewards WHERE title = 'A car wash'")
    page = text_of(client, address)
    assert "40 draws with these percentages." in page
    for text in ("12.5 %", "87.5 %", f"{won * 2.5:g} %", f"{100 - won * 2.5:g} %"):
        assert text in page


def test_the_page_asks_how_people_move_over(client: Client, shop: RewardShop, card: CardView) -> None:
    coffee, cake = shop.award("A coffee"), shop.award("A cake")
    shop.goals({8: coffee})
    shop.stamp(card, 6)
    form = {"stamps_0": "5", "reward_0": str(cake.id), "pause_seconds": "60", "version": "1"}
    asked = client.post(milestones_url(shop), form)
    assert asked.status_code == 422
    assert "1 person is in the middle of a round." in asked.content.decode()
    assert 'name="above"' not in asked.content.decode()
    # Whoever moves over stands above the new goal, so that is asked as well.
    both = client.post(milestones_url(shop), {**form, "holders": "move"})
    assert both.status_code == 422
    assert "1 card has reached a goal already" in both.content.decode()
    assert shop.counter.read("SELECT stamps FROM milestones") == [(8,)]
    assert client.post(milestones_url(shop), {**form, "holders": "finish_round"}).status_code == 303
    page = text_of(client, milestones_url(shop))
    assert "1 person finishes a round by the former goals" in page
    assert "2 more stamps: A coffee" in text_of(client, f"/rewards/of/card/{encode('crd', card.id)}")
    # The button beside it moves them after all, by the goals as they are stored; what that brings is asked as well.
    button = re.search(r'<form[^>]*>((?:<input[^>]*>)*)<button class="btn" name="holders" value="move">', page)
    assert button
    kept = dict(re.findall(r'name="(\w+)" value="([^"]*)"', button[1]))
    assert {name: kept[name] for name in ("stamps_0", "reward_0", "version")} == {
        name: form[name] for name in ("stamps_0", "reward_0")
    } | {"version": "2"}
    moved = client.post(milestones_url(shop), {**kept, "holders": "move"})
    assert moved.status_code == 422
    assert "1 card has reached a goal already" in moved.content.decode()
    assert '<input type="hidden" name="holders" value="move">' in moved.content.decode()
    # Without goals nobody has a next round to move over with.
    gone = client.post(milestones_url(shop), {"pause_seconds": "60", "version": "2"})
    assert gone.status_code == 422
    assert 'value="finish_round"' not in gone.content.decode()
    assert (
        client.post(milestones_url(shop), {"pause_seconds": "60", "version": "2", "holders": "move"}).status_code == 303
    )
