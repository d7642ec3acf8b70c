"""Readers of passes that others wrote: KPkPass (Debian's libkpimpkpass-dev) and passkit-generator (npm), each where it can be had.

`python -m tests.readers` installs and builds what is missing, and CI calls it; tests skip what is not there, and say so.
"""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
FOLDER: Final = HERE.parents[1] / ".cache" / "readers"
PASSKIT: Final = "passkit-generator@3.6.1"
DEBIAN: Final = ("libkpimpkpass-dev", "qtbase5-dev", "cmake", "g++")
SECONDS_MAX: Final = 150
"""For everything that asks a registry or builds: who has no registry does not wait long for it."""
UNPACK_SECONDS_MAX: Final = 120
"""For unpacking what is downloaded: ended in the middle, the system would have to be repaired, so it has seconds of its own."""


def install() -> dict[str, bool]:
    """Install and build what can be had here, within SECONDS_MAX; which readers there are now."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    ends_at = monotonic() + SECONDS_MAX
    if shutil.which("npm") and not has_passkit():
        wanted = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(FOLDER), PASSKIT]
        _try(["npm", "install", *wanted], ends_at)
    if not has_kpkpass():
        _install_packages(ends_at)
        if shutil.which("cmake"):
            built = str(FOLDER / "kpkpass")
            _ = _try(["cmake", "-S", str(HERE), "-B", built], ends_at) and _try(["cmake", "--build", built], ends_at)
    return {"passkit-generator": has_passkit(), "KPkPass": has_kpkpass()}


def _install_packages(ends_at: float) -> None:
    """Debian's packages that KPkPass is built with, where this is a Debian and ours to install on."""
    is_ours = shutil.which("apt-get") and os.geteuid() == 0
    if not is_ours or _try(["dpkg", "-s", *DEBIAN], ends_at):
        return
    wanted = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *DEBIAN]
    download = [*wanted, "--download-only"]
    # A machine that is new knows no packages yet.
    if _try(download, ends_at) or (_try(["apt-get", "update", "-qq"], ends_at) and _try(download, ends_at)):
        _try([*wanted, "--no-download"], monotonic() + UNPACK_SECONDS_MAX)


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


def _try(command: list[str], ends_at: float) -> bool:
    """Whether it went well, in the time that is left."""
    seconds = ends_at - monotonic()
    if seconds <= 0:
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Into nothing, not into pipes: those would be waited for as long as any child of a command that was ended holds them.
    nothing = subprocess.DEVNULL
    try:
        done = subprocess.run(
            command, env=environment, stdin=nothing, stdout=nothing, stderr=nothing, timeout=seconds, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
