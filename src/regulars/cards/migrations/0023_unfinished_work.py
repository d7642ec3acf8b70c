"""What is being made, taken back or read at this moment, of all chains: whoever resumes it looks across them."""

from django.db import migrations

from regulars.platform.migrations_support import door

UNFINISHED = """() RETURNS TABLE (kind text, chain_id uuid, id uuid, state text) LANGUAGE sql STABLE AS $$
SELECT 'bulk-issue', chain_id, id, state FROM bulk_issues WHERE state IN ('waiting', 'running', 'undoing')
UNION ALL SELECT 'number-list', chain_id, id, state FROM number_lists WHERE state = 'reading' $$"""


class Migration(migrations.Migration):
    """Make the function."""

    dependencies = [("cards", "0022_number_lists_protection"), ("platform", "0001_functions")]
    operations = [door("door_unfinished_card_work", UNFINISHED)]
