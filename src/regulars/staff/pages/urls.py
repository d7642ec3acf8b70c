"""Addresses of signing in, of one's account, of staff and keys."""

from django.urls import path

from regulars.staff.pages import (
    account,
    invitations,
    keys,
    notifications,
    passwords,
    people,
    places,
    sample,
    set_up,
    sign_in,
)

app_name = "staff"

urlpatterns = [
    path("sign-in", sign_in.show_sign_in, name="sign_in"),
    path("sign-out", sign_in.sign_out_here, name="sign_out"),
    path("forgot-password", passwords.forgot_password, name="forgot_password"),
    path("reset-password/<str:person>/<str:token>", passwords.reset_password_page, name="reset_password"),
    path("invitation/<str:token>", invitations.show_invitation, name="invitation"),
    path("set-up", set_up.choose_language, name="set_up"),
    path("set-up/owner", set_up.make_owner, name="set_up_owner"),
    path("set-up/business", set_up.make_business, name="set_up_business"),
    path("set-up/trade", set_up.choose_trade, name="set_up_trade"),
    path("set-up-list", places.keep_set_up_list, name="set_up_list"),
    path("no-business", places.show_no_business, name="no_chain"),
    path("place/<str:chain>", places.choose, name="choose_chain"),
    path("place/<str:chain>/<str:location>", places.choose, name="choose_location"),
    path("sample/remove", sample.remove_sample, name="remove_sample"),
    path("account", account.show_account, name="account"),
    path("account/password", account.set_password, name="change_password"),
    path("account/pin", account.change_pin, name="change_pin"),
    path("account/pin/remove", account.drop_pin, name="remove_pin"),
    path("account/sessions/end", account.end_others, name="end_other_sessions"),
    path("notifications", notifications.show_notifications, name="notifications"),
    path("notifications/read", notifications.mark_all_read, name="read_notifications"),
    path("notifications/<str:identifier>", notifications.open_notification, name="notification"),
    path("preferences", account.save_preferences, name="preferences"),
    path("settings/staff", people.show_people, name="people"),
    path("settings/staff/invite", people.invite, name="invite"),
    path("settings/staff/<str:identifier>", people.edit_person, name="person"),
    path("settings/staff/<str:identifier>/disable", people.disable, name="disable"),
    path("settings/staff/<str:identifier>/enable", people.enable, name="enable"),
    path("settings/invitations/<str:identifier>/revoke", people.revoke, name="revoke_invitation"),
    path("settings/keys", keys.show_keys, name="keys"),
    path("settings/keys/new", keys.add_key, name="new_key"),
    path("settings/keys/<str:identifier>/regenerate", keys.regenerate, name="regenerate_key"),
    path("settings/keys/<str:identifier>/revoke", keys.revoke, name="revoke_key"),
]
