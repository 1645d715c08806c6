"""The shipped rule set and code list, as values."""

from __future__ import annotations

from pathlib import Path

import pytest

from renkei.battery import DiligenceCodes, RuleSet
from renkei.kernel import strict_json

VOCAB = Path(__file__).resolve().parents[2] / "vocab" / "battery"


@pytest.fixture(scope="session")
def rules() -> RuleSet:
    return RuleSet.from_json(strict_json.loads((VOCAB / "rules" / "eu-battery-cfb-2024-draft.json").read_bytes()))


@pytest.fixture(scope="session")
def rule_sets() -> dict[str, RuleSet]:
    """All shipped rule sets by the name of their file."""
    files = sorted((VOCAB / "rules").glob("*.json"))
    return {file.stem: RuleSet.from_json(strict_json.loads(file.read_bytes())) for file in files}


@pytest.fixture(scope="session")
def codes() -> DiligenceCodes:
    return DiligenceCodes.from_json(strict_json.loads((VOCAB / "due-diligence" / "eu-2023-1542.json").read_bytes()))
