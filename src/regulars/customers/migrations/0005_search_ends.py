"""Search for common names in the newest part of the table, which is read forwards and no further than needed."""

from django.db import migrations, models

from regulars.platform.migrations_support import CURRENT_CHAIN, door

WALKED_MAX = 400_000

AT_THE_END = f"""
CREATE FUNCTION customers_at_the_end(chain uuid, wanted text, most int, walk float8) RETURNS SETOF uuid
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_indexscan = off SET enable_bitmapscan = off AS $$
-- Up to `most` of the newest customers of a chain for whom `wanted` (SQL that begins with AND) is true, where about
-- `walk` rows must be read for them. The end of the table is read stretch by stretch, each forwards, as disks read
-- fastest, and no further than two and a half times as far.
DECLARE
    total float8;
    blocks bigint := pg_relation_size('customers') / current_setting('block_size')::int;
    stretch bigint;
    place bigint := blocks;
    last bigint;
    found bigint := 0;
    more bigint;
BEGIN
    SELECT greatest(reltuples, 1) INTO total FROM pg_class WHERE oid = 'customers'::regclass;
    stretch := greatest(1, ceil(0.6 * walk / total * blocks));
    last := greatest(0, blocks - ceil(least(2.5 * walk, {WALKED_MAX}) / total * blocks)::bigint);
    WHILE found < most AND place > last LOOP
        RETURN QUERY EXECUTE 'SELECT id FROM customers WHERE chain_id = $1 AND ctid >= $3 AND ctid < $4' || wanted
            || ' ORDER BY id DESC LIMIT $2'
            USING chain, most - found, format('(%s,0)', greatest(place - stretch, 0))::tid, format('(%s,0)', place)::tid;
        GET DIAGNOSTICS more = ROW_COUNT;
        found := found + more;
        place := place - stretch;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION customers_at_the_end FROM PUBLIC;
"""

BY_BEGINNING = f"""(start text, after text, most int) RETURNS SETOF uuid LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off AS $$
-- Customers whose name lies from `start` to before `after`. The index has them by name: a thousand of them lie anywhere
-- in the tables, and each of their cards is one more place to read. Where many match the newest lie close together.
DECLARE
    chain uuid := {CURRENT_CHAIN};
    plan json;
    total float8;
    walk float8;
    found bigint;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM customers WHERE chain_id = $1 AND search_name >= $2 AND search_name < $3'
        INTO plan USING chain, start, after;
    SELECT greatest(reltuples, 1) INTO total FROM pg_class WHERE oid = 'customers'::regclass;
    walk := most * total / (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8;
    IF total > 10 * most AND walk < 150000 THEN
        RETURN QUERY SELECT customers_at_the_end(
            chain, format(' AND search_name >= %L AND search_name < %L', start, after), most, walk);
        GET DIAGNOSTICS found = ROW_COUNT;
        IF found >= most THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY SELECT c.id FROM customers c WHERE c.chain_id = chain AND c.search_name >= start AND c.search_name < after
        ORDER BY c.search_name, c.id LIMIT most;
END $$"""

BY_PARTS = f"""(parts text[], beginnings text[], most int) RETURNS SETOF uuid LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_indexscan = on SET work_mem = '32MB' AS $$
-- Both arrays hold words escaped for LIKE. A small chain is looked through. In a large one two ways lead to the first
-- matches. The end of the table, where the newest lie, is quick where many match. The trigram index is quick where few
-- match: it reads every match of every chain before it gives the first. Their prices are counted in rows read at the
-- end of the table (0.2 microseconds): a match in the index costs three, a row fetched for it fifty. A wrong estimate
-- costs one bounded walk. A beginning that is more common than the words beside it is kept from the index: one letter
-- means a tenth of all names. Who is found twice is sorted out by the caller. Volatile, for EXPLAIN is nothing else.
DECLARE
    chain uuid := {CURRENT_CHAIN};
    small CONSTANT int := 10000;
    wanted text := '';
    in_estimate text;
    begins text;
    word text;
    plan json;
    in_index float8;
    in_chain float8;
    begun float8;
    walk float8;
    found bigint;
BEGIN
    FOREACH word IN ARRAY parts LOOP
        wanted := wanted || format(' AND search_name LIKE %L', '%' || word || '%');
    END LOOP;
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM customers WHERE true' || wanted INTO plan;
    in_index := (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8;
    in_estimate := wanted;
    FOREACH word IN ARRAY beginnings LOOP
        begins := format(' AND (search_name LIKE %L OR search_name LIKE %L)', word || '%', '% ' || word || '%');
        in_estimate := in_estimate || begins;
        EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM customers WHERE true' || begins INTO plan;
        begun := (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8;
        IF begun > in_index THEN
            -- No index knows this expression.
            begins := replace(begins, 'search_name', '(search_name || '''')');
        ELSE
            in_index := begun;
        END IF;
        wanted := wanted || begins;
    END LOOP;
    IF NOT EXISTS (SELECT FROM customers WHERE chain_id = chain ORDER BY id DESC OFFSET small LIMIT 1) THEN
        RETURN QUERY EXECUTE 'SELECT id FROM (SELECT id, search_name FROM customers WHERE chain_id = $1'
            || ' ORDER BY id DESC LIMIT $3) newest WHERE true' || wanted || ' LIMIT $2'
            USING chain, most, small;
        RETURN;
    END IF;
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM customers WHERE chain_id = $1' || in_estimate INTO plan USING chain;
    in_chain := (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8;
    SELECT most * greatest(reltuples, 1) / in_chain INTO walk FROM pg_class WHERE oid = 'customers'::regclass;
    IF walk < least(3 * in_index + 50 * least(most, in_chain) * in_index / in_chain, {WALKED_MAX}) THEN
        RETURN QUERY SELECT customers_at_the_end(chain, wanted, most, walk);
        GET DIAGNOSTICS found = ROW_COUNT;
        IF found >= most THEN
            RETURN;
        END IF;
    END IF;
    -- With LIMIT the planner hopes that a walk along some other index ends early, and is wrong where nothing matches.
    PERFORM set_config('enable_indexscan', 'off', true);
    RETURN QUERY EXECUTE 'SELECT id FROM customers WHERE chain_id = $1' || wanted || ' LIMIT $2' USING chain, most;
END $$"""


STATISTICS = "ALTER TABLE customers ALTER COLUMN search_name SET STATISTICS {}"
"""A hundred names, as is the default, say too little about which of two ways is the quicker one."""


class Migration(migrations.Migration):
    """Replace the search; know more of the names when it chooses its way; find phones and e-mails in their indexes alone."""

    dependencies = [("customers", "0004_search_newest")]
    operations = [
        migrations.RunSQL(AT_THE_END, "DROP FUNCTION customers_at_the_end"),
        door("search_customers_by_beginning", BY_BEGINNING),
        door("search_customers_by_name", BY_PARTS),
        migrations.RunSQL(STATISTICS.format(500), STATISTICS.format(-1)),
        migrations.AddIndex(
            model_name="customerphone",
            index=models.Index(fields=["chain", "phone_reversed"], include=["customer"], name="customer_by_phone_tail"),
        ),
        migrations.RemoveIndex(model_name="customerphone", name="customer_phone_tails"),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["chain", "email_key", "id"],
                condition=models.Q(("email_key__isnull", False)),
                name="customer_by_email",
            ),
        ),
        migrations.RemoveIndex(model_name="customer", name="customer_emails"),
    ]
