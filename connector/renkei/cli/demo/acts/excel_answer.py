"""A supplier without a system of its own: asked by an Excel form, and its figure counts at the customer's customer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from renkei.cli.demo.acts.companies import FOOTPRINT, Companies
from renkei.cli.demo.acts.script import Script
from renkei.cli.demo.demo_problems import FORM_REFUSED
from renkei.cli.demo.phrases import filled
from renkei.cli.filed import footprint_form, unit_names
from renkei.cli.values import inner, items
from renkei.cli.words import Text
from renkei.formats.cells import Cell, Sheet, Workbook, place
from renkei.formats.forms.footprint_form import Slip, blank_form, file_form, slip_of
from renkei.spreadsheets import read_workbook, write_workbook

FORM_LANGUAGE: Final = "ja"
_SENT: Final = Text(
    "The {buyer} sends a form for {part} ({file}); the supplier fills in {cells} cells, the {buyer} reads it back",
    "{buyer}が {part} の様式({file})を送付。取引先が{cells}個のセルに記入し、{buyer}が取り込む",
)
_ARRIVED: Final = Text(
    "{record} kg CO2e, kept {mark}; the {customer} gets {total} kg CO2e, no gap open",
    "{record} kg CO2e({mark}として保存)。{customer}に届く合計は {total} kg CO2e、欠落なし",
)
_MARKS: Final = {True: Text("signed", "署名あり"), False: Text("unsigned", "署名なし")}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAnswer:
    """What the form came to at the buyer, and what arrived at its customer."""

    buyer: str
    customer: str
    part: str
    file: str
    cells: int
    request: str
    record: str
    signed: bool
    total: str
    gaps: list[object]

    def to_json(self) -> dict[str, object]:
        """Its members in ``steps``."""
        return {
            "part": self.part,
            "request": self.request,
            "record": self.record,
            "signed": self.signed,
            "total": self.total,
            "gaps": self.gaps,
        }

    def lines(self, companies: Companies) -> Iterator[Text]:
        """For people."""
        buyer, mark = companies.called(self.buyer), _MARKS[self.signed]
        yield filled(_SENT, buyer=buyer, part=self.part, file=self.file, cells=self.cells)
        yield filled(
            _ARRIVED, record=self.record, mark=mark, customer=companies.called(self.customer), total=self.total
        )


@dataclass(frozen=True, slots=True)
class ExcelAnswer:
    """``supplier`` is asked by hand for ``component``; the buyer makes ``part`` of it for the customer."""

    NAME: ClassVar[str] = "excel_answer"
    TITLE: ClassVar[Text] = Text(
        "An Excel answer from a supplier without a system", "システムのない取引先からのExcel回答"
    )
    ROLES: ClassVar[tuple[str, ...]] = ("customer", "buyer", "supplier", "component", "part")

    script: Script
    companies: Companies

    def play(self) -> FormAnswer:
        """The customer asks the buyer, who asks by a form; when it has been read, the customer has its answer."""
        # The form comes first: where it cannot be written, nothing is asked that nobody would answer.
        write_workbook(Workbook((Sheet(name="blank", rows=()),)))
        cast, companies = self.script.cast, self.companies
        buyer, customer, component = cast["buyer"], cast["customer"], cast["component"]
        companies.register(self.script.parts)
        asked = companies.ask(customer, buyer, cast["part"])
        slip = companies.until(f"the request for {component}", self._slip)
        file = companies.fleet.daemons[buyer].folder / f"{component}.xlsx"
        file.write_bytes(write_workbook(blank_form(footprint_form(), FORM_LANGUAGE, slip)))
        file.write_bytes(write_workbook(_filled_in(read_workbook(file.read_bytes()), self.script.cells)))
        taken = companies.desks[buyer].post("imports", "answers", body=_read_back(file.read_bytes(), file.name))
        record, arrived = inner(taken, "record"), inner(companies.ended(customer, asked), "records")
        footprint = inner(inner(arrived, FOOTPRINT), "document")
        gaps = footprint["gaps"]
        return FormAnswer(
            buyer=buyer,
            customer=customer,
            part=component,
            file=file.name,
            cells=len(self.script.cells),
            request=str(inner(taken, "request")["state"]),
            record=str(inner(record, "document")["total"]),
            signed=bool(record["signed"]),
            total=str(footprint["total"]),
            gaps=gaps if isinstance(gaps, list) else [],
        )

    def _slip(self) -> Slip | None:
        """The request that waits for the supplier's form."""
        cast, companies = self.script.cast, self.companies
        for one in items(companies.desks[cast["buyer"]].get("requests", direction="out", limit=500)):
            if (one["partner"], one["part"]) == (cast["supplier"], cast["component"]):
                asker, due = companies.did(cast["buyer"]), str(one["due"])
                return Slip(request=str(one["request"]), asker=asker, part=cast["component"], due=due)
        return None


def _filled_in(form: Workbook, cells: Mapping[str, str]) -> Workbook:
    """The form as a person leaves it. Raises ConfigurationError ``demo-form-refused`` for a cell that no sheet has."""
    sheets = {sheet.name: dict(_cells(sheet)) for sheet in form.sheets}
    for reference, answer in cells.items():
        name, _, cell = reference.partition("!")
        where = place(cell)
        if name not in sheets or where is None:
            raise FORM_REFUSED(cause=f"it has no cell {reference}")
        sheets[name][where] = answer
    return Workbook(tuple(_sheet(name, found) for name, found in sheets.items()))


def _cells(sheet: Sheet) -> Iterator[tuple[tuple[int, int], Cell]]:
    for number, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            yield (number, column), cell


def _sheet(name: str, cells: Mapping[tuple[int, int], Cell]) -> Sheet:
    rows, columns = (1 + max((where[axis] for where in cells), default=0) for axis in (0, 1))
    return Sheet(
        name=name,
        rows=tuple(tuple(cells.get((row, column)) for column in range(columns)) for row in range(rows)),
    )


def _read_back(content: bytes, name: str) -> dict[str, object]:
    """What ``renkei import`` tells the daemon of a filled form. Raises ConfigurationError ``demo-form-refused``."""
    workbook = read_workbook(content)
    filing = file_form(workbook, footprint_form(), unit_names())
    refused = [finding.error.message() for finding in filing.findings if finding.refused]
    if refused or not filing.whole:
        raise FORM_REFUSED(cause=f"{name}: {'; '.join(refused)}")
    return {
        "request": slip_of(workbook).request,
        "parts": {part.id: part.to_json() for part in filing.parts},
        "file_digest": f"sha-256:{hashlib.sha256(content).hexdigest()}",
    }
