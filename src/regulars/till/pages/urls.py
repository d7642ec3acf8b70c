"""Addresses of the till."""

from django.urls import path

from regulars.till.pages import device, giving, pictures, pressing, scanning

app_name = "till"

urlpatterns = [
    path("till", scanning.show_till, name="show"),
    path("till/app.webmanifest", device.show_manifest, name="manifest"),
    path("till/found", scanning.find, name="find"),
    path("till/card/<str:card>", scanning.show_card, name="card"),
    path("till/card/<str:card>/give", giving.give_card, name="give"),
    path("till/picture", pictures.read, name="picture"),
    path("till/press", pressing.press_button, name="press"),
    path("till/recent", pressing.show_recent, name="recent"),
    path("till/pressed/<str:press>", pressing.show_pressed, name="pressed"),
    path("till/pressed/<str:press>/undo", pressing.undo, name="undo"),
    path("till/set-up", device.show_set_up, name="set_up"),
    path("till/place", device.choose, name="place"),
    path("till/mode", device.set_mode, name="mode"),
    path("till/leave", device.leave, name="leave"),
]
