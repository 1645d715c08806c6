"""The companies of a demo as their operators have them: a management API each, and nothing else.

Figures and names are what the daemons answer. Waiting is looking again, never longer than the whole demo may last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from renkei.battery import DiligenceCodes
from renkei.cli.demo.acts.script import ScriptedPart
from renkei.cli.demo.daemons import Deadline, Fleet
from renkei.cli.management import Management
from renkei.cli.values import inner

T = TypeVar("T")
FOOTPRINT: Final = "footprint"
DILIGENCE: Final = "due-diligence"
_LOOK: Final = 0.05
_WAIT: Final = 1.0
_LONGEST: Final = 20.0  # seconds in which what is wanted must be there; then what is there is compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Companies:
    """Everybody's desk. ``names``: what people call a company."""

    fleet: Fleet
    desks: Mapping[str, Management]
    names: Mapping[str, Mapping[str, str]]
    codes: DiligenceCodes
    deadline: Deadline
    due_in_days: int

    def did(self, company: str) -> str:
        """The participant id of a company."""
        return self.fleet.daemons[company].did

    def company(self, did: object) -> str:
        """The company of a participant id; what is none stays."""
        folders = {daemon.did: folder for folder, daemon in self.fleet.daemons.items()}
        return folders.get(str(did), str(did))

    def called(self, company: str) -> Mapping[str, str]:
        """What people call it."""
        return self.names.get(company, {"en": company, "ja": company})

    def register(self, parts: Iterable[ScriptedPart], **changes: object) -> None:
        """Each part at its maker."""
        for part in parts:
            self.desks[part.company].put("parts", part.part, body=part.documents(self.codes, **changes))

    def ask(self, asker: str, supplier: str, part: str, *kinds: str) -> str:
        """Ask for a part; the request's id."""
        due = (datetime.now(UTC).date() + timedelta(days=self.due_in_days)).isoformat()
        body = {"partner": supplier, "part": part, "kinds": kinds or (FOOTPRINT,), "due": due}
        return str(self.desks[asker].post("requests", body=body)["request"])

    def ended(self, asker: str, request: str) -> dict[str, object]:
        """A request with everything that hangs on it, when it has ended."""
        while True:
            self._go_on(f"the answer to {asker}")
            found = self.desks[asker].get("requests", request, wait=_WAIT)
            if inner(found, "request")["final"]:
                return found

    def total(self, company: str, part: str) -> str:
        """A part's footprint as its maker has it now."""
        return str(self.desks[company].get("parts", part, "footprint")["total"])

    def until(self, what: str, look: Callable[[], T | None]) -> T:
        """What is looked for, when it is there. Raises LocalError ``demo-timed-out`` with ``what``."""
        while (found := look()) is None:
            self._go_on(what)
            time.sleep(_LOOK)
        return found

    def settled(self, what: str, look: Callable[[], T], wanted: T) -> T:
        """What is there when it is as wanted, or after a while: then it is compared, and differs."""
        end = time.monotonic() + _LONGEST
        while (found := look()) != wanted and time.monotonic() < end:
            self._go_on(what)
            time.sleep(_LOOK)
        return found

    def _go_on(self, what: str) -> None:
        self.deadline.left(what)
        for daemon in self.fleet.daemons.values():
            daemon.check()
