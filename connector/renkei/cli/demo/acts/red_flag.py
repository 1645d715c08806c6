"""A red flag about cobalt reaches the car maker in one round of notices, and names nobody behind its own supplier."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from renkei.cli.demo.acts.companies import DILIGENCE, Companies
from renkei.cli.demo.acts.script import COBALT, Script
from renkei.cli.demo.phrases import filled
from renkei.cli.values import inner, items
from renkei.cli.words import Text

RISK: Final = "child_labour"
_MOVED: Final = Text(
    "cobalt at the {last}: {before} => {after}, by a red flag ({risk}) from behind the {teller}",
    "{last}のコバルト: {before} ⇒ {after}。{teller}の先からの重大な懸念({risk})",
)
_HIDDEN: Final = Text(
    "one notice a tier ({path}); who raised it is told to nobody downstream",
    "各社へ通知1件({path})。発した企業は川下の誰にも知らされない",
)
_STATUS: Final[Mapping[str, Text]] = {
    "met": Text("met", "充足"),
    "not-met": Text("not met", "未充足"),
    "unknown": Text("unknown", "不明"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagArrived:
    """Cobalt's status at the last company before and after, how many notices each tier had, and what they name."""

    last: str
    before: str
    after: str
    risks: list[str]
    told_by: str
    notices: Mapping[str, int]
    names_heard: list[str]

    def to_json(self) -> dict[str, object]:
        """Its members in ``steps``."""
        return {
            "before": self.before,
            "after": self.after,
            "risks": self.risks,
            "told_by": self.told_by,
            "notices": dict(self.notices),
            "names_heard": self.names_heard,
        }

    def lines(self, companies: Companies) -> Iterator[Text]:
        """For people."""
        yield filled(
            _MOVED,
            last=companies.called(self.last),
            before=_STATUS.get(self.before, self.before),
            after=_STATUS.get(self.after, self.after),
            risk=", ".join(self.risks),
            teller=companies.called(self.told_by),
        )
        names = [companies.called(company) for company in self.notices]
        path = Text(*(" → ".join(name[language] for name in names) for language in ("en", "ja")))
        yield filled(_HIDDEN, path=path)


@dataclass(frozen=True, slots=True)
class RedFlag:
    """``raiser`` makes the first part, ``last`` the last; each part goes into the next one."""

    NAME: ClassVar[str] = "red_flag"
    TITLE: ClassVar[Text] = Text("A cobalt red flag arrives", "コバルトの重大な懸念の到達")
    ROLES: ClassVar[tuple[str, ...]] = ("raiser", "last")

    script: Script
    companies: Companies

    def play(self) -> FlagArrived:
        """Ask for due diligence along the chain, raise the flag at its far end, look at the near one."""
        companies, parts = self.companies, self.script.parts
        raised, last = parts[0], parts[-1]
        companies.register(parts)
        (line,) = last.buys
        companies.ended(last.company, companies.ask(last.company, line.supplier, line.component, DILIGENCE))
        before = self._status()
        flag = {"part": raised.part, "mineral": COBALT, "kind": "red-flag", "risks": [RISK]}
        companies.desks[raised.company].post("alerts", body=flag)
        tiers = [part.company for part in parts[1:]]
        heard = companies.until("the red flag", lambda: self._heard(last.company))
        after = companies.settled("the red flag's effect", self._status, str(self.script.expected.get("after")))
        content = inner(heard[0], "content")
        risks = content.get("risks")
        said = json.dumps([heard, companies.desks[last.company].get("parts", last.part, DILIGENCE)])
        return FlagArrived(
            last=last.company,
            before=before,
            after=after,
            risks=[str(risk) for risk in risks] if isinstance(risks, list) else [],
            told_by=", ".join(companies.company(one["partner"]) for one in heard),
            notices={company: len(self._heard(company) or ()) for company in tiers},
            names_heard=[
                part.company for part in parts[:-2] if companies.did(part.company) in said or part.part in said
            ],
        )

    def _heard(self, company: str) -> list[dict[str, object]] | None:
        """The notices of this alert at a company; None while there is none."""
        bought = {line.component for part in self.script.parts if part.company == company for line in part.buys}
        heard = items(self.companies.desks[company].get("notices", direction="in", kind="alert"))
        return [one for one in heard if one["subject"] in bought] or None

    def _status(self) -> str:
        last = self.script.parts[-1]
        found = self.companies.desks[last.company].get("parts", last.part, DILIGENCE)
        entries = items({"items": found["minerals"]})
        return next((str(entry["status"]) for entry in entries if entry["mineral"] == COBALT), "absent")
