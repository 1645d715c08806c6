"""A connector: one participant with its database, keys, listeners and outbox, as a library object.

::

    async with Connector(ConnectorConfig(folder=Path("node"), port=8080)) as connector:
        fetched = await connector.fetch("did:web:partner.example", "urn:dataset:1")

Nothing is global: several connectors live in one process. Everything from outside can be replaced: the store, the
identity (another trust framework), the signer (a KMS), the rule book, the clock.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final, Protocol, Self
from urllib.parse import urlsplit

from renkei.battery import DiligenceCodes, RuleSet
from renkei.dataplane.receiving import Receiving
from renkei.dataplane.serving import Serving
from renkei.dataplane.sources import Sources
from renkei.exchange.admission import PolicyAdmission
from renkei.exchange.aliases import Aliases
from renkei.exchange.burdens import actions_of
from renkei.exchange.catalogs import Catalogs, Publication
from renkei.exchange.consents import OPERATOR
from renkei.exchange.decisions import Decisions
from renkei.exchange.decoder import Decoder
from renkei.exchange.endpoint import Inbound, Reply, Route
from renkei.exchange.explaining import PLAIN, Inquiry, Outlook
from renkei.exchange.fetching import Fetched
from renkei.exchange.identity import AdmittedIdentity, SelfIssuedIdentity
from renkei.exchange.participant import Habits, Participant
from renkei.exchange.partners import DidDirectory
from renkei.exchange.parts import BatteryRules
from renkei.exchange.ports import Approvals, Clock, Identity, Ids, Imprint, PartnerFacts, Ports, Settings
from renkei.exchange.purposes import PurposeList
from renkei.exchange.records.assets import AssetRecord
from renkei.exchange.records.consents import ConsentRecord
from renkei.exchange.records.obligations import ObligationRecord
from renkei.exchange.records.processes import AgreementRecord
from renkei.exchange.records.requests import RequestKind, RequestRecord
from renkei.exchange.register import PartnerRegister, Registration
from renkei.http.addresses import AddressRules
from renkei.http.client import GuardedLine, LineLimits
from renkei.http.dsp import DspEndpoints, partner_problem, version_entry
from renkei.http.resolver import MOST_WAITING, OwnFirst, WebDidResolver
from renkei.http.server import Listener
from renkei.kernel import strict_json
from renkei.kernel.problems import Fault, PeerError, Problem
from renkei.keyfiles import DATABASE, Keys, ensure_keys, ensure_management_token
from renkei.policy.admission import AdmissionRules
from renkei.policy.explaining.account import Account
from renkei.policy.model import RENKEI
from renkei.policy.operand import Registry
from renkei.policy.operands import STANDARD
from renkei.protocol.catalog import Dataset
from renkei.resources import Kind, resource_bytes, resource_names
from renkei.store.memory import MemoryStore
from renkei.store.port import Store
from renkei.store.sqlite import SqliteStore
from renkei.trust.did import (
    build_document,
    data_service,
    did_web,
    document_url,
    key_id,
    read_document,
)
from renkei.trust.keys import KeyPurpose, KeySigner, Signer
from renkei.wire.dialects import DSP_2025_1

NO_ADDRESS: Final = Problem(
    code="config-no-public-address",
    fault=Fault.CONFIGURATION,
    en="Partners cannot reach this connector as {url}: {cause}.",
    ja="取引先は {url} ではこのコネクタに到達できません: {cause}。",
    hint_en="Set `url` in [public] (`public_url` of a ConnectorConfig) to the address that partners call, such as "
    "https://connector.example.com; `host` is only where it listens.",
    hint_ja="[public] の `url`(ConnectorConfig では `public_url`)に取引先が呼び出すアドレス"
    "(例 https://connector.example.com)を設定してください。`host` は待ち受けるアドレスです。",
)
NO_PARTICIPANT: Final = Problem(
    code="config-bad-participant",
    fault=Fault.CONFIGURATION,
    en="This connector cannot be the participant {did}: {cause}.",
    ja="このコネクタは参加者 {did} になれません: {cause}。",
    hint_en="Correct `participant` in [connector], such as did:web:connector.example.com, or leave it empty: then it "
    "follows from `url` in [public].",
    hint_ja="[connector] の `participant` を修正するか(例 did:web:connector.example.com)、空にしてください。"
    "空の場合は [public] の `url` から決まります。",
)
NOT_RUNNING: Final = Problem(
    code="connector-not-running",
    fault=Fault.LOCAL,
    en="This connector is not running.",
    ja="このコネクタは起動していません。",
    hint_en="Use it inside `async with Connector(config) as connector:`.",
    hint_ja="`async with Connector(config) as connector:` の中で使用してください。",
)
NO_FOLDER: Final = Problem(
    code="config-bad-folder",
    fault=Fault.CONFIGURATION,
    en="The connector's folder {folder} cannot be used: {cause}.",
    ja="コネクタのフォルダー {folder} を使用できません: {cause}。",
    hint_en="Set `folder` in [connector] to a folder that this user may write to; it is made if it is not there.",
    hint_ja="[connector] の `folder` に、このユーザーが書き込めるフォルダーを指定してください。なければ作成されます。",
)
DSP_BASE: Final = DSP_2025_1.path
DATA_PATH: Final = "/data"
# Anyone may make us fetch the document of any name: that must not take the connections to partners. The resolver says
# who may wait and who makes room; behind it nobody waits for a connection.
_DOCUMENTS: Final = LineLimits(connections=2 * MOST_WAITING)
_EVERYWHERE: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - listened on by containers, never told to partners
_FORGET_EVERY: Final = 60.0
_LULL: Final = 0.01  # a quick partner needs a millisecond or two; nobody notices ten
RULE_SET: Final = "battery/rules/eu-battery-cfb-2024-draft.json"
DILIGENCE_CODES: Final = "battery/due-diligence/eu-2023-1542.json"
PURPOSE_LIST: Final = "consent/purposes.json"
PURPOSES: Final = frozenset(
    {
        RENKEI + "purpose/carbon-footprint",
        RENKEI + "purpose/due-diligence-2023-1542",
        "cx.pcf.base:1",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorConfig:
    """What one connector is told.

    ``folder`` holds the database, ``keys/``, ``files/`` (what may be published) and ``received/``. ``port`` 0 takes a
    free port, good for tests. ``public_url``: how partners reach us, if not as ``http://host:port``; ``participant``:
    our id, by default the did:web of that URL. ``partners``: short name → participant id; ``aliases``: business partner
    number → participant id; ``register``: what is known of partners, by name, number or id; ``part_of``: what a
    participant, a group, a place … lies in; ``admission``: who may speak with us; ``imprint``: what our catalog says of
    us; ``page``: datasets on one page of it; ``addresses``: participant id → DSP base URL, for ids that are no DIDs.
    ``insecure_loopback``: plain-HTTP did:web on loopback, for tests and demos only. ``private_hosts``: names and
    networks of partners that are not public. ``management``: whether the management listener runs. ``courtesy``: how
    long a partner that does not sign gets to store its step before our next message leaves; ``answer_pause``: how long
    our answer waits; ``approvals``: where a person decides; ``accepted_duties``: actions to which an offer may oblige
    us without a person's yes (``odrl:inform``); ``callback_hosts``: hosts that any partner may name for its callbacks.
    Times are seconds.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 0
    public_url: str = ""
    participant: str = ""
    insecure_loopback: bool = False
    management: bool = False
    management_host: str = "127.0.0.1"
    management_port: int = 0
    partners: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    register: Mapping[str, Registration] = field(default_factory=dict)
    part_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    admission: AdmissionRules = field(default_factory=AdmissionRules)
    imprint: Imprint = field(default_factory=Imprint)
    page: int = 100
    unsigned_partners: frozenset[str] = frozenset()
    approvals: Approvals = field(default_factory=Approvals)
    accepted_duties: frozenset[str] = frozenset()
    callback_hosts: frozenset[str] = frozenset()
    purposes: frozenset[str] = PURPOSES
    private_hosts: tuple[str, ...] = ()
    token_lifetime: int = 300
    courtesy: float = 0.25
    answer_pause: float = 0.0
    wait: float = 30.0
    habits: Habits = field(default_factory=Habits)
    database: str = "sqlite"


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)


class RandomIds:
    """Random names and secrets from the operating system."""

    def new(self) -> str:
        """A random UUID as a URN."""
        # As uuid4 writes it (RFC 9562 section 5.4), without the detour through an object of 128 bits.
        bits = bytearray(os.urandom(16))
        bits[6] = bits[6] & 0x0F | 0x40
        bits[8] = bits[8] & 0x3F | 0x80
        digits = bits.hex()
        return f"urn:uuid:{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def secret(self) -> str:
        """256 random bits."""
        import secrets

        return secrets.token_urlsafe(32)


class ManagementFactory(Protocol):
    """How the daemon adds its management endpoints without this module knowing them."""

    def __call__(self, connector: Connector) -> Sequence[Route]:
        """The routes of the second listener."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacements:
    """What an embedding program brings itself; ``None`` takes the default.

    ``operands``: the left operands that policies may ask for, such as ``STANDARD.with_(my_operand)``.
    """

    store: Store | None = None
    clock: Clock | None = None
    ids: Ids | None = None
    identity: Callable[[Connector], Identity] | None = None
    signer: Signer | None = None
    decisions: Callable[[Ports, Catalogs], Decisions] | None = None
    register: PartnerFacts | None = None
    operands: Registry = STANDARD
    sources: Mapping[str, Callable[[], AsyncIterator[bytes]]] = field(default_factory=dict)
    management: ManagementFactory | None = None


class Connector:
    """One participant, running between ``__aenter__`` and ``__aexit__``."""

    def __init__(self, config: ConnectorConfig, replacements: Replacements | None = None) -> None:
        self.config = config
        self._own = replacements or Replacements()
        self._exit = AsyncExitStack()
        self._participant: Participant | None = None
        self.public_url = ""
        self.did = ""
        self._key_did = ""
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

    async def answer(self, request: str) -> RequestRecord:
        """Answer from what has been received."""
        return await self.participant.requests.answer(request)

    async def reject(self, request: str, reason: str) -> RequestRecord:
        """Say no."""
        return await self.participant.requests.reject(request, reason)

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

    # --- lifetime --------------------------------------------------------------------------------

    async def _start(self) -> None:
        config = self.config
        _make(config.folder)
        port = config.port or _free_port(config.host)
        self.public_url = _public_url(config, port)
        self.did = config.participant or did_web(self.public_url)
        # Keys hang on a did:web of ours even where the participant id is of another kind.
        self._key_did = self.did if self.did.startswith("did:web:") else did_web(self.public_url)
        self._check_did()
        keys = await asyncio.to_thread(ensure_keys, config.folder)
        document = self._did_document(keys)
        store = self._own.store or _store(config)
        await store.open()
        self._exit.push_async_callback(store.close)
        participant = await self._participate(store, keys, document)
        self._participant = participant
        listener = Listener(
            self._routes(participant, document),
            config.host,
            port,
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

    async def _participate(self, store: Store, keys: Keys, document: Mapping[str, object]) -> Participant:
        config, own = self.config, self._own
        clock, ids = own.clock or SystemClock(), own.ids or RandomIds()
        rules = AddressRules.of(config.private_hosts, insecure_loopback=config.insecure_loopback)
        line = GuardedLine(rules)
        self._exit.push_async_callback(line.close)
        documents = GuardedLine(rules, limits=_DOCUMENTS)
        self._exit.push_async_callback(documents.close)
        web = WebDidResolver(documents, clock, insecure_loopback=config.insecure_loopback)
        self._exit.push_async_callback(web.close)
        decoder = Decoder()
        self._exit.push_async_callback(decoder.close)
        resolver = OwnFirst(read_document(document, self._key_did), web)
        token_signer = KeySigner(key_id(self._key_did, keys.token.public), keys.token)
        signer = own.signer or KeySigner(key_id(self._key_did, keys.assertion.public), keys.assertion)
        if own.identity is not None:
            identity = own.identity(self)
        else:
            identity = SelfIssuedIdentity(self.did, token_signer, resolver, clock, ids)
        aliases = Aliases(config.aliases)
        names = {name: aliases.canonical(participant) for name, participant in config.partners.items()}
        settings = self._settings(aliases, names)
        identified = {names.get(name, name): registration for name, registration in config.register.items()}
        part_of = {names.get(name, name): outer for name, outer in config.part_of.items()}
        register = own.register or PartnerRegister(store, aliases, identified, part_of)
        admission = PolicyAdmission(settings.admitted, register, clock, aliases, settings.registry)
        ports = Ports(
            store=store,
            clock=clock,
            ids=ids,
            identity=AdmittedIdentity(identity, admission),
            register=register,
            admission=admission,
            line=line,
            data_line=Receiving(line),
            resolver=resolver,
            signer=signer,
            directory=DidDirectory(line, resolver, clock, {**config.aliases, **names}, config.addresses),
            settings=settings,
            decoder=decoder,
        )
        battery, templates = await asyncio.to_thread(shipped)
        return Participant(
            ports, battery=battery, templates=dict(templates), habits=config.habits, decisions=own.decisions
        )

    def _settings(self, aliases: Aliases, names: Mapping[str, str]) -> Settings:
        """What this participant has decided about itself. ``names``: short name → participant id."""
        config = self.config
        admitted = tuple(names.get(name, aliases.canonical(name)) for name in config.admission.connectors)
        return Settings(
            address=self.public_url + DSP_BASE,
            data_address=self.public_url + DATA_PATH,
            unsigned_partners=config.unsigned_partners,
            approvals=config.approvals,
            accepted_duties=actions_of(config.accepted_duties),
            callback_hosts=config.callback_hosts,
            purposes=config.purposes,
            wait=config.wait,
            token_lifetime=config.token_lifetime,
            courtesy=config.courtesy,
            answer_pause=config.answer_pause,
            lull=_LULL,
            page=config.page,
            root=self.public_url,
            aliases=aliases,
            imprint=config.imprint,
            registry=self._own.operands,
            admitted=replace(config.admission, connectors=admitted),
        )

    def _routes(self, participant: Participant, document: Mapping[str, object]) -> list[Route]:
        sources = Sources(self.config.folder / "files", participant.ports.store, self._own.sources)
        routes = DspEndpoints(participant, [version_entry(dialect) for dialect in participant.ports.dialects]).routes()
        ports = participant.ports
        serving = Serving(
            participant.transfers,
            participant.usage,
            sources,
            participant.box.receive,
            store=ports.store,
            clock=ports.clock,
        )
        routes += serving.routes()
        body = strict_json.dumps(document)

        async def serve(request: Inbound) -> Reply:  # noqa: ARG001 - a handler's shape
            return Reply(body=body, content_type="application/did+json")

        place = urlsplit(document_url(self._key_did, insecure_loopback=self.config.insecure_loopback)).path
        routes.append(Route(method="GET", path=place, handler=serve, summary="DID document"))
        return routes

    async def _start_management(self) -> None:
        if not self.config.management or self._own.management is None:
            return
        self.management_token = await asyncio.to_thread(ensure_management_token, self.config.folder)
        routes = self._own.management(self)
        listener = Listener(routes, self.config.management_host, self.config.management_port)
        await listener.start()
        self.management_url = listener.base_url
        self._exit.push_async_callback(listener.stop)

    def _check_did(self) -> None:
        """Our own names come from our own settings: what is wrong with them is no partner's fault."""
        try:
            document_url(self._key_did, insecure_loopback=self.config.insecure_loopback)
        except PeerError as error:
            cause = error.values.get("cause", error.message())
            if self._key_did == self.config.participant:
                raise NO_PARTICIPANT(did=self._key_did, cause=cause) from error
            raise NO_ADDRESS(url=self.public_url, cause=cause) from error

    def _did_document(self, keys: Keys) -> dict[str, object]:
        return build_document(
            self._key_did,
            {KeyPurpose.TOKEN: [keys.token.public], KeyPurpose.ASSERTION: [keys.assertion.public]},
            [data_service(self._key_did, self.public_url)],
        )


async def _forget(store: Store, clock: Clock) -> None:
    """Drop ids of tokens that would be refused for their age alone, now and then."""
    while True:
        await asyncio.sleep(_FORGET_EVERY)
        await store.forget(clock.now())


@cache
def shipped() -> tuple[BatteryRules, Mapping[str, object]]:
    """The rules, and the contract templates by name, that come with Renkei."""
    battery = BatteryRules(
        rules=RuleSet.from_json(strict_json.loads(resource_bytes(Kind.VOCAB, RULE_SET))),
        codes=DiligenceCodes.from_json(strict_json.loads(resource_bytes(Kind.VOCAB, DILIGENCE_CODES))),
        purposes=PurposeList.from_json(strict_json.loads(resource_bytes(Kind.VOCAB, PURPOSE_LIST))),
    )
    templates = {
        name.removesuffix(".json"): strict_json.loads(resource_bytes(Kind.POLICIES, name))
        for name in resource_names(Kind.POLICIES)
        if name.endswith(".json")
    }
    return battery, templates


def _store(config: ConnectorConfig) -> Store:
    return MemoryStore() if config.database == "memory" else SqliteStore(config.folder / DATABASE)


def _make(folder: Path) -> None:
    """The connector's folder. Raises ConfigurationError ``config-bad-folder``."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        cause = "it is a file" if isinstance(error, FileExistsError) else error.strerror or error
        raise NO_FOLDER(folder=folder, cause=cause) from error


def _public_url(config: ConnectorConfig, port: int) -> str:
    """How partners reach us. Raises ConfigurationError ``config-no-public-address``."""
    host = f"[{config.host}]" if ":" in config.host else config.host
    url = (config.public_url or f"http://{host}:{port}").rstrip("/")
    if not config.public_url and config.host in _EVERYWHERE:
        raise NO_ADDRESS(url=url, cause=f"`host` is {config.host}, which means every address, and `url` is not set")
    return url


def _free_port(host: str) -> int:
    """A DID holds the port, so it must be known before anything is served."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


__all__ = ["Connector", "ConnectorConfig", "Replacements"]
