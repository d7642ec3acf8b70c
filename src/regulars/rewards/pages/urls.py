"""Addresses of the pages of rewards."""

from django.urls import path

from regulars.rewards.pages import browse, given, milestones, pictures

app_name = "rewards"
urlpatterns = [
    path("rewards", browse.show_list, name="list"),
    path("rewards/new", browse.add_reward, name="new"),
    path("rewards/given", given.show_list, name="given"),
    path("rewards/given/<str:given>", given.show_given, name="show_given"),
    path("rewards/given/<str:given>/hand-over", given.hand_over_given, name="hand_over"),
    path("rewards/given/<str:given>/undo", given.undo_given, name="undo_hand_over"),
    path("rewards/given/<str:given>/cancel", given.cancel_one, name="cancel"),
    path("rewards/of/card/<str:card>", given.show_of_card, name="of_card"),
    path("rewards/of/card/<str:card>/stamp", given.stamp, name="stamp"),
    path("rewards/of/card/<str:card>/buy/<str:reward>", given.buy, name="buy"),
    path("c/<str:token>/rewards/<str:reward>/picture", pictures.show_public_picture, name="public_picture"),
    path("rewards/<str:reward>/picture", pictures.show_picture, name="picture"),
    path("rewards/<str:reward>", browse.edit_reward, name="show"),
    path("rewards/<str:reward>/state", browse.set_state, name="state"),
    path("cards/types/<str:card_type>/milestones", milestones.edit, name="milestones"),
    path("cards/types/<str:card_type>/milestones/progress", milestones.progress, name="progress"),
    path("cards/types/<str:card_type>/milestones/settle", milestones.settle, name="settle"),
]
