"""`python -m benchmarks NAME [options]`: run one benchmark, print its figures, and keep them with machine and date."""

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path

MODULES = {"import": "importing", "import-codes": "code_file"}
"""Benchmarks whose name is no name for a module."""

NOT_BENCHMARKS = {"importing", "code_file", "__main__", "database", "report", "shop"}


def main() -> int:
    """Run the benchmark that the first argument names; 1 where it missed a limit."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    known = sorted({name for name in names if name not in NOT_BENCHMARKS} | set(MODULES))
    if len(sys.argv) < 2 or sys.argv[1] not in known:
        sys.stderr.write(f"usage: ./run bench {'|'.join(known)} [options]\n")
        return 2
    module = importlib.import_module(f"benchmarks.{MODULES.get(sys.argv[1], sys.argv[1])}")
    parser = argparse.ArgumentParser(prog=f"./run bench {sys.argv[1]}", description=module.__doc__)
    module.add_arguments(parser)
    return int(module.run(parser.parse_args(sys.argv[2:])))


if __name__ == "__main__":
    raise SystemExit(main())
