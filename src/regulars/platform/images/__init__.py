"""Pictures that people upload: distrusted, decoded in a limited child process, kept only as a PNG drawn anew.

What was uploaded is never served: of a photo its place and profile stay behind, of an SVG its script and references.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from regulars.platform.images.limits import BYTES_MAX, SIDE_MAX, WALL_SECONDS_MAX

Wrong = Literal[
    "too_large", "not_a_picture", "too_many_pixels", "moving_picture", "outside_reference", "picture_too_heavy"
]
_WRONGS: Final[frozenset[Wrong]] = frozenset(
    {"not_a_picture", "too_many_pixels", "moving_picture", "outside_reference", "picture_too_heavy"}
)
_CHILD: Final = Path(__file__).with_name("child.py")
_PNG: Final = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as it is kept: a PNG with its size in pixels."""

    content: bytes
    width: int
    height: int


def redraw(content: bytes, *, side_max: int = SIDE_MAX) -> Drawn | Wrong:
    """The picture in a PNG, JPEG, WebP, AVIF, HEIC or SVG as a PNG no longer than `side_max` pixels, or what is wrong.

    Never raises for what the bytes hold: a file that kills its reader is `picture_too_heavy` or `not_a_picture`.
    """
    if len(content) > BYTES_MAX:
        return "too_large"
    if not content:
        return "not_a_picture"
    try:
        answer = subprocess.run(
            [sys.executable, "-I", "-X", "utf8", str(_CHILD), str(side_max)],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            timeout=WALL_SECONDS_MAX,
            close_fds=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "picture_too_heavy"
    head, _newline, picture = answer.stdout.partition(b"\n")
    if answer.returncode != 0 or not head:
        # It ended without a word: the limits on memory or time did that.
        return "picture_too_heavy"
    said = json.loads(head)
    wrong: Wrong | None = next((one for one in _WRONGS if one == said.get("wrong")), None)
    if wrong is not None:
        return wrong
    if not picture.startswith(_PNG):
        return "not_a_picture"
    return Drawn(picture, int(said["width"]), int(said["height"]))
