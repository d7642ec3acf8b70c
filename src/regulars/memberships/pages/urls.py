"""Addresses of the pages of memberships."""

from django.urls import path

from regulars.memberships.pages import acting, browse, finding, selling, types

app_name = "memberships"
urlpatterns = [
    path("memberships", browse.show_list, name="list"),
    path("memberships/sell", selling.sell, name="sell"),
    path("memberships/find", finding.find_by_code, name="find"),
    path("memberships/people", selling.people_found, name="people"),
    path("memberships/types", types.show_types, name="types"),
    path("memberships/types/new", types.add_type, name="new_type"),
    path("memberships/types/<str:type_id>", types.edit_type, name="type"),
    path("memberships/types/<str:type_id>/archive", types.archive, name="archive_type"),
    path("memberships/types/<str:type_id>/restore", types.restore, name="restore_type"),
    path("memberships/of-card/<str:card>", browse.show_of_card, name="of_card"),
    path("memberships/of/<str:customer>", browse.show_of_customer, name="of_customer"),
    path("memberships/<str:membership>", browse.show_membership, name="show"),
    path("memberships/<str:membership>/use", acting.use, name="use"),
    path("memberships/<str:membership>/uses/<str:use_id>/undo", acting.undo, name="undo"),
    path("memberships/<str:membership>/freeze", acting.freeze, name="freeze"),
    path("memberships/<str:membership>/unfreeze", acting.unfreeze, name="unfreeze"),
    path("memberships/<str:membership>/extend", acting.extend, name="extend"),
    path("memberships/<str:membership>/cancel", acting.cancel, name="cancel"),
]
