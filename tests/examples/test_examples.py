"""Each example runs as a reader would run it, and says what its text promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SAYS = {
    "two_companies": "signed by both: True",
    "own_rule": "not-a-customer Please call our sales desk.",
}


def test_every_example_is_listed_here():
    assert {path.parent.name for path in EXAMPLES.glob("*/run.py")} == set(SAYS)


@pytest.mark.e2e
@pytest.mark.parametrize("name", SAYS)
def test_the_example_runs(name):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name / "run.py")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert SAYS[name] in done.stdout
