"""What every page must pass: nothing for axe to find, no sideways scroll, room for longer words and for the other direction."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The dark scheme changes colours and nothing else: wide pages are looked at for all the rest in the light. Phones, which
# some tests see only in the dark, are always looked at for everything.
AXE_RULES_IN_THE_DARK = ["color-contrast"]
PHONE_BELOW = 832
WIDTHS = (1440, 375, 320)
PROPER_NAMES = frozenset({"Apple Wallet", "Google Wallet"})
"""What is called the same in every language."""

# Longer by two fifths, with accents, in brackets: what German or Tamil will do to an English layout.
STRETCH = """() => {
  const accents = { a: "á", e: "ê", i: "ï", o: "ö", u: "ü", n: "ñ", A: "Å", E: "É", O: "Ø" };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    const text = node.data.trim();
    if (!/[A-Za-z]{2}/.test(text) || node.parentElement.closest("script, style, template, bdi, svg")) continue;
    const spread = [...text].map((letter) => accents[letter] || letter).join("");
    node.data = "[" + spread + " " + spread.slice(0, Math.ceil(text.length * 0.4)) + "]";
  }
}"""


def check_axe(page: Page) -> None:
    """Nothing that axe knows is wrong with this page as it stands now."""
    # A page that is still being fetched has no style yet, and browsers' own links are pale on white.
    page.wait_for_load_state("load")
    is_phone = page.viewport_size is not None and page.viewport_size["width"] < PHONE_BELOW
    if is_phone:
        # What stays at the edges covers whatever lies under it just now; the reader scrolls, axe does not.
        page.evaluate(
            "document.querySelectorAll('.dock, .side, .bar.sticky').forEach(n => { n.style.position = 'static' })"
        )
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    rules = AXE_RULES_IN_THE_DARK if is_dark and not is_phone else AXE_RULES
    # Of what is right it need not tell where: that is most of what it would say.
    result = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
    assert result.violations_count == 0, result.generate_report()
    # A header outside main and sections is the page's banner. Axe tells so only while a dialog is still rising: once it
    # stands, everything behind it counts as hidden.
    assert page.locator("dialog header").count() == 0, "a dialog has a header of its own: use .dialog-head"


def check_no_sideways_scroll(page: Page) -> None:
    """The page is no wider than the window; says what sticks out."""
    wide = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
           [...document.querySelectorAll("body *")].filter((node) => {
             const box = node.getBoundingClientRect();
             return (box.right > innerWidth + 1 || box.left < -1) && box.width > 0 && !node.closest(".scroll, .views, .vh, .skip");
           }).slice(0, 5).map((node) => node.outerHTML.slice(0, 160))"""
    )
    assert wide == []


def check_spoken(page: Page, language: str, *, names: frozenset[str]) -> None:
    """The page says that it is in the language (ru or hi), and its headings, labels and buttons are, but for `names` that people gave."""
    assert page.evaluate("document.documentElement.lang") == language
    letters = {"ru": r"\p{Script=Cyrillic}", "hi": r"\p{Script=Devanagari}"}[language]
    foreign = page.evaluate(
        """(letters) => [...document.querySelectorAll("main :is(label, legend, button, h2, h3, th)")].map((node) => {
             const copy = node.cloneNode(true);
             copy.querySelectorAll("bdi, kbd, code, svg, input, select, textarea, [lang]").forEach((one) => one.remove());
             return copy.textContent.trim();
           }).filter((text) => /[a-z]{3}/i.test(text) && !new RegExp(letters, "u").test(text))""",
        letters,
    )
    assert set(foreign) <= PROPER_NAMES | names, foreign


def stretch_texts(page: Page) -> None:
    """Make every text two fifths longer."""
    page.evaluate(STRETCH)


def mirror(page: Page) -> None:
    """Turn the page to right-to-left."""
    page.evaluate("document.documentElement.dir = 'rtl'")


def check_layout(page: Page) -> None:
    """No sideways scroll at any width, with long words, and mirrored; leaves the page mirrored and long."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        check_no_sideways_scroll(page)
    stretch_texts(page)
    check_no_sideways_scroll(page)
    mirror(page)
    check_no_sideways_scroll(page)


# All keys in one go, as a scanner sends them: key by key through the debugger, a busy machine would type like a person.
SCANNER = """text => {
  const press = key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  for (const letter of text) press(letter);
  return press("Enter");
}"""


def type_like_a_scanner(page: Page, text: str) -> None:
    """What a hardware scanner types: into the field that has the focus, else into the page, which takes its Enter for itself."""
    if page.evaluate("document.activeElement.matches('input, textarea')"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        return
    goes_on = page.evaluate(SCANNER, text)
    assert not goes_on, "the Enter would press the button that has the focus"
