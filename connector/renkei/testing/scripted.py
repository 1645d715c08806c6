"""A participant driven by hand: real keys, a real DID document, and any bytes a test wants to send or answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol
from urllib.parse import unquote, urlsplit

from renkei.exchange.machine.endpoint import Inbound, Reply
from renkei.exchange.ports import Answered, Clock
from renkei.http.dsp import version_entry
from renkei.http.routing import RouteTable
from renkei.kernel import strict_json
from renkei.kernel.problems import RenkeiError
from renkei.node import DSP_BASE
from renkei.policy.model import SIGNATURE, Policy, PolicyKind
from renkei.policy.write import write_offer
from renkei.protocol.catalog import HTTP_PULL, Catalog, DataService, Dataset, Distribution
from renkei.protocol.messages import CatalogMessage, DatasetMessage, Message, MessageKind, NegotiationAck, TransferAck
from renkei.protocol.negotiation import NegotiationState
from renkei.protocol.transfer import TransferState
from renkei.testing.clock import SeededIds
from renkei.testing.member import ANYONE, Keyring, did_route
from renkei.testing.network import MemoryLine, Network
from renkei.trust.artefacts import Artefact, sign
from renkei.trust.keys import Signer
from renkei.trust.tokens import mint, token_claims
from renkei.wire.codec import encode
from renkei.wire.versions import WELL_KNOWN, write_versions

Answering = Callable[[Inbound], Reply | None]


class Addressee(Protocol):
    """Who can be written to: a member or another scripted partner."""

    did: str
    address: str


class ScriptedPartner:
    """A peer that is reached like any member and does nothing by itself.

    Opening messages get an acknowledgement with its one ``pid``, catalog requests a catalog of what was offered,
    everything else an empty 200, unless ``answering`` returns something else; ``received`` keeps what came.
    """

    def __init__(self, name: str, network: Network, clock: Clock, *, seed: int = 0) -> None:
        self.name = name
        self.keys = Keyring.of(name)
        self.did, self.origin = self.keys.did, self.keys.origin
        self.address = self.origin + DSP_BASE
        self.ids = SeededIds(f"{seed} {name}")
        self.pid = self.ids.new()
        self.received: list[Inbound] = []
        self.answering: Answering = lambda _: None
        self.line = MemoryLine(network, self.origin)
        self._clock = clock
        self._datasets: dict[str, Dataset] = {}
        self._own = RouteTable([did_route(self.keys)])
        network.open(self.origin, self._answer)

    # --- sending ---------------------------------------------------------------------------------

    async def send(
        self,
        to: Addressee,
        path: str,
        body: bytes | Mapping[str, object] | Message = b"",
        *,
        method: str = "POST",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """One request below the other's DSP address, with a good token unless another is given (``""``: none)."""
        if isinstance(body, Message):
            body = encode(body)
        elif isinstance(body, Mapping):
            body = strict_json.dumps(dict(body))
        token = await self.token(to.did) if token is None else token
        sent = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
        return await self.line.send(method, to.address + path, headers={**sent, **(headers or {})}, body=body)

    async def get(self, to: Addressee, path: str) -> Answered:
        """The same for a GET."""
        return await self.send(to, path, method="GET")

    async def token(self, audience: str, *, signer: Signer | None = None, **claims: object) -> str:
        """A self-issued token. ``claims`` replace what would stand in it, also to its harm."""
        good = token_claims(self.did, audience, self._clock.now(), self.ids.new())
        return await mint({**good, **claims}, signer or self.keys.token_signer)

    async def sign(
        self, document: Mapping[str, object], artefact: Artefact, member: str = SIGNATURE
    ) -> dict[str, object]:
        """The document with this partner's signature."""
        return await sign(document, artefact, self.keys.assertion_signer, member)

    # --- offering --------------------------------------------------------------------------------

    async def offer(self, dataset: str, policy: Policy = ANYONE, *, signed: bool = True) -> dict[str, object]:
        """Show a dataset with one offer to whoever asks; returns the offer as a message holds it, with its target."""
        offer = replace(policy, id=self.ids.new(), kind=PolicyKind.OFFER, target=dataset, assigner=self.did)
        document = write_offer(offer)
        if signed:
            document = await self.sign(document, Artefact.OFFER)
            offer = replace(offer, extensions={**offer.extensions, SIGNATURE: document[SIGNATURE]})
        distribution = Distribution(format=HTTP_PULL, access_service=f"{self.did}#connector")
        shown = Dataset(id=dataset, offers=(replace(offer, target=None),), distributions=(distribution,))
        self._datasets[dataset] = shown
        return document

    # --- receiving -------------------------------------------------------------------------------

    def messages(self, kind: MessageKind) -> list[dict[str, object]]:
        """The protocol messages of one type that came, decoded."""
        bodies = [_decoded(request.body) for request in self.received]
        return [body for body in bodies if body.get("@type") == kind.value]

    async def _answer(self, request: Inbound) -> Reply:
        if request.path == WELL_KNOWN:
            return Reply(body=write_versions([version_entry()]))
        try:
            route, _ = self._own.find(request.method, request.path)
        except RenkeiError:
            self.received.append(request)
            return self.answering(request) or self._usual(request)
        return await route.handler(request)

    def _catalog(self) -> Catalog:
        """All that was offered, to whoever asks."""
        service = DataService(id=f"{self.did}#connector", endpoint_url=self.address)
        datasets = tuple(self._datasets.values())
        return Catalog(id=f"{self.did}#catalog", participant_id=self.did, datasets=datasets, services=(service,))

    def _usual(self, request: Inbound) -> Reply:
        below = urlsplit(request.path).path.removeprefix(DSP_BASE)
        if below == "/catalog/request":
            return Reply(body=encode(CatalogMessage(catalog=self._catalog())))
        if below.startswith("/catalog/datasets/"):
            shown = self._datasets.get(unquote(below.removeprefix("/catalog/datasets/")))
            return Reply(status=404) if shown is None else Reply(body=encode(DatasetMessage(dataset=shown)))
        theirs = str(_decoded(request.body).get("consumerPid", ""))
        if below == "/negotiations/request":
            ack = NegotiationAck(provider_pid=self.pid, consumer_pid=theirs, state=NegotiationState.REQUESTED)
            return Reply(status=201, body=encode(ack))
        if below == "/transfers/request":
            taken = TransferAck(provider_pid=self.pid, consumer_pid=theirs, state=TransferState.REQUESTED)
            return Reply(status=201, body=encode(taken))
        return Reply()


def _decoded(body: bytes) -> dict[str, object]:
    try:
        return strict_json.loads_object(body)
    except RenkeiError:
        return {}
