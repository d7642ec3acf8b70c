"""What one picture may hold, and what reading it may take."""

from typing import Final

BYTES_MAX: Final = 10_000_000
PIXELS_MAX: Final = 40_000_000
SIDE_MAX: Final = 1_600
"""No page or pass shows a picture larger."""
MEMORY_BYTES_MAX: Final = 1024 * 1024 * 1024
CPU_SECONDS_MAX: Final = 20
WALL_SECONDS_MAX: Final = 40
OUTPUT_BYTES_MAX: Final = 32 * 1024 * 1024
SVG_ELEMENTS_MAX: Final = 20_000
