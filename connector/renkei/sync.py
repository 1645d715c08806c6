"""A connector for programs without an event loop: scripts, WSGI, Django.

One loop in one thread of its own; each call is handed over and waited for. The methods are those of ``Connector``, one
for one (a test compares the signatures).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self, TypeVar

from renkei.battery.footprint.comparison import RuleComparison
from renkei.battery.footprint.recalculation import Recalculation
from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.consent.consents import OPERATOR
from renkei.exchange.explaining import PLAIN, Inquiry, Outlook
from renkei.exchange.fetching import Fetched
from renkei.exchange.records.assets import AssetRecord
from renkei.exchange.records.consents import ConsentRecord
from renkei.exchange.records.obligations import ObligationRecord
from renkei.exchange.records.processes import AgreementRecord
from renkei.exchange.records.requests import RequestKind, RequestRecord
from renkei.kernel.problems import Fault, Problem
from renkei.node import Connector, ConnectorConfig, Replacements
from renkei.policy.explaining.account import Account
from renkei.protocol.catalog import Dataset

T = TypeVar("T")

IN_LOOP = Problem(
    code="sync-in-event-loop",
    fault=Fault.LOCAL,
    en="SyncConnector was called from a running event loop, which it would block.",
    ja="SyncConnectorが実行中のイベントループから呼び出されました。ループを止めてしまいます。",
    hint_en="Use Connector and await it there.",
    hint_ja="その場所ではConnectorをawaitしてください。",
)
NOT_RUNNING = Problem(
    code="sync-not-running",
    fault=Fault.LOCAL,
    en="The connector is not running.",
    ja="コネクターは動作していません。",
    hint_en="Use it inside its `with` block.",
    hint_ja="`with` ブロックの中で使ってください。",
)


class SyncConnector:
    """``with SyncConnector(config) as connector: connector.fetch(partner, dataset)``."""

    def __init__(self, config: ConnectorConfig, replacements: Replacements | None = None) -> None:
        self._connector = Connector(config, replacements)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start the loop, then the connector."""
        _refuse_in_loop()
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="renkei", daemon=True)
        thread.start()
        self._loop, self._thread = loop, thread
        try:
            self._call(self._connector.__aenter__())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the connector, then the loop."""
        try:
            self._call(self._connector.__aexit__())
        finally:
            self._end()

    @property
    def did(self) -> str:
        """Our participant id."""
        return self._connector.did

    @property
    def public_url(self) -> str:
        """Where partners reach us."""
        return self._connector.public_url

    def publish(self, publication: Publication) -> AssetRecord:
        """Offer a dataset."""
        return self._call(self._connector.publish(publication))

    def catalog(self, partner: str) -> Sequence[Dataset]:
        """All that a partner shows us."""
        return self._call(self._connector.catalog(partner))

    def negotiate(self, partner: str, dataset: str) -> AgreementRecord:
        """An agreement in force for a dataset: a live one, or a new one."""
        return self._call(self._connector.negotiate(partner, dataset))

    def fetch(self, partner: str, dataset: str, into: Path | None = None) -> Fetched:
        """The bytes of a dataset, under an agreement, verified."""
        return self._call(self._connector.fetch(partner, dataset, into))

    def request(
        self,
        partner: str,
        part: str,
        kinds: Sequence[RequestKind],
        due: str,
        message: str = "",
        *,
        purposes: Sequence[str] = (),
    ) -> RequestRecord:
        """Ask a partner for data of a part by a date (``YYYY-MM-DD``)."""
        return self._call(self._connector.request(partner, part, kinds, due, message, purposes=purposes))

    def inbox(self) -> Sequence[RequestRecord]:
        """What we were asked."""
        return self._call(self._connector.inbox())

    def answer(self, request: str, part: str = "") -> RequestRecord:
        """Answer from what has been received."""
        return self._call(self._connector.answer(request, part))

    def reject(self, request: str, reason: str) -> RequestRecord:
        """Say no."""
        return self._call(self._connector.reject(request, reason))

    def send_back(self, request: str, reason: str) -> RequestRecord:
        """Send the answer to a request of ours back (差戻し)."""
        return self._call(self._connector.send_back(request, reason))

    def remind(self, request: str) -> RequestRecord:
        """Remind the supplier of a request of ours; at most once a day."""
        return self._call(self._connector.remind(request))

    def remark(self, request: str, text: str) -> RequestRecord:
        """Write to the other side of a request."""
        return self._call(self._connector.remark(request, text))

    def cancel(self, request: str, reason: str = "") -> RequestRecord:
        """Take a request of ours back."""
        return self._call(self._connector.cancel(request, reason))

    def explain(self, subject: str, partner: str = "", inquiry: Inquiry = PLAIN) -> Account:
        """Why an agreement, a negotiation, or a dataset or offer of ours permits what it does, and what would help."""
        return self._call(self._connector.explain(subject, partner, inquiry))

    def what_if(self, partner: str, inquiry: Inquiry = PLAIN, after: str = "", limit: int = 100) -> Outlook:
        """What a partner would see of what we offer, and why."""
        return self._call(self._connector.what_if(partner, inquiry, after, limit))

    def ask_consent(
        self,
        partner: str,
        purposes: Sequence[str],
        *,
        dataset: str = "",
        part: str = "",
        kind: RequestKind | None = None,
        until: datetime | None = None,
        wish: str = "",
    ) -> ConsentRecord:
        """Ask a provider for consent to use a dataset, or the records of one kind of a part."""
        asking = self._connector.ask_consent(
            partner, purposes, dataset=dataset, part=part, kind=kind, until=until, wish=wish
        )
        return self._call(asking)

    def consents(self, *, incoming: bool = True) -> Sequence[ConsentRecord]:
        """What we are asked for and have given, or what we asked for and were given."""
        return self._call(self._connector.consents(incoming=incoming))

    def grant_consent(
        self,
        consent: str,
        *,
        purposes: Sequence[str] = (),
        fields: Sequence[str] = (),
        until: datetime | None = None,
        by: str = OPERATOR,
        reason: str = "",
    ) -> ConsentRecord:
        """Consent to what was asked for, or to less."""
        granting = self._connector.grant_consent(
            consent, purposes=purposes, fields=fields, until=until, by=by, reason=reason
        )
        return self._call(granting)

    def refuse_consent(self, consent: str, reason: str, by: str = OPERATOR) -> ConsentRecord:
        """Say no."""
        return self._call(self._connector.refuse_consent(consent, reason, by))

    def withdraw_consent(self, consent: str, reason: str, by: str = OPERATOR) -> ConsentRecord:
        """Take a consent back; what it carried is suspended."""
        return self._call(self._connector.withdraw_consent(consent, reason, by))

    def obligations(self, *, due: bool = False) -> Sequence[ObligationRecord]:
        """What agreements oblige us and our partners to; ``due``: only what is owed now."""
        return self._call(self._connector.obligations(due=due))

    def fulfil(self, obligation: str, evidence: str, by: str = OPERATOR) -> ObligationRecord:
        """Record that one was performed: confirmed where it is owed to us, claimed where we owe it."""
        return self._call(self._connector.fulfil(obligation, evidence, by))

    def recalculate(self, record: str, *, now: bool = False) -> Recalculation:
        """Make a footprint record of ours again; ``now``: also against the inputs of today."""
        return self._call(self._connector.recalculate(record, now=now))

    def compare_rules(self, record: str, rules: str) -> RuleComparison:
        """The inputs of a footprint record of ours under another rule set."""
        return self._call(self._connector.compare_rules(record, rules))

    def begin_obligation(self, obligation: str, evidence: str, by: str = OPERATOR) -> ObligationRecord:
        """Record that one is owed from now on: a prohibition was infringed, or its condition has come about."""
        return self._call(self._connector.begin_obligation(obligation, evidence, by))

    def _call(self, work: Coroutine[object, object, T]) -> T:
        if self._loop is None:
            work.close()
            raise NOT_RUNNING()
        try:
            _refuse_in_loop()
        except BaseException:
            work.close()
            raise
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end(self) -> None:
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def _refuse_in_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise IN_LOOP()
