"""Barcodes as Code 128 has them."""

from itertools import pairwise

import pytest

from regulars.kernel.barcode import QUIET, START_B, STOP, WIDTHS, barcode_bars, can_be_barcode


def drawn(text: str) -> str:
    """The modules as dark and light, without the quiet zones."""
    bars, width = barcode_bars(text)
    dark = {at + step for at, wide in bars for step in range(wide)}
    return "".join("#" if module in dark else " " for module in range(QUIET, width - QUIET))


def test_the_patterns_are_those_of_the_standard() -> None:
    assert len(WIDTHS) == len(set(WIDTHS)) == STOP + 1
    assert {sum(map(int, one)) for one in WIDTHS[:STOP]} == {11}
    # Bars of a symbol are together even, spaces odd: what scanners check each symbol by.
    assert all(sum(map(int, one[::2])) % 2 == 0 for one in WIDTHS[:STOP])


def test_a_known_code() -> None:
    # "Wikipedia", check value 88: the example that most explanations use.
    values = [ord(letter) - 32 for letter in "Wikipedia"]
    assert (START_B + sum(place * value for place, value in enumerate(values, 1))) % 103 == 88
    wanted = [START_B, *values, 88, STOP]
    text = "".join(("#" if at % 2 == 0 else " ") * int(wide) for one in wanted for at, wide in enumerate(WIDTHS[one]))
    assert drawn("Wikipedia") == text


def test_bars_never_touch() -> None:
    bars, width = barcode_bars("7K3M9PQX2WRTA4ZB")
    assert all(at + wide < following for (at, wide), (following, _) in pairwise(bars))
    assert width == 2 * QUIET + 11 * 18 + 13


@pytest.mark.parametrize(
    ("text", "fits"), [("7K3M", True), ("", False), ("é", False), ("A" * 49, False), ("a b", True)]
)
def test_what_fits(text: str, fits: bool) -> None:
    assert can_be_barcode(text) is fits
