"""``python -m tests.bench``: measure, print, and write ``bench.json`` (flat keys, each with its unit in the name)."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from tests.bench.catalog import catalog
from tests.bench.daemon import daemon
from tests.bench.floor import floor
from tests.bench.negotiations import negotiations
from tests.bench.onboard import onboard
from tests.bench.policy import policy
from tests.bench.ripple import ripple
from tests.bench.rollup import rollup
from tests.bench.wire import wire


def main() -> None:
    """Everything in one run, so that figures may be compared as ratios."""
    figures: dict[str, object] = {
        "machine": f"{platform.machine()} {os.cpu_count()} cpu {platform.system()}",
        "versions": ", ".join(
            [f"python {platform.python_version()}", f"sqlite {sqlite3.sqlite_version}"]
            + [f"{name} {version(name)}" for name in ("renkei", "aiohttp", "cryptography", "msgspec")]
        ),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, measure in (
            ("wire", wire),
            ("policy", policy),
            ("rollup", rollup),
            ("floor", floor),
            ("negotiations", negotiations),
            ("ripple", ripple),
            ("daemon", daemon),
            ("catalog", catalog),
            ("onboarding", onboard),
        ):
            print(f"measuring {title} …", file=sys.stderr, flush=True)
            figures.update(measure(folder))
    text = json.dumps(figures, indent=2)
    Path("bench.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
