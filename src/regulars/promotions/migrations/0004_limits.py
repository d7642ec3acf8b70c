"""Limits are taken and given back in one call each, exactly, whatever races (ORD-8, DESIGN section 5)."""

from django.db import migrations

# First everything is locked and looked at, then everything is written: what does not suffice leaves nothing to undo.
# Lock order: uses of holders, then slots, each sorted; of the slots one that is free, and only where none suffices all of
# them in order. A row that is waited for is read as it is then.
TAKE = """
CREATE FUNCTION regulars_take_limits(p_chain uuid, p_takes jsonb)
RETURNS TABLE (promotion uuid, used_up text) LANGUAGE plpgsql AS $$
DECLARE
    ever constant date := date '0001-01-01';
    first_slot constant int := floor(random() * 16);
    one record;
    in_all bigint;
    on_day bigint;
    earned_on_day bigint;
    free smallint;
    part record;
    missing bigint;
    slots jsonb := '[]';
BEGIN
    INSERT INTO promotion_uses (promotion_id, holder_id, day, chain_id, uses, earned)
    SELECT t.promotion, t.holder, d.day, p_chain, 0, 0
    FROM jsonb_to_recordset(p_takes) AS t (promotion uuid, holder uuid, day date)
    CROSS JOIN LATERAL (VALUES (ever), (t.day)) AS d (day)
    WHERE t.holder IS NOT NULL
    ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING;
    FOR one IN
        SELECT * FROM jsonb_to_recordset(p_takes) AS t (promotion uuid, holder uuid, day date, per_customer bigint,
            per_day bigint, earned_per_day bigint, earned bigint)
        WHERE t.holder IS NOT NULL ORDER BY t.promotion
    LOOP
        SELECT u.uses INTO in_all FROM promotion_uses u
        WHERE u.promotion_id = one.promotion AND u.holder_id = one.holder AND u.day = ever FOR NO KEY UPDATE;
        SELECT u.uses, u.earned INTO on_day, earned_on_day FROM promotion_uses u
        WHERE u.promotion_id = one.promotion AND u.holder_id = one.holder AND u.day = one.day FOR NO KEY UPDATE;
        used_up := CASE
            WHEN in_all >= one.per_customer THEN 'per_customer'
            WHEN on_day >= one.per_day THEN 'per_day'
            WHEN earned_on_day + one.earned > one.earned_per_day THEN 'earned_per_day'
        END;
        IF used_up IS NOT NULL THEN
            promotion := one.promotion;
            RETURN NEXT;
            RETURN;
        END IF;
    END LOOP;
    FOR one IN
        SELECT t.promotion, s.key AS kind, s.value::bigint AS amount
        FROM jsonb_to_recordset(p_takes) AS t (promotion uuid, slots jsonb)
        CROSS JOIN LATERAL jsonb_each_text(t.slots) AS s
        WHERE s.value::bigint > 0 ORDER BY t.promotion, s.key
    LOOP
        -- A slot that was emptied a moment before is passed over, but stays locked until the block is rolled back: whoever
        -- then waits for all of them in order must hold none.
        BEGIN
            SELECT s.slot INTO free FROM promotion_slots s
            WHERE s.promotion_id = one.promotion AND s.kind = one.kind AND s.slot >= 0 AND s.remaining >= one.amount
            ORDER BY (s.slot + first_slot) % 16 LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'no free slot suffices' USING ERRCODE = 'RG001';
            END IF;
        EXCEPTION WHEN SQLSTATE 'RG001' THEN
            free := NULL;
        END;
        IF free IS NOT NULL THEN
            slots := slots || jsonb_build_object('promotion', one.promotion, 'kind', one.kind, 'slot', free,
                'amount', one.amount);
            CONTINUE;
        END IF;
        missing := one.amount;
        FOR part IN
            SELECT s.slot, s.remaining FROM promotion_slots s
            WHERE s.promotion_id = one.promotion AND s.kind = one.kind AND s.slot >= 0
            ORDER BY s.slot FOR NO KEY UPDATE
        LOOP
            IF part.remaining > 0 AND missing > 0 THEN
                slots := slots || jsonb_build_object('promotion', one.promotion, 'kind', one.kind, 'slot', part.slot,
                    'amount', least(part.remaining, missing));
                missing := missing - least(part.remaining, missing);
            END IF;
        END LOOP;
        IF missing > 0 THEN
            promotion := one.promotion;
            used_up := one.kind;
            RETURN NEXT;
            RETURN;
        END IF;
    END LOOP;
    UPDATE promotion_uses u SET uses = u.uses + 1, earned = u.earned + coalesce(t.earned, 0)
    FROM jsonb_to_recordset(p_takes) AS t (promotion uuid, holder uuid, day date, earned bigint)
    WHERE t.holder IS NOT NULL AND u.promotion_id = t.promotion AND u.holder_id = t.holder AND u.day IN (ever, t.day);
    UPDATE promotion_slots s SET remaining = s.remaining - t.amount
    FROM jsonb_to_recordset(slots) AS t (promotion uuid, kind text, slot smallint, amount bigint)
    WHERE s.promotion_id = t.promotion AND s.kind = t.kind AND s.slot = t.slot;
END $$
"""
# What was taken beyond a limit that was lowered since (slot -1) is filled first: nobody gets it a second time.
GIVE_BACK = """
CREATE FUNCTION regulars_give_back_limits(p_gives jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one record;
    beyond bigint;
    target smallint;
BEGIN
    PERFORM FROM promotion_uses u
    JOIN jsonb_to_recordset(p_gives) AS t (promotion uuid, holder uuid, day date)
        ON u.promotion_id = t.promotion AND u.holder_id = t.holder AND u.day IN (date '0001-01-01', t.day)
    ORDER BY u.promotion_id, u.holder_id, u.day FOR NO KEY UPDATE OF u;
    UPDATE promotion_uses u SET uses = greatest(0, u.uses - t.uses), earned = greatest(0, u.earned - t.earned)
    FROM jsonb_to_recordset(p_gives) AS t (promotion uuid, holder uuid, day date, uses bigint, earned bigint)
    WHERE u.promotion_id = t.promotion AND u.holder_id = t.holder AND u.day IN (date '0001-01-01', t.day);
    FOR one IN
        SELECT t.promotion, s.key AS kind, s.value::bigint AS amount
        FROM jsonb_to_recordset(p_gives) AS t (promotion uuid, slots jsonb)
        CROSS JOIN LATERAL jsonb_each_text(t.slots) AS s
        WHERE s.value::bigint > 0 ORDER BY t.promotion, s.key
    LOOP
        SELECT s.remaining INTO beyond FROM promotion_slots s
        WHERE s.promotion_id = one.promotion AND s.kind = one.kind AND s.slot = -1 AND s.remaining > 0
        FOR NO KEY UPDATE;
        beyond := least(coalesce(beyond, 0), one.amount);
        IF beyond > 0 THEN
            UPDATE promotion_slots s SET remaining = s.remaining - beyond
            WHERE s.promotion_id = one.promotion AND s.kind = one.kind AND s.slot = -1;
        END IF;
        CONTINUE WHEN beyond = one.amount;
        SELECT s.slot INTO target FROM promotion_slots s
        WHERE s.promotion_id = one.promotion AND s.kind = one.kind AND s.slot >= 0
        ORDER BY s.slot LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
        UPDATE promotion_slots s SET remaining = s.remaining + one.amount - beyond
        WHERE s.promotion_id = one.promotion AND s.kind = one.kind AND s.slot = coalesce(target, 0);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    """Make the functions."""

    dependencies = [("promotions", "0003_stamps_never_repeat")]
    operations = [
        migrations.RunSQL(TAKE, "DROP FUNCTION regulars_take_limits"),
        migrations.RunSQL(GIVE_BACK, "DROP FUNCTION regulars_give_back_limits"),
    ]
