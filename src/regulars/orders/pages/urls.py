"""Addresses of the pages of orders."""

from django.urls import path

from regulars.orders.pages import browse, inviting, proceeding, refunding, writing

app_name = "orders"

urlpatterns = [
    path("orders", browse.show_list, name="list"),
    path("orders/new", writing.new_order, name="new"),
    path("orders/quote", writing.quote, name="quote"),
    path("orders/line", writing.blank_line, name="line"),
    path("orders/buyers", writing.buyers_found, name="buyers"),
    path("orders/of/<str:customer>", browse.show_of_customer, name="of_customer"),
    path("orders/of/<str:customer>/invitations", inviting.show_invitations, name="invitations"),
    path("orders/of/<str:customer>/invitations/code", inviting.make_code, name="invitation_code"),
    path("orders/of/<str:customer>/invitations/by", inviting.say_inviter, name="inviter"),
    path("orders/<str:order>", browse.show_order, name="show"),
    path("orders/<str:order>/edit", writing.edit_order, name="edit"),
    path("orders/<str:order>/pay", proceeding.pay, name="pay"),
    path("orders/<str:order>/release", proceeding.release, name="release"),
    path("orders/<str:order>/complete", proceeding.complete, name="complete"),
    path("orders/<str:order>/refund", refunding.refund, name="refund"),
    path("orders/<str:order>/cancel", refunding.cancel, name="cancel"),
]
