"""One code space per chain: a code belongs to one thing, however it is typed (RWD-9)."""

from uuid import UUID

import pytest

from regulars.codes.actions.space import take_code, take_new_codes
from regulars.codes.errors import CodeTaken
from regulars.codes.queries.space import find_owner
from regulars.codes.rules.space import CodeOwner, check_chosen
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Refused
from regulars.platform.database import unit_of_work
from tests.contract.chains import open_chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain_id() -> UUID:
    return open_chain().chain_id


def test_a_code_is_found_however_it_is_typed(chain_id: UUID) -> None:
    voucher = new_id()
    with unit_of_work(chain_id):
        take_code(chain_id, "voucher", voucher, "Spring-Opening-2026")
        assert find_owner(chain_id, "spring opening 2026") == CodeOwner("voucher", voucher)
        assert find_owner(chain_id, "spring opening 2027") is None


def test_a_code_that_looks_the_same_is_taken(chain_id: UUID) -> None:
    with unit_of_work(chain_id):
        take_code(chain_id, "voucher", new_id(), "ВОНУС-2026-2026-1")
    with pytest.raises(Refused) as refused, unit_of_work(chain_id):
        take_code(chain_id, "gift_card", new_id(), "BOHYC2026 2026L")
    assert refused.value.refusal == CodeTaken(text="BOHYC2026 2026L")


def test_new_codes_are_each_their_own(chain_id: UUID) -> None:
    owners = [new_id() for _ in range(300)]
    with unit_of_work(chain_id):
        codes = take_new_codes(chain_id, "code", owners)
        assert len(set(codes)) == 300
        assert find_owner(chain_id, codes[7].lower()) == CodeOwner("code", owners[7])
        assert take_new_codes(chain_id, "code", []) == []


def test_what_is_worth_money_is_not_short() -> None:
    assert check_chosen("AUTUMN") is not None
    assert check_chosen("7K3M-9PQX-2WRT-A") is None
