"""`python -m vend`, and what the `vend` command calls."""

import sys

from vend.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
