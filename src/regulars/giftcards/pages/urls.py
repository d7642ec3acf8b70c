"""Addresses of the pages of gift cards. A code is never in one (RWD-9)."""

from django.urls import path

from regulars.giftcards.pages import browse, changing, selling, types

app_name = "giftcards"
urlpatterns = [
    path("gift-cards", browse.show_list, name="list"),
    path("gift-cards/find", browse.find, name="find"),
    path("gift-cards/sell", selling.sell, name="sell"),
    path("gift-cards/types", types.show_types, name="types"),
    path("gift-cards/types/new", types.add_type, name="new_type"),
    path("gift-cards/types/<str:gift_card_type>", types.edit_type, name="type"),
    path("gift-cards/types/<str:gift_card_type>/archive", types.archive, name="archive_type"),
    path("gift-cards/types/<str:gift_card_type>/restore", types.restore, name="restore_type"),
    path("gift-cards/of/customer/<str:customer>", browse.show_of_customer, name="of_customer"),
    path("gift-cards/<str:gift_card>", browse.show_gift_card, name="show"),
    path("gift-cards/<str:gift_card>/slip", selling.show_slip, name="slip"),
    path("gift-cards/<str:gift_card>/top-up", changing.top_up_dialog, name="top_up"),
    path("gift-cards/<str:gift_card>/write-off", changing.write_off_dialog, name="write_off"),
    path("gift-cards/<str:gift_card>/block", changing.block_dialog, name="block"),
    path("gift-cards/<str:gift_card>/unblock", changing.unblock, name="unblock"),
    path("gift-cards/<str:gift_card>/cancel", changing.cancel_dialog, name="cancel"),
    path("gift-cards/<str:gift_card>/give-back/<str:entry>", changing.give_back_dialog, name="give_back"),
]
