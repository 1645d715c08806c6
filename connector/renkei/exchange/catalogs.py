"""Publishing what we offer, showing each requester what it may see, and reading what partners show us."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urljoin

from renkei.exchange.ports import Partner, Peer, Ports
from renkei.exchange.problems import BAD_PAGE, PARTNER_REFUSED, UNKNOWN_DATASET, UNSUPPORTED_FILTER
from renkei.exchange.records import AssetRecord, Document, Source
from renkei.exchange.signatures import Signatures
from renkei.exchange.steps import Step, Steps
from renkei.policy.model import Policy, PolicyKind
from renkei.policy.read import read_offer
from renkei.policy.write import write_offer
from renkei.protocol.catalog import Catalog, DataService, Dataset, Distribution
from renkei.protocol.messages import (
    CatalogError,
    CatalogMessage,
    CatalogRequest,
    DatasetMessage,
    MessageKind,
)
from renkei.store.port import Changes, Event
from renkei.trust.artefacts import Artefact
from renkei.wire.codec import decode, encode

DATASET_TYPE: Final = "http://purl.org/dc/terms/type"
VERSION: Final = "https://w3id.org/catenax/ontology/common#version"
_SCAN: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is to be offered: ``policy`` holds the rules (its parties and target are filled in here).

    ``visible_to``: participant ids, empty for everyone who authenticates; ``description``: members of the dataset
    under absolute IRIs or the context's prefixes (``dct:title`` …); ``offer_id``: by default a new one.
    """

    dataset: str
    policy: Policy
    source: Source
    visible_to: tuple[str, ...] = ()
    description: Mapping[str, object] | None = None
    dataset_type: str = "https://w3id.org/catenax/taxonomy#Asset"
    version: str = "1.0"
    offer_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of our catalog, and where the neighbours begin (tokens for the ``Link`` header)."""

    catalog: Catalog
    next: str | None = None


class Catalogs:
    """The catalog use cases of one participant."""

    def __init__(self, ports: Ports, steps: Steps, signatures: Signatures) -> None:
        self._ports = ports
        self._steps = steps
        self._signatures = signatures

    # --- what we offer ---------------------------------------------------------------------------

    async def publish(self, publication: Publication) -> AssetRecord:
        """Offer a dataset, or replace the offer of one. The offer is signed once, here."""
        asset = await self.prepare(publication)

        async def decide() -> Step[AssetRecord]:
            kept = await self.kept(publication.dataset)
            return Step(self.storing(asset, kept.version if kept else 0), asset)

        return await self._steps.run(f"dataset {publication.dataset}", decide)

    async def prepare(self, publication: Publication) -> AssetRecord:
        """The signed asset, not stored yet: for steps that store more than this."""
        us = self._ports.identity.participant
        policy = publication.policy
        offer = Policy(
            id=publication.offer_id or self._ports.ids.new(),
            kind=PolicyKind.OFFER,
            target=publication.dataset,
            assigner=us,
            assignee=policy.assignee,
            profile=policy.profile,
            permission=policy.permission,
            prohibition=policy.prohibition,
            obligation=policy.obligation,
            extensions=policy.extensions,
        )
        description = {
            **(publication.description or {}),
            DATASET_TYPE: {"@id": publication.dataset_type},
            VERSION: publication.version,
        }
        return AssetRecord(
            id=publication.dataset,
            offer=await self._signatures.sign(write_offer(offer), Artefact.OFFER),
            source=publication.source,
            visible_to=publication.visible_to,
            description=description,
        )

    def storing(self, asset: AssetRecord, version: int) -> Changes:
        """What publishing stores."""
        event = Event(kind=asset.kind, id=asset.id, at=self._ports.clock.now(), type="published")
        return Changes(records=(replace(asset, version=version).row(),), events=(event,))

    async def withdraw(self, dataset: str) -> None:
        """Offer it no longer; agreements that exist stay as they are. Unknown is ``catalog-unknown-dataset``."""

        async def decide() -> Step[None]:
            asset = await self.kept(dataset)
            if asset is None:
                raise UNKNOWN_DATASET(dataset=dataset)
            event = Event(kind=asset.kind, id=asset.id, at=self._ports.clock.now(), type="withdrawn")
            return Step(Changes(records=(replace(asset, withdrawn=True).row(),), events=(event,)), None)

        await self._steps.run(f"dataset {dataset}", decide)

    async def kept(self, dataset: str) -> AssetRecord | None:
        """An asset of ours, offered or withdrawn."""
        row = await self._ports.store.load(AssetRecord.kind, dataset)
        return None if row is None else AssetRecord.of(row)

    async def offered(self, dataset: str, peer: str) -> AssetRecord | None:
        """An asset as far as this peer may see it; hidden and absent look the same."""
        asset = await self.kept(dataset)
        return asset if asset is not None and _visible(asset, peer) else None

    async def assets(self, after: str = "", limit: int = 100) -> Sequence[AssetRecord]:
        """Our own view of all we offer, by rising id."""
        rows = await self._ports.store.find(AssetRecord.kind, after=after, limit=limit)
        return [AssetRecord.of(row) for row in rows]

    # --- what a requester sees -------------------------------------------------------------------

    async def show(self, peer: Peer, request: CatalogRequest, page: str | None = None) -> Page:
        """One page for one requester, filtered before it is cut.

        Raises PeerError ``catalog-unsupported-filter``, ``catalog-bad-page``.
        """
        if request.filter:
            raise UNSUPPORTED_FILTER()
        after = _page_start(page)
        shown: list[Dataset] = []
        more = True
        while more and len(shown) <= self._ports.settings.page:
            rows = await self._ports.store.find(AssetRecord.kind, state="offered", after=after, limit=_SCAN)
            more = len(rows) == _SCAN
            for row in rows:
                after = row.id
                asset = AssetRecord.of(row)
                if _visible(asset, peer.id):
                    shown.append(self._dataset(asset))
        surplus = len(shown) > self._ports.settings.page
        shown = shown[: self._ports.settings.page]
        us = self._ports.identity.participant
        catalog = Catalog(id=f"{us}#catalog", participant_id=us, datasets=tuple(shown), services=(self._service(),))
        return Page(catalog=catalog, next=_page_token(shown[-1].id) if surplus else None)

    async def show_dataset(self, peer: Peer, dataset: str) -> Dataset:
        """One dataset for one requester. Raises PeerError ``catalog-unknown-dataset``."""
        asset = await self.offered(dataset, peer.id)
        if asset is None:
            raise UNKNOWN_DATASET(dataset=dataset)
        return self._dataset(asset)

    def _dataset(self, asset: AssetRecord) -> Dataset:
        offer = {name: value for name, value in asset.offer.items() if name != "target"}
        return Dataset(
            id=asset.id,
            offers=(read_offer(offer, in_catalog=True),),
            distributions=(Distribution(format=asset.format, access_service=self._service().id),),
            extensions=asset.description,
        )

    def _service(self) -> DataService:
        return DataService(
            id=f"{self._ports.identity.participant}#connector", endpoint_url=self._ports.settings.address
        )

    # --- what partners offer ---------------------------------------------------------------------

    async def browse(self, partner: Partner) -> Sequence[Dataset]:
        """All a partner shows us, page after page."""
        datasets: list[Dataset] = []
        url: str | None = f"{partner.address}/catalog/request"
        body = encode(CatalogRequest(message_id=self._ports.ids.new()))
        for _ in range(10_000):
            if url is None:
                break
            headers = await self._headers(MessageKind.CATALOG_REQUEST, partner)
            answered = await self._ports.line.send("POST", url, headers=headers, body=body)
            if not answered.ok:
                raise PARTNER_REFUSED(partner=partner.id, status=answered.status, cause=_said(answered.body))
            message = decode(answered.body, expect=MessageKind.CATALOG)
            assert isinstance(message, CatalogMessage)
            datasets.extend(message.catalog.datasets)
            url = _next_link(url, answered.headers.get("link", ""))
            if url is not None and not url.startswith(partner.address):
                raise PARTNER_REFUSED(partner=partner.id, status=answered.status, cause=f"its next page is {url}")
        return datasets

    async def look(self, partner: Partner, dataset: str) -> Dataset:
        """One dataset of a partner. Raises PeerError ``catalog-unknown-dataset``, ``partner-refused``."""
        headers = await self._headers(MessageKind.DATASET_REQUEST, partner)
        url = f"{partner.address}/catalog/datasets/{quote(dataset, safe='')}"
        answered = await self._ports.line.send("GET", url, headers=headers)
        if answered.status == 404:
            raise UNKNOWN_DATASET(dataset=dataset)
        if not answered.ok:
            raise PARTNER_REFUSED(partner=partner.id, status=answered.status, cause=_said(answered.body))
        message = decode(answered.body, expect=MessageKind.DATASET)
        assert isinstance(message, DatasetMessage)
        return message.dataset

    async def _headers(self, kind: MessageKind, partner: Partner) -> dict[str, str]:
        authorization = await self._ports.identity.authorization(kind, partner.id)
        return {"content-type": "application/json", **authorization}


def as_document(offer: Policy, dataset: str) -> Document:
    """A catalog's offer in the form that is signed and requested: with its target."""
    return write_offer(replace(offer, target=dataset))


def _visible(asset: AssetRecord, peer: str) -> bool:
    return not asset.withdrawn and (not asset.visible_to or peer in asset.visible_to)


def _said(body: bytes) -> str:
    """What a refusing partner says, shortened, for people."""
    try:
        message = decode(body, expect=MessageKind.CATALOG_ERROR)
    except Exception:  # noqa: BLE001 - any body may come with a refusal, and none of it matters
        return body[:200].decode("utf-8", "replace") or "no reason given"
    return f"{message.code} {message.reason}" if isinstance(message, CatalogError) else "no reason given"


def _page_token(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")


def _page_start(token: str | None) -> str:
    if token is None:
        return ""
    try:
        start = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise BAD_PAGE() from None
    if not start or _page_token(start) != token:
        raise BAD_PAGE()
    return start


def _next_link(current: str, header: str) -> str | None:
    """The target of ``rel="next"`` (RFC 8288), below the address that was asked."""
    for link in header.split(","):
        target, _, parameters = link.strip().partition(">")
        if target.startswith("<") and 'rel="next"' in parameters.replace(" ", ""):
            return urljoin(current, target[1:])
    return None
