"""The till is dark when it is dark around, and turns back when it is light: the camera tells (UX 4)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from regulars.platform.database import row
from regulars.rewards.tests.reward_kit import RewardShop, open_reward_shop
from tests.browser.camera import A_SECOND, WithCamera, picture_as_light_as
from tests.browser.checks import check_axe
from tests.browser.test_till import signed_in

pytestmark = pytest.mark.committed

TURNS_WITHIN_MS = 30_000
DARK, DIM, LIGHT, COVERED = (picture_as_light_as(brightness) for brightness in (24, 65, 150, 0))
JUDGE = """async looks => {
  const { makeJudge } = await import("/static/till/light.js");
  const judge = makeJudge();
  return looks.map(([brightness, seconds]) => judge(brightness, seconds * 1000));
}"""
TURNS = """() => {
  window.turns = [];
  new MutationObserver(() => window.turns.push([document.documentElement.dataset.theme,
    document.querySelector("#till-stage [data-state]").dataset.state]))
    .observe(document.documentElement, { attributeFilter: ["data-theme"] });
}"""


def is_dark(page: Page) -> bool:
    """By what is seen: dark paper has dark numbers."""
    paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return max(int(number) for number in paper.removeprefix("rgb(").removesuffix(")").split(",")) < 60


def choose(shop: RewardShop, theme: str) -> None:
    row("UPDATE logins SET theme = %s WHERE id = %s RETURNING 1", [theme, shop.counter.shop.login_id], using="owner")


def test_it_takes_seconds_that_all_agree_to_turn_and_the_same_to_turn_back(
    open_page: Callable[..., Page], live_url: str
) -> None:
    page = open_page(live_url)
    page.goto("/sign-in")

    def judged(*looks: tuple[float, float]) -> list[bool]:
        found: list[bool] = page.evaluate(JUDGE, [list(one) for one in looks])
        return found

    def each_second(*brightness: float) -> list[bool]:
        return judged(*((one, second) for second, one in enumerate(brightness)))

    assert each_second(20, 20, 20, 20, 20, 20) == [False] * 4 + [True] * 2
    assert each_second(20, 20, 20, 50, 20, 20, 20, 20, 20) == [False] * 8 + [True], "one lighter look begins anew"
    dark = [20] * 5
    assert each_second(*dark, *[150] * 5)[4:] == [True] * 5 + [False]
    assert each_second(*dark, *[65] * 9)[4:] == [True] * 10, "between the limits it stays as it is"
    assert each_second(*[65] * 9) == [False] * 9
    assert each_second(*[20, 20, 150, 150] * 5) == [False] * 20, "what flickers turns nothing"
    assert each_second(*dark, *[150, 150, 20, 20] * 4)[4:] == [True] * 17
    assert each_second(*[0] * 9) == [False] * 9, "a phone that lies on its camera says nothing of the room"
    assert each_second(*dark, *[0] * 9)[4:] == [True] * 10
    assert judged((20, 0), (20, 20), (20, 21), (20, 24)) == [False, False, False, True], (
        "what was long ago is no agreement"
    )
    pixels = [255, 255, 255, 255, 0, 0, 0, 255]
    script = "async pixels => (await import('/static/till/light.js')).brightnessOf(new Uint8ClampedArray(pixels))"
    assert page.evaluate(script, pixels) == pytest.approx(127.5)


def test_the_till_turns_dark_with_the_room_and_light_again(with_camera: WithCamera) -> None:
    shop = open_reward_shop()
    page = signed_in(with_camera([(DARK, 10 * A_SECOND), (LIGHT, 30 * A_SECOND)]), shop)
    page.evaluate(TURNS)
    assert not is_dark(page)
    page.get_by_role("button", name="Scan with the camera").click()
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "dark", timeout=TURNS_WITHIN_MS)
    assert is_dark(page)
    bar = page.locator("meta[name=theme-color][media*=light]")
    expect(bar).to_have_attribute("content", "#151310")
    check_axe(page)
    expect(html).to_have_attribute("data-theme", "system", timeout=TURNS_WITHIN_MS)
    assert not is_dark(page)
    expect(bar).to_have_attribute("content", "#faf8f4")
    assert page.evaluate("turns") == [["dark", "scan"], ["system", "scan"]]


def test_nothing_turns_while_a_result_is_shown(with_camera: WithCamera) -> None:
    shop = open_reward_shop()
    card = shop.counter.issue("+4915112345678")
    page = signed_in(with_camera([(DARK, 10 * A_SECOND)]), shop)
    page.evaluate(TURNS)
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.locator("#till-camera")).to_be_visible()
    page.locator("#till-text").fill(card.number)
    page.locator(".till-go").first.click()
    expect(page.get_by_role("button", name="+1 stamp")).to_be_visible()
    page.wait_for_timeout(6_000)
    assert page.evaluate("turns") == []
    page.get_by_role("button", name="+1 stamp").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark", timeout=TURNS_WITHIN_MS)
    assert page.evaluate("turns") == [["dark", "scan"]]


@pytest.mark.parametrize(
    ("theme", "seen"), [("light", DARK), ("system", DIM), ("system", COVERED)], ids=["chosen", "dim", "covered"]
)
def test_what_was_chosen_and_what_is_not_sure_stays(with_camera: WithCamera, theme: str, seen: object) -> None:
    shop = open_reward_shop()
    choose(shop, theme)
    page = signed_in(with_camera([(seen, A_SECOND)]), shop)  # type: ignore[list-item]
    page.evaluate(TURNS)
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.locator("#till-camera")).to_be_visible()
    page.wait_for_timeout(7_000)
    assert page.evaluate("turns") == []
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
