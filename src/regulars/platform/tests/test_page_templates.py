"""House rules of templates that no linter knows: nothing our content policy would refuse, no icon that does not exist."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide

import regulars

SOURCE = Path(regulars.__path__[0])
TEMPLATES = sorted(SOURCE.glob("*/templates/**/*.html"))
REFUSED = {
    "a style attribute": re.compile(r"\sstyle\s*="),
    # Colours of one card come as a block that the page's own policy names by its hash (platform/pages/web_face.py).
    "an inline style sheet": re.compile(r"<style(?!>{{ look\.style }}</style>)"),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)"),
    "an event attribute": re.compile(r"\son[a-z]+\s*=|hx-on"),
    "a value that needs eval": re.compile(
        r"""hx-(?:vals|headers)=["']js:|hx-trigger="[^"]*\[(?!data-)[^"]*\]\s*["']"""
    ),
    "an address of another host": re.compile(r"""(?:src|href|action)=["']https?://(?!example\.com)"""),
}
ICONS = re.compile(r"""{%\s*icon\s+"([^"]+)"|icon_name="([^"]+)\"""")


def named(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_a_template_holds_nothing_that_the_content_policy_refuses(path: Path) -> None:
    # What stands in Django's tags never reaches a browser.
    text = re.sub(r"{%.*?%}", "", path.read_text(encoding="utf-8"))
    assert [what for what, pattern in REFUSED.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_a_template_can_be_read_and_its_icons_exist(path: Path) -> None:
    get_template(str(path).split("/templates/", 1)[1])
    missing = []
    for match in ICONS.finditer(path.read_text(encoding="utf-8")):
        name = match[1] or match[2]
        try:
            lucide(name)
        except IconDoesNotExist:
            missing.append(name)
    assert missing == []
