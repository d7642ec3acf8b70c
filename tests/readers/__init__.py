"""Readers of passes that others wrote: KPkPass (Debian's libkpimpkpass-dev) and passkit-generator (npm), each where it can be had.

`python -m tests.readers` installs and builds what is missing; tests skip what is not there, and say so.
"""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
FOLDER: Final = HERE.parents[1] / ".cache" / "readers"
PASSKIT: Final = "passkit-generator@3.6.1"
DEBIAN: Final = ("libkpimpkpass-dev", "qtbase5-dev", "cmake", "g++")
SECONDS_MAX: Final = 300


def install() -> dict[str, bool]:
    """Install and build what can be had here; which readers there are now."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if shutil.which("npm") and not has_passkit():
        _try(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(FOLDER), PASSKIT])
    if not has_kpkpass():
        if shutil.which("apt-get") and os.geteuid() == 0 and not _try(["dpkg", "-s", DEBIAN[0]]):
            _try(["apt-get", "install", "-qq", "-y", "--no-install-recommends", *DEBIAN])
        if shutil.which("cmake"):
            built = str(FOLDER / "kpkpass")
            _ = _try(["cmake", "-S", str(HERE), "-B", built]) and _try(["cmake", "--build", built])
    return {"passkit-generator": has_passkit(), "KPkPass": has_kpkpass()}


def has_passkit() -> bool:
    """Whether passkit-generator can be asked."""
    return bool(shutil.which("node")) and (FOLDER / "node_modules" / "passkit-generator").is_dir()


def has_kpkpass() -> bool:
    """Whether KPkPass can be asked."""
    return (FOLDER / "kpkpass" / "read_pass").is_file()


def read_by_passkit(files: Mapping[str, bytes]) -> dict[str, Any]:
    """What passkit-generator makes of the files of a pass; what its schemas refuse it leaves out."""
    told = json.dumps({name: b64encode(content).decode() for name, content in files.items()})
    done = subprocess.run(
        ["node", str(HERE / "passkit.mjs"), str(FOLDER)],
        input=told,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found | {"complaints": done.stderr}


def read_by_kpkpass(path: Path, locale: str) -> dict[str, Any]:
    """What KPkPass makes of a pass for somebody with a locale."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LC_ALL": locale, "LANGUAGE": locale}
    done = subprocess.run(
        [str(FOLDER / "kpkpass" / "read_pass"), str(path)],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _try(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=SECONDS_MAX, check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False
