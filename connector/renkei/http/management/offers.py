"""Management of what we offer: publish, list, withdraw."""

from __future__ import annotations

import mimetypes
from typing import Final

import msgspec

from renkei.exchange.catalogs import Publication
from renkei.exchange.problems import UNKNOWN_TEMPLATE
from renkei.exchange.records import AssetRecord, Document, Source, SourceKind
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import Paging, one_of, page_of
from renkei.http.management.problems import BAD_POLICY, ONE_POLICY, ONE_SOURCE
from renkei.http.management.views import Asset, Page
from renkei.kernel.problems import PeerError
from renkei.policy.model import Policy
from renkei.policy.read import read_offer
from renkei.policy.templates import ParameterType, instantiate, read_template

_OF_RECORD: Final = "application/json"


class Publishing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to offer.

    ``dataset``: its id, empty for a new one. Exactly one of ``file`` (below the connector's folder ``files``) and
    ``document`` (the id of a stored record); exactly one of ``template`` (with ``parameters``) and ``policy`` (an ODRL
    offer without target). ``visible_to``: partners by id or configured name, empty for everyone.
    """

    dataset: str = ""
    title: str = ""
    file: str = ""
    document: str = ""
    media_type: str = ""
    template: str = ""
    parameters: dict[str, str] = {}
    policy: Document | None = None
    visible_to: tuple[str, ...] = ()
    dataset_type: str = "https://w3id.org/catenax/taxonomy#Asset"
    version: str = "1.0"


async def publish_asset(desk: Desk, values: PathValues, asked: Publishing) -> Asset:  # noqa: ARG001 - a handler's shape
    """Offer a dataset, or replace the offer of one."""
    participant = desk.participant
    source = _source(asked)
    await desk.check_source(source)
    dataset = asked.dataset or participant.ports.ids.new()
    publication = Publication(
        dataset=dataset,
        policy=_policy(desk, asked, dataset),
        source=source,
        visible_to=tuple(dict.fromkeys(participant.ports.directory.identify(name) for name in asked.visible_to)),
        description={"dct:title": asked.title} if asked.title else {},
        dataset_type=asked.dataset_type,
        version=asked.version,
    )
    return Asset.of(await participant.catalogs.publish(publication))


def _source(asked: Publishing) -> Source:
    if bool(asked.file) == bool(asked.document):
        raise ONE_SOURCE()
    if asked.document:
        return Source(kind=SourceKind.DOCUMENT, place=asked.document, media_type=asked.media_type or _OF_RECORD)
    guessed = mimetypes.guess_type(asked.file)[0] or "application/octet-stream"
    return Source(kind=SourceKind.FILE, place=asked.file, media_type=asked.media_type or guessed)


def _policy(desk: Desk, asked: Publishing, dataset: str) -> Policy:
    templates = desk.participant.templates
    known = ", ".join(sorted(templates))
    if bool(asked.template) == (asked.policy is not None):
        raise ONE_POLICY(known=known)
    if asked.policy is not None:
        try:
            return read_offer({"@id": dataset, "@type": "Offer", **asked.policy}, in_catalog=True)
        except PeerError as error:
            raise BAD_POLICY(cause=f"{error.code}, {error.message()}".rstrip(".")) from error
    if asked.template not in templates:
        raise UNKNOWN_TEMPLATE(template=asked.template, known=known)
    template = templates[asked.template]
    partners = {
        parameter.name
        for parameter in read_template(template).parameters
        if parameter.type is ParameterType.PARTICIPANT
    }
    identify = desk.participant.ports.directory.identify
    parameters = {name: identify(value) if name in partners else value for name, value in asked.parameters.items()}
    return instantiate(template, parameters, policy_id=dataset)


async def list_assets(desk: Desk, values: PathValues, asked: Paging) -> Page[Asset]:  # noqa: ARG001 - a handler's shape
    """All we offer or have offered."""
    return await page_of(desk, AssetRecord, Asset.of, asked)


async def show_asset(desk: Desk, values: PathValues, asked: Nothing) -> Asset:  # noqa: ARG001 - a handler's shape
    """One asset."""
    return Asset.of(await one_of(desk, AssetRecord, values["id"]))


async def withdraw_asset(desk: Desk, values: PathValues, asked: Nothing) -> Asset:
    """Offer it no longer; agreements that exist stay as they are."""
    await desk.participant.catalogs.withdraw(values["id"])
    return await show_asset(desk, values, asked)


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("POST /assets", "Offer a dataset", publish_asset, Publishing, Asset, status=201),
    operation("GET /assets", "List what we offer", list_assets, Paging, Page[Asset]),
    operation("GET /assets/{id}", "Show one asset", show_asset, Nothing, Asset),
    operation("DELETE /assets/{id}", "Offer a dataset no longer", withdraw_asset, Nothing, Asset),
)
