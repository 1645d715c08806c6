"""Reading what partners offer: their whole catalog, page after page, or one dataset of it."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urljoin

from renkei.exchange.catalog.catalog_problems import ENDLESS_CATALOG
from renkei.exchange.ports import Partner, Ports
from renkei.exchange.problems import PARTNER_REFUSED, UNKNOWN_DATASET, UNREADABLE_ANSWER
from renkei.kernel.problems import PeerError, RenkeiError
from renkei.kernel.values import replace
from renkei.protocol.catalog import Catalog, Dataset
from renkei.protocol.messages import CatalogError, CatalogMessage, CatalogRequest, DatasetMessage, Message, MessageKind

_log = logging.getLogger(__name__)
# A page may come empty where a partner filters late, but not this often.
_EMPTY_PAGES: Final = 100
_ASKED: Final = {MessageKind.CATALOG: "the catalog request", MessageKind.DATASET: "the dataset request"}
_LINK: Final = re.compile(r'<([^>]*)>((?:[^,"]|"[^"]*")*)')
_REL: Final = re.compile(r';\s*rel\s*=\s*"?([^";]*)"?', re.IGNORECASE)


class Browsing:
    """One participant's view of others' catalogs."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def all(self, partner: Partner, wanted: Sequence[object] = ()) -> Sequence[Dataset]:
        """All datasets a partner shows us, each once. ``wanted``: a filter in the partner's language.

        Raises PeerError ``partner-refused``, ``catalog-endless``.
        """
        return (await self.whole(partner, wanted)).datasets

    async def whole(self, partner: Partner, wanted: Sequence[object] = ()) -> Catalog:
        """The catalog of a partner with all its pages in one; errors as for ``all``."""
        first: Catalog | None = None
        datasets: dict[str, Dataset] = {}
        url: str | None = f"{partner.address}/catalog/request"
        asked: set[str] = set()
        empty = 0
        while url is not None:
            if url in asked or empty > _EMPTY_PAGES:
                raise ENDLESS_CATALOG(partner=partner.id, cause=f"{url} leads nowhere new")
            asked.add(url)
            page, url = await self._page(partner, url, wanted)
            before = len(datasets)
            first = first or page
            datasets |= {dataset.id: dataset for dataset in page.datasets}
            empty = 0 if len(datasets) > before else empty + 1
        assert first is not None
        return replace(first, datasets=tuple(datasets.values()))

    async def one(self, partner: Partner, dataset: str) -> Dataset:
        """One dataset of a partner. Raises PeerError ``catalog-unknown-dataset``, ``partner-refused``."""
        headers = await self._headers(MessageKind.DATASET_REQUEST, partner)
        url = f"{partner.address}/catalog/datasets/{quote(dataset, safe='')}"
        answered = await self._ports.line.send("GET", url, headers=headers)
        if answered.status == 404:
            raise UNKNOWN_DATASET(dataset=dataset)
        if not answered.ok:
            raise PARTNER_REFUSED(
                partner=partner.id, status=answered.status, cause=await self._said(partner, answered.body)
            )
        message = await self._read(partner, answered.body, MessageKind.DATASET)
        assert isinstance(message, DatasetMessage)
        return message.dataset

    async def _page(self, partner: Partner, url: str, wanted: Sequence[object]) -> tuple[Catalog, str | None]:
        body = partner.dialect.encode(CatalogRequest(message_id=self._ports.ids.new(), filter=tuple(wanted) or None))
        headers = await self._headers(MessageKind.CATALOG_REQUEST, partner)
        answered = await self._ports.line.send("POST", url, headers=headers, body=body)
        if not answered.ok:
            raise PARTNER_REFUSED(
                partner=partner.id, status=answered.status, cause=await self._said(partner, answered.body)
            )
        message = await self._read(partner, answered.body, MessageKind.CATALOG)
        assert isinstance(message, CatalogMessage)
        onwards = _next_link(url, answered.headers.get("link", ""))
        if onwards is not None and not onwards.startswith(partner.address):
            raise PARTNER_REFUSED(partner=partner.id, status=answered.status, cause=f"its next page is {onwards}")
        return message.catalog, onwards

    async def _read(self, partner: Partner, body: bytes, expect: MessageKind) -> Message:
        ignored: list[str] = []
        decode = self._ports.decoder.decode
        try:
            message = await decode(body, expect=expect, ignored=ignored, dialect=partner.dialect)
        except PeerError as error:
            raise UNREADABLE_ANSWER(partner=partner.id, asked=_ASKED.get(expect, expect.value), cause=error) from error
        if ignored:
            _log.info("unknown members", extra={"code": "wire-ignored", "partner": partner.id, "members": ignored})
        return message

    async def _said(self, partner: Partner, body: bytes) -> str:
        """What a refusing partner says, shortened, for people."""
        try:
            message = await self._read(partner, body, MessageKind.CATALOG_ERROR)
        except RenkeiError:
            return body[:200].decode("utf-8", "replace") or "no reason given"
        if not isinstance(message, CatalogError):
            return "no reason given"
        return " ".join(map(str, filter(None, (message.code, *message.reason)))) or "no reason given"

    async def _headers(self, kind: MessageKind, partner: Partner) -> dict[str, str]:
        authorization = await self._ports.identity.authorization(kind, partner.id)
        return {"content-type": "application/json", **authorization}


def _next_link(current: str, header: str) -> str | None:
    """The target of the link to the next page (RFC 8288), below the address that was asked."""
    for target, parameters in _LINK.findall(header):
        relations = _REL.search(parameters)
        if relations is not None and "next" in relations[1].lower().split():
            return urljoin(current, str(target))
    return None
