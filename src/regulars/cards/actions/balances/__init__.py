"""Changing balances by hand: adjust, move, take back (CRD-6, CRD-9, LED-2 to LED-4). A hot path."""

from regulars.cards.actions.balances.adjust import adjust_balance
from regulars.cards.actions.balances.asked import AdjustCommand
from regulars.cards.actions.balances.change import CardFacts, Posted, retry_lost_races
from regulars.cards.actions.balances.deposit import DepositCommand, pay_out_deposit, top_up_deposit
from regulars.cards.actions.balances.reverse import PART_OF_MORE, REVERSIBLE, reverse_transaction
from regulars.cards.actions.balances.transfer import TransferCommand, transfer_balance

__all__ = [
    "PART_OF_MORE",
    "REVERSIBLE",
    "AdjustCommand",
    "CardFacts",
    "DepositCommand",
    "Posted",
    "TransferCommand",
    "adjust_balance",
    "pay_out_deposit",
    "retry_lost_races",
    "reverse_transaction",
    "top_up_deposit",
    "transfer_balance",
]
