"""Addresses of programs' pages."""

from django.urls import path

from regulars.programs.pages import balance_types, browse, policy_people, tier_promises, tiers

app_name = "programs"
urlpatterns = [
    path("balances", balance_types.show_balance_types, name="balance_types"),
    path("balances/<str:balance_type>/who", policy_people.show_people, name="policy_people"),
    path("balances/<str:balance_type>", balance_types.edit_balance_type, name="balance_type"),
    path("programs/<str:program>", browse.show_program, name="show"),
    path("programs/<str:program>/edit", browse.edit_program, name="edit"),
    path("programs/<str:program>/state/<str:state>", browse.set_state, name="state"),
    path("programs/<str:program>/tiers/preview", tiers.preview_group, name="preview_tiers"),
    path("programs/<str:program>/tiers/<str:group>", tiers.edit_group, name="tiers"),
    path("programs/<str:program>/tiers/<str:group>/losers", tier_promises.show_losers, name="tier_losers"),
    path("programs/<str:program>/tiers/<str:group>/remove", tiers.remove_group, name="remove_tiers"),
    path("programs/<str:program>/tiers/<str:group>/restore", tiers.restore_group, name="restore_tiers"),
]
