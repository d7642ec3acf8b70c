"""Addresses of the pages of programs."""

from django.urls import path

from regulars.programs.pages import balance_types

app_name = "programs"

urlpatterns = [
    path("balances", balance_types.show_balance_types, name="balance_types"),
    path("balances/<str:balance_type>", balance_types.edit_balance_type, name="balance_type"),
]
