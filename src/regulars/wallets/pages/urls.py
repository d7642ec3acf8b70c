"""Addresses of wallets."""

from django.urls import path

from regulars.wallets.pages import apple

app_name = "wallets"
urlpatterns = [
    path(
        "apple/v1/devices/<str:device>/registrations/<str:pass_type>/<str:serial>",
        apple.change_registration,
        name="apple-registration",
    ),
    path("apple/v1/devices/<str:device>/registrations/<str:pass_type>", apple.list_passes, name="apple-changed"),
    path("apple/v1/passes/<str:pass_type>/<str:serial>", apple.show_pass, name="apple-pass"),
    path("apple/v1/log", apple.take_log, name="apple-log"),
]
