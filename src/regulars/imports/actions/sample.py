"""What imports keep outside of their own table goes together with a sample."""

from regulars.imports.actions.files import remove
from regulars.imports.models import Import
from regulars.platform.actor import Actor
from regulars.platform.database import rows
from regulars.staff.events import SampleRemoved


def forget_imports(actor: Actor, fact: SampleRemoved) -> None:
    """Drop the staging tables and delete the files of every import of a chain that goes."""
    for import_id in Import.objects.filter(chain_id=fact.chain_id).values_list("id", flat=True):
        rows("SELECT door_drop_staging(%s)", [import_id])
        remove(import_id)
