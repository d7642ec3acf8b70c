"""Addresses of the pages of designs."""

from django.urls import path

from regulars.designs.pages import designer, files, gallery, labels, on_phone

app_name = "designs"
urlpatterns = [
    path("designs", gallery.show_gallery, name="gallery"),
    path("designs/pictures/<str:name>", files.show_picture, name="picture"),
    path("cards/types/<str:card_type>/design", designer.design, name="design"),
    path("cards/types/<str:card_type>/design/export", files.export, name="export"),
    path("cards/types/<str:card_type>/design/import", files.take_in, name="import"),
    path("cards/types/<str:card_type>/design/restore", designer.restore, name="restore"),
    path("cards/types/<str:card_type>/design/phone", on_phone.make_link, name="to_phone"),
    path("d/<str:token>", on_phone.show_on_phone, name="shown_on_phone"),
    path("d/<str:token>/<str:name>", on_phone.show_picture_on_phone, name="picture_on_phone"),
    path("cards/types/<str:card_type>/design/discard", designer.discard, name="discard"),
    path("cards/types/<str:card_type>/duplicate", gallery.duplicate, name="duplicate"),
    path("cards/types/<str:card_type>/labels", labels.show_labels, name="labels"),
    path("cards/types/<str:card_type>/labels/<str:size>.<str:kind>", labels.show_label, name="label"),
    path("cards/types/<str:card_type>/labels/address", labels.change_address, name="join_slug"),
    path("cards/types/<str:card_type>/join-code", labels.show_join_code, name="join_code"),
]
