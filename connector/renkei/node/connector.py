"""One participant with its database, keys, listeners and outbox, as a library object: its uses and its lifetime."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from renkei.battery.footprint.comparison import RuleComparison
from renkei.battery.footprint.recalculation import Recalculation
from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.consent.consents import OPERATOR
from renkei.exchange.explaining import PLAIN, Inquiry, Outlook
from renkei.exchange.fetching import Fetched
from renkei.exchange.participant import Participant
from renkei.exchange.ports import Clock
from renkei.exchange.records.assets import AssetRecord
from renkei.exchange.records.consents import ConsentRecord
from renkei.exchange.records.obligations import ObligationRecord
from renkei.exchange.records.processes import AgreementRecord
from renkei.exchange.records.requests import RequestKind, RequestRecord
from renkei.http.dsp import partner_problem
from renkei.http.server import Listener
from renkei.keyfiles import ensure_keys, ensure_management_token
from renkei.node.composition import Composition
from renkei.node.config import ConnectorConfig
from renkei.node.names import OwnNames
from renkei.node.problems import NO_FOLDER, NOT_RUNNING
from renkei.node.replacements import Replacements
from renkei.policy.explaining.account import Account
from renkei.protocol.catalog import Dataset
from renkei.store.port import Store

_FORGET_EVERY: Final = 60.0


class Connector:
    """One participant, running between ``__aenter__`` and ``__aexit__``."""

    def __init__(self, config: ConnectorConfig, replacements: Replacements | None = None) -> None:
        self.config = config
        self._own = replacements or Replacements()
        self._exit = AsyncExitStack()
        self._participant: Participant | None = None
        self.public_url = ""
        self.did = ""
        self.management_url = ""
        self.management_token = ""
        self.started = datetime.now(UTC)

    @property
    def participant(self) -> Participant:
        """The use cases; only while the connector runs. Raises LocalError ``connector-not-running``."""
        if self._participant is None:
            raise NOT_RUNNING()
        return self._participant

    async def __aenter__(self) -> Self:
        """Open the database, answer partners, then go on with what the outbox holds."""
        try:
            await self._start()
        except BaseException:
            await self._exit.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop taking requests, let what is under way end, close. What is in the outbox goes on at the next start."""
        await self._exit.aclose()
        self._participant = None

    # --- the one-call uses -----------------------------------------------------------------------

    async def publish(self, publication: Publication) -> AssetRecord:
        """Offer a dataset."""
        return await self.participant.catalogs.publish(publication)

    async def catalog(self, partner: str) -> Sequence[Dataset]:
        """All that a partner shows us."""
        return await self.participant.catalogs.browse(await self.participant.ports.directory.find(partner))

    async def negotiate(self, partner: str, dataset: str) -> AgreementRecord:
        """An agreement in force for a dataset: a live one, or a new one."""
        return await self.participant.fetching.agreement(await self.participant.ports.directory.find(partner), dataset)

    async def fetch(self, partner: str, dataset: str, into: Path | None = None) -> Fetched:
        """The bytes of a dataset, under an agreement, verified."""
        return await self.participant.fetching.fetch(partner, dataset, into)

    async def request(
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
        return await self.participant.requests.ask(partner, part, kinds, due, message, purposes=purposes)

    async def inbox(self) -> Sequence[RequestRecord]:
        """What we were asked."""
        return await self.participant.requests.listed(incoming=True)

    async def answer(self, request: str, part: str = "") -> RequestRecord:
        """Answer from what has been received."""
        return await self.participant.requests.answer(request, part)

    async def reject(self, request: str, reason: str) -> RequestRecord:
        """Say no."""
        return await self.participant.requests.reject(request, reason)

    async def send_back(self, request: str, reason: str) -> RequestRecord:
        """Send the answer to a request of ours back (差戻し)."""
        return await self.participant.requests.send_back(request, reason)

    async def remind(self, request: str) -> RequestRecord:
        """Remind the supplier of a request of ours; at most once a day."""
        return await self.participant.requests.remind(request)

    async def remark(self, request: str, text: str) -> RequestRecord:
        """Write to the other side of a request."""
        return await self.participant.requests.remark(request, text)

    async def cancel(self, request: str, reason: str = "") -> RequestRecord:
        """Take a request of ours back."""
        return await self.participant.requests.cancel(request, reason)

    async def explain(self, subject: str, partner: str = "", inquiry: Inquiry = PLAIN) -> Account:
        """Why an agreement, a negotiation, or a dataset or offer of ours permits what it does, and what would help."""
        return await self.participant.explaining.explain(subject, self._identified(partner), inquiry)

    async def what_if(self, partner: str, inquiry: Inquiry = PLAIN, after: str = "", limit: int = 100) -> Outlook:
        """What a partner would see of what we offer, and why."""
        return await self.participant.explaining.what_if(self._identified(partner), inquiry, after=after, limit=limit)

    def _identified(self, partner: str) -> str:
        return partner and self.participant.ports.directory.identify(partner)

    # --- consents (同意) ---------------------------------------------------------------------------

    async def ask_consent(
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
        return await self.participant.consents.ask(
            partner, purposes, dataset=dataset, part=part, kind=kind, until=until, wish=wish
        )

    async def consents(self, *, incoming: bool = True) -> Sequence[ConsentRecord]:
        """What we are asked for and have given, or what we asked for and were given."""
        return await self.participant.consents.listed(incoming=incoming)

    async def grant_consent(
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
        return await self.participant.consents.grant(
            consent, purposes=purposes, fields=fields, until=until, by=by, reason=reason
        )

    async def refuse_consent(self, consent: str, reason: str, by: str = OPERATOR) -> ConsentRecord:
        """Say no."""
        return await self.participant.consents.refuse(consent, reason, by)

    async def withdraw_consent(self, consent: str, reason: str, by: str = OPERATOR) -> ConsentRecord:
        """Take a consent back; what it carried is suspended."""
        return await self.participant.consents.withdraw(consent, reason, by)

    # --- obligations (義務) -----------------------------------------------------------------------

    async def obligations(self, *, due: bool = False) -> Sequence[ObligationRecord]:
        """What agreements oblige us and our partners to; ``due``: only what is owed now."""
        return await self.participant.obligations.listed(due=due)

    async def fulfil(self, obligation: str, evidence: str, by: str = OPERATOR) -> ObligationRecord:
        """Record that one was performed: confirmed where it is owed to us, claimed where we owe it."""
        return await self.participant.obligations.performed(obligation, by=by, evidence=evidence)

    async def begin_obligation(self, obligation: str, evidence: str, by: str = OPERATOR) -> ObligationRecord:
        """Record that one is owed from now on: a prohibition was infringed, or its condition has come about."""
        return await self.participant.obligations.begin(obligation, by=by, evidence=evidence)

    async def recalculate(self, record: str, *, now: bool = False) -> Recalculation:
        """Make a footprint record of ours again; ``now``: also against the inputs of today."""
        return await self.participant.calculations.recalculated(record, now=now)

    async def compare_rules(self, record: str, rules: str) -> RuleComparison:
        """The inputs of a footprint record of ours under another rule set."""
        return await self.participant.calculations.compared(record, rules)

    # --- lifetime --------------------------------------------------------------------------------

    async def _start(self) -> None:
        config = self.config
        _make(config.folder)
        names = OwnNames.of(config)
        self.public_url, self.did = names.public_url, names.did
        keys = await asyncio.to_thread(ensure_keys, config.folder)
        composition = Composition(config, self._own, names, self._exit)
        store = composition.store()
        await store.open()
        self._exit.push_async_callback(store.close)
        identity = None if self._own.identity is None else self._own.identity(self)
        participant = await composition.participant(store, keys, identity)
        self._participant = participant
        listener = Listener(
            composition.routes(participant, keys),
            config.host,
            names.port,
            base_url=self.public_url,
            problem_reply=partner_problem,
        )
        await listener.start()
        await self._start_management()
        # Left in reverse: first our outbox rests, then partners are no longer answered, then the store closes.
        self._exit.push_async_callback(listener.stop)
        self._exit.push_async_callback(participant.stop)
        await participant.start()
        self._exit.callback(asyncio.create_task(_forget(store, participant.ports.clock), name="forget").cancel)

    async def _start_management(self) -> None:
        if not self.config.management or self._own.management is None:
            return
        self.management_token = await asyncio.to_thread(ensure_management_token, self.config.folder)
        routes = self._own.management(self)
        listener = Listener(routes, self.config.management_host, self.config.management_port)
        await listener.start()
        self.management_url = listener.base_url
        self._exit.push_async_callback(listener.stop)


async def _forget(store: Store, clock: Clock) -> None:
    """Drop ids of tokens that would be refused for their age alone, now and then."""
    while True:
        await asyncio.sleep(_FORGET_EVERY)
        await store.forget(clock.now())


def _make(folder: Path) -> None:
    """The connector's folder. Raises ConfigurationError ``config-bad-folder``."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        cause = "it is a file" if isinstance(error, FileExistsError) else error.strerror or error
        raise NO_FOLDER(folder=folder, cause=cause) from error
