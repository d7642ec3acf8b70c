"""Documentation is run: every request in it, every command and every link that it names."""

import argparse
import importlib
import json
import re
import shlex
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
SHELL_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
SHELL = [
    (page, line)
    for page in PAGES
    for block in SHELL_BLOCK.findall(page.read_text())
    for line in block.splitlines()
    if line.startswith(("./run", "curl ", "REGULARS_"))
]
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
    caller: Caller = open_chain(is_test="/api/v1/clock" in page.read_text())
    known: dict[str, str] = {}
    for method, path, body, status, names in requests_of(page):
        filled = path.removeprefix("/api/v1")
        text = json.dumps(body) if body is not None else ""
        for name, value in known.items():
            filled = filled.replace("{" + name + "}", urllib.parse.quote(value))
            text = text.replace("{" + name + "}", value)
        sent = json.loads(text) if text else None
        if method == "GET":
            reply = caller.get(filled)
        else:
            reply = caller.post(filled, sent) if method == "POST" else caller.send(method, filled, sent)
        assert reply.status == status, (method, filled, reply.body)
        known |= {name: reply.body[field] for name, field in names}


@pytest.mark.parametrize(("page", "line"), SHELL, ids=lambda value: value if isinstance(value, str) else value.name)
def test_command_lines_in_the_documentation_are_taken_as_they_stand(page: Path, line: str) -> None:
    words = shlex.split(line, comments=True)
    after = words[words.index("./run") + 1 :] if "./run" in words else []
    if not after or after[0] in BUILT_INTO_RUN:
        return
    if "&&" in after:
        after = after[: after.index("&&")]
    parser = argparse.ArgumentParser(exit_on_error=False)
    importlib.import_module(f"regulars.project.commands.{after[0].replace('-', '_')}").add_arguments(parser)
    parser.parse_args(after[1:])


@pytest.mark.django_db
def test_what_the_documentation_asks_with_curl_is_answered() -> None:
    caller: Caller = open_chain()
    asked = [shlex.split(line) for _page, line in SHELL if line.startswith("curl ")]
    assert asked
    for words in asked:
        headers = [words[index + 1] for index, word in enumerate(words) if word == "-H"]
        assert all(header.startswith("Authorization: Bearer rk_") for header in headers)
        path = words[-1].split("/api/v1", 1)[1]
        assert caller.get(path).status == 200, path


def test_commands_in_the_documentation_exist() -> None:
    commands = set(find_commands()) | BUILT_INTO_RUN
    named = {(page.name, match[1]) for page in PAGES for match in COMMAND.finditer(page.read_text()) if match[1]}
    assert named
    assert {one for one in named if one[1] not in commands} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_in_the_documentation_lead_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert missing == []
