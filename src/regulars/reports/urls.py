"""Addresses of reports."""

from django.urls import path

from regulars.reports.pages import overview

app_name = "reports"
urlpatterns = [path("", overview.show_overview, name="overview")]
