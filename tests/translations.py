"""Translations: `python -m tests.translations extract` brings new sentences into the .po files, `compile` makes the .mo files from them.

The product ships its .mo files, because a machine that only has Python cannot make them.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("ru", "hi")
LOCALE = ROOT / "src" / "regulars" / "locale"
SENTENCES = {"_ERRORS", "_WARNINGS", "_SKIPS", "_CONFLICTS", "_REASONS", "_SENTENCES"}


def main(arguments: list[str]) -> int:
    """Extract or compile; prints what is left to translate."""
    match arguments:
        case ["extract"]:
            with extracted() as files:
                for path in files:
                    target = LOCALE / path.parts[-3] / "LC_MESSAGES" / path.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, target)
                    print(f"{target.relative_to(ROOT)}: {len(untranslated(target))} sentences to translate")
        case ["compile"]:
            for path in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
                polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))
                print(f"{path.with_suffix('.mo').relative_to(ROOT)}: {len(untranslated(path))} sentences to translate")
        case _:
            print(__doc__)
            return 2
    return 0


@contextmanager
def extracted() -> Iterator[list[Path]]:
    """The .po files as they should be, in a copy of the source: needs xgettext, touches nothing here."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "regulars"
        shutil.copytree(ROOT / "src" / "regulars", copy, ignore=shutil.ignore_patterns("__pycache__", "tests", "*.mo"))
        for language in LANGUAGES:
            (copy / "locale" / language / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
        (copy / "sentences_of_values.py").write_text(
            "".join(f"_({text!r})\n" for text in sorted(sentences_of_values())), encoding="utf-8"
        )
        languages = [part for language in LANGUAGES for part in ("-l", language)]
        command = ["-m", "django", "makemessages", *languages, "--no-obsolete", "--add-location=file", "--verbosity=0"]
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "regulars.project.settings",
            "REGULARS_HOME": f"{folder}/home",
            # The copy comes before the original, so that Django writes into the copy.
            "PYTHONPATH": folder,
        }
        done = subprocess.run(
            [sys.executable, *command, "--ignore=static/*"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"makemessages fails:\n{done.stdout}{done.stderr}")
        yield [copy / "locale" / language / "LC_MESSAGES" / "django.po" for language in LANGUAGES]


def sentences_of_values() -> set[str]:
    """Sentences that the source holds as values and translates where it shows them: refusals, fields, rows of an import."""
    found: set[str] = set()
    for path in (ROOT / "src" / "regulars").rglob("*.py"):
        if "tests" in path.parts or "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.AnnAssign(target=ast.Name(id="message" | "title"), value=ast.Constant(value=str(text))):
                    found.add(text)
                case ast.Call(func=ast.Name(id="FieldProblem"), args=[_, _, ast.Constant(value=str(text))]):
                    found.add(text)
                case ast.Call(func=ast.Attribute(attr="_bad"), args=[_, _, ast.Constant(value=str(text))]):
                    found.add(text)
                case ast.Assign(targets=[ast.Name(id="detail")], value=ast.Constant(value=str(text))):
                    found.add(text)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict(values=values)) if name in SENTENCES:
                    found |= {str(one.value) for one in values if isinstance(one, ast.Constant)}
    return {text for text in found if " " in text}


def untranslated(path: Path) -> list[str]:
    """The sentences of a .po file without a translation that somebody has confirmed, in every plural form of the language."""
    file = polib.pofile(str(path))
    forms = int(file.metadata["Plural-Forms"].split("nplurals=")[1].split(";")[0])
    return [
        entry.msgid
        for entry in file
        if not entry.obsolete
        and (not entry.translated() or entry.fuzzy or (entry.msgid_plural and len(entry.msgstr_plural) < forms))
    ]


def stale_files() -> list[Path]:
    """The .mo files that are missing or say something else than their .po."""
    found = []
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or messages(polib.mofile(str(compiled))) != messages(
            polib.pofile(str(source)).translated_entries()
        ):
            found.append(compiled)
    return found


Messages = dict[tuple[str | None, str], tuple[str, tuple[tuple[int, str], ...]]]


def messages(entries: Iterable[polib.POEntry | polib.MOEntry]) -> Messages:
    """What each sentence is translated to; the header, which has no sentence, is left out."""
    return {
        (entry.msgctxt, entry.msgid): (entry.msgstr, tuple(sorted(entry.msgstr_plural.items())))
        for entry in entries
        if entry.msgid
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
