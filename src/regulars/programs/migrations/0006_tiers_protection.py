"""Policies on tiers; what a tier is moves the stamp of what orders are priced by."""

from django.db import migrations

from regulars.platform.migrations_support import append_only, chain_policy, moves_stamp


class Migration(migrations.Migration):
    """Put tiers under the policies and watch them."""

    dependencies = [("programs", "0005_tiers"), ("promotions", "0002_protection"), ("platform", "0001_functions")]
    operations = [
        chain_policy("tier_groups", rights="SELECT, INSERT, UPDATE"),
        chain_policy("tiers", rights="SELECT, INSERT, UPDATE"),
        chain_policy("holder_tiers"),
        chain_policy("tier_changes", rights="SELECT, INSERT"),
        append_only("tier_changes"),
        moves_stamp("tier_groups"),
        moves_stamp("tiers"),
    ]
