"""Management of battery passports (電池パスポート): open sheets, enter values, see views by role, purpose and day."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec

from renkei.battery.passport.points import Category
from renkei.battery.passport.view import Viewer
from renkei.exchange.answer.box_messages import MaybeName
from renkei.exchange.records.kept import Document
from renkei.exchange.records.passports import PassportRecord
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.views import Page, View

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class OpeningPassport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sheet of a battery (with its ``model``) or of a model (without); ``awaited``: data point → who was asked."""

    category: Category
    model: MaybeName = ""
    awaited: dict[str, str] = {}


class EnteringValues(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``values``: data point or term → value. They hold ``since`` a moment, by default now; nothing is overwritten.

    ``source``: who says so, by default we; ``evidence``: the hash of what proves it.
    """

    values: dict[str, object]
    since: Instant | None = None
    source: MaybeName = ""
    evidence: MaybeName = ""


class ListingPassports(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All sheets, or those of one model's batteries."""

    model: str | None = None


class Viewing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom: ``role`` and ``purpose``, each one or several with commas; ``as_of``: by default now.

    Roles and purposes are those of the table of who may see what; another is refused: ``passport-viewer-unknown``.

    ``consented``: terms that their owner has consented to show, with commas.
    """

    role: str = ""
    purpose: str = ""
    as_of: Instant | None = None
    consented: str = ""


class AsOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``as_of``: by default now."""

    as_of: Instant | None = None


class PassportSheet(View, frozen=True, kw_only=True):
    """A sheet with all its entries; ``level``: ``model`` or ``item``."""

    passport: str
    level: str
    model: str
    sheet: Document
    created: datetime

    @classmethod
    def of(cls, record: PassportRecord) -> PassportSheet:
        """The view of a record."""
        return cls(
            passport=record.id,
            level=record.level,
            model=record.model,
            sheet=record.document,
            created=record.created,
        )


class PassportPoint(View, frozen=True, kw_only=True):
    """A data point of the law; ``applies``: by category."""

    number: int
    id: str
    label: dict[str, str]
    source: str
    access: str
    level: str
    form: str
    unit: str
    applies: dict[str, str]


class PassportTerm(View, frozen=True, kw_only=True):
    """A term of the battery vocabulary; ``sensitivity``: whom it is shown to."""

    id: str
    label: dict[str, str]
    group: str
    unit: str
    sensitivity: str
    owner: str


async def list_points(desk: Desk, values: PathValues, asked: Nothing) -> Page[PassportPoint]:
    """The data points of the passport."""
    points = desk.participant.passports.lists.points.points.values()
    return Page(
        items=[
            PassportPoint(
                number=point.number,
                id=point.id,
                label=point.label.to_json(),
                source=point.source,
                access=point.access.value,
                level=point.level.value,
                form=point.form.value,
                unit=point.unit,
                applies={category.value: applies.value for category, applies in point.applies.items()},
            )
            for point in points
        ]
    )


async def list_terms(desk: Desk, values: PathValues, asked: Nothing) -> Page[PassportTerm]:
    """The battery vocabulary."""
    return Page(
        items=[
            PassportTerm(
                id=term.id,
                label=term.label.to_json(),
                group=term.group,
                unit=term.unit,
                sensitivity=term.sensitivity.value,
                owner=term.owner.value,
            )
            for term in desk.participant.passports.lists.terms.terms.values()
        ]
    )


async def open_passport(desk: Desk, values: PathValues, asked: OpeningPassport) -> PassportSheet:
    """Begin the sheet of a battery or of a model."""
    identify = desk.participant.ports.directory.identify
    awaited = {point: identify(partner) for point, partner in asked.awaited.items()}
    record = await desk.participant.passports.open(values["id"], asked.category, model=asked.model, awaited=awaited)
    return PassportSheet.of(record)


async def enter_values(desk: Desk, values: PathValues, asked: EnteringValues) -> PassportSheet:
    """Say what data points or terms are, from a moment on."""
    record = await desk.participant.passports.enter(
        values["id"], asked.values.items(), start=asked.since, source=asked.source, evidence=asked.evidence
    )
    return PassportSheet.of(record)


async def list_passports(desk: Desk, values: PathValues, asked: ListingPassports) -> Page[PassportSheet]:
    """The sheets there are."""
    return Page(items=[PassportSheet.of(one) for one in await desk.participant.passports.listed(asked.model)])


async def show_sheet(desk: Desk, values: PathValues, asked: Nothing) -> PassportSheet:
    """One sheet with all its entries, for our own eyes."""
    return PassportSheet.of(await desk.participant.passports.known(values["id"]))


async def view_passport(desk: Desk, values: PathValues, asked: Viewing) -> Document:
    """A battery's passport as somebody with this role and purpose sees it, signed."""
    viewer = Viewer(
        roles=_listed(asked.role),
        purposes=_listed(asked.purpose),
        consented=_listed(asked.consented),
    )
    desk.participant.passports.lists.access.demand_known(viewer.roles, viewer.purposes)
    return await desk.participant.passports.view(values["id"], viewer, asked.as_of)


async def count_points(desk: Desk, values: PathValues, asked: AsOf) -> Document:
    """How many data points of a battery are filled, pending, missing and so on."""
    return dict(await desk.participant.passports.counts(values["id"], asked.as_of))


def _listed(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(",") if word.strip())


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("GET /passports/points", "List the passport's data points", list_points, Nothing, Page[PassportPoint]),
    operation("GET /passports/terms", "List the battery vocabulary", list_terms, Nothing, Page[PassportTerm]),
    operation("PUT /passports/{id}", "Open a passport", open_passport, OpeningPassport, PassportSheet, status=201),
    operation("GET /passports", "List passports", list_passports, ListingPassports, Page[PassportSheet]),
    operation("GET /passports/{id}", "Show a passport's sheet", show_sheet, Nothing, PassportSheet),
    operation("POST /passports/{id}/values", "Enter values", enter_values, EnteringValues, PassportSheet),
    operation("GET /passports/{id}/view", "See a passport", view_passport, Viewing, Document),
    operation("GET /passports/{id}/status", "How far a passport has come", count_points, AsOf, Document),
)
