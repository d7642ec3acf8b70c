"""What orders ask of products: everything about many SKUs in one statement, apart by chain."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from regulars.platform.database import unit_of_work
from regulars.products.models import Product
from regulars.products.queries import find_by_skus
from tests.people import Shop, open_shop

pytestmark = pytest.mark.django_db


def put(shop: Shop, sku: str, **values: object) -> None:
    with unit_of_work(shop.chain_id):
        Product.objects.create(chain_id=shop.chain_id, sku=sku, name=sku.title(), search_name=sku, **values)


def test_products_are_found_by_sku_in_one_statement() -> None:
    shop = open_shop()
    put(shop, "latte", category="Drinks > Coffee", tags=["hot"], price=390, price_min=200, tax_percent=Decimal(19))
    put(shop, "gift-card", excluded=True, kind="service")
    with (
        unit_of_work(shop.chain_id),
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        found = find_by_skus(shop.chain_id, ["latte", "gift-card", "latte", "unknown"])
    assert len([one for one in asked.captured_queries if "FROM products" in one["sql"]]) == 1
    assert set(found) == {"latte", "gift-card"}
    latte = found["latte"]
    assert (latte.category, latte.tags, latte.kind, latte.price, latte.price_min) == (
        "Drinks > Coffee",
        ("hot",),
        "goods",
        390,
        200,
    )
    assert latte.tax_percent == Decimal(19)
    assert not latte.excluded
    assert found["gift-card"].excluded
    assert found["gift-card"].price is None


def test_nothing_is_asked_for_no_skus_and_another_chain_has_its_own() -> None:
    shop, other = open_shop(), open_shop(name="Salon")
    put(shop, "latte")
    with unit_of_work(other.chain_id):
        assert find_by_skus(other.chain_id, ["latte"]) == {}
        assert find_by_skus(shop.chain_id, ["latte"]) == {}
        assert find_by_skus(other.chain_id, []) == {}
