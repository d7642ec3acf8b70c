"""Addresses of the settings of a business."""

from django.urls import path

from regulars.chains.pages import business, clock, locations

app_name = "chains"

urlpatterns = [
    path("settings", business.show_settings, name="settings"),
    path("settings/business", business.edit_business, name="business"),
    path("settings/clock", clock.show_clock, name="clock"),
    path("settings/locations", locations.show_locations, name="locations"),
    path("settings/locations/new", locations.add_location, name="new_location"),
    path("settings/locations/<str:identifier>", locations.edit_location, name="location"),
    path("settings/locations/<str:identifier>/archive", locations.close_location, name="archive_location"),
    path("settings/locations/<str:identifier>/restore", locations.reopen_location, name="restore_location"),
]
