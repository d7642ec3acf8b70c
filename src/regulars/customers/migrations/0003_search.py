"""Search by part of a name: sees past the policy, chain by chain (DESIGN section 6)."""

from django.db import migrations

from regulars.platform.migrations_support import CURRENT_CHAIN, door

BY_PARTS = f"""(parts text[], beginnings text[], most int) RETURNS SETOF uuid LANGUAGE plpgsql STABLE
SET enable_seqscan = off AS $$
-- Both arrays hold words escaped for LIKE. LIMIT makes the planner choose a sequential scan, which takes seconds where
-- nothing matches, so that is off. The statement is put together per call: the trigram index needs known patterns.
DECLARE
    wanted text := '';
    word text;
BEGIN
    FOREACH word IN ARRAY parts LOOP
        wanted := wanted || format(' AND search_name LIKE %L', '%' || word || '%');
    END LOOP;
    FOREACH word IN ARRAY beginnings LOOP
        wanted := wanted || format(
            ' AND (search_name LIKE %L OR search_name LIKE %L)', word || '%', '% ' || word || '%');
    END LOOP;
    RETURN QUERY EXECUTE 'SELECT id FROM customers WHERE chain_id = $1' || wanted || ' LIMIT $2'
        USING {CURRENT_CHAIN}, most;
END $$"""


class Migration(migrations.Migration):
    """Give the app role its search."""

    dependencies = [("customers", "0002_protection")]
    operations = [door("search_customers_by_name", BY_PARTS)]
