"""``python -m handler``: the command line, which is in `handler.cli`."""

import sys

from handler.cli import main

if __name__ == "__main__":
    sys.exit(main())
