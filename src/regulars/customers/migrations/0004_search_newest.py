"""Search for common names along the newest customers; an import's customers in their order."""

from django.db import migrations, models

from regulars.platform.migrations_support import CURRENT_CHAIN, door

BY_PARTS = f"""(parts text[], beginnings text[], most int) RETURNS SETOF uuid LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_indexscan = on AS $$
-- Both arrays hold words escaped for LIKE. Two ways lead to the first matches. A walk along the newest customers is
-- quick where many match, and sees all of a small chain. The trigram index is quick where few match: it reads every
-- match of every chain before it gives the first. They meet where the estimate is the root of (most x all). A wrong
-- estimate costs one bounded walk. Who is found twice is sorted out by the caller. Volatile, for EXPLAIN is nothing else.
DECLARE
    chain uuid := {CURRENT_CHAIN};
    wanted text := '';
    word text;
    plan json;
    total float8;
    estimate float8;
    walk int := 0;
    small CONSTANT int := 10000;
    is_whole boolean;
    found bigint;
BEGIN
    FOREACH word IN ARRAY parts LOOP
        wanted := wanted || format(' AND search_name LIKE %L', '%' || word || '%');
    END LOOP;
    FOREACH word IN ARRAY beginnings LOOP
        wanted := wanted || format(
            ' AND (search_name LIKE %L OR search_name LIKE %L)', word || '%', '% ' || word || '%');
    END LOOP;
    is_whole := NOT EXISTS (SELECT FROM customers WHERE chain_id = chain ORDER BY id DESC OFFSET small LIMIT 1);
    IF is_whole THEN
        walk := small;
    ELSE
        SELECT greatest(reltuples, 1) INTO total FROM pg_class WHERE oid = 'customers'::regclass;
        EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM customers WHERE true' || wanted INTO plan;
        estimate := (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8;
        IF estimate * estimate > most * total THEN
            walk := least(150000, ceil(2 * most * total / estimate));
        END IF;
    END IF;
    IF walk > 0 THEN
        RETURN QUERY EXECUTE 'SELECT id FROM (SELECT id, search_name FROM customers WHERE chain_id = $1'
            || ' ORDER BY id DESC LIMIT $3) newest WHERE true' || wanted || ' LIMIT $2'
            USING chain, most, walk;
        GET DIAGNOSTICS found = ROW_COUNT;
        IF is_whole OR found >= most THEN
            RETURN;
        END IF;
    END IF;
    -- With LIMIT the planner hopes that a walk along some other index ends early, and is wrong where nothing matches.
    PERFORM set_config('enable_indexscan', 'off', true);
    RETURN QUERY EXECUTE 'SELECT id FROM customers WHERE chain_id = $1' || wanted || ' LIMIT $2' USING chain, most;
END $$"""


class Migration(migrations.Migration):
    """Replace the search; let an import's customers be read in pages."""

    dependencies = [("customers", "0003_search")]
    operations = [
        door("search_customers_by_name", BY_PARTS),
        migrations.RemoveIndex(model_name="customer", name="customer_imports"),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["import_id", "id"],
                condition=models.Q(("import_id__isnull", False)),
                name="customer_imports",
            ),
        ),
    ]
