"""The one message table of DSP 2025-1: decoder, encoder, JSON Schema and the IRIs are all read off it.

A ``Shape`` is one JSON object with an ``@type``; its ``fields`` tie a member's name on the wire to an attribute of a
typed value, the form it must have, and the IRI it stands for. ``MESSAGES`` names the shape of every message.

Source: DSP 2025-1, the JSON Schemas (draft 2019-09) and context/dspace.jsonld.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeAlias

from renkei.policy.terms import PREFIXES
from renkei.protocol import messages as m
from renkei.protocol.catalog import Catalog, DataService, Dataset, Distribution
from renkei.protocol.messages import MessageKind
from renkei.protocol.negotiation import NegotiationState
from renkei.protocol.transfer import TransferState

CONTEXT: Final = "https://w3id.org/dspace/2025/1/context.jsonld"
DSPACE, DCAT, DCT, ODRL = (PREFIXES[prefix] for prefix in ("dspace", "dcat", "dct", "odrl"))


# --- forms a member may have ---------------------------------------------------------------------


class Text(Enum):
    """A string. What a process id and a callback address must be beyond that is in ``prose``."""

    ANY = "text"
    PID = "process id"
    CALLBACK = "callback address"


@dataclass(frozen=True, slots=True)
class Word:
    """One name out of an enum, without those that never travel."""

    words: type[Enum]
    never: frozenset[str] = frozenset()

    @property
    def names(self) -> Mapping[str, Enum]:
        """Each name with its member."""
        return {str(word.value): word for word in self.words if word.value not in self.never}


@dataclass(frozen=True, slots=True)
class Values:
    """An array of anything, as it stands."""

    minimum: int


@dataclass(frozen=True, slots=True)
class Part:
    """An object of another shape; ``or_id``: or only its id, as a string."""

    word: str
    or_id: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """At least one object of another shape."""

    word: str


class Terms(Enum):
    """A policy, which ``policy`` reads and writes."""

    OFFER = "offer of a message"
    CATALOG_OFFERS = "offers of a catalog"
    AGREEMENT = "agreement"


Form: TypeAlias = Text | Word | Values | Part | Parts | Terms


# --- rows ----------------------------------------------------------------------------------------


class Coercion(Enum):
    """How JSON-LD reads a string in this place: as itself, as an id, or as a term of the vocabulary."""

    LITERAL = ""
    ID = "@id"
    VOCAB = "@vocab"


@dataclass(frozen=True, slots=True)
class Field:
    """One member. ``attribute`` is ``None`` where the value is checked and then left (the context lacks the term)."""

    name: str
    attribute: str | None
    form: Form
    iri: str
    required: bool = False
    coercion: Coercion = Coercion.LITERAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One kind of object on the wire.

    ``identity``: the attribute that is its ``@id`` (empty: none); ``typed``: whether ``@type`` must stand in it;
    ``one_of``: exactly one of these members; ``described``: members beyond the table that the context defines, kept
    among the extensions; ``extensible``: whether the value has ``extensions``; ``part``: how an attribute is read.
    """

    word: str
    iri: str
    make: Callable[..., object]
    fields: tuple[Field, ...]
    identity: str = "message_id"
    identified: bool = False
    typed: bool = True
    one_of: tuple[str, ...] = ()
    forbidden: frozenset[str] = frozenset()
    described: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    extensible: bool = True
    part: Callable[[object, str], object] = getattr


def _pid(name: str, attribute: str, *, required: bool = True, coercion: Coercion = Coercion.ID) -> Field:
    return Field(name, attribute, Text.PID, DSPACE + name, required, coercion)


def _pids(coercion: Coercion = Coercion.ID) -> tuple[Field, Field]:
    return (
        _pid("providerPid", "provider_pid", coercion=coercion),
        _pid("consumerPid", "consumer_pid", coercion=coercion),
    )


def _callback(*, required: bool) -> Field:
    return Field("callbackAddress", "callback_address", Text.CALLBACK, DSPACE + "callbackAddress", required)


def _why(minimum: int = 1) -> tuple[Field, Field]:
    return (
        Field("code", "code", Text.ANY, DSPACE + "code"),
        Field("reason", "reason", Values(minimum), DSPACE + "reason"),
    )


def _word(name: str, attribute: str, words: type[Enum]) -> Field:
    return Field(name, attribute, Word(words, frozenset({"INITIAL"})), DSPACE + name, True, Coercion.VOCAB)


_ADDRESS = Field("dataAddress", "data_address", Part("DataAddress"), DSPACE + "dataAddress")
_FORMAT = Field("format", "format", Text.ANY, DCT + "format", True, Coercion.VOCAB)
_DISTRIBUTIONS = Field("distribution", "distributions", Parts("Distribution"), DCAT + "distribution")
_OFFERS = Field("hasPolicy", "offers", Terms.CATALOG_OFFERS, ODRL + "hasPolicy")


def _required(row: Field) -> Field:
    return Field(row.name, row.attribute, row.form, row.iri, True, row.coercion)


def _message(kind: MessageKind, make: type[m.Message], *fields: Field, one_of: tuple[str, ...] = ()) -> Shape:
    return Shape(word=kind.value, iri=DSPACE + kind.value, make=make, fields=fields, one_of=one_of)


def _pair(*, name: str, value: str) -> tuple[str, str]:
    return name, value


def _of_pair(pair: object, attribute: str) -> object:
    return dict(zip(("name", "value"), pair, strict=True))[attribute]  # type: ignore[call-overload]


def _catalog(*, outer: bool) -> Shape:
    return Shape(
        word="Catalog",
        iri=DCAT + "Catalog",
        make=Catalog,
        identity="id",
        identified=True,
        forbidden=frozenset({"hasPolicy"}),
        fields=(
            Field("participantId", "participant_id", Text.ANY, DSPACE + "participantId", outer, Coercion.ID),
            Field("service", "services", Parts("DataService"), DCAT + "service"),
            Field("dataset", "datasets", Parts("Dataset"), DCAT + "dataset"),
            Field("catalog", "catalogs", Parts("Catalog"), DCAT + "catalog"),
            Field("distribution", "distributions", Parts("CatalogDistribution"), DCAT + "distribution"),
        ),
    )


_DATASET = Shape(
    word="Dataset",
    iri=DCAT + "Dataset",
    make=Dataset,
    identity="id",
    identified=True,
    typed=False,
    fields=(_required(_OFFERS), _required(_DISTRIBUTIONS)),
)


def _distribution(*more: Field, forbidden: frozenset[str] = frozenset()) -> Shape:
    service = Part("DataService", or_id=True)
    return Shape(
        word="Distribution",
        iri=DCAT + "Distribution",
        make=Distribution,
        identity="",
        typed=False,
        forbidden=forbidden,
        fields=(
            _FORMAT,
            Field("accessService", "access_service", service, DCAT + "accessService", required=True),
            *more,
        ),
    )


PARTS: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "Catalog": _catalog(outer=False),
        "Dataset": _DATASET,
        "Distribution": _distribution(_OFFERS),
        # Only inside a dataset does the context define ``hasPolicy``; elsewhere JSON-LD would drop the offer.
        "CatalogDistribution": _distribution(forbidden=frozenset({"hasPolicy"})),
        "DataService": Shape(
            word="DataService",
            iri=DCAT + "DataService",
            make=DataService,
            identity="id",
            identified=True,
            fields=(
                Field("endpointURL", "endpoint_url", Text.ANY, DCAT + "endpointURL", True),
                # The schema knows it, the context does not: in JSON-LD it is lost, so nobody may rely on it.
                Field("servesDataset", None, Parts("Dataset"), DCAT + "servesDataset"),
            ),
            described=MappingProxyType({"endpointDescription": DCAT + "endpointDescription"}),
        ),
        "DataAddress": Shape(
            word="DataAddress",
            iri=DSPACE + "DataAddress",
            make=m.DataAddress,
            identity="",
            extensible=False,
            fields=(
                Field("endpointType", "endpoint_type", Text.ANY, DSPACE + "endpointType", True, Coercion.VOCAB),
                Field("endpoint", "endpoint", Text.ANY, DSPACE + "endpoint"),
                Field("endpointProperties", "properties", Parts("EndpointProperty"), DSPACE + "endpointProperties"),
            ),
        ),
        "EndpointProperty": Shape(
            word="EndpointProperty",
            iri=DSPACE + "EndpointProperty",
            make=_pair,
            part=_of_pair,
            identity="",
            extensible=False,
            fields=(
                Field("name", "name", Text.ANY, DSPACE + "name", True),
                Field("value", "value", Text.ANY, DSPACE + "value", True),
            ),
        ),
    }
)
"""The objects that stand inside messages, by their ``@type`` and, where that is not enough, by their place."""

_K = MessageKind

MESSAGES: Final[Mapping[MessageKind, Shape]] = MappingProxyType(
    {
        _K.CATALOG_REQUEST: _message(
            _K.CATALOG_REQUEST, m.CatalogRequest, Field("filter", "filter", Values(0), DSPACE + "filter")
        ),
        _K.DATASET_REQUEST: _message(
            _K.DATASET_REQUEST,
            m.DatasetRequest,
            Field("dataset", "dataset", Text.ANY, DSPACE + "dataset", True),
        ),
        _K.CATALOG: _catalog(outer=True),
        _K.DATASET: _DATASET,
        _K.CATALOG_ERROR: _message(_K.CATALOG_ERROR, m.CatalogError, *_why(0)),
        _K.CONTRACT_REQUEST: _message(
            _K.CONTRACT_REQUEST,
            m.ContractRequest,
            _pid("providerPid", "provider_pid", required=False),
            _pid("consumerPid", "consumer_pid"),
            Field("offer", "offer", Terms.OFFER, DSPACE + "offer", True, Coercion.ID),
            _callback(required=False),
            one_of=("callbackAddress", "providerPid"),
        ),
        _K.CONTRACT_OFFER: _message(
            _K.CONTRACT_OFFER,
            m.ContractOffer,
            _pid("providerPid", "provider_pid"),
            _pid("consumerPid", "consumer_pid", required=False),
            Field("offer", "offer", Terms.OFFER, DSPACE + "offer", True, Coercion.ID),
            _callback(required=False),
            one_of=("callbackAddress", "consumerPid"),
        ),
        _K.CONTRACT_AGREEMENT: _message(
            _K.CONTRACT_AGREEMENT,
            m.ContractAgreement,
            *_pids(),
            Field("agreement", "agreement", Terms.AGREEMENT, DSPACE + "agreement", True, Coercion.ID),
        ),
        _K.AGREEMENT_VERIFICATION: _message(_K.AGREEMENT_VERIFICATION, m.AgreementVerification, *_pids()),
        _K.NEGOTIATION_EVENT: _message(
            _K.NEGOTIATION_EVENT, m.NegotiationEvent, *_pids(), _word("eventType", "event_type", m.EventType)
        ),
        _K.NEGOTIATION_TERMINATION: _message(_K.NEGOTIATION_TERMINATION, m.NegotiationTermination, *_pids(), *_why()),
        _K.NEGOTIATION: _message(_K.NEGOTIATION, m.NegotiationAck, *_pids(), _word("state", "state", NegotiationState)),
        _K.NEGOTIATION_ERROR: _message(_K.NEGOTIATION_ERROR, m.NegotiationError, *_pids(), *_why()),
        _K.TRANSFER_REQUEST: _message(
            _K.TRANSFER_REQUEST,
            m.TransferRequest,
            _pid("consumerPid", "consumer_pid"),
            Field("agreementId", "agreement_id", Text.ANY, DSPACE + "agreementId", True, Coercion.ID),
            _FORMAT,
            _callback(required=True),
            _ADDRESS,
        ),
        _K.TRANSFER_START: _message(_K.TRANSFER_START, m.TransferStart, *_pids(), _ADDRESS),
        _K.TRANSFER_SUSPENSION: _message(_K.TRANSFER_SUSPENSION, m.TransferSuspension, *_pids(), *_why()),
        _K.TRANSFER_COMPLETION: _message(_K.TRANSFER_COMPLETION, m.TransferCompletion, *_pids()),
        _K.TRANSFER_TERMINATION: _message(_K.TRANSFER_TERMINATION, m.TransferTermination, *_pids(), *_why()),
        _K.TRANSFER: _message(_K.TRANSFER, m.TransferAck, *_pids(), _word("state", "state", TransferState)),
        # The context gives a transfer error's process ids no type, so there they are literals.
        _K.TRANSFER_ERROR: _message(_K.TRANSFER_ERROR, m.TransferError, *_pids(Coercion.LITERAL), *_why()),
    }
)
"""The shape of every message of DSP 2025-1."""

WRAPPED: Final[Mapping[MessageKind, tuple[str, Callable[..., object]]]] = MappingProxyType(
    {_K.CATALOG: ("catalog", m.CatalogMessage), _K.DATASET: ("dataset", m.DatasetMessage)}
)
"""Messages that *are* an object: the attribute that holds it, and the message's class."""

KIND_OF: Final[Mapping[type, MessageKind]] = MappingProxyType(
    {shape.make: kind for kind, shape in MESSAGES.items() if kind not in WRAPPED and isinstance(shape.make, type)}
    | {m.CatalogMessage: _K.CATALOG, m.DatasetMessage: _K.DATASET}
)
"""The message kind of a typed message."""
