"""The collector's screen of METI's slide: who consents is seen, tier by tier; everybody else is ``**``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from renkei.battery import MASKED
from renkei.cli.demo.acts.companies import Companies
from renkei.cli.demo.acts.script import Script, ScriptedPart
from renkei.cli.demo.phrases import filled
from renkei.cli.values import items
from renkei.cli.words import Text
from renkei.kernel import instants

_DAYS: Final = 30
_WHO: Final = Text("{companies}, and one that names itself to nobody", "{companies}。ほかに1社は名乗らない")
_CELLS: Final = Text("what the {collector} sees: {cells}", "{collector}の画面: {cells}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenShown:
    """The screen's cells: what a company is called there, and its value; letters in order, the nameless last."""

    collector: str
    letters: Mapping[str, str]
    screen: list[list[str]]

    def to_json(self) -> dict[str, object]:
        """Its members in ``steps``."""
        return {"screen": self.screen}

    def lines(self, companies: Companies) -> Iterator[Text]:
        """For people."""
        cells = ", ".join(" ".join(cell) for cell in self.screen)
        yield filled(_CELLS, collector=companies.called(self.collector), cells=cells)
        named = [(letter, companies.called(company)) for letter, company in self.letters.items()]
        en, ja = (", ".join(f"{letter}: {called[language]}" for letter, called in named) for language in ("en", "ja"))
        yield filled(_WHO, companies=Text(en, ja))


@dataclass(frozen=True, slots=True)
class Collector:
    """``A`` to ``E`` and ``G`` are companies, each with one part; ``E`` alone is asked for its value by the collector.

    Whoever plays and has no letter names itself to nobody.
    """

    NAME: ClassVar[str] = "collector"
    TITLE: ClassVar[Text] = Text("The collector's screen", "収集企業の画面")
    ROLES: ClassVar[tuple[str, ...]] = ("collector", "A", "B", "C", "D", "E", "G")

    script: Script
    companies: Companies

    def play(self) -> ScreenShown:
        """Direct suppliers answer; everybody tells its tree; C, D, E and G name themselves; E gives its value, too."""
        cast, companies, parts = self.script.cast, self.companies, self.script.parts
        collector = cast["collector"]
        letters = {letter: company for letter, company in cast.items() if letter != "collector"}
        companies.register(parts)
        top = next(part for part in parts if part.company == collector)
        direct = [companies.ask(collector, line.supplier, line.component) for line in top.buys]
        for request in direct:
            companies.ended(collector, request)
        customers = {line.component: part.company for part in parts for line in part.buys}
        suppliers = [part for part in parts if part.part in customers]
        for part in suppliers:
            body = {"to": customers[part.part]}
            companies.desks[part.company].post("disclosures", "tree", part.part, body=body)
        known = {line.supplier for line in top.buys}
        for part in suppliers:
            if part.company in letters.values() and part.company not in known:
                self._name(part, customers[part.part])
        value = next(part for part in parts if part.company == cast["E"])
        companies.ended(collector, companies.ask(collector, value.company, value.part))
        wanted = self.script.expected.get("screen")
        screen = companies.settled("the collector's screen", lambda: self._screen(top.part, letters), wanted)
        return ScreenShown(
            collector=collector,
            letters=letters,
            screen=screen if isinstance(screen, list) else [],
        )

    def _name(self, part: ScriptedPart, customer: str) -> None:
        until = instants.render(datetime.now(UTC).replace(microsecond=0) + timedelta(days=_DAYS))
        body = {"customer": customer, "to": self.script.cast["collector"], "until": until}
        self.companies.desks[part.company].post("disclosures", "tree", part.part, "name", body=body)

    def _screen(self, part: str, letters: Mapping[str, str]) -> object:
        shown = {company: letter for letter, company in letters.items()}
        found = items(self.companies.desks[self.script.cast["collector"]].get("disclosures", "tree", part))
        called = [(self.companies.company(cell["company"]), str(cell["value"])) for cell in found]
        cells = [[shown.get(company, company), value] for company, value in called]
        return sorted(cells, key=lambda cell: (cell[0] == MASKED, cell))
