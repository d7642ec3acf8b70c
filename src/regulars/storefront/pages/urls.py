"""Addresses of the pages for customers."""

from django.urls import path

from regulars.storefront.pages import app, device, web_card

app_name = "storefront"

urlpatterns = [
    path("c/<str:token>", web_card.show_web_card, name="web_card"),
    path("c/<str:token>/app.webmanifest", app.show_manifest, name="manifest"),
    path("c/<str:token>/worker.js", app.show_worker, name="worker"),
    path("c/<str:token>/icon-<int:side>.png", app.show_icon, name="icon"),
    path("c/<str:token>/picture/<str:slot>", app.show_picture, name="picture"),
    path("c/<str:token>/look", device.choose_look, name="look"),
    path("c/<str:token>/device", device.register_device, name="device"),
    path("c/<str:token>/push", device.change_push, name="push"),
]
