"""Universal codes of promotions stand in the one code space of their chain (RWD-9)."""

from typing import Any

import pytest

from regulars.codes.actions.space import take_code
from regulars.codes.errors import CodeTaken
from regulars.codes.queries.space import find_owner
from regulars.codes.rules.space import CodeOwner
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Refused
from regulars.platform.database import unit_of_work
from tests.contract.chains import Caller, open_chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Caller:
    made = open_chain()
    program = made.post("/programs", {"name": "Coffee", "external_id": "coffee"})
    assert program.status == 201
    return made


def promotion(name: str, *codes: str) -> dict[str, Any]:
    return {
        "name": name,
        "program": "ext:coffee",
        "external_id": name,
        "state": "active",
        "codes": list(codes),
        "benefits": [{"kind": "percent_off_order", "percent": "10"}],
    }


def owner(shop: Caller, text: str) -> CodeOwner | None:
    with unit_of_work(shop.chain_id):
        return find_owner(shop.chain_id, text)


def test_promotions_share_a_code_and_free_it_together(shop: Caller) -> None:
    assert shop.post("/promotions", promotion("one", "AUTUMN", "Leaves")).status == 201
    assert shop.post("/promotions", promotion("two", "autumn")).status == 201
    assert owner(shop, "Аutumn") == CodeOwner("promotion", None)
    with pytest.raises(Refused) as refused, unit_of_work(shop.chain_id):
        take_code(shop.chain_id, "voucher", new_id(), "A U T U M N")
    assert isinstance(refused.value.refusal, CodeTaken)
    for name in ("one", "two"):
        assert owner(shop, "AUTUMN") is not None
        shop.patch(f"/promotions/ext:{name}", {"codes": ["OTHER"]})
        assert shop.post(f"/promotions/ext:{name}/publish").status == 200
    assert (owner(shop, "AUTUMN"), owner(shop, "LEAVES")) == (None, None)
    assert owner(shop, "other") == CodeOwner("promotion", None)


def test_a_code_that_something_else_has_is_refused_at_its_field(shop: Caller) -> None:
    with unit_of_work(shop.chain_id):
        take_code(shop.chain_id, "voucher", new_id(), "7K3M-9PQX-2WRT-A")
    refused = shop.post("/promotions", promotion("one", "AUTUMN", "7k3m 9pqx 2wrt a"))
    assert (refused.status, refused.codes_at()) == (422, {"/codes/1": "code_taken"})
    assert owner(shop, "AUTUMN") is None
