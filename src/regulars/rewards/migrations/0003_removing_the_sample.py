"""A sample goes although tables that are watched are emptied last: their triggers move the stamp of its rules once more."""

from importlib import import_module
from typing import Final

from django.db import migrations

from regulars.platform.migrations_support import EditorOnly, door

BEFORE: Final = import_module("regulars.staff.migrations.0004_sample").REMOVE
CHAIN: Final = "    DELETE FROM chains WHERE id = wanted;\n"
assert BEFORE.count(CHAIN) == 1
# Types of cards wait for what was given to cards, so they go after the stamp has gone, and bring it back.
AFTER: Final = BEFORE.replace(CHAIN, "    DELETE FROM rules_stamps WHERE chain_id = wanted;\n" + CHAIN)
NAME: Final = "door_remove_sample_chain"


class Migration(migrations.Migration):
    """Replace the door."""

    dependencies = [("rewards", "0002_protection"), ("staff", "0007_clock"), ("promotions", "0002_protection")]
    operations = [EditorOnly(door(NAME, AFTER).code, door(NAME, BEFORE).code)]
