"""`./run check`: everything a machine can say about the source without running the product."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.translations import extracted, stale_files, untranslated

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
HOST = re.compile(r"(?i)\b(https?://|--(extra-)?index-url|--find-links|@ file:)")
NAME = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)")


def main(names: list[str]) -> int:
    """Run the named checks, or all of them; returns how many fail."""
    unknown = set(names) - set(CHECKS)
    if unknown:
        print(f"There is no check {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}.")
        return 2
    failed = []
    for name in names or CHECKS:
        began = time.monotonic()
        problem = CHECKS[name]()
        print(f"{'FAIL' if problem else 'ok':<5} {name:<14} {time.monotonic() - began:5.1f} s", flush=True)
        if problem:
            failed.append(name)
            print(problem.rstrip(), flush=True)
    print(
        f"{len(failed)} of {len(names or CHECKS)} checks failed: {', '.join(failed)}"
        if failed
        else "All checks passed."
    )
    return 1 if failed else 0


def program(*command: str) -> Callable[[], str]:
    """A check that is a program: its output when it fails, nothing when it passes."""

    def run() -> str:
        with tempfile.TemporaryDirectory() as home:
            return output_of_failed([str(BIN / command[0]), *command[1:]], env=django(Path(home)))

    return run


def output_of_failed(command: list[str], *, env: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"{done.stdout}{done.stderr}" or f"status {done.returncode}"


def requirements() -> str:
    """Pinned with hashes, complete, and without the address of any registry."""
    problems = []
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        text = path.read_text()
        problems += [f"{path.name}: names a host: {line}" for line in text.splitlines() if HOST.search(line)]
        pinned = {
            normal(match[1])
            for line in text.splitlines()
            if (match := re.match(r"^([A-Za-z0-9._-]+)(\[.*\])?==", line))
        }
        problems += [
            f"{path.name}: lacks {name} of {path.stem}.in" for name in wanted(path.with_suffix(".in")) - pinned
        ]
        problems += [f"{path.name}: {name} has no hash" for name in without_hash(text)]
    problems += [
        f"{name} must not be in the repository" for name in ("uv.lock", "poetry.lock") if (ROOT / name).exists()
    ]
    return "\n".join(problems)


def wanted(path: Path) -> set[str]:
    names = set()
    for line in path.read_text().splitlines():
        if line.startswith("-r "):
            names |= wanted(path.parent / line.removeprefix("-r ").strip())
        elif match := NAME.match(line.strip()):
            names.add(normal(match[1]))
    return names


def without_hash(text: str) -> list[str]:
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    return [entry.split("==")[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def migrations() -> str:
    """The models say nothing that no migration says."""
    with tempfile.TemporaryDirectory() as home:
        return output_of_failed(
            [sys.executable, "-W", "ignore", "-m", "django", "makemigrations", "--check", "--dry-run"],
            env=django(Path(home)),
        )


def django(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "regulars.project.settings",
        "REGULARS_HOME": str(home),
        "REGULARS_TESTING": "1",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "DATABASE_OWNER_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    }


def compiled_translations() -> str:
    """Each .mo is what its .po says: the product has no compiler for them."""
    stale = [str(path.relative_to(ROOT)) for path in stale_files()]
    return f"not what their .po says: {', '.join(stale)}; run `python -m tests.translations compile`" if stale else ""


def complete_translations() -> str:
    """Every sentence of the source has its translation; needs gettext's xgettext, and says so where it is missing."""
    if shutil.which("xgettext") is None:
        print("      xgettext is not installed: new sentences are not looked for (Debian: apt install gettext)")
        return ""
    with extracted() as files:
        missing = [f"{path.parts[-3]}: {text!r}" for path in files for text in untranslated(path)]
    return (
        "\n".join(
            [f"{len(missing)} sentences have no translation; run `python -m tests.translations extract`", *missing[:40]]
        )
        if missing
        else ""
    )


CHECKS: dict[str, Callable[[], str]] = {
    "requirements": requirements,
    "style": program("ruff", "check", "."),
    "format": program("ruff", "format", "--check", "."),
    "imports": program("lint-imports", "--no-logo"),
    "types": program("mypy"),
    "migrations": migrations,
    "compiled": compiled_translations,
    "translations": complete_translations,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
