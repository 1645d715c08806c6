"""What the conformance tests share: all that the tests of the use cases do, and their conversations."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
# The conversations and the official schemas are told once, beside the tests that need them most.
sys.path[:0] = [str(TESTS / area) for area in ("exchange", "wire", "protocol") if str(TESTS / area) not in sys.path]

SHARED_FIXTURES = runpy.run_path(str(TESTS / "exchange" / "conftest.py"))
dataspace, no_crash, valid_traffic = (SHARED_FIXTURES[name] for name in ("dataspace", "no_crash", "valid_traffic"))

__all__ = ["dataspace", "no_crash", "valid_traffic"]
