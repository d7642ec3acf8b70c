"""Values as cells: each is read back as it was."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.exports.rules.cells import Amount, phone_cell
from regulars.kernel.amount import parse_amount
from regulars.kernel.phone import parse_phone

COUNTRIES = ("DE", "RU", "IN", "US", "IT", "AT", "FR", "BR", "GB", "KZ")


@pytest.mark.parametrize("country", COUNTRIES)
def test_phones_of_the_whole_world_are_read_back_in_every_country(country: str) -> None:
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    examples = [
        phonenumbers.example_number_for_type(region, kind)
        for region in phonenumbers.SUPPORTED_REGIONS
        for kind in kinds
    ]
    phones = [phonenumbers.format_number(one, phonenumbers.PhoneNumberFormat.E164) for one in examples if one]
    kept = [phone for phone in phones if parse_phone(phone, country) == phone]
    assert len(kept) > 400
    assert [phone for phone in kept if parse_phone(phone_cell(phone, country), country) != phone] == []


@given(st.from_regex(r"\+(49|7|91|1|39|43)[1-9][0-9]{6,11}", fullmatch=True), st.sampled_from(COUNTRIES))
def test_any_phone_is_read_back(phone: str, country: str) -> None:
    if parse_phone(phone, country) == phone:
        assert parse_phone(phone_cell(phone, country), country) == phone


@given(st.integers(min_value=-(10**15), max_value=10**15), st.integers(min_value=0, max_value=4))
def test_an_amount_is_read_back_exactly(units: int, decimals: int) -> None:
    amount = Amount(units, decimals)
    assert parse_amount(amount.text, decimals) == units
    if amount.is_exact_number:
        # What a spreadsheet keeps is the nearest binary number, written with 15 to 17 digits.
        assert parse_amount(f"{units / 10**decimals:.15g}", decimals) == units
