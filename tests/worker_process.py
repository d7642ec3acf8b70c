"""The worker as a process of its own that tests kill; who is dead shows within seconds."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import django
django.setup()
from regulars.platform import jobs
from regulars.project import worker
worker.DEAD_AFTER_SECONDS = jobs.DEAD_AFTER_SECONDS = 2.0
worker.HEARTBEAT_SECONDS = 0.5
worker.LOOK_FOR_DEAD_SECONDS = 0.3
worker.main()
"""


def start_worker(home: Path, **environment: str) -> "subprocess.Popen[bytes]":
    """Start one that works as outside of tests."""
    given = {**os.environ, "PYTHONPATH": "src", "REGULARS_HOME": str(home), **environment}
    given.pop("REGULARS_TESTING", None)
    return subprocess.Popen([sys.executable, "-c", SCRIPT], env=given)
