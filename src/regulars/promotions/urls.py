"""Addresses of the pages of promotions."""

from django.urls import path

from regulars.promotions.pages import editor, gallery, listing, promises, publishing, segments

app_name = "promotions"

urlpatterns = [
    path("promotions", listing.show_list, name="list"),
    path("promotions/new", gallery.show_gallery, name="new"),
    path("promotions/new/<str:preset>", gallery.use_preset, name="preset"),
    path("promotions/segments", segments.show_segments, name="segments"),
    path("promotions/segments/new", segments.new_segment, name="new_segment"),
    path("promotions/segments/preview", segments.preview_segment, name="preview_segment"),
    path("promotions/segments/<str:segment>", segments.edit_segment, name="segment"),
    path("promotions/segments/<str:segment>/delete", segments.remove_segment, name="remove_segment"),
    path("promotions/people", editor.find_people, name="people"),
    path("promotions/<str:promotion>", editor.edit_promotion, name="edit"),
    path("promotions/<str:promotion>/preview", editor.preview, name="preview"),
    path("promotions/<str:promotion>/effect", editor.show_effect, name="effect"),
    path("promotions/<str:promotion>/publish", publishing.publish, name="publish"),
    path("promotions/<str:promotion>/state", publishing.set_state, name="state"),
    path("promotions/<str:promotion>/pause", publishing.pause, name="pause"),
    path("promotions/<str:promotion>/loses/<str:change>/<str:kind>", promises.show_losers, name="losers"),
    path("promotions/<str:promotion>/end", publishing.end, name="end"),
    path("promotions/<str:promotion>/copy", publishing.copy, name="copy"),
    path("promotions/<str:promotion>/versions", publishing.show_versions, name="versions"),
]
