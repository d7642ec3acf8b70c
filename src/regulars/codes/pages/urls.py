"""Addresses of the pages of codes. A code itself never stands in one."""

from django.urls import path

from regulars.codes.pages import codes, coming, pools

app_name = "codes"
urlpatterns = [
    path("codes", pools.show_pools, name="list"),
    path("codes/new", pools.add_pool, name="new"),
    path("codes/find", codes.find, name="find"),
    path("codes/pools/<str:pool>", pools.show_pool, name="pool"),
    path("codes/pools/<str:pool>/work", pools.show_work, name="work"),
    path("codes/pools/<str:pool>/edit", pools.edit_pool, name="edit"),
    path("codes/pools/<str:pool>/state", pools.set_state, name="state"),
    path("codes/pools/<str:pool>/generate", coming.generate, name="generate"),
    path("codes/pools/<str:pool>/import", coming.upload, name="import"),
    path("codes/pools/<str:pool>/fetch", coming.fetch_now, name="fetch"),
    path("codes/batches/<str:batch>/cancel", coming.cancel, name="cancel"),
    path("codes/batches/<str:batch>/undo", coming.undo, name="undo"),
    path("codes/<str:code>", codes.show_code, name="code"),
    path("codes/<str:code>/attach", codes.attach, name="attach"),
    path("codes/<str:code>/detach", codes.detach, name="detach"),
    path("codes/<str:code>/activate", codes.activate, name="activate"),
    path("codes/<str:code>/expire", codes.expire, name="expire"),
]
