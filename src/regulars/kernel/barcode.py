"""Linear barcodes: Code 128 (ISO/IEC 15417), code set B, which every till's scanner reads."""

from typing import Final

FIRST: Final = 32
LAST: Final = 126
START_B: Final = 104
STOP: Final = 106
QUIET: Final = 10
"""Modules of white that have to stand before and behind the bars."""

# Widths of bar, space, bar, space, bar, space for each value; the stop has a bar more.
WIDTHS: Final = [
    "212222",
    "222122",
    "222221",
    "121223",
    "121322",
    "131222",
    "122213",
    "122312",
    "132212",
    "221213",
    "221312",
    "231212",
    "112232",
    "122132",
    "122231",
    "113222",
    "123122",
    "123221",
    "223211",
    "221132",
    "221231",
    "213212",
    "223112",
    "312131",
    "311222",
    "321122",
    "321221",
    "312212",
    "322112",
    "322211",
    "212123",
    "212321",
    "232121",
    "111323",
    "131123",
    "131321",
    "112313",
    "132113",
    "132311",
    "211313",
    "231113",
    "231311",
    "112133",
    "112331",
    "132131",
    "113123",
    "113321",
    "133121",
    "313121",
    "211331",
    "231131",
    "213113",
    "213311",
    "213131",
    "311123",
    "311321",
    "331121",
    "312113",
    "312311",
    "332111",
    "314111",
    "221411",
    "431111",
    "111224",
    "111422",
    "121124",
    "121421",
    "141122",
    "141221",
    "112214",
    "112412",
    "122114",
    "122411",
    "142112",
    "142211",
    "241211",
    "221114",
    "413111",
    "241112",
    "134111",
    "111242",
    "121142",
    "121241",
    "114212",
    "124112",
    "124211",
    "411212",
    "421112",
    "421211",
    "212141",
    "214121",
    "412121",
    "111143",
    "111341",
    "131141",
    "114113",
    "114311",
    "411113",
    "411311",
    "113141",
    "114131",
    "311141",
    "411131",
    "211412",
    "211214",
    "211232",
    "2331112",
]


def can_be_barcode(text: str) -> bool:
    """Whether a barcode can hold this text: printable ASCII, and not so long that no scanner sees its ends."""
    return 0 < len(text) <= 48 and all(FIRST <= ord(letter) <= LAST for letter in text)


def barcode_bars(text: str) -> tuple[list[tuple[int, int]], int]:
    """The bars of a text, as (where, how wide) in modules, and how wide all of it is with its quiet zones."""
    assert can_be_barcode(text)
    values = [ord(letter) - FIRST for letter in text]
    check = (START_B + sum(place * value for place, value in enumerate(values, 1))) % 103
    bars = []
    at = QUIET
    for value in (START_B, *values, check, STOP):
        for number, width in enumerate(map(int, WIDTHS[value])):
            if number % 2 == 0:
                bars.append((at, width))
            at += width
    return bars, at + QUIET
