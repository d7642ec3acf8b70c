"""Addresses of the pages of exports."""

from django.urls import path

from regulars.exports.pages import making, reading

app_name = "exports"

urlpatterns = [
    path("exports", reading.show_list, name="list"),
    path("exports/rows", reading.show_rows, name="rows"),
    path("exports/new", making.make, name="new"),
    path("exports/<str:export>/file", reading.fetch, name="file"),
    path("exports/<str:export>/again", making.make_again, name="again"),
]
