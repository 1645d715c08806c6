"""The command line: ``renkei``. It speaks to a running daemon's management API, never to its database."""

from __future__ import annotations

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the process's exit code (docs/reference/exit-codes.md)."""
    from renkei.cli.program import run

    return run(argv)
