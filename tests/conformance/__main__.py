"""Run the tests that hold the MUSTs of DSP 2025-1 and write docs/conformance.md from how they went.

``python -m tests.conformance``; exits with 1 unless all of them passed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.conformance.musts import MUSTS
from tests.conformance.musts_page import page, status_of

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / ".build" / "conformance.xml"
PAGE = ROOT / "docs" / "conformance.md"


def main() -> int:
    """Run, read, write."""
    wanted = sorted({test for must in MUSTS for test in must.tests})
    RESULTS.parent.mkdir(exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--quiet",
        f"--junitxml={RESULTS}",
        *(f"tests/{test}" for test in wanted),
    ]
    subprocess.run(command, cwd=ROOT, check=False)
    statuses = read(RESULTS, wanted)
    PAGE.write_text(page(statuses), "utf-8")
    failed = [must.id for must in MUSTS if status_of(must, statuses) != "passed"]
    print(f"DSP 2025-1: {len(MUSTS) - len(failed)} of {len(MUSTS)} rows passed", *failed)
    return 1 if failed else 0


def read(results: Path, wanted: list[str]) -> Mapping[str, str]:
    """The status of each test function: ``passed`` if every case of it passed."""
    found: dict[str, set[str]] = {}
    for case in ET.parse(results).iter("testcase"):
        place = case.get("classname", "").removeprefix("tests.").replace(".", "/") + ".py"
        name = f"{place}::{case.get('name', '').partition('[')[0]}"
        bad = {child.tag for child in case} & {"failure", "error", "skipped"}
        found.setdefault(name, set()).update(bad or {"passed"})
    words = {"failure": "failed", "error": "failed", "skipped": "skipped"}
    return {
        test: next((words[bad] for bad in sorted(found[test] - {"passed"})), "passed")
        for test in wanted
        if test in found
    }


if __name__ == "__main__":
    sys.exit(main())
