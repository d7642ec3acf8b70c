"""A gift that came with an undone card may be given again; the application may forget no other."""

from django.db import migrations

from regulars.platform.migrations_support import door


class Migration(migrations.Migration):
    """Add the function that forgets what came with cards nobody has touched."""

    dependencies = [("cards", "0003_kinds_of_bulk_issue"), ("ledger", "0002_protection")]
    operations = [
        door(
            "forget_initial_balances",
            """(wanted uuid[]) RETURNS void LANGUAGE sql AS $$
            DELETE FROM initial_balances_given g
            USING cards k JOIN card_types t ON t.id = k.card_type_id JOIN balance_types b ON b.program_id = t.program_id
            WHERE k.chain_id = nullif(current_setting('regulars.chain', true), '')::uuid AND k.id = ANY(wanted)
                AND k.status = 'active' AND k.version = 1
                AND NOT EXISTS (SELECT FROM entries e WHERE e.card_id = k.id AND e.kind NOT IN ('issue', 'reverse'))
                AND g.chain_id = k.chain_id AND g.balance_type_id = b.id AND g.at = k.issued_at
                AND (g.person_key = 'c:' || k.customer_id OR g.person_key = 'p:' || k.phone OR g.person_key IN (
                    SELECT 'p:' || p.phone FROM customer_phones p WHERE p.customer_id = k.customer_id)) $$""",
        ),
    ]
