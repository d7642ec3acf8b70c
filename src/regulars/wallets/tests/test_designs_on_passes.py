"""What an owner designed is what phones show, and a new version reaches the phones that have the card (TYP-4, TYP-5)."""

import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from regulars.cards.queries.cards import CardView
from regulars.cards.queries.types import find_card_type
from regulars.customers.actions import create_customer
from regulars.customers.rules import CustomerDraft
from regulars.designs.actions.drafts import add_picture, save_draft
from regulars.designs.actions.publishing import publish_design
from regulars.designs.queries.published import find_design
from regulars.designs.rules.definition import write_design
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from regulars.wallets.actions import waves
from tests.apple_kit import read_strings_of
from tests.ledger_kit import dispatcher
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, WalletShop, open_wallet_shop
