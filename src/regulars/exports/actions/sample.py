"""Files of exports go together with a sample."""

from regulars.exports.actions.files import remove
from regulars.exports.models import Export
from regulars.platform.actor import Actor
from regulars.staff.events import SampleRemoved


def forget_exports(actor: Actor, fact: SampleRemoved) -> None:
    """Delete the files of every export of a chain that goes."""
    for export_id, file_format in Export.objects.filter(chain_id=fact.chain_id).values_list("id", "format"):
        remove(export_id, file_format)
