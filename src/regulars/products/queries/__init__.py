"""Reads of products and their feeds; what orders ask is `find_by_skus`."""

from regulars.products.queries.products import (
    ProductFilter,
    ProductPage,
    ProductView,
    access_product,
    count_products,
    find_by_skus,
    find_product,
    list_categories,
    list_products,
)

__all__ = [
    "ProductFilter",
    "ProductPage",
    "ProductView",
    "access_product",
    "count_products",
    "find_by_skus",
    "find_product",
    "list_categories",
    "list_products",
]
