"""Management of what we offer: publish, list, withdraw."""

from __future__ import annotations

import mimetypes
from typing import Final

import msgspec

from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.records.assets import AssetRecord, Source, SourceKind
from renkei.exchange.records.kept import Document
from renkei.http.management.catalogs import ProfileName, read_access, terms_of
from renkei.http.management.contract_views import Asset
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import Paging, one_of, page_of
from renkei.http.management.problems import ONE_SOURCE
from renkei.http.management.views import Page
from renkei.policy.model import Policy

_OF_RECORD: Final = "application/json"


class Publishing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to offer.

    ``dataset``: its id, empty for a new one. Exactly one of ``file`` (below the connector's folder ``files``),
    ``document`` (the id of a stored record) and ``passport`` (a battery's: who pulls it gets the view of its role and
    of the agreed purposes); exactly one of ``template`` (with ``parameters`` and the wire
    ``profile``, by default the plain one) and ``policy`` (an ODRL offer without target), or neither under a
    ``definition`` that has terms. Who may see it, at most one of ``visible_to`` (partners by id or configured name),
    ``access`` (an ODRL set) and ``definition`` (a contract definition's id); none: everyone. ``properties``: further
    members of the dataset under absolute or prefixed IRIs; a type or version among them stands in place of
    ``dataset_type`` or ``version``. ``consent``: it is handed out only under a live consent for every purpose of the
    agreement.
    """

    dataset: str = ""
    title: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    properties: Document = {}
    file: str = ""
    document: str = ""
    passport: str = ""
    media_type: str = ""
    template: str = ""
    parameters: dict[str, str] = {}
    profile: ProfileName = ""
    policy: Document | None = None
    visible_to: tuple[str, ...] = ()
    access: Document | None = None
    definition: str = ""
    dataset_type: str = "https://w3id.org/catenax/taxonomy#Asset"
    version: str = "1.0"
    consent: bool = False


async def publish_asset(desk: Desk, values: PathValues, asked: Publishing) -> Asset:
    """Offer a dataset, or replace the offer of one."""
    participant = desk.participant
    source = _source(asked)
    if source.kind is SourceKind.PASSPORT:
        await participant.passports.passport(source.place)
    else:
        await desk.check_source(source)
    dataset = asked.dataset or participant.ports.ids.new()
    publication = Publication(
        dataset=dataset,
        policy=_policy(desk, asked, dataset),
        source=source,
        visible_to=tuple(dict.fromkeys(participant.ports.directory.identify(name) for name in asked.visible_to)),
        access=None if asked.access is None else read_access(asked.access),
        definition=asked.definition,
        description=_description(asked),
        dataset_type=asked.dataset_type,
        version=asked.version,
        consent=asked.consent,
    )
    return _with_warnings(desk, await participant.catalogs.publish(publication))


def _with_warnings(desk: Desk, record: AssetRecord) -> Asset:
    return Asset.of(record, desk.participant.catalogs.warnings(record.offer))


def _source(asked: Publishing) -> Source:
    if [asked.file, asked.document, asked.passport].count("") != 2:
        raise ONE_SOURCE()
    if asked.passport:
        return Source(kind=SourceKind.PASSPORT, place=asked.passport, media_type=_OF_RECORD)
    if asked.document:
        return Source(kind=SourceKind.DOCUMENT, place=asked.document, media_type=asked.media_type or _OF_RECORD)
    guessed = mimetypes.guess_type(asked.file)[0] or "application/octet-stream"
    return Source(kind=SourceKind.FILE, place=asked.file, media_type=asked.media_type or guessed)


def _policy(desk: Desk, asked: Publishing, dataset: str) -> Policy | None:
    if asked.definition and not asked.template and asked.policy is None:
        return None
    return terms_of(desk, asked.template, asked.parameters, asked.policy, dataset, profile=asked.profile)


def _description(asked: Publishing) -> dict[str, object]:
    said = {"dct:title": asked.title, "dct:description": asked.description, "dcat:keyword": list(asked.keywords)}
    return {**asked.properties, **{name: value for name, value in said.items() if value}}


async def list_assets(desk: Desk, values: PathValues, asked: Paging) -> Page[Asset]:
    """All we offer or have offered."""
    return await page_of(desk, AssetRecord, Asset.of, asked)


async def show_asset(desk: Desk, values: PathValues, asked: Nothing) -> Asset:
    """One asset."""
    return _with_warnings(desk, await one_of(desk, AssetRecord, values["id"]))


async def withdraw_asset(desk: Desk, values: PathValues, asked: Nothing) -> Asset:
    """Offer it no longer; agreements that exist stay as they are."""
    await one_of(desk, AssetRecord, values["id"])
    await desk.participant.catalogs.withdraw(values["id"])
    return await show_asset(desk, values, asked)


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("POST /assets", "Offer a dataset", publish_asset, Publishing, Asset, status=201),
    operation("GET /assets", "List what we offer", list_assets, Paging, Page[Asset]),
    operation("GET /assets/{id}", "Show one asset", show_asset, Nothing, Asset),
    operation("DELETE /assets/{id}", "Offer a dataset no longer", withdraw_asset, Nothing, Asset),
)
