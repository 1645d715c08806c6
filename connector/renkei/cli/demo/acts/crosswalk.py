"""A crosswalk (品番対応): the customer asks by its own number, and the supplier answers from the part it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from renkei.cli.demo.acts.companies import FOOTPRINT, Companies
from renkei.cli.demo.acts.script import Script
from renkei.cli.demo.phrases import filled
from renkei.cli.values import inner, items
from renkei.cli.words import Text

_ASKED: Final = Text(
    "The {customer} asks for {number}; the {supplier} answers with its {part}: {record} kg CO2e",
    "{customer}が {number} を依頼し、{supplier}は自社の {part} で回答: {record} kg CO2e",
)
_COUNTED: Final = Text(
    "counted by the {customer} in its line {line}: {total} kg CO2e in all; both numbers are now linked there, too",
    "{customer}では部品表の行 {line} に計上され、合計 {total} kg CO2e。両品番は{customer}側でも対応付け済み",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumbersMet:
    """By which number was asked, which one the answer bears, what the customer has linked, and its total."""

    customer: str
    supplier: str
    asked: str
    answered_as: str
    record: str
    linked: str
    total: str

    def to_json(self) -> dict[str, object]:
        """Its members in ``steps``."""
        return {
            "asked": self.asked,
            "answered_as": self.answered_as,
            "record": self.record,
            "linked": self.linked,
            "total": self.total,
        }

    def lines(self, companies: Companies) -> Iterator[Text]:
        """For people."""
        customer, supplier = companies.called(self.customer), companies.called(self.supplier)
        yield filled(
            _ASKED,
            customer=customer,
            supplier=supplier,
            number=self.asked,
            part=self.answered_as,
            record=self.record,
        )
        yield filled(_COUNTED, customer=customer, line=self.linked, total=self.total)


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """``part`` is the supplier's number, ``number`` the customer's, ``product`` what the customer makes of it."""

    NAME: ClassVar[str] = "crosswalk"
    TITLE: ClassVar[Text] = Text("Two numbers for one part", "1つの部品、2つの品番")
    ROLES: ClassVar[tuple[str, ...]] = ("customer", "supplier", "part", "number", "product")

    script: Script
    companies: Companies

    def play(self) -> NumbersMet:
        """Link at the supplier, ask by the customer's number, look at the customer."""
        cast, companies = self.script.cast, self.companies
        customer, supplier = cast["customer"], cast["supplier"]
        companies.register(self.script.parts)
        link = {"part": cast["part"], "partner": customer, "side": "customer", "number": cast["number"]}
        companies.desks[supplier].post("crosswalk", body=link)
        detail = companies.ended(customer, companies.ask(customer, supplier, cast["number"]))
        record = inner(inner(detail, "records"), FOOTPRINT)
        linked = items(companies.desks[customer].get("crosswalk", partner=supplier, side="supplier"))
        return NumbersMet(
            customer=customer,
            supplier=supplier,
            asked=cast["number"],
            answered_as=str(inner(detail, "request")["answered_as"]),
            record=str(inner(record, "document")["total"]),
            linked=", ".join(str(one["part"]) for one in linked if one["number"] == cast["part"]),
            total=companies.total(customer, cast["product"]),
        )
