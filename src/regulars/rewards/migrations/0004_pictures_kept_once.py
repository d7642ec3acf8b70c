"""The pictures of rewards lie where those of vouchers lie, each kept once."""

import django.db.models.deletion
from django.db import migrations, models

MOVE = """
INSERT INTO pictures (id, chain_id, digest, media_type, content)
SELECT DISTINCT ON (chain_id, sha256(content)) gen_random_uuid(), chain_id, sha256(content), media_type, content
FROM reward_pictures ON CONFLICT DO NOTHING;
UPDATE rewards r SET picture_id = p.id
FROM reward_pictures o JOIN pictures p ON p.chain_id = o.chain_id AND p.digest = sha256(o.content)
WHERE o.reward_id = r.id;
-- What waits for the end of the transaction would hinder the changes of tables that follow.
SET CONSTRAINTS ALL IMMEDIATE;
"""
MOVE_BACK = """
INSERT INTO reward_pictures (reward_id, chain_id, media_type, content, version)
SELECT r.id, r.chain_id, p.media_type, p.content, 1 FROM rewards r JOIN pictures p ON p.id = r.picture_id;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    """Move them."""

    dependencies = [("rewards", "0003_removing_the_sample"), ("vouchers", "0005_pictures")]
    operations = [
        migrations.AddField(
            model_name="reward",
            name="picture",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="vouchers.picture"
            ),
        ),
        migrations.AddIndex(
            model_name="reward",
            index=models.Index(
                condition=models.Q(("picture__isnull", False)), fields=["picture"], name="reward_of_picture"
            ),
        ),
        migrations.RunSQL(MOVE, MOVE_BACK),
        migrations.DeleteModel(name="RewardPicture"),
    ]
