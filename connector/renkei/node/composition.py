"""A connector put together from its settings, its replacements and what ships with Renkei."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from renkei.battery import DiligenceCodes, RuleSet
from renkei.battery.declaration.form import DeclarationForm
from renkei.battery.passport.access import PassportAccess
from renkei.battery.passport.points import DataPoints
from renkei.battery.passport.terms import Terms
from renkei.battery.passport.view import PassportLists
from renkei.dataplane.receiving import Receiving
from renkei.dataplane.serving import Serving
from renkei.dataplane.sources import Sources
from renkei.exchange.agreement.burdens import actions_of
from renkei.exchange.aliases import Aliases
from renkei.exchange.answer.part_book import BatteryRules
from renkei.exchange.catalog.purposes import PurposeList
from renkei.exchange.machine.decoder import Decoder
from renkei.exchange.machine.endpoint import Inbound, Reply, Route
from renkei.exchange.participant import Participant
from renkei.exchange.partner.admission import PolicyAdmission
from renkei.exchange.partner.identity import AdmittedIdentity, SelfIssuedIdentity
from renkei.exchange.partner.partners import DidDirectory
from renkei.exchange.partner.register import PartnerRegister
from renkei.exchange.ports import Identity, Ports, Settings
from renkei.http.addresses import AddressRules
from renkei.http.client import GuardedLine, LineLimits
from renkei.http.dsp import DspEndpoints, version_entry
from renkei.http.resolver import MOST_WAITING, OwnFirst, WebDidResolver
from renkei.kernel import strict_json
from renkei.keyfiles import DATABASE, Keys
from renkei.node.config import ConnectorConfig
from renkei.node.names import OwnNames
from renkei.node.replacements import Replacements
from renkei.resources import Kind, resource_json, resource_names
from renkei.store.memory import MemoryStore
from renkei.store.port import Store
from renkei.store.sqlite import SqliteStore
from renkei.trust.did import key_id, read_document
from renkei.trust.keys import KeySigner
from renkei.wire.dialects import DSP_2025_1

DSP_BASE: Final = DSP_2025_1.path
DATA_PATH: Final = "/data"
# Anyone may make us fetch the document of any name: that must not take the connections to partners. The resolver says
# who may wait and who makes room; behind it nobody waits for a connection.
_DOCUMENTS: Final = LineLimits(connections=2 * MOST_WAITING)
_LULL: Final = 0.01  # a quick partner needs a millisecond or two; nobody notices ten
RULE_SETS: Final = "battery/rules/"
RULE_SET: Final = "eu-battery-cfb-2024-draft"
DILIGENCE_CODES: Final = "battery/due-diligence/eu-2023-1542.json"
FORMS: Final = "battery/declaration/"
PURPOSE_LIST: Final = "consent/purposes.json"


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


class Composition:
    """What is made for one run of a connector. ``exits`` gathers what must be closed again."""

    def __init__(self, config: ConnectorConfig, own: Replacements, names: OwnNames, exits: AsyncExitStack) -> None:
        self._config = config
        self._own = own
        self._names = names
        self._exits = exits

    def store(self) -> Store:
        """Where everything is kept; not open yet."""
        if self._own.store is not None:
            return self._own.store
        in_memory = self._config.database == "memory"
        return MemoryStore() if in_memory else SqliteStore(self._config.folder / DATABASE)

    async def participant(self, store: Store, keys: Keys, identity: Identity | None) -> Participant:
        """The use cases with all they need. ``identity``: the embedding program's own way to know who calls."""
        config, own, called = self._config, self._own, self._names
        clock, ids = own.clock or SystemClock(), own.ids or RandomIds()
        rules = AddressRules.of(config.private_hosts, insecure_loopback=config.insecure_loopback)
        line = GuardedLine(rules)
        self._exits.push_async_callback(line.close)
        documents = GuardedLine(rules, limits=_DOCUMENTS)
        self._exits.push_async_callback(documents.close)
        web = WebDidResolver(documents, clock, insecure_loopback=config.insecure_loopback)
        self._exits.push_async_callback(web.close)
        decoder = Decoder()
        self._exits.push_async_callback(decoder.close)
        resolver = OwnFirst(read_document(called.document(keys), called.key_did), web)
        token_signer = KeySigner(key_id(called.key_did, keys.token.public), keys.token)
        signer = own.signer or KeySigner(key_id(called.key_did, keys.assertion.public), keys.assertion)
        if identity is None:
            identity = SelfIssuedIdentity(called.did, token_signer, resolver, clock, ids)
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

    def routes(self, participant: Participant, keys: Keys) -> list[Route]:
        """What partners may call: protocol, data, and our DID document."""
        sources = Sources(self._config.folder / "files", participant.ports.store, self._own.sources)
        routes = DspEndpoints(participant, [version_entry(dialect) for dialect in participant.ports.dialects]).routes()
        ports = participant.ports
        serving = Serving(
            participant.transfers,
            participant.usage,
            sources,
            participant.box.receive,
            store=ports.store,
            clock=ports.clock,
            views=participant.passports.serve,
        )
        routes += serving.routes()
        body = strict_json.dumps(self._names.document(keys))

        async def serve(request: Inbound) -> Reply:  # noqa: ARG001 - a handler's shape
            return Reply(body=body, content_type="application/did+json")

        place = urlsplit(self._names.document_url).path
        routes.append(Route(method="GET", path=place, handler=serve, summary="DID document"))
        return routes

    def _settings(self, aliases: Aliases, names: Mapping[str, str]) -> Settings:
        """What this participant has decided about itself. ``names``: short name → participant id."""
        config = self._config
        admitted = tuple(names.get(name, aliases.canonical(name)) for name in config.admission.connectors)
        return Settings(
            address=self._names.public_url + DSP_BASE,
            data_address=self._names.public_url + DATA_PATH,
            unsigned_partners=config.unsigned_partners,
            approvals=config.approvals,
            accepted_duties=actions_of(config.accepted_duties),
            updates=config.updates,
            reminders=config.reminders,
            callback_hosts=config.callback_hosts,
            purposes=config.purposes,
            wait=config.wait,
            token_lifetime=config.token_lifetime,
            courtesy=config.courtesy,
            answer_pause=config.answer_pause,
            lull=_LULL,
            page=config.page,
            root=self._names.public_url,
            aliases=aliases,
            imprint=config.imprint,
            registry=self._own.operands,
            admitted=replace(config.admission, connectors=admitted),
        )


def _passport_lists(rules: tuple[RuleSet, ...]) -> PassportLists:
    points, terms, access = (
        resource_json(Kind.VOCAB, f"battery/passport/{name}.json") for name in ("data-points", "terms", "access")
    )
    return PassportLists(
        points=DataPoints.from_json(points),
        terms=Terms.from_json(terms),
        access=PassportAccess.from_json(access),
        rules=rules,
    )


@cache
def shipped() -> tuple[BatteryRules, Mapping[str, object]]:
    """The rules, and the contract templates by name, that come with Renkei."""
    rule_sets = {
        name.removeprefix(RULE_SETS).removesuffix(".json"): RuleSet.from_json(resource_json(Kind.VOCAB, name))
        for name in resource_names(Kind.VOCAB, RULE_SETS)
    }
    battery = BatteryRules(
        rules=rule_sets[RULE_SET],
        rule_sets=rule_sets,
        codes=DiligenceCodes.from_json(resource_json(Kind.VOCAB, DILIGENCE_CODES)),
        purposes=PurposeList.from_json(resource_json(Kind.VOCAB, PURPOSE_LIST)),
        forms={
            name.removeprefix(FORMS).removesuffix(".json"): DeclarationForm.from_json(resource_json(Kind.VOCAB, name))
            for name in resource_names(Kind.VOCAB, FORMS)
        },
        passport=_passport_lists(tuple(rule_sets.values())),
    )
    templates = {
        name.removesuffix(".json"): resource_json(Kind.POLICIES, name)
        for name in resource_names(Kind.POLICIES)
        if name.endswith(".json")
    }
    return battery, templates
