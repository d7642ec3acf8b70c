"""`python -m regulars COMMAND`."""

import sys

from regulars.project.cli import main

# Guarded: a process that the web server spawns imports this file again under another name.
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
