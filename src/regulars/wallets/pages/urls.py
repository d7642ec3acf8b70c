"""Addresses of wallets."""

from django.urls import path

from regulars.wallets.pages import apple, operation, public, settings

app_name = "wallets"
urlpatterns = [
    path(
        "apple/v1/devices/<str:device>/registrations/<str:pass_type>/<str:serial>",
        apple.change_registration,
        name="apple-registration",
    ),
    path("apple/v1/devices/<str:device>/registrations/<str:pass_type>", apple.list_passes, name="apple-changed"),
    path("apple/v1/passes/<str:pass_type>/<str:serial>", apple.show_pass, name="apple-pass"),
    path("settings/wallets", settings.show_settings, name="settings"),
    path("settings/wallets/operation", operation.show_operation, name="operation"),
    path("settings/wallets/request", settings.download_request, name="request"),
    path("settings/wallets/remove", settings.remove, name="remove"),
    path("c/<str:token>/apple", public.show_apple_pass, name="apple-card"),
    path("apple/v1/log", apple.take_log, name="apple-log"),
]
