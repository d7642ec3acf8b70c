"""Documentation is run: every request in it, every command and every link that it names."""

import json
import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.project.cli import find_commands
from tests.contract.chains import Caller, open_chain

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
HTTP_BLOCK = re.compile(r"```http\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"`?\./run(?: ([a-z][a-z-]*))?")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")
BUILT_INTO_RUN = {"test", "check", "bench"}


def requests_of(page: Path) -> Iterator[tuple[str, str, dict[str, object] | None, int, list[tuple[str, str]]]]:
    """The requests of a page: method, path, body, expected status, what to remember of the answer."""
    for block in HTTP_BLOCK.findall(page.read_text()):
        for part in block.strip().split("\n\n"):
            lines = part.strip().splitlines()
            method, path = lines[0].split(" ", 1)
            expected = re.fullmatch(r"→ (\d{3})(.*)", lines[-1])
            assert expected, f"{page.name}: {part}"
            body = json.loads("\n".join(lines[1:-1])) if len(lines) > 2 else None
            names = [tuple(pair.split("=")) for pair in expected[2].split()]
            yield method, path, body, int(expected[1]), names


@pytest.mark.parametrize("page", [page for page in PAGES if HTTP_BLOCK.search(page.read_text())], ids=lambda p: p.name)
@pytest.mark.django_db
def test_requests_in_the_documentation_answer_as_they_say(page: Path) -> None:
    caller: Caller = open_chain()
    known: dict[str, str] = {}
    for method, path, body, status, names in requests_of(page):
        filled = path.removeprefix("/api/v1")
        text = json.dumps(body) if body is not None else ""
        for name, value in known.items():
            filled = filled.replace("{" + name + "}", urllib.parse.quote(value))
            text = text.replace("{" + name + "}", value)
        reply = caller.get(filled) if method == "GET" else caller.post(filled, json.loads(text))
        assert reply.status == status, (method, filled, reply.body)
        known |= {name: reply.body[field] for name, field in names}


def test_commands_in_the_documentation_exist() -> None:
    commands = set(find_commands()) | BUILT_INTO_RUN
    named = {(page.name, match[1]) for page in PAGES for match in COMMAND.finditer(page.read_text()) if match[1]}
    assert named
    assert {one for one in named if one[1] not in commands} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_in_the_documentation_lead_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert missing == []
