"""House rules that no linter knows (DESIGN section 9; CONTRIBUTING)."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "regulars"
FEATURES = (
    "chains",
    "staff",
    "customers",
    "programs",
    "products",
    "ledger",
    "cards",
    "designs",
    "imports",
    "exports",
    "reports",
    "codes",
    "vouchers",
    "giftcards",
    "memberships",
    "rewards",
    "promotions",
    "wallets",
    "messaging",
    "orders",
    "till",
    "storefront",
)
NAMES = {"events", "errors", "rules", "models", "queries", "actions", "api", "pages", "jobs"}
BESIDE = {"__init__", "urls", "apps", "migrations", "templates", "static", "templatetags", "tests", "__pycache__"}
# The reading process of imports is a program of its own; verify and sealing stand outside the path of a request.
GRANTED = {("imports", "reading"), ("ledger", "verify"), ("ledger", "sealing")}
BANNED = {"utils", "helpers", "common", "manager", "service", "services", "base", "misc"}
LINES_MAX = 400
FUNCTION_LINES_MAX = 70
# What a command file must have by contract (project/cli.py), and Django's own.
KNOWN_BY_NAME = {"main", "run", "add_arguments", "ready"}

# ADR 16: these may look at the real clock; everything else has the time of a chain, from the request or from `now_in`.
REAL_CLOCK = {
    "chains/api.py",
    "chains/pages/clock.py",
    "designs/pages/on_phone.py",
    "exports/jobs.py",
    "platform/clock.py",
    "platform/jobs.py",
    "platform/pages/styleguide.py",
    "project/backup/proof.py",
    "project/commands/backup.py",
    "project/commands/create_chain.py",
    "project/commands/verify.py",
    "project/dispatcher.py",
    "project/seal_log.py",
    "project/sender.py",
    "project/up/prepare.py",
    "staff/api.py",
    "staff/jobs.py",
    "staff/pages/account.py",
    "staff/pages/invitations.py",
    "staff/pages/keys.py",
    "staff/pages/passwords.py",
    "staff/pages/people.py",
    "staff/pages/set_up.py",
    "staff/pages/sign_in.py",
    "storefront/jobs.py",
    "storefront/pages/device.py",
    "wallets/pages/apple.py",
    "wallets/pages/google.py",
    "wallets/pages/operation.py",
    "wallets/pages/public.py",
    "wallets/pages/settings.py",
    "wallets/pages/settings_google.py",
    "till/pages/device.py",
    "till/pages/slips.py",
    "till/pages/who.py",
}
CLOCKS = re.compile(r"\btimezone\.now\b|\bdatetime\.(now|utcnow|today)\b|\bdate\.today\b|\breal_now\b|\btime\.time\(\)")

FILES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
CODE = [path for path in FILES if "tests" not in path.parts]
TESTS = [path for path in FILES if "tests" in path.parts] + sorted((ROOT / "tests").rglob("*.py"))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("feature", FEATURES)
def test_features_have_the_nine_names_only(feature: str) -> None:
    found = {path.stem for path in (SOURCE / feature).iterdir()}
    granted = {name for owner, name in GRANTED if owner == feature}
    assert found - NAMES - BESIDE - granted == set()


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [shown(path) for path in FILES if path.stem in BANNED] == []


def test_files_are_short() -> None:
    long = {shown(path): len(path.read_text().splitlines()) for path in (*CODE, *TESTS)}
    assert {name: lines for name, lines in long.items() if lines > LINES_MAX} == {}


def test_functions_are_short() -> None:
    long = {}
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long[f"{shown(path)}:{node.name}"] = lines
    assert long == {}


def test_public_functions_and_classes_promise_something() -> None:
    silent = []
    for path in CODE:
        tree = ast.parse(path.read_text())
        if not ast.get_docstring(tree) and path.read_text().strip():
            silent.append(shown(path))
        silent += [
            f"{shown(path)}:{node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and node.name not in KNOWN_BY_NAME
            and not ast.get_docstring(node)
        ]
    assert silent == []


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|raise NotImplementedError)\b")
    left = [f"{shown(path)}: {match[0]}" for path in CODE for match in marks.finditer(path.read_text())]
    assert left == []


def test_a_limit_that_locks_is_asked_once() -> None:
    # In IN (…) a plan may run it once for each row, and each time it locks others: more than the limit are taken.
    again = re.compile(r"\bIN \(\s*SELECT(?:(?!RETURNING|\"\"\").)*?LIMIT \S+\s+FOR (?:NO KEY )?UPDATE", re.DOTALL)
    assert [shown(path) for path in CODE if again.search(path.read_text())] == []


def test_only_the_listed_places_look_at_the_real_clock() -> None:
    found = {str(path.relative_to(SOURCE)) for path in CODE if CLOCKS.search(path.read_text())}
    assert [name for name in sorted(found) if name not in REAL_CLOCK] == []
    assert [shown(path) for path in CODE if "timezone.now" in path.read_text() and path.name != "clock.py"] == []


def test_no_django_signals() -> None:
    assert [
        shown(path) for path in CODE if "django.dispatch" in path.read_text() or "db.models.signals" in path.read_text()
    ] == []


def test_no_file_names_a_package_index() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    assert "uv.lock" not in listed.stdout.split()
    for path in ROOT.glob("requirements/*"):
        assert not re.search(r"https?://|--index-url", path.read_text()), path.name
