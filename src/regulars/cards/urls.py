"""Addresses of the pages of cards."""

from django.urls import path

from regulars.cards.pages import (
    balances,
    blanks,
    browse,
    bulk,
    deposits,
    enrolment,
    expiring,
    issue,
    lifecycle,
    types,
)

app_name = "cards"

urlpatterns = [
    path("programs/<str:program>/activate", enrolment.activate, name="activate_program"),
    path("cards/types", types.show_types, name="types"),
    path("cards/types/new", types.new_type, name="new_type"),
    path("cards/types/preview", types.preview_type, name="preview_type"),
    path("cards/types/<str:card_type>", types.edit_type, name="edit_type"),
    path("cards/types/<str:card_type>/state", types.set_type_state, name="type_state"),
    path("cards/programs/<str:program>/state", types.set_program_state, name="program_state"),
    path("cards", browse.show_list, name="list"),
    path("cards/issue", issue.issue, name="issue"),
    path("cards/people", issue.people_found, name="people"),
    path("cards/expiring", expiring.show_expiring, name="expiring"),
    path("cards/blanks", blanks.show_blanks, name="blanks"),
    path("cards/blanks/<str:batch>", blanks.show_batch, name="batch"),
    path("cards/blanks/<str:batch>/undo", blanks.undo_batch, name="undo_batch"),
    path("cards/bulk", bulk.bulk_issue, name="bulk_issue"),
    path("cards/bulk/<str:bulk>", bulk.show_bulk, name="bulk"),
    path("cards/bulk/<str:bulk>/progress", bulk.bulk_progress, name="bulk_progress"),
    path("cards/bulk/<str:bulk>/undo", bulk.undo_bulk, name="undo_bulk"),
    path("cards/<str:card>", browse.show_card, name="show"),
    path("cards/<str:card>/history", browse.show_history, name="history"),
    path("cards/<str:card>/explain/<str:balance>", browse.show_explanation, name="explain"),
    path("cards/<str:card>/top_up", deposits.top_up, name="top_up"),
    path("cards/<str:card>/pay_out", deposits.pay_out, name="pay_out"),
    path("cards/<str:card>/adjust", balances.adjust, name="adjust"),
    path("cards/<str:card>/move", balances.move, name="move"),
    path("cards/<str:card>/reverse/<str:transaction>", balances.reverse_line, name="reverse"),
    path("cards/<str:card>/assign", blanks.assign, name="assign"),
    path("cards/<str:card>/block", lifecycle.block, name="block"),
    path("cards/<str:card>/unblock", lifecycle.unblock, name="unblock"),
    path("cards/<str:card>/delete", lifecycle.delete, name="delete"),
    path("cards/<str:card>/restore", lifecycle.restore, name="restore"),
    path("cards/<str:card>/replace", lifecycle.replace, name="replace"),
    path("cards/<str:card>/renew-link", lifecycle.renew, name="renew_link"),
    path("cards/<str:card>/print", lifecycle.print_card, name="print"),
]
