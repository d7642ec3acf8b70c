"""The designer in a browser: a template is chosen, designed, published, and a card shows it; every page is sound."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from regulars.cards.tests.counter import open_counter, type_id
from regulars.designs.queries.published import find_design_view
from regulars.designs.rules.crops import Crop
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from regulars.rewards.tests.reward_kit import RewardShop, open_reward_shop
from tests.browser.checks import check_axe, check_layout, check_no_sideways_scroll
from tests.browser.test_people import sign_in
from tests.people import PASSWORD

pytestmark = pytest.mark.committed


def signed_in(page: Page, shop: RewardShop) -> Page:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(shop.counter.shop.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")
    return page


def design_url(shop: RewardShop) -> str:
    found = shop.counter.read("SELECT id FROM card_types ORDER BY id LIMIT 1")[0][0]
    return f"/cards/types/{encode('ctp', found)}/design"


def test_a_card_is_designed_from_a_template_and_published(
    open_page: Callable[..., Page], live_url: str, tmp_path: Path
) -> None:
    shop = open_reward_shop()
    page = signed_in(open_page(live_url, width=1440, scheme="light"), shop)
    page.goto("/designs")
    page.get_by_role("button", name="Use Barber").click()
    expect(page.get_by_role("heading", name="Barber")).to_be_visible()
    page.get_by_label("Texts", exact=True).fill("#1f2a38")
    expect(page.get_by_text("Cannot be read")).to_be_visible()
    page.get_by_role("button", name="Fix for me").click()
    expect(page.get_by_text("Easy to read")).to_be_visible()
    page.get_by_label("Name on the card").first.fill("Salon Nord")
    expect(page.locator("svg.pass")).to_contain_text("Salon Nord")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("svg.pass")).not_to_contain_text("Salon Nord")
    page.get_by_role("button", name="Redo").click()
    expect(page.locator("svg.pass")).to_contain_text("Salon Nord")
    logo = tmp_path / "logo.png"
    Image.new("RGB", (320, 100), "red").save(logo)
    page.get_by_label("Logo", exact=True).set_input_files(logo)
    expect(page.locator("svg.pass image")).to_have_count(1)
    expect(page.get_by_text("Draft saved")).to_be_visible()
    # The logo stands for the name now, and the title is beside it: at once, and as the answer draws it.
    expect(page.locator("svg.pass")).not_to_contain_text("Salon Nord")
    page.get_by_label("Title of the card").first.fill("Stamps of Nord")
    expect(page.locator("svg.pass")).to_contain_text("Stamps of Nord")
    page.locator("aside.show label", has_text="Google Wallet").click()
    expect(page.get_by_text("The colour of texts: it is black or white")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published as version 2: 0 cards show it")).to_be_visible()
    expect(page.get_by_role("button", name="Bring back v2")).to_be_visible()


def test_a_draft_is_saved_and_published_without_script(open_page: Callable[..., Page], live_url: str) -> None:
    shop = open_reward_shop()
    page = signed_in(open_page(live_url, width=1440, scheme="light", javascript=False), shop)
    page.goto(design_url(shop))
    page.get_by_label("Background").fill("#103020")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Draft saved")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published as version 2").first).to_be_visible()


def test_a_draft_is_looked_at_on_a_phone_that_nobody_is_signed_in_on(
    open_page: Callable[..., Page], live_url: str
) -> None:
    shop = open_reward_shop()
    page = signed_in(open_page(live_url, width=1440, scheme="light"), shop)
    page.goto(design_url(shop))
    page.get_by_label("Background").fill("#103020")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    page.get_by_role("link", name="Send to my phone").click()
    dialog = page.get_by_role("dialog", name="Send to my phone")
    expect(dialog.get_by_role("img", name="QR code of the draft")).to_be_visible()
    check_axe(page)
    link = dialog.get_by_role("link", name="Open here").get_attribute("href")
    assert link
    for scheme in ("light", "dark"):
        phone = open_page(live_url, width=375, scheme=scheme, javascript=scheme == "dark", language="en")
        phone.goto("/d/" + link.rpartition("/")[2])
        expect(phone.get_by_text("This is a preview and not a card")).to_be_visible()
        face = phone.locator(".web-face")
        assert face.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(16, 48, 32)"
        expect(phone.locator("svg.pass")).to_have_count(2)
        check_no_sideways_scroll(phone)
    check_axe(phone)
    check_layout(phone)


COPY = """async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 516, height: 168 });
    canvas.getContext("2d").fillRect(0, 0, 516, 168);
    const picture = await new Promise((done) => canvas.toBlob(done, "image/png"));
    await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
}"""


def test_the_slider_the_keys_and_the_clipboard_do_what_they_say(open_page: Callable[..., Page], live_url: str) -> None:
    counter = open_counter()
    page = open_page(live_url, width=1440, scheme="light")
    sign_in(page, counter.shop)
    page.goto(f"/cards/types/{type_id(counter.stamps)}/design?show=web")
    slider = page.locator("input[name=stamps]")
    most = int(slider.get_attribute("max") or 0)
    for stamps in (0, most - 1, most):
        slider.fill(str(stamps))
        expect(page.locator("[data-stamps]")).to_have_text(f"{stamps}/{most}")
        expect(page.locator("#preview .web-face small").first).to_have_text(f"{stamps}/{most}")
    background = page.get_by_label("Background")
    first = background.input_value()
    background.fill("#103020")
    background.dispatch_event("change")
    background.blur()
    page.keyboard.press("Control+z")
    expect(background).to_have_value(first)
    page.keyboard.press("Control+Shift+z")
    expect(background).to_have_value("#103020")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(COPY)
    page.locator("input[name=picture_hero]").focus()
    page.keyboard.press("Control+v")
    expect(page.locator("#preview .web-face-hero")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published as version 2").first).to_be_visible()
    with unit_of_work(counter.shop.chain_id):
        view = find_design_view(counter.shop.chain_id, counter.stamps.id)
    assert view is not None
    assert list(view.design.pictures) == ["hero"]


def numbers(page: Page) -> list[float]:
    """The frame of the logo as it stands in the form: left, top, width and height in percent."""
    parts = ("left", "top", "width", "height")
    return [float(page.locator(f"[name=crop_logo_{part}]").input_value()) for part in parts]


def logo_colour(page: Page) -> list[int]:
    """What the thumbnail of the logo shows in its middle."""
    return list(
        page.locator("#picture-now-logo img").evaluate(
            """async (one) => {
                await one.decode();
                const canvas = Object.assign(document.createElement("canvas"), { width: 9, height: 9 });
                const drawn = canvas.getContext("2d");
                drawn.drawImage(one, 0, 0, 9, 9);
                return [...drawn.getImageData(4, 4, 1, 1).data].slice(0, 3);
            }"""
        )
    )


def two_halves(path: Path) -> Path:
    """A picture that is red on the left and blue on the right, in no shape of a logo."""
    image = Image.new("RGB", (800, 400), "red")
    image.paste(Image.new("RGB", (400, 400), "blue"), (400, 0))
    image.save(path)
    return path


def test_a_logo_is_cropped_by_pointer_and_keys_and_undone(
    open_page: Callable[..., Page], live_url: str, tmp_path: Path
) -> None:
    shop = open_reward_shop()
    page = signed_in(open_page(live_url, width=1440, scheme="light"), shop)
    page.goto(design_url(shop))
    page.get_by_label("Logo", exact=True).set_input_files(two_halves(tmp_path / "logo.png"))
    dialog = page.get_by_role("dialog", name="Crop: Logo")
    expect(dialog).to_be_visible()
    frame = dialog.get_by_role("application", name="Frame")
    expect(frame).to_be_focused()
    check_axe(page)
    # The left upper corner is pulled to the middle: the blue half is left.
    box = frame.bounding_box()
    assert box
    page.mouse.move(box["x"] + 3, box["y"] + 3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.3, steps=4)
    page.mouse.up()
    left, top, width, height = numbers(page)
    assert (left > 50, 25 < top < 35, left + width, top + height) == (True, True, 100, 100)
    expect(page.locator("#picture-now-logo img")).to_have_attribute("src", re.compile(r"\.[0-9-]+$"))
    expect(page.locator("svg.pass image").first).to_have_attribute("href", re.compile(r"\.[0-9-]+$"))
    assert logo_colour(page) == [0, 0, 255]
    # It is moved to the left edge, by pointer and then by keys: the red half is left.
    frame.drag_to(frame, source_position={"x": 60, "y": 60}, target_position={"x": 20, "y": 60})
    assert numbers(page)[0] < left
    for _ in range(70):
        page.keyboard.press("ArrowLeft")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("-")
    after = numbers(page)
    assert (after[0] < 5, after[2] < width, after[3] < height - 3) == (True, True, True)
    dialog.get_by_label("From the top, %").fill("0")
    dialog.get_by_label("From the top, %").press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#picture-now-logo img")).to_have_attribute("src", re.compile(r"\.[0-9]+-0-[0-9]+-[0-9]+$"))
    assert logo_colour(page) == [255, 0, 0]
    # Undone to where the picture came, and to before it; done again, the frame is there.
    undo = page.get_by_role("button", name="Undo")
    while undo.is_enabled():
        undo.click()
    expect(page.locator("#picture-now-logo img")).to_have_count(0)
    redo = page.get_by_role("button", name="Redo")
    while redo.is_enabled():
        redo.click()
    expect(page.locator("#picture-now-logo img")).to_have_attribute("src", re.compile(r"\.[0-9]+-0-[0-9]+-[0-9]+$"))
    last = numbers(page)
    page.get_by_role("button", name="Crop: Logo").click()
    dialog.get_by_role("button", name="Whole picture").click()
    assert numbers(page) == [0, 0, 100, 100]
    dialog.get_by_role("button", name="1 : 1").click()
    assert numbers(page) == [25, 0, 50, 100]
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Crop: Logo")).to_be_focused()
    assert last != numbers(page)
    expect(page.locator("#picture-now-logo img")).to_have_attribute("src", re.compile(r"\.250-0-500-1000$"))
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published as version 2").first).to_be_visible()
    with unit_of_work(shop.counter.shop.chain_id):
        view = find_design_view(shop.counter.shop.chain_id, shop.counter.card_type.id)
    assert view is not None
    assert view.design.crops == {"logo": Crop(250, 0, 500, 1000)}


def test_a_frame_is_moved_by_a_finger_on_a_phone(open_page: Callable[..., Page], live_url: str, tmp_path: Path) -> None:
    shop = open_reward_shop()
    page = signed_in(open_page(live_url, width=375, scheme="dark"), shop)
    page.goto(design_url(shop))
    page.get_by_label("Logo", exact=True).set_input_files(two_halves(tmp_path / "logo.png"))
    dialog = page.get_by_role("dialog", name="Crop: Logo")
    dialog.get_by_role("button", name="1 : 1").click()
    box = dialog.get_by_role("application", name="Frame").bounding_box()
    assert box
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{**at, "x": at["x"] + 300}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert numbers(page) == [50, 0, 50, 100]
    check_axe(page)
    dialog.get_by_role("button", name="Done").click()
    expect(page.locator("#picture-now-logo img")).to_have_attribute("src", re.compile(r"\.500-0-500-1000$"))
    assert logo_colour(page) == [0, 0, 255]
    page.get_by_role("button", name="Crop: Logo").click()
    check_layout(page)


def test_a_picture_that_is_chosen_while_another_is_sent_is_not_lost(
    open_page: Callable[..., Page], live_url: str, tmp_path: Path
) -> None:
    shop = open_reward_shop()
    page = signed_in(open_page(live_url, width=1440, scheme="light"), shop)
    page.goto(design_url(shop))
    paths = {}
    for name, size, colour in (("logo", (320, 100), "red"), ("other", (320, 100), "blue"), ("hero", (516, 168), "red")):
        paths[name] = tmp_path / f"{name}.png"
        Image.new("RGB", size, colour).save(paths[name])
    waiting: list[Route] = []
    page.route("**/design", lambda route: waiting.append(route) if not waiting else route.continue_())
    page.get_by_label("Logo", exact=True).set_input_files(paths["logo"])
    page.wait_for_timeout(300)
    assert len(waiting) == 1
    # While the first is under way, one is chosen for another place, and another one for the same.
    page.get_by_label("Wide picture").set_input_files(paths["hero"])
    page.get_by_label("Logo", exact=True).set_input_files(paths["other"])
    waiting[0].continue_()
    expect(page.locator("#picture-now-hero img")).to_be_visible()
    expect(page.locator("#picture-now-logo img")).to_be_visible()
    assert logo_colour(page) == [0, 0, 255]
    page.reload()
    expect(page.locator("#picture-now-hero img")).to_be_visible()
    assert logo_colour(page) == [0, 0, 255]


def test_a_logo_is_cropped_without_script(open_page: Callable[..., Page], live_url: str, tmp_path: Path) -> None:
    shop = open_reward_shop()
    page = signed_in(open_page(live_url, width=375, scheme="light", javascript=False), shop)
    page.goto(design_url(shop))
    page.get_by_label("Logo", exact=True).set_input_files(two_halves(tmp_path / "logo.png"))
    page.get_by_role("button", name="Save").click()
    for name, value in (("From the left, %", "60"), ("Width, %", "50")):
        page.get_by_label(name).fill(value)
    page.get_by_label("Name on the card").first.fill("Salon Nord")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The frame reaches beyond the picture").first).to_be_visible()
    expect(page.get_by_label("Name on the card").first).to_have_value("Salon Nord")
    expect(page.get_by_label("From the left, %")).to_have_value("60")
    page.get_by_label("Width, %").fill("40")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#picture-now-logo img")).to_have_attribute("src", re.compile(r"\.600-0-400-1000$"))
    check_no_sideways_scroll(page)


def pages_of(shop: RewardShop) -> tuple[str, ...]:
    """The designer and what lies around it."""
    designer = design_url(shop)
    around = ("labels", "join-code")
    return (
        "/designs",
        designer,
        designer + "?show=google&dark=1",
        designer + "?show=web",
        designer + "/phone",
        *(designer.removesuffix("design") + one for one in around),
    )


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (375, "dark"), (320, "light")])
def test_every_page_is_sound(open_page: Callable[..., Page], live_url: str, width: int, scheme: str) -> None:
    shop = open_reward_shop()
    page = signed_in(open_page(live_url, width=width, scheme=scheme), shop)
    for address in pages_of(shop):
        page.goto(address)
        page.locator("details.language").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        check_axe(page)
        check_layout(page)
        check_no_sideways_scroll(page)
