"""Our own form for a part's footprint: an Excel workbook with explanations and drop-down lists, and its reader.

What the form asks for is data (``vocab/forms/footprint.json``): sheets, columns, their titles and explanations in
every language, what each holds. A part's sheet is upright: a line for each thing that is asked, its answer in the
second column. The others are tables. A form is read whichever language it was written in, and sheets and columns may
have been moved; a sheet that was deleted is one in which nothing is filled in.

The first sheet carries, hidden in its last line, which form this is and which request it answers (``Slip``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from renkei.battery.problems import INPUT
from renkei.battery.reading import Members
from renkei.formats.cells import Cell, Choice, Look, Sheet, Workbook, address
from renkei.formats.forms.columns import Column, FilledRow, FilledTable, Finding, Holds, header_of, read_table
from renkei.formats.forms.filing import Filing, Rows, file_parts
from renkei.formats.forms.form_problems import MISSING, NO_TABLE
from renkei.formats.forms.signs import UnitNames

_GUIDE: Final = "Renkei"
_MARK: Final = "renkei-form"
_ROWS: Final = 200
_TABLE_HEADER: Final = 2
_FLAGS: Final[Mapping[str, tuple[str, str]]] = {"en": ("yes", "no"), "ja": ("はい", "いいえ")}
_WIDTHS: Final[Mapping[Holds, int]] = {Holds.TEXT: 24, Holds.CHOICE: 26, Holds.UNIT: 16, Holds.DAY: 14}

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormColumn:
    """One question: its titles and explanation by language; ``choices``: our word → how it is shown, by language."""

    name: str
    title: Texts
    note: Texts
    holds: Holds
    needed: bool
    choices: Mapping[str, Texts]

    def column(self) -> Column:
        """How its answers are found and read, in any language."""
        shown = {text: word for word, texts in self.choices.items() for text in (*texts.values(), word)}
        return Column(
            name=self.name, titles=tuple(self.title.values()), holds=self.holds, needed=self.needed, choices=shown
        )

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        choices = members.optional_inner("choices")
        column = cls(
            name=members.text("name"),
            title=_texts(members.inner("title")),
            note=_texts(members.inner("note")) if members.has("note") else {},
            holds=members.choice("holds", Holds),
            needed=members.flag("needed"),
            choices={} if choices is None else {word: _texts(choices.inner(word)) for word in choices.names()},
        )
        members.close()
        return column


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSheet:
    """One sheet of questions."""

    name: str
    title: Texts
    note: Texts
    upright: bool
    columns: tuple[FormColumn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormDefinition:
    """A form as data."""

    id: str
    title: Texts
    guide: Mapping[str, Sequence[str]]
    unit_choices: Mapping[str, Sequence[str]]
    sheets: tuple[FormSheet, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """In which it can be written."""
        return tuple(self.title)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read ``vocab/forms/footprint.json``. Raises ConfigurationError ``battery-input-…``."""
        members = Members.typed(value, INPUT, "FormDefinition")
        members.day("asOf")
        guide, units = members.inner("guide"), members.inner("unitChoices")
        form = cls(
            id=members.text("id"),
            title=_texts(members.inner("title")),
            guide={language: guide.texts(language) for language in guide.names()},
            unit_choices={language: units.texts(language) for language in units.names()},
            sheets=tuple(_sheet(sheet) for sheet in members.each("sheets")),
        )
        members.close()
        return form


def _sheet(members: Members) -> FormSheet:
    sheet = FormSheet(
        name=members.text("name"),
        title=_texts(members.inner("title")),
        note=_texts(members.inner("note")),
        upright=members.flag("upright"),
        columns=tuple(FormColumn.read(column) for column in members.each("columns")),
    )
    members.close()
    return sheet


def _texts(members: Members) -> Texts:
    return {language: members.text(language) for language in members.names()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What a form carries beside its questions: which request it answers, and who asked for what of it."""

    request: str = ""
    asker: str = ""
    part: str = ""
    unit: str = ""
    due: str = ""


# --- out -------------------------------------------------------------------------------------------


def blank_form(form: FormDefinition, language: str, slip: Slip | None = None) -> Workbook:
    """The form to fill in; ``slip``: what is known beforehand."""
    slip = slip or Slip()
    return Workbook((_guide(form, language, slip), *(_blank(form, sheet, language, slip) for sheet in form.sheets)))


def _guide(form: FormDefinition, language: str, slip: Slip) -> Sheet:
    rows: list[tuple[Cell, ...]] = [(form.title[language],), ()]
    rows += [(line,) for line in form.guide[language]]
    rows += [(), (_MARK, form.id, slip.request or None, slip.asker or None, slip.due or None)]
    looks = {(0, 0): Look.TITLE} | {(row, 0): Look.NOTE for row in range(1, len(rows))}
    return Sheet(name=_GUIDE, rows=tuple(rows), looks=looks, widths=(110,))


def _blank(form: FormDefinition, sheet: FormSheet, language: str, slip: Slip) -> Sheet:
    return _upright(form, sheet, language, slip) if sheet.upright else _table(form, sheet, language)


def _upright(form: FormDefinition, sheet: FormSheet, language: str, slip: Slip) -> Sheet:
    known = {"part": slip.part, "unit": slip.unit}
    rows: list[tuple[Cell, ...]] = [(sheet.title[language],), (sheet.note[language],)]
    looks = {(0, 0): Look.TITLE, (1, 0): Look.NOTE}
    choices = []
    for column in sheet.columns:
        row = len(rows)
        rows.append((column.title[language] + _star(column), known.get(column.name) or None, column.note.get(language)))
        looks |= {(row, 0): Look.HEADING, (row, 1): Look.INPUT, (row, 2): Look.NOTE}
        if shown := _choices(form, column, language):
            choices.append(Choice(column=1, first_row=row, last_row=row, values=shown))
    return Sheet(name=sheet.title[language], rows=tuple(rows), looks=looks, choices=tuple(choices), widths=(26, 36, 50))


def _table(form: FormDefinition, sheet: FormSheet, language: str) -> Sheet:
    header = tuple(column.title[language] + _star(column) for column in sheet.columns)
    empty: tuple[Cell, ...] = (None,) * len(header)
    first, last = _TABLE_HEADER + 1, _TABLE_HEADER + _ROWS
    looks = {(0, 0): Look.TITLE, (1, 0): Look.NOTE}
    looks |= {(_TABLE_HEADER, position): Look.HEADING for position in range(len(header))}
    looks |= {(row, position): Look.INPUT for row in range(first, last + 1) for position in range(len(header))}
    return Sheet(
        name=sheet.title[language],
        rows=((sheet.title[language],), (sheet.note[language],), header, *(empty for _ in range(_ROWS))),
        looks=looks,
        choices=tuple(
            Choice(column=position, first_row=first, last_row=last, values=shown)
            for position, column in enumerate(sheet.columns)
            if (shown := _choices(form, column, language))
        ),
        widths=tuple(_WIDTHS.get(column.holds, 12) for column in sheet.columns),
        frozen=_TABLE_HEADER + 1,
    )


def _star(column: FormColumn) -> str:
    return " *" if column.needed else ""


def _choices(form: FormDefinition, column: FormColumn, language: str) -> tuple[str, ...]:
    if column.holds is Holds.UNIT:
        return tuple(form.unit_choices[language])
    if column.holds is Holds.FLAG:
        return _FLAGS[language]
    return tuple(texts[language] for texts in column.choices.values())


# --- in --------------------------------------------------------------------------------------------


def is_form(workbook: Workbook, form: FormDefinition) -> bool:
    """Whether this is that form, in any language."""
    return any(_find(workbook, sheet) is not None for sheet in form.sheets if sheet.upright)


def slip_of(workbook: Workbook) -> Slip:
    """What the form carries; nothing where its guide was removed."""
    guide = workbook.sheet(_GUIDE)
    for row in guide.rows if guide else ():
        if row[:1] == (_MARK,):
            _, _, request, asker, due = (*(str(cell or "") for cell in row[:5]), "", "", "", "")[:5]
            return Slip(request=request, asker=asker, due=due)
    return Slip()


def file_form(workbook: Workbook, form: FormDefinition, units: UnitNames) -> Filing:
    """The part that a filled form tells, ready to be registered. Raises ConfigurationError ``form-table-unknown``."""
    if not is_form(workbook, form):
        raise NO_TABLE(header=", ".join(sheet.name for sheet in workbook.sheets), known=form.id)
    read = {sheet.name: _read(workbook, sheet, units) for sheet in form.sheets}
    findings = [finding for table in read.values() for finding in table.findings]
    refused = sum(table.refused for table in read.values())
    if not read["part"].rows:
        return file_parts(Rows(), findings, refused_before=refused)
    part = read["part"].rows[0].cells["part"]
    rows = Rows(
        parts=read["part"].rows,
        components=_about("parent", part, read["components"].rows),
        own=_about("part", part, read["own"].rows),
        secondary=_about("part", part, read["secondary"].rows),
    )
    return file_parts(rows, findings, refused_before=refused)


def _about(member: str, part: str, rows: Sequence[FilledRow]) -> tuple[FilledRow, ...]:
    return tuple(FilledRow(row.at, {**row.cells, member: part}, row.places) for row in rows)


def _find(workbook: Workbook, sheet: FormSheet) -> Sheet | None:
    return next((found for title in sheet.title.values() if (found := workbook.sheet(title)) is not None), None)


def _read(workbook: Workbook, sheet: FormSheet, units: UnitNames) -> FilledTable:
    found = _find(workbook, sheet)
    if found is None:
        return FilledTable((), (), 0)
    columns = [_starred(column.column()) for column in sheet.columns]
    place: Callable[[int, int], str] = address
    if sheet.upright:
        found, place = _laid_down(found, columns)
    header = header_of(found, columns)
    if header is None:
        lacking = ", ".join(column.titles[0] for column in columns if column.needed)
        return FilledTable((), (Finding(MISSING(at=found.name, column=lacking)),), 1)
    return read_table(found, columns, units, header=header, place=place)


def _starred(column: Column) -> Column:
    """A title is found with the star that marks what is needed, and without."""
    titles = tuple(name for title in column.titles for name in (title, f"{title} *"))
    return Column(name=column.name, titles=titles, holds=column.holds, needed=column.needed, choices=column.choices)


def _laid_down(sheet: Sheet, columns: Sequence[Column]) -> tuple[Sheet, Callable[[int, int], str]]:
    """An upright sheet as a table of one row, and where its cells stand in truth."""
    titles = {title for column in columns for title in column.titles}
    asked = [number for number, row in enumerate(sheet.rows) if row and row[0] in titles]
    header = tuple(sheet.cell(number, 0) for number in asked)
    answers = tuple(sheet.cell(number, 1) for number in asked)

    def place(row: int, column: int) -> str:
        return address(asked[column], row)

    return Sheet(name=sheet.name, rows=(header, answers), formulas=sheet.formulas), place
