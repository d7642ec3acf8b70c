"""Entry points of the background: one step of one import; going on with what was interrupted."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from regulars.imports.actions.keeping import LOCK, resume_imports
from regulars.imports.actions.sample_data import run_adding, run_removing
from regulars.imports.actions.steps import run_step
from regulars.imports.actions.undoing import run_undo
from regulars.platform.clock import now_in


@app.task(queue="imports", name="imports.step", retry=RetryStrategy(max_attempts=4, exponential_wait=3))
def import_step(chain_id: str, import_id: str, step: str) -> None:
    """Do one step; safe to run twice and after a kill."""
    if step == "undo":
        run_undo(UUID(chain_id), UUID(import_id), now=now_in(UUID(chain_id)))
    else:
        run_step(UUID(chain_id), UUID(import_id), step, now=now_in(UUID(chain_id)))


def defer_step(chain_id: UUID, import_id: UUID, step: str) -> None:
    """Put a step into the background inside the running transaction: it exists if the change does."""
    import_step.configure(lock=f"{LOCK}-{import_id}").defer(chain_id=str(chain_id), import_id=str(import_id), step=step)


@app.task(queue="imports", name="imports.sample", retry=RetryStrategy(max_attempts=4, exponential_wait=3))
def sample_step(chain_id: str, what: str) -> None:
    """Add or remove sample data; safe to run twice and after a kill."""
    run = run_adding if what == "add" else run_removing
    run(UUID(chain_id), now=now_in(UUID(chain_id)))


def defer_sample(chain_id: UUID, what: str) -> None:
    """Put it into the background inside the running transaction; adding and removing wait for each other."""
    sample_step.configure(lock=f"sample-{chain_id}").defer(chain_id=str(chain_id), what=what)


@app.periodic(cron="*/5 * * * *")
@app.task(queue="imports", name="imports.resume", queueing_lock="imports-resume")
def resume(timestamp: int) -> None:
    """Go on with imports whose job was lost; also minutes after a start. `timestamp` is when this run was due."""
    resume_imports(defer=defer_step)
