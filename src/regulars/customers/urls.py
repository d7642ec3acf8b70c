"""Addresses of customers' pages."""

from django.urls import path

from regulars.customers.pages import browse, fields, invitation, record, views

app_name = "customers"
urlpatterns = [
    path("i/<str:token>", invitation.show_invitation, name="invitation"),
    path("customers", browse.show_list, name="list"),
    path("customers/new", record.new_customer, name="new"),
    path("customers/fields", fields.show_fields, name="fields"),
    path("customers/fields/new", fields.new_field, name="new_field"),
    path("customers/fields/<str:field>/change", fields.change_field, name="change_field"),
    path("customers/fields/<str:field>/archive", fields.archive_field, name="archive_field"),
    path("customers/fields/<str:field>/restore", fields.restore_field, name="restore_field"),
    path("customers/<str:customer>", browse.show_customer, name="show"),
    path("customers/<str:customer>/timeline", browse.show_timeline, name="timeline"),
    path("customers/<str:customer>/edit", record.edit_customer, name="edit"),
    path("customers/<str:customer>/loyalty/<str:wanted>", record.switch_loyalty, name="loyalty"),
    path("customers/<str:customer>/delete", record.delete_customer, name="delete"),
    path("customers/<str:customer>/notes", record.add_note, name="note"),
    path("customers/<str:customer>/notes/<str:note>/remove", record.take_note_out, name="remove_note"),
    path("customers/<str:customer>/consents", record.record_consent, name="consent"),
    path("views/<str:list_name>/new", views.new_view, name="save_view"),
    path("views/<str:list_name>/restore", views.restore_view, name="restore_view"),
    path("view/<str:view>/rename", views.change_view, name="rename_view"),
    path("view/<str:view>/update", views.update_view, name="update_view"),
    path("view/<str:view>/delete", views.remove_view, name="delete_view"),
]
