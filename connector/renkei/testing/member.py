"""A participant of the in-memory data space: the real use cases, keys, tokens, signatures and endpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from renkei.dataplane.receiving import Receiving
from renkei.dataplane.serving import Serving
from renkei.dataplane.sources import ByteCallable, Sources
from renkei.exchange.aliases import Aliases
from renkei.exchange.catalog.catalogs import Catalogs, Publication
from renkei.exchange.fetching import Fetched
from renkei.exchange.machine.endpoint import Inbound, Reply, Route
from renkei.exchange.machine.patience import FOR_ERRANDS, FOR_MESSAGES, Patience
from renkei.exchange.participant import Habits, Participant
from renkei.exchange.partner.admission import PolicyAdmission
from renkei.exchange.partner.identity import AdmittedIdentity, SelfIssuedIdentity
from renkei.exchange.partner.partners import DidDirectory
from renkei.exchange.partner.register import PartnerRegister, Registration
from renkei.exchange.ports import Approvals, Clock, Imprint, Ports, Settings, UpdateRules
from renkei.exchange.process.decisions import Decisions
from renkei.exchange.records.assets import AssetRecord, Source, SourceKind
from renkei.exchange.records.processes import AgreementRecord
from renkei.exchange.records.requests import RequestKind, RequestRecord
from renkei.http.addresses import AddressRules
from renkei.http.dsp import DspEndpoints, version_entry
from renkei.http.resolver import OwnFirst, WebDidResolver
from renkei.kernel import strict_json
from renkei.node import DATA_PATH, DSP_BASE, PURPOSES, shipped
from renkei.policy.admission import AdmissionRules
from renkei.policy.model import Policy, PolicyKind, Rule
from renkei.policy.operands import STANDARD
from renkei.policy.operands.declaration import Registry
from renkei.protocol.catalog import Dataset
from renkei.store.memory import MemoryStore
from renkei.store.port import Changes
from renkei.testing.clock import SeededIds
from renkei.testing.network import MemoryLine, Network, site_of
from renkei.trust.did import build_document, data_service, key_id, read_document
from renkei.trust.keys import KeyPurpose, KeySigner, PrivateKey, generate
from renkei.wire.dialects import DIALECTS, Dialect

ANYONE: Final = Policy(id="urn:renkei:testing:anyone", kind=PolicyKind.SET, permission=(Rule(action="use"),))
"""Terms that permit use to whoever asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberConfig:
    """What one member has decided about itself; as in ``exchange.ports.Settings`` where nothing else is said.

    ``wait`` is in seconds of the real clock: what a test waits for happens at once or never. ``files``: the folder from
    which files are served; ``addresses``: what the line may call beyond public addresses.
    """

    unsigned_partners: frozenset[str] = frozenset()
    approvals: Approvals = field(default_factory=Approvals)
    callback_hosts: frozenset[str] = frozenset()
    purposes: frozenset[str] = PURPOSES
    page: int = 100
    aliases: Mapping[str, str] = field(default_factory=dict)
    register: Mapping[str, Registration] = field(default_factory=dict)
    part_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    admission: AdmissionRules = field(default_factory=AdmissionRules)
    operands: Registry = STANDARD
    accepted_duties: frozenset[str] = frozenset()
    updates: UpdateRules = field(default_factory=UpdateRules)
    imprint: Imprint = field(default_factory=Imprint)
    token_lifetime: int = 300
    wait: float = 30.0
    messages: Patience = FOR_MESSAGES
    errands: Patience = FOR_ERRANDS
    decisions: Callable[[Ports, Catalogs], Decisions] | None = None
    files: Path | None = None
    addresses: AddressRules = field(default_factory=AddressRules)
    dialects: Sequence[Dialect] = DIALECTS


@dataclass(frozen=True, slots=True)
class Keyring:
    """The two keys every participant has, and the DID document that tells of them."""

    did: str
    origin: str
    token: PrivateKey
    assertion: PrivateKey

    @classmethod
    def of(cls, name: str) -> Keyring:
        """New keys for a short name: ``alice`` is ``did:web:alice.example`` at ``https://alice.example``."""
        return cls(did_of_name(name), f"https://{name}.example", generate(), generate())

    @property
    def token_signer(self) -> KeySigner:
        """For tokens."""
        return KeySigner(key_id(self.did, self.token.public), self.token)

    @property
    def assertion_signer(self) -> KeySigner:
        """For offers, agreements and records."""
        return KeySigner(key_id(self.did, self.assertion.public), self.assertion)

    def document(self) -> dict[str, object]:
        """The DID document as it is served."""
        keys = {KeyPurpose.TOKEN: [self.token.public], KeyPurpose.ASSERTION: [self.assertion.public]}
        return build_document(self.did, keys, [data_service(self.did, self.origin)])


class CountedStore(MemoryStore):
    """A store in memory that tells how often it was written: the sign that somebody is still at work."""

    def __init__(self) -> None:
        super().__init__()
        self.commits = 0

    async def commit(self, changes: Changes) -> None:
        """Store all of it at once."""
        await super().commit(changes)
        self.commits += 1


class Member:
    """One participant. ``stop`` and ``start`` play a restart: the store and the keys stay."""

    def __init__(self, name: str, network: Network, clock: Clock, *, seed: int, config: MemberConfig) -> None:
        self.name = name
        self.keys = Keyring.of(name)
        self.did, self.origin = self.keys.did, self.keys.origin
        self.address = self.origin + DSP_BASE
        self.store = CountedStore()
        self.config = config
        self._network = network
        self._clock = clock
        self._ids = SeededIds(f"{seed} {name}")
        self._chance = SeededIds(f"{seed} {name} chance").chance
        self._contents: dict[str, ByteCallable] = {"": _nothing}
        self._resolver: WebDidResolver | None = None
        self._participant: Participant | None = None

    @property
    def participant(self) -> Participant:
        """The use cases, while it runs."""
        assert self._participant is not None, f"{self.name} is not running"
        return self._participant

    @property
    def running(self) -> bool:
        """Whether it answers."""
        return self._participant is not None

    async def start(self) -> None:
        """Open the store, answer partners, go on with what the outbox holds."""
        await self.store.open()
        participant = self._participant = self._put_together()
        self._network.open(self.origin, site_of(self._routes(participant)))
        await participant.start()

    async def stop(self) -> None:
        """Leave the network as a process does that is stopped."""
        if self._participant is None or self._resolver is None:
            return
        participant, self._participant = self._participant, None
        self._network.close(self.origin)
        await participant.courier.stop(grace=0.0)
        await self._resolver.close()
        await participant.ports.decoder.close()
        await self.store.close()

    # --- the one-call uses -----------------------------------------------------------------------

    async def publish(
        self,
        dataset: str,
        content: bytes = b"{}",
        *,
        policy: Policy = ANYONE,
        visible_to: tuple[str, ...] = (),
        media_type: str = "application/json",
    ) -> AssetRecord:
        """Offer these bytes."""
        self._contents[dataset] = lambda: _bytes(content)
        source = Source(kind=SourceKind.CALLABLE, place=dataset, media_type=media_type)
        return await self.participant.catalogs.publish(
            Publication(dataset=dataset, policy=policy, source=source, visible_to=visible_to)
        )

    async def catalog(self, partner: str) -> Sequence[Dataset]:
        """All that a partner (a short name or an id) shows us."""
        return await self.participant.catalogs.browse(await self.participant.ports.directory.find(partner))

    async def negotiate(self, partner: str, dataset: str) -> AgreementRecord:
        """An agreement in force: a live one, or a new one."""
        return await self.participant.fetching.agreement(await self.participant.ports.directory.find(partner), dataset)

    async def fetch(self, partner: str, dataset: str, into: Path | None = None) -> Fetched:
        """The bytes of a dataset, under an agreement, verified."""
        return await self.participant.fetching.fetch(partner, dataset, into)

    async def request(
        self, partner: str, part: str, kinds: Sequence[RequestKind], due: str, message: str = ""
    ) -> RequestRecord:
        """Ask a partner for data of a part."""
        return await self.participant.requests.ask(partner, part, kinds, due, message)

    # --- how it is put together ------------------------------------------------------------------

    def _put_together(self) -> Participant:
        config = self.config
        line = MemoryLine(self._network, self.origin, config.addresses)
        self._resolver = WebDidResolver(line, self._clock)
        resolver = OwnFirst(read_document(self.keys.document(), self.did), self._resolver)
        aliases = Aliases(config.aliases)
        register = PartnerRegister(self.store, aliases, _by_id(config.register), config.part_of)
        identity = SelfIssuedIdentity(self.did, self.keys.token_signer, resolver, self._clock, self._ids)
        rules = replace(config.admission, connectors=tuple(map(did_of_name, config.admission.connectors)))
        admission = PolicyAdmission(rules, register, self._clock, aliases, config.operands)
        ports = Ports(
            store=self.store,
            clock=self._clock,
            ids=self._ids,
            identity=AdmittedIdentity(identity, admission),
            register=register,
            admission=admission,
            line=line,
            data_line=Receiving(line),
            resolver=resolver,
            signer=self.keys.assertion_signer,
            directory=_ShortNames(line, resolver, self._clock, dialects=config.dialects),
            dialects=config.dialects,
            settings=Settings(
                address=self.address,
                data_address=self.origin + DATA_PATH,
                unsigned_partners=config.unsigned_partners,
                approvals=config.approvals,
                callback_hosts=config.callback_hosts,
                purposes=config.purposes,
                wait=config.wait,
                token_lifetime=config.token_lifetime,
                page=config.page,
                root=self.origin,
                aliases=aliases,
                imprint=config.imprint,
                registry=config.operands,
                accepted_duties=config.accepted_duties,
                updates=config.updates,
                admitted=rules,
            ),
        )
        battery, templates = shipped()
        habits = Habits(messages=config.messages, errands=config.errands, chance=self._chance)
        return Participant(ports, battery=battery, templates=dict(templates), habits=habits, decisions=config.decisions)

    def _routes(self, participant: Participant) -> list[Route]:
        sources = Sources(self.config.files, self.store, self._contents)
        serving = Serving(
            participant.transfers,
            participant.usage,
            sources,
            participant.box.receive,
            store=self.store,
            clock=self._clock,
            views=participant.passports.serve,
        )
        routes = DspEndpoints(participant, [version_entry(dialect) for dialect in self.config.dialects]).routes()
        return [*routes, *serving.routes(), did_route(self.keys)]


def did_of_name(name: str) -> str:
    """The participant id behind a short name; ids stay as they are."""
    return name if ":" in name else f"did:web:{name}.example"


def _by_id(register: Mapping[str, Registration]) -> dict[str, Registration]:
    return {did_of_name(name): registration for name, registration in register.items()}


def did_route(keys: Keyring) -> Route:
    """Where a DID document lies."""
    body = strict_json.dumps(keys.document())

    async def serve(request: Inbound) -> Reply:  # noqa: ARG001 - a handler's shape
        return Reply(body=body, content_type="application/did+json")

    return Route(method="GET", path="/.well-known/did.json", handler=serve, summary="DID document")


class _ShortNames(DidDirectory):
    """Every member and partner of the data space is known by its short name, also one that joins later."""

    def identify(self, name: str) -> str:
        return did_of_name(name)


async def _bytes(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _nothing() -> AsyncIterator[bytes]:
    yield b""
