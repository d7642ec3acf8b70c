"""Print a link by which somebody sets a new password.

For owners without a mail server, and for whoever has lost theirs.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from regulars.staff.jobs import reset_link
from regulars.staff.queries import find_login_id


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("email", help="the e-mail they sign in with")


def run(options: Namespace) -> int:
    login_id = find_login_id(options.email)
    link = login_id and reset_link(login_id)
    if not link:
        sys.stderr.write(f"Nobody signs in with {options.email}.\n")
        return 1
    sys.stdout.write(f"Open this within an hour; it works once:\n{link}\n")
    return 0
