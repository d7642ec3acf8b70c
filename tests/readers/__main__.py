"""Install the readers of passes that can be had here, and say which there are."""

import sys

from tests.readers import install

for name, is_there in install().items():
    sys.stdout.write(f"{name}: {'there' if is_there else 'not to be had here'}\n")
