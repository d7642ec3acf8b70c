"""Addresses of wallets."""

from django.urls import path

from regulars.wallets.pages import apple, google, operation, public, settings, settings_google

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
    path("c/<str:token>/google", public.show_google_link, name="google-card"),
    path("settings/wallets/google", settings_google.upload, name="google-upload"),
    path("settings/wallets/google/remove", settings_google.remove, name="google-remove"),
    path("google/callback", google.take_callback, name="google-callback"),
    path("google/pictures/<str:chain>/<str:name>.png", google.show_picture, name="google-picture"),
    path("apple/v1/log", apple.take_log, name="apple-log"),
]
