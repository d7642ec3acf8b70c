"""Writes of customers: their records, notes, the chain's own fields, saved views of lists."""

from regulars.customers.actions.fields import (
    add_custom_field,
    archive_custom_field,
    change_custom_field,
    restore_custom_field,
)
from regulars.customers.actions.notes import remove_note, write_note
from regulars.customers.actions.records import change_customer, enter_customer, facts_for_audit, remove_customer
from regulars.customers.actions.referrals import claim_referral, invite_customer, make_referral_code
from regulars.customers.actions.views import delete_view, rename_view, save_view

__all__ = [
    "add_custom_field",
    "archive_custom_field",
    "change_custom_field",
    "change_customer",
    "claim_referral",
    "delete_view",
    "enter_customer",
    "facts_for_audit",
    "invite_customer",
    "make_referral_code",
    "remove_customer",
    "remove_note",
    "rename_view",
    "restore_custom_field",
    "save_view",
    "write_note",
]
