"""Addresses of the pages of cards."""

from django.urls import path

from regulars.cards.pages import balances, browse, issue, lifecycle, public, types

app_name = "cards"

urlpatterns = [
    path("c/<str:token>", public.show_web_card, name="web_card"),
    path("card-types", types.show_types, name="types"),
    path("card-types/new", types.new_type, name="new_type"),
    path("card-types/preview", types.preview_type, name="preview_type"),
    path("card-types/<str:card_type>", types.edit_type, name="edit_type"),
    path("card-types/<str:card_type>/state", types.set_type_state, name="type_state"),
    path("programs/<str:program>/state", types.set_program_state, name="program_state"),
    path("cards", browse.show_list, name="list"),
    path("cards/issue", issue.issue, name="issue"),
    path("cards/people", issue.people_found, name="people"),
    path("cards/<str:card>", browse.show_card, name="show"),
    path("cards/<str:card>/history", browse.show_history, name="history"),
    path("cards/<str:card>/explain/<str:balance>", browse.show_explanation, name="explain"),
    path("cards/<str:card>/adjust", balances.adjust, name="adjust"),
    path("cards/<str:card>/move", balances.move, name="move"),
    path("cards/<str:card>/reverse/<str:transaction>", balances.reverse_line, name="reverse"),
    path("cards/<str:card>/block", lifecycle.block, name="block"),
    path("cards/<str:card>/unblock", lifecycle.unblock, name="unblock"),
    path("cards/<str:card>/delete", lifecycle.delete, name="delete"),
    path("cards/<str:card>/restore", lifecycle.restore, name="restore"),
    path("cards/<str:card>/replace", lifecycle.replace, name="replace"),
    path("cards/<str:card>/renew-link", lifecycle.renew, name="renew_link"),
    path("cards/<str:card>/print", lifecycle.print_card, name="print"),
]
