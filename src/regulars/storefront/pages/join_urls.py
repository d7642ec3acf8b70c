"""Addresses of joining, of people's own page, and of what staff do about both."""

from django.urls import path

from regulars.storefront.pages import handing_over, join, own, settings

app_name = "join"

urlpatterns = [
    path("j/<str:slug>", join.show_join, name="join"),
    path("j/<str:slug>/<str:token>", join.wait_for_code, name="waiting"),
    path("j/<str:slug>/<str:token>/state", join.show_state, name="state"),
    path("c/<str:token>/mine", own.ask_for_code, name="ask_own"),
    path("mine/<str:token>", own.show_own, name="own"),
    path("mine/<str:token>/consents", own.change_consents, name="own_consents"),
    path("mine/<str:token>/export", own.export_own, name="own_export"),
    path("mine/<str:token>/delete", own.delete_own, name="own_delete"),
    path("joining", handing_over.show_waiting, name="waiting_list"),
    path("joining/<str:pickup>", handing_over.show_request, name="request"),
    path("customers/<str:customer>/export", own.export_customer, name="export_customer"),
    path("settings/joining", settings.show_pages, name="settings"),
    path("settings/joining/consents/new", settings.new_consent, name="new_consent"),
    path("settings/joining/consents/<str:purpose>", settings.edit_consent, name="consent"),
    path("settings/joining/consents/<str:purpose>/stop", settings.stop_consent, name="stop_consent"),
    path("settings/joining/<str:card_type>", settings.edit_page, name="page"),
    path("settings/joining/<str:card_type>/open", settings.open_page, name="open_page"),
]
