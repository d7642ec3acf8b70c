"""Reading a column of phones at the speed of regular expressions.

The numbering plans that `phonenumbers` carries become one expression per calling code. Only what an expression settles
beyond doubt is decided by it; every other text goes, once per distinct text, through `phones.read_phone`, which takes
fifty times longer.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers
import polars as pl
from phonenumbers.phonemetadata import PhoneMetadata

_PLAN_KINDS: Final = (
    "mobile", "fixed_line", "premium_rate", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail", "toll_free",
)  # fmt: skip
_NEARLY_SIMPLE: Final = ("0|180020",)
_NOISE: Final = r"[ \u00a0\u202f\u2009().\-‐-―/]"
_SHAPE: Final = r"^\+?[0-9]{7,15}$"
_CODES_MAX: Final = 80


@dataclass(frozen=True, slots=True)
class _Plan:
    """How numbers of one calling code look after the code: expressions with the lengths they count for."""

    code: str
    general: str
    valid: tuple[tuple[str, tuple[int, ...]], ...]
    national_prefix: str | None
    is_simple: bool
    """False where carrier codes and area codes move: then only the international form is beyond doubt."""

    def is_valid(self, digits: pl.Expr, *, before: str = "") -> pl.Expr:
        """Whether the digits after `before` (a literal expression) are a number in service."""
        size = len(before)
        length = digits.str.len_bytes()
        start = before.replace("+", r"\+")
        return digits.str.contains(f"^{start}(?:{self.general})$") & pl.any_horizontal([
            digits.str.contains(f"^{start}(?:{pattern})$") & length.is_in([each + size for each in lengths])
            for pattern, lengths in self.valid
        ])  # fmt: skip


def read_plain_phones(texts: pl.Series, *, country: str) -> pl.Series:
    """The E.164 form of each text where it is beyond doubt, else null."""
    home = _plan_of(country)
    frame = pl.DataFrame({"digits": texts.str.replace_all(_NOISE, "")}).select(
        pl.when(pl.col("digits").str.contains(_SHAPE)).then(pl.col("digits")).alias("digits")
    )
    national = (
        _at_home(pl.col("digits"), home) if home is not None and home.is_simple else pl.lit(None, dtype=pl.String)
    )
    frame = frame.with_columns(national.alias("home"), _international(pl.col("digits")).alias("full"))
    return frame["home"].fill_null(_valid_abroad(frame["full"]))


def _at_home(digits: pl.Expr, plan: _Plan) -> pl.Expr:
    """Numbers without a plus: with the home country's calling code, with the national prefix, or bare."""
    is_bare = ~digits.str.starts_with("+") & ~digits.str.starts_with("00")
    with_code = is_bare & plan.is_valid(digits, before=plan.code)
    # Digits that begin with the calling code are left to the slow way where they are no number with it: it may be an
    # area code as well.
    is_national = is_bare & ~digits.str.starts_with(plan.code)
    if plan.national_prefix:
        rest = digits.str.slice(len(plan.national_prefix))
        has_prefix = digits.str.starts_with(plan.national_prefix)
        # Where the text is a number with and without the prefix, the slow way decides.
        with_prefix = is_national & has_prefix & plan.is_valid(rest) & ~plan.is_valid(digits)
        bare = is_national & ~has_prefix & plan.is_valid(digits)
    else:
        rest, with_prefix = digits, pl.lit(False)
        bare = is_national & plan.is_valid(digits)
    return (
        pl.when(with_code).then(pl.lit("+") + digits)
        .when(with_prefix).then(pl.lit(f"+{plan.code}") + rest)
        .when(bare).then(pl.lit(f"+{plan.code}") + digits)
    )  # fmt: skip


def _international(digits: pl.Expr) -> pl.Expr:
    cases = pl.when(digits.str.starts_with("+")).then(digits)
    return cases.when(digits.str.starts_with("00")).then(pl.lit("+") + digits.str.slice(2)).otherwise(None)


def _valid_abroad(full: pl.Series) -> pl.Series:
    """International numbers of any country, where its plan says they are in service; each calling code by itself."""
    if full.null_count() == len(full):
        return full
    frame = pl.DataFrame({"full": full, "code": full.str.extract(_calling_codes(), 1)})
    codes = frame["code"].drop_nulls().value_counts(sort=True)["code"].to_list()[:_CODES_MAX]
    valid: pl.Expr = pl.lit(False)
    for code in codes:
        plan = _plan_of(phonenumbers.region_code_for_country_code(int(code)))
        if plan is not None:
            is_valid = plan.is_valid(pl.col("full"), before=f"+{code}")
            valid = pl.when(pl.col("code") == code).then(is_valid).otherwise(valid)
    return frame.select(pl.when(valid).then(pl.col("full")).otherwise(None).alias("full"))["full"]


@lru_cache(maxsize=1)
def _calling_codes() -> str:
    codes = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    return r"^\+(" + "|".join(map(str, codes)) + ")"


@lru_cache(maxsize=300)
def _plan_of(country: str) -> _Plan | None:
    """The numbering plan of a country; None where several share a calling code and this is not the first of them."""
    data = PhoneMetadata.metadata_for_region(country, None)
    if data is None or (not data.main_country_for_code and _shares_code(country)):
        return None
    general = data.general_desc
    if general is None or general.national_number_pattern is None:
        return None
    by_length: dict[tuple[int, ...], list[str]] = {}
    whole = set(general.possible_length)
    for kind in _PLAN_KINDS:
        described = getattr(data, kind)
        if described is not None and described.national_number_pattern:
            # A kind without lengths of its own has those of the country.
            lengths = {each for each in described.possible_length if each > 0} or whole
            by_length.setdefault(tuple(sorted(lengths & whole)), []).append(f"(?:{described.national_number_pattern})")
    is_simple = data.national_prefix_for_parsing in (None, data.national_prefix, *_NEARLY_SIMPLE)
    return _Plan(
        code=str(data.country_code),
        general=general.national_number_pattern,
        valid=tuple(("|".join(patterns), lengths) for lengths, patterns in by_length.items()),
        national_prefix=data.national_prefix,
        is_simple=is_simple and not data.national_prefix_transform_rule,
    )


def _shares_code(country: str) -> bool:
    code = phonenumbers.country_code_for_region(country)
    return len(phonenumbers.region_codes_for_country_code(code)) > 1
