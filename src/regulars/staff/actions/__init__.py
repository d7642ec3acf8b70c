"""Writes of logins, staff, invitations and API keys, one file for each kind."""

from regulars.staff.actions.invitations import accept_invitation, invite_staff, revoke_invitation
from regulars.staff.actions.keys import create_key, regenerate_key, revoke_key
from regulars.staff.actions.logins import NewLogin, SignedIn
from regulars.staff.actions.open_chain import OpenedChain, open_chain
from regulars.staff.actions.passwords import change_password, make_reset_token, reset_password
from regulars.staff.actions.people import change_staff, disable_staff, enable_staff, hide_set_up_list
from regulars.staff.actions.pins import prove_pin, remove_pin, set_pin
from regulars.staff.actions.profile import change_profile
from regulars.staff.actions.sample import remove_sample_chain
from regulars.staff.actions.set_up import claim_installation, make_set_up_token
from regulars.staff.actions.sign_in import end_other_sessions, sign_in, sign_out

__all__ = [
    "NewLogin",
    "OpenedChain",
    "SignedIn",
    "accept_invitation",
    "change_password",
    "change_profile",
    "change_staff",
    "claim_installation",
    "create_key",
    "disable_staff",
    "enable_staff",
    "end_other_sessions",
    "hide_set_up_list",
    "invite_staff",
    "make_reset_token",
    "make_set_up_token",
    "open_chain",
    "prove_pin",
    "regenerate_key",
    "remove_pin",
    "remove_sample_chain",
    "reset_password",
    "revoke_invitation",
    "revoke_key",
    "set_pin",
    "sign_in",
    "sign_out",
]
