"""A value restated upstream ripples to the car maker (CFP値自動更新), who sees why its own has changed.

70, 100, 180, 460 become 60, 90, 160, 450: the figures of METI's slide. The chain that gives them (amounts 1, 2 and 0.5;
own values 30, -20 as a credit, 370) is our reconstruction; the slide shows no amounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar, Final

from renkei.battery import MASKED
from renkei.battery.problems import INPUT
from renkei.battery.units import parse_figure
from renkei.cli.demo.acts.companies import Companies
from renkei.cli.demo.acts.script import Script, ScriptedPart
from renkei.cli.demo.phrases import filled
from renkei.cli.values import items
from renkei.cli.words import Text

_CAUSE: Final = "energy-mix"
_MOVED: Final = Text("{company}: {before} => {after} kg CO2e", "{company}: {before} ⇒ {after} kg CO2e")
_WHY: Final = Text(
    "why, at the {company}: {change} by a {kind} ({name}); told by the {teller} ({cause}), of those behind it nothing",
    "{company}での理由: {kind}({name})により {change}。通知元は{teller}({cause})、その先は知らされない",
)
_KINDS: Final[Mapping[str, Text]] = {"supplier": Text("supplier's record", "取引先の記録")}
_RIPPLED: Final = Text(
    "{notices} signed notices, each to a direct customer (the chain behind METI's figures is our reconstruction)",
    "署名付き通知{notices}件、いずれも直接の顧客のみへ(METIの数値の元となる構成は当方の復元)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restated:
    """Every company's total before and after, why at the last one, who told it, and what it heard of all others."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    last: str
    why: list[dict[str, str]]
    told_by: str
    cause: str
    names_heard: list[str]
    notices: int

    def to_json(self) -> dict[str, object]:
        """Its members in ``steps``."""
        return {
            "before": dict(self.before),
            "after": dict(self.after),
            "why": self.why,
            "told_by": self.told_by,
            "cause": self.cause,
            "names_heard": self.names_heard,
            "notices": self.notices,
        }

    def lines(self, companies: Companies) -> Iterator[Text]:
        """For people."""
        for company, before in self.before.items():
            yield filled(_MOVED, company=companies.called(company), before=before, after=self.after[company])
        for one in self.why:
            yield filled(
                _WHY,
                company=companies.called(self.last),
                change=one["kgCO2e"],
                kind=_KINDS.get(one["kind"], one["kind"]),
                name=one["name"],
                teller=companies.called(self.told_by),
                cause=self.cause,
            )
        yield filled(_RIPPLED, notices=self.notices)


@dataclass(frozen=True, slots=True)
class Restatement:
    """The first part of the script is restated to ``restated``; ``buyer`` has asked ``last`` for its part."""

    NAME: ClassVar[str] = "restatement"
    TITLE: ClassVar[Text] = Text("An upstream value is restated", "上流の値の修正と自動更新")
    ROLES: ClassVar[tuple[str, ...]] = ("buyer", "last", "restated")

    script: Script
    companies: Companies

    def play(self) -> Restated:
        """Ask once; restate at the far end; wait until the last company's own record is a new one."""
        cast, companies, parts = self.script.cast, self.companies, self.script.parts
        last = next(part for part in parts if part.company == cast["last"])
        companies.register(parts)
        companies.ended(cast["buyer"], companies.ask(cast["buyer"], cast["last"], last.part))
        before = {part.company: companies.total(part.company, part.part) for part in parts}
        restated = replace(parts[0], own=self._restated())
        companies.register([restated], cause=_CAUSE)
        record = companies.until("the restated record of the last company", lambda: self._told(last.part))
        heard = self._heard(last)
        return Restated(
            before=before,
            after={part.company: companies.total(part.company, part.part) for part in parts},
            last=cast["last"],
            why=self._why(record),
            told_by=", ".join(companies.company(one["partner"]) for one in heard),
            cause=", ".join(str(one["cause"]) for one in heard),
            names_heard=[part.company for part in parts[:-2] if companies.did(part.company) in str(heard)],
            notices=sum(self._sent(part.company, part.part) for part in parts),
        )

    def _restated(self) -> Decimal:
        text = self.script.cast["restated"]
        figure = parse_figure(text)
        if figure is None:
            raise INPUT.malformed(at="/cast/restated", found=text, expected="a decimal such as 12.5")
        return figure

    def _told(self, part: str) -> str | None:
        """The id of the last company's newer record, when its customer has been told of it."""
        for one in items(self.companies.desks[self.script.cast["last"]].get("updates", part=part)):
            if one["state"] == "told":
                return str(one["record"])
        return None

    def _why(self, record: str) -> list[dict[str, str]]:
        """The causes as somebody may be told them to whom the company names nobody but itself."""
        last = self.script.cast["last"]
        query = {"visible": self.companies.did(last)}
        found = self.companies.desks[last].get("footprints", record, "attribution", **query)
        causes = items({"items": found["causes"]})
        return [
            {name: str(cause.get(name, MASKED)) for name in ("kind", "name", "company", "kgCO2e")} for cause in causes
        ]

    def _heard(self, last: ScriptedPart) -> list[dict[str, object]]:
        bought = {line.component for line in last.buys}
        heard = items(self.companies.desks[last.company].get("notices", direction="in", kind="restated"))
        return [one for one in heard if one["subject"] in bought]

    def _sent(self, company: str, part: str) -> int:
        sent = items(self.companies.desks[company].get("notices", direction="out", kind="restated"))
        return sum(one["subject"] == part for one in sent)
