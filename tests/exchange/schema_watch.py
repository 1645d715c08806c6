"""Every message that a member of a data space sends, and every one it accepts, is held against the official schemas.

Whatever a test is about, its traffic is looked through when it is over. Messages of the same form (same names, same
kinds of values, same words where a schema lists words) are looked at once in a run.
"""

from __future__ import annotations

import json
from pathlib import Path

from wire_oracles import SCHEMA_FILES, official_for

from renkei.node import DSP_BASE
from renkei.testing import InMemoryDataspace
from renkei.wire.table import CONTEXT

SHARED = Path(__file__).resolve().parents[3] / "shared"
KINDS = {kind.value: kind for kind in SCHEMA_FILES}
WORDS = {"@type", "@context", "state", "eventType", "operator", "timestamp"}


class SchemaWatch:
    """``seen``: the forms that were found valid in this run, by ``@type``."""

    def __init__(self) -> None:
        self.spaces: list[InMemoryDataspace] = []
        self.seen: set[str] = set()

    def errors(self) -> list[str]:
        """What is wrong with the traffic since the last call."""
        spaces, self.spaces = self.spaces, []
        return [error for space in spaces for body in _bodies(space) for error in self._errors(body)]

    def _errors(self, body: bytes) -> list[str]:
        try:
            document = json.loads(body)
        except ValueError:
            return []
        kind = KINDS.get(document.get("@type", "")) if isinstance(document, dict) else None
        if kind is None or document.get("@context") != [CONTEXT]:
            # Other spellings are held against the schemas after they were read: tests/wire/test_wire_jsonld.py.
            return []
        form = json.dumps(_form(document), sort_keys=True)
        if form in self.seen:
            return []
        found = [
            f"{kind.value}: {error.json_path}: {error.message}"
            for error in official_for(SHARED, kind).iter_errors(document)
        ]
        if not found:
            self.seen.add(form)
        return found


def _bodies(space: InMemoryDataspace):
    members = {member.origin for member in space}
    for crossing in space.network.log:
        passage = crossing.passage
        if DSP_BASE not in passage.url:
            continue
        accepted = passage.origin in members and 200 <= crossing.status < 300
        if passage.sender in members or accepted:
            yield passage.body
        if passage.origin in members:
            yield crossing.body


def _form(value: object, name: str = "") -> object:
    """The names in a document and the kinds of its values."""
    if isinstance(value, dict):
        return {key: _form(item, key) for key, item in value.items()}
    if isinstance(value, list):
        forms = {json.dumps(_form(item, name), sort_keys=True) for item in value}
        return sorted(forms)
    return value if name in WORDS else type(value).__name__


WATCH = SchemaWatch()
