"""A supplier who never answers: its part stays unknown, a marked stand-in counts in its place, and never a zero."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from renkei.cli.demo.acts.companies import DILIGENCE, FOOTPRINT, Companies
from renkei.cli.demo.acts.script import COBALT, Script
from renkei.cli.demo.phrases import filled
from renkei.cli.values import inner, items
from renkei.cli.words import Text

_ANSWERED: Final = Text(
    "{asked} suppliers asked, {open} silent; the {buyer} answers with what it has: {total} kg CO2e for the {customer}",
    "{buyer}は取引先{asked}社に依頼し、{open}件が未回答のまま回答。{customer}には {total} kg CO2e",
)
_GAP: Final = Text(
    "{count} supplier is missing and said to be, without a name; a factor stands in, and counts as no primary data",
    "{count}社の欠落を名称なしで明示。二次データの排出係数で代替し、一次データには数えない",
)
_COBALT: Final = Text(
    "cobalt: {status}, {covered} of its mass known",
    "コバルト: {status}、質量の {covered} が既知",
)
_UNKNOWN: Final = Text("unknown", "不明")


@dataclass(frozen=True, slots=True, kw_only=True)
class StillUnknown:
    """What arrived at the customer while one supplier was silent; shares are decimals from 0 to 1, and percent."""

    buyer: str
    customer: str
    asked: int
    open: int
    total: str
    gaps: list[dict[str, object]]
    primary: str
    status: str
    covered: str

    def to_json(self) -> dict[str, object]:
        """Its members in ``steps``."""
        return {
            "asked": self.asked,
            "open": self.open,
            "total": self.total,
            "gaps": self.gaps,
            "primary_data_share": self.primary,
            "cobalt": self.status,
            "cobalt_covered": self.covered,
        }

    def lines(self, companies: Companies) -> Iterator[Text]:
        """For people."""
        yield filled(
            _ANSWERED,
            buyer=companies.called(self.buyer),
            customer=companies.called(self.customer),
            asked=self.asked,
            open=self.open,
            total=self.total,
        )
        for gap in self.gaps:
            yield filled(_GAP, count=gap["count"])
        status = _UNKNOWN if self.status == "unknown" else self.status
        yield filled(_COBALT, status=status, covered=self.covered)


@dataclass(frozen=True, slots=True)
class SilentSupplier:
    """The buyer makes ``part`` for the customer; of those it buys from, ``silent`` has nobody who answers."""

    NAME: ClassVar[str] = "silent_supplier"
    TITLE: ClassVar[Text] = Text("A supplier who never answers", "回答しない取引先")
    ROLES: ClassVar[tuple[str, ...]] = ("customer", "buyer", "silent", "part")

    script: Script
    companies: Companies

    def play(self) -> StillUnknown:
        """The buyer waits for all but the silent one, then answers from what it has."""
        cast, companies = self.script.cast, self.companies
        buyer, customer = cast["buyer"], cast["customer"]
        companies.desks[buyer].put("factors", body={"listed": self.script.factors})
        companies.register(self.script.parts)
        asked = companies.ask(customer, buyer, cast["part"], FOOTPRINT, DILIGENCE)
        waiting = companies.until("the answer of all but one supplier", self._waiting)
        companies.desks[buyer].post("requests", waiting, "answer")
        records = inner(companies.ended(customer, asked), "records")
        below = items({"items": companies.desks[buyer].get("requests", waiting)["asked"]})
        footprint = inner(inner(records, FOOTPRINT), "document")
        minerals = items({"items": inner(inner(records, DILIGENCE), "document")["minerals"]})
        cobalt = next((entry for entry in minerals if entry["mineral"] == COBALT), {})
        return StillUnknown(
            buyer=buyer,
            customer=customer,
            asked=len(below),
            open=sum(not one["final"] for one in below),
            total=str(footprint["total"]),
            gaps=items({"items": footprint["gaps"]}),
            primary=str(footprint["primaryDataShare"]),
            status=str(cobalt.get("status", "absent")),
            covered=str(cobalt.get("covered", "")),
        )

    def _waiting(self) -> str | None:
        """The customer's request at the buyer, when every supplier but the silent one has answered."""
        cast, desk = self.script.cast, self.companies.desks[self.script.cast["buyer"]]
        for one in items(desk.get("requests", direction="in", limit=500)):
            if one["part"] != cast["part"] or one["final"]:
                continue
            below = items({"items": desk.get("requests", str(one["request"]))["asked"]})
            silent = [each for each in below if self.companies.company(each["partner"]) == cast["silent"]]
            others = [each for each in below if each not in silent]
            if silent and silent[0]["delivered"] and others and all(each["final"] for each in others):
                return str(one["request"])
        return None
