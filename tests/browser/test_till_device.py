"""What the till asks of the device: light, other camera, sound, vibration, and not to go to sleep (TIL-1).

A fake camera has no light and headless Chromium neither speaker nor motor, so these tests look at what the page asks the
browser for: its own interfaces are wrapped before the page begins.
"""

from collections.abc import Callable, Sequence
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from regulars.rewards.tests.reward_kit import open_reward_shop
from tests.browser.camera import A_SECOND, NOTHING, Scene, WithCamera
from tests.browser.checks import check_axe, check_no_sideways_scroll, type_like_a_scanner
from tests.browser.test_till import signed_in

pytestmark = pytest.mark.committed

FILM: Final = [(NOTHING, A_SECOND)]
TWO_CAMERAS: Final[Sequence[Scene]] = ()
LIT = """(() => {
  const lit = new WeakSet(), Track = MediaStreamTrack.prototype;
  const { getCapabilities, getSettings } = Track;
  window.asked = [];
  Track.getCapabilities = function () { return { ...getCapabilities.call(this), torch: true }; };
  Track.getSettings = function () { return { ...getSettings.call(this), torch: lit.has(this) }; };
  Track.applyConstraints = async function ({ advanced: [{ torch }] }) {
    window.asked.push([torch, this.readyState]);
    torch ? lit.add(this) : lit.delete(this);
  };
})()"""
CAMERAS = """(() => {
  const Devices = MediaDevices.prototype, { getUserMedia } = Devices;
  window.asked = [];
  window.tracks = [];
  Devices.getUserMedia = async function (wanted) {
    window.asked.push(wanted.video.facingMode);
    const stream = await getUserMedia.call(this, wanted);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
})()"""
HEARD = """(() => {
  window.tones = [];
  window.buzzes = [];
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (at) {
    window.tones.push([this.frequency.value, this.context.state]);
    return start.call(this, at);
  };
  const { vibrate } = Navigator.prototype;
  Navigator.prototype.vibrate = function (pattern) { window.buzzes.push(pattern); return vibrate.call(this, pattern); };
})()"""
# Headless Chromium has no screen to keep on and refuses, so what stands for its lock keeps the rules of one: it goes with the page.
AWAKE = """(() => {
  window.locks = [];
  const lock = () => {
    const made = { released: false, async release() { made.released = true; } };
    document.addEventListener("visibilitychange", () => { if (document.hidden) made.released = true; });
    window.locks.push(made);
    return made;
  };
  WakeLock.prototype.request = async (kind) => { if (kind !== "screen" || document.hidden) throw new DOMException("", "NotAllowedError"); return lock(); };
  let isHidden = false;
  Object.defineProperty(Document.prototype, "hidden", { get: () => isHidden });
  window.turn = (hidden) => { isHidden = hidden; document.dispatchEvent(new Event("visibilitychange")); };
})()"""


def opened(page: Page, script: str) -> Page:
    """The till of a new shop, with the browser's interfaces wrapped, and its camera on."""
    page.add_init_script(script)
    signed_in(page, open_reward_shop())
    start_camera(page)
    return page


def start_camera(page: Page) -> None:
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.locator("#till-camera")).to_be_visible()


def until(page: Page, said: str) -> None:
    """Wait for what a page says of itself; Playwright's own way needs `eval`, which the policy of our pages forbids."""
    for _ in range(200):
        if page.evaluate(said):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never: {said}")


def held_locks(page: Page) -> list[bool]:
    """Of every lock that was ever taken, whether it is still held."""
    found: list[bool] = page.evaluate("locks.map((one) => !one.released)")
    return found


def test_the_light_goes_on_and_off_where_the_camera_has_one(with_camera: WithCamera) -> None:
    page = opened(with_camera(TWO_CAMERAS), LIT)
    light = page.get_by_role("button", name="Light")
    expect(light).to_have_attribute("aria-pressed", "false")
    check_axe(page)
    check_no_sideways_scroll(page)
    light.click()
    expect(light).to_have_attribute("aria-pressed", "true")
    light.click()
    expect(light).to_have_attribute("aria-pressed", "false")
    light.click()
    expect(light).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("asked") == [[True, "live"], [False, "live"], [True, "live"]]
    # What the till itself lights says nothing of the room.
    assert page.evaluate("import('/static/till/camera.js').then(({ seenBrightness }) => seenBrightness())") is None
    # The light goes with the camera that it belongs to.
    page.get_by_role("button", name="Other camera").click()
    expect(light).to_have_attribute("aria-pressed", "false")


def test_a_camera_without_a_light_offers_none(with_camera: WithCamera) -> None:
    page = opened(with_camera(TWO_CAMERAS), "")
    expect(page.get_by_role("button", name="Other camera")).to_be_visible()
    expect(page.get_by_role("button", name="Light")).to_be_hidden()


def test_the_other_camera_takes_over_and_the_first_stops(with_camera: WithCamera) -> None:
    page = opened(with_camera(TWO_CAMERAS), CAMERAS)
    other = page.get_by_role("button", name="Other camera")
    live = "tracks.map((one) => one.readyState)"
    for number, facing in enumerate(["environment", "user", "environment"]):
        until(page, f"tracks.length === {number + 1}")
        assert page.evaluate("asked.at(-1)") == facing
        assert page.evaluate(live) == ["ended"] * number + ["live"]
        expect(page.locator("#till-camera")).to_be_visible()
        until(page, "document.getElementById('till-video').srcObject.getTracks()[0] === tracks.at(-1)")
        other.click()
    until(page, "tracks.length === 4")
    page.get_by_role("button", name="Stop").click()
    assert page.evaluate(live) == ["ended"] * 4
    expect(page.locator("#till-camera")).to_be_hidden()


def test_a_camera_that_is_stopped_before_it_is_there_stays_off(with_camera: WithCamera) -> None:
    slow = """(() => {
      const Devices = MediaDevices.prototype, { getUserMedia } = Devices;
      Devices.getUserMedia = async function (wanted) {
        await new Promise((go) => { window.allow = go; });
        return getUserMedia.call(this, wanted);
      };
    })()"""
    page = opened(with_camera(FILM), CAMERAS)
    until(page, "tracks.length === 1")
    page.evaluate(slow)
    page.get_by_role("button", name="Scan with the camera").click()
    page.evaluate("document.querySelector('[data-camera-off]').click(), allow()")
    until(page, "tracks.length === 2")
    until(page, "tracks.every((one) => one.readyState === 'ended')")
    expect(page.locator("#till-camera")).to_be_hidden()


def test_one_camera_offers_no_other(with_camera: WithCamera) -> None:
    page = opened(with_camera(FILM), LIT)
    expect(page.get_by_role("button", name="Light")).to_be_visible()
    expect(page.get_by_role("button", name="Other camera")).to_be_hidden()


def test_each_outcome_has_its_sound_and_its_shake(open_page: Callable[..., Page], live_url: str) -> None:
    shop = open_reward_shop()
    card = shop.counter.issue("+4915112345678")
    page = open_page(live_url, width=375, height=740)
    page.add_init_script(HEARD)
    signed_in(page, shop)
    page.locator("#till-text").click()
    heard = {}

    def listen(name: str) -> None:
        heard[name] = page.evaluate("[tones.splice(0).map(([pitch]) => pitch), buzzes.splice(0)]")

    def scan(text: str, state: str) -> None:
        page.evaluate("document.activeElement.blur()")
        type_like_a_scanner(page, text)
        expect(page.locator(f"[data-state={state}]")).to_be_visible()

    page.evaluate("[tones.splice(0), buzzes.splice(0)]")
    scan("nobody-knows", "trouble")
    listen("unknown")
    scan(card.number, "card")
    listen("card")
    page.get_by_role("button", name="+1 stamp").click()
    expect(page.locator("[data-state=done]")).to_be_visible()
    listen("done")
    scan(card.number, "card")
    listen("card again")
    page.get_by_role("button", name="+1 stamp").click()
    expect(page.locator("[data-state=again]")).to_be_visible()
    listen("asked")
    assert heard["done"] == [[880, 1320], [60]]
    assert heard["card"] == heard["card again"] == [[880], [30]]
    assert heard["asked"] == [[520, 520], [[60, 60, 60]]]
    assert heard["unknown"][0] not in (heard["done"][0], heard["card"][0]), "heard without looking"
    assert heard["unknown"][1] not in (heard["done"][1], heard["card"][1]), "felt without looking"


def test_sound_is_switched_off_for_the_device_and_the_shake_stays(
    open_page: Callable[..., Page], live_url: str
) -> None:
    shop = open_reward_shop()
    card = shop.counter.issue("+4915112345678")
    page = open_page(live_url, width=375, height=740)
    page.add_init_script(HEARD)
    signed_in(page, shop, "/till/set-up")
    switch = page.locator("[data-till-sound]")
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    page.goto("/till")
    # A page that nobody has touched makes no noise: browsers forbid it, and say so in the console.
    assert page.evaluate("[tones, buzzes]") == [[], []]
    page.locator("#till-text").fill(card.number)
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("button", name="+1 stamp")).to_be_visible()
    assert page.evaluate("[tones, buzzes]") == [[], [30]]


def test_the_screen_stays_on_while_the_camera_runs_and_again_after_the_page_was_away(with_camera: WithCamera) -> None:
    page = opened(with_camera(FILM), AWAKE)
    until(page, "locks.length === 1")
    page.evaluate("turn(true)")
    assert held_locks(page) == [False]
    page.evaluate("turn(false)")
    until(page, "locks.length === 2")
    assert held_locks(page) == [False, True]
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("button", name="Stop").click()
    until(page, "locks.every((one) => one.released)")
    page.evaluate("turn(true), turn(false)")
    page.wait_for_timeout(300)
    assert held_locks(page) == [False, False], "without the camera the device may sleep"
    start_camera(page)
    until(page, "locks.length === 3")
    assert held_locks(page) == [False, False, True]


def test_a_device_that_keeps_no_screen_on_scans_all_the_same(with_camera: WithCamera) -> None:
    refused = "WakeLock.prototype.request = async () => { throw new DOMException('', 'NotAllowedError'); }"
    page = opened(with_camera(FILM), refused)
    expect(page.locator("[data-camera-problem]")).to_be_hidden()
    page.evaluate("delete Navigator.prototype.wakeLock")
    page.get_by_role("button", name="Stop").click()
    start_camera(page)
