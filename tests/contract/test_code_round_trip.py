"""What an export of codes and gift cards writes, an import reads as it was (IMP-8)."""

from typing import Any

import pytest

from regulars.exports.actions.run import run_export
from regulars.kernel.ids import decode
from tests.contract.chains import open_chain
from tests.contract.import_shop import ANNA, BORIS, Shop

pytestmark = pytest.mark.committed

CODES = ["code", "state", "phone", "uses", "valid_until"]
CARDS = ["bearer_code", "gift_card_type", "state", "value", "balance", "phone", "valid_until"]


def fitted(name: str) -> Shop:
    caller = open_chain(name)
    for phone in (ANNA, BORIS):
        assert caller.post("/customers", {"name": "Somebody", "phones": [phone]}).status == 201
    pool = {"name": "Autumn", "external_id": "autumn", "kind": "personal"}
    assert caller.post("/code-pools", pool).status == 201
    kind = {"name": "Classic", "value_min": "1.00", "value_max": "500.00"}
    assert caller.post("/gift-card-types", kind).status == 201
    return Shop(caller)


def written(shop: Shop, kind: str, columns: list[str], file_format: str) -> bytes:
    body = {"kind": kind, "format": file_format, "columns": columns}
    made = shop.caller.post("/exports", body)
    assert made.status == 201, made.body
    export_id = decode("exp", made.body["id"])
    assert export_id
    run_export(shop.caller.chain_id, export_id)
    url = shop.caller.get(f"/exports/{made.body['id']}").body["url"]
    answer: Any = shop.caller.client.get(url, HTTP_AUTHORIZATION=f"Bearer {shop.caller.key}")
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_brought_in_elsewhere_gives_the_same_export(committed_db: Any, file_format: str) -> None:
    here, there = fitted("Here"), fitted("There")
    codes = (
        f"Code,Phone,Valid until,State\nAUTUMN-0001,{ANNA},2099-05-01 10:30,\n=AUTUMN-0002,,,\n0004711000,,,used\n"
        "ВЕСНА-0003,,2020-01-01,\n"
    )
    here.bring(codes, kind="codes", card_type=None, mode=None, pool="ext:autumn")
    cards = (
        f"Code,Balance,Value,Type,Valid until,Phone,State\n6001234567890123,12.50,50,Classic,2099-05-01,{BORIS},\n"
        "0001234567890124,20,,Classic,,,blocked\n"
    )
    here.bring(cards, kind="gift_cards", card_type=None, mode=None)

    name = f"back.{file_format}"
    file = written(here, "codes", CODES, file_format)
    one = there.bring(file, kind="codes", card_type=None, mode=None, pool="ext:autumn", name=name)
    assert (one["result"]["created"], one["counts"]["error"]) == (4, 0), there.rows(one, "error")
    assert written(there, "codes", CODES, "csv") == written(here, "codes", CODES, "csv")
    file = written(here, "gift_cards", CARDS, file_format)
    one = there.bring(file, kind="gift_cards", card_type=None, mode=None, name=name)
    assert (one["result"]["created"], one["counts"]["error"]) == (2, 0), there.rows(one, "error")
    assert written(there, "gift_cards", CARDS, "csv") == written(here, "gift_cards", CARDS, "csv")
