"""`python -m handorient` is the `handorient` command."""

from __future__ import annotations

import sys

from handorient.cli import main

if __name__ == "__main__":
    sys.exit(main())
