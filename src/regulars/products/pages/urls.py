"""Addresses of the pages of products."""

from django.urls import path

from regulars.products.pages import feeds, importing, products

app_name = "products"
urlpatterns = [
    path("settings/products", products.show_list, name="list"),
    path("settings/products/new", products.add_product, name="new"),
    path("settings/products/import", importing.upload, name="import"),
    path("settings/products/feeds", feeds.show_feeds, name="feeds"),
    path("settings/products/feeds/new", feeds.add_feed, name="new_feed"),
    path("settings/products/feeds/<str:feed>", feeds.show_feed, name="feed"),
    path("settings/products/feeds/<str:feed>/edit", feeds.edit_feed, name="edit_feed"),
    path("settings/products/feeds/<str:feed>/result", feeds.show_result, name="feed_result"),
    path("settings/products/feeds/<str:feed>/run", feeds.run_now, name="run_feed"),
    path("settings/products/feeds/<str:feed>/remove", feeds.remove, name="remove_feed"),
    path("settings/products/<str:product>", products.edit_product, name="product"),
    path("settings/products/<str:product>/archive", products.archive, name="archive"),
    path("settings/products/<str:product>/restore", products.restore, name="restore"),
]
