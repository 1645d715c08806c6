"""Management of declarations and reports to an authority (宣言・報告): make, list, show, print."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

import msgspec

from renkei.exchange.answer.box_messages import Name
from renkei.exchange.declaration.declarations import ARTICLE_7
from renkei.exchange.records.declarations import DeclarationRecord
from renkei.exchange.records.kept import Document
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.views import Page, View


class Declaring(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``facts``: a DeclarationFacts; ``form``: by short name; ``draft``: also while something needed is missing."""

    facts: Document
    form: Name = ARTICLE_7
    draft: bool = False


class ListingDeclarations(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which part; with or without drafts; the newest first."""

    part: str | None = None
    drafts: bool = True


class Printing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In which language."""

    language: Literal["en", "ja"] = "en"


class Declaration(View, frozen=True, kw_only=True):
    """A declaration; ``number`` counts those of one form, model and plant; ``successor``: what has superseded it."""

    declaration: str
    form: str
    model: str
    plant: str
    part: str
    record: str
    draft: bool
    number: int
    missing: tuple[str, ...]
    verification: str
    successor: str
    document: Document
    created: datetime

    @classmethod
    def of(cls, record: DeclarationRecord) -> Declaration:
        """The view of a record."""
        read = msgspec.convert(record.document, type=_Said)
        return cls(
            declaration=record.id,
            form=record.form,
            model=record.model,
            plant=record.plant,
            part=record.part,
            record=record.record,
            draft=record.draft,
            number=record.number,
            missing=read.missing,
            verification=read.verification.status,
            successor=record.successor,
            document=record.document,
            created=record.created,
        )


class _Verified(msgspec.Struct):
    status: str


class _Said(msgspec.Struct):
    """What of a declaration's document the view says again."""

    missing: tuple[str, ...]
    verification: _Verified


class FormSummary(View, frozen=True, kw_only=True):
    """A form; ``items``: what it asks for, each with its label, where the law asks for it, and whether it must be."""

    name: str
    id: str
    title: dict[str, str]
    status: str
    as_of: str
    items: list[Document]


async def list_forms(desk: Desk, values: PathValues, asked: Nothing) -> Page[FormSummary]:
    """The forms there are."""
    return Page(
        items=[
            FormSummary(
                name=name,
                id=form.id,
                title=form.title.to_json(),
                status=form.status,
                as_of=form.as_of.isoformat(),
                items=[item.to_json() for item in form.items],
            )
            for name, form in desk.participant.declarations.forms.items()
        ]
    )


async def make_declaration(desk: Desk, values: PathValues, asked: Declaring) -> Declaration:
    """Make one of a part of ours, as its record is now; refused with the list of what is missing."""
    made = await desk.participant.declarations.declare(asked.facts, asked.form, draft=asked.draft)
    return Declaration.of(made)


async def list_declarations(desk: Desk, values: PathValues, asked: ListingDeclarations) -> Page[Declaration]:
    """Declarations that we made."""
    found = await desk.participant.declarations.listed(asked.part, drafts=asked.drafts)
    return Page(items=[Declaration.of(one) for one in found])


async def show_declaration(desk: Desk, values: PathValues, asked: Nothing) -> Declaration:
    """One declaration."""
    return Declaration.of(await desk.participant.declarations.known(values["id"]))


async def print_declaration(desk: Desk, values: PathValues, asked: Printing) -> str:
    """A declaration as a page fit for print."""
    return await desk.participant.declarations.page(values["id"], asked.language)


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("GET /declarations/forms", "List forms of declarations", list_forms, Nothing, Page[FormSummary]),
    operation("POST /declarations", "Make a declaration", make_declaration, Declaring, Declaration, status=201),
    operation("GET /declarations", "List declarations", list_declarations, ListingDeclarations, Page[Declaration]),
    operation("GET /declarations/{id}", "Show one declaration", show_declaration, Nothing, Declaration),
    replace(
        operation("GET /declarations/{id}/page", "Print a declaration", print_declaration, Printing, str),
        media_type="text/html; charset=utf-8",
    ),
)
