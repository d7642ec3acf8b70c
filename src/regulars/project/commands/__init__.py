"""The commands of `./run COMMAND`, one file each (see `project/cli.py`)."""
