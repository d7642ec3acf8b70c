"""Addresses of the pages for customers."""

from django.urls import path

from regulars.storefront.pages import web_card

app_name = "storefront"

urlpatterns = [
    path("c/<str:token>", web_card.show_web_card, name="web_card"),
]
