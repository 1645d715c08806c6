"""``python -m renkei`` is ``renkei``."""

from __future__ import annotations

import sys

from renkei.cli import main

if __name__ == "__main__":
    sys.exit(main())
