"""What is kept of what we offer: assets, where their bytes come from, and the contract definitions over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import ClassVar

from renkei.exchange.records.kept import Document, Kept


class SourceKind(Enum):
    """Where an asset's bytes come from."""

    DOCUMENT = "document"
    FILE = "file"
    REQUEST_BOX = "request-box"
    CALLABLE = "callable"
    PASSPORT = "passport"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """``place``: a file below the configured folder, a stored document's or a passport's id, or a callable's name."""

    kind: SourceKind
    place: str = ""
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What an asset that is a stored record holds: its part, its type, and of its purposes' member paths those it has.

    ``fields`` is empty where its terms name no purpose whose fields are listed.
    """

    part: str
    document_type: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AssetRecord(Kept):
    """What we own and offer; ``id`` is the dataset's id as partners see it.

    ``access``: the contract definition that tells who may see it; empty: nobody. ``visible_to``: the participant ids
    from which that was made, if it was; ``offer``: the signed offer with its target; ``description``: members of the
    dataset such as ``dct:title``; ``shown``: the dataset as it stands in a catalog, as JSON; ``until``: the last
    instant at which the offer permits anything to anybody, if it has one; ``consent``: it is handed out only under a
    live consent for every purpose of the agreement; ``holds``: what it holds, where it is a stored record.
    """

    kind: ClassVar[str] = "asset"

    offer: Document
    source: Source
    access: str = ""
    visible_to: tuple[str, ...] = ()
    description: Document = field(default_factory=dict)
    format: str = "HttpData-PULL"
    shown: str = ""
    until: datetime | None = None
    consent: bool = False
    holds: Holding | None = None
    withdrawn: bool = False

    def keys(self) -> tuple[str, str, str]:
        """Found again by who may see it, as long as it is offered."""
        return ("", "withdrawn", "") if self.withdrawn else ("", "offered", self.access)


@dataclass(frozen=True, kw_only=True)
class ContractDefinitionRecord(Kept):
    """Who may see what is published under it (``access``, an ODRL set) and, if any, under which terms (an offer).

    A changed ``access`` holds at once, for everything under it; changed ``terms`` for what is published from then on,
    since offers are signed once. ``deleted``: there is no such definition any more; its id may be given again.
    """

    kind: ClassVar[str] = "contract-definition"

    access: Document
    terms: Document | None = None
    deleted: bool = False

    def keys(self) -> tuple[str, str, str]:
        """Those that there are have no state."""
        return "", "deleted" if self.deleted else "", ""
