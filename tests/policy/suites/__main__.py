"""Run both public ODRL suites and write docs/conformance-odrl.ttl from how they went.

``python tests/policy/suites``; exits with 1 unless all cases agree.
"""

from __future__ import annotations

import sys
from pathlib import Path

import formal_semantics_suite
import solidlab_suite
from suite_report import REPORT, turtle

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


def main() -> int:
    """Run, write, tell."""
    solidlab = solidlab_suite.cases(DATA / "suite-odrl-solidlab")
    formal = formal_semantics_suite.cases(DATA / "suite-odrl-formal-semantics")
    if not (solidlab and formal):
        print(f"The suites are not here: {DATA} has none of them", file=sys.stderr)
        return 1
    REPORT.write_text(turtle(solidlab, formal), "utf-8")
    cases = (*solidlab, *formal)
    failed = [case.name for case in cases if not case.agrees]
    print(f"ODRL suites: {len(cases) - len(failed)} of {len(cases)} cases passed", *failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
