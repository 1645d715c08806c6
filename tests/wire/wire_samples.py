"""Messages of every kind: one rich JSON sample of each, and random typed ones."""

from hypothesis import strategies as st

from renkei.policy.model import Atomic, Connective, Logical, Operator, Policy, PolicyKind, Rule
from renkei.protocol import messages as m
from renkei.protocol.catalog import Catalog, DataService, Dataset, Distribution
from renkei.protocol.messages import MessageKind
from renkei.protocol.negotiation import NegotiationState
from renkei.protocol.transfer import TransferState

CONTEXT = ["https://w3id.org/dspace/2025/1/context.jsonld"]
PIDS = {"providerPid": "urn:uuid:p", "consumerPid": "urn:uuid:c"}
WHY = {"code": "7", "reason": ["no", {"https://example.org/why": "because"}]}
ATOMIC = {"leftOperand": "https://example.org/left", "operator": "isAnyOf", "rightOperand": ["a", {"@value": "b"}]}
TERMS = {
    "permission": [{"action": "use", "constraint": [ATOMIC, {"and": [{**ATOMIC, "rightOperand": "a"}]}]}],
    "prohibition": [{"action": "https://example.org/sell"}],
    "obligation": [{"action": "https://example.org/tell"}],
}
OFFER = {"@id": "urn:offer", "@type": "Offer", **TERMS}
SERVICE = {"@id": "urn:service", "@type": "DataService", "endpointURL": "https://example.org/dsp"}
DISTRIBUTION = {"@type": "Distribution", "format": "HttpData-PULL", "accessService": SERVICE}
DATASET = {
    "@id": "urn:dataset",
    "@type": "Dataset",
    "dct:title": "Cells",
    "hasPolicy": [OFFER],
    "distribution": [DISTRIBUTION, {**DISTRIBUTION, "accessService": "urn:service", "hasPolicy": [OFFER]}],
}
SMALL = {
    "@id": "urn:small",
    "hasPolicy": [{"@id": "urn:o", "permission": [{"action": "use"}]}],
    "distribution": [DISTRIBUTION],
}
ADDRESS = {
    "@type": "DataAddress",
    "endpointType": "https://example.org/http",
    "endpoint": "https://example.org/data",
    "endpointProperties": [{"@type": "EndpointProperty", "name": "authorization", "value": "t"}],
}
CALLBACK = {"callbackAddress": "https://example.org:8443/callback"}
AGREEMENT = {
    "@id": "urn:agreement",
    "@type": "Agreement",
    "target": "urn:dataset",
    "assigner": "urn:provider",
    "assignee": "urn:consumer",
    "timestamp": "2026-11-22T09:30:00Z",
    "profile": ["https://example.org/profile"],
    **TERMS,
}
K = MessageKind
MEMBERS = {
    K.CATALOG_REQUEST: {"filter": ["x", 1]},
    K.DATASET_REQUEST: {"dataset": "urn:dataset"},
    K.CATALOG: {
        "@id": "urn:catalog",
        "participantId": "urn:provider",
        "service": [{**SERVICE, "servesDataset": [SMALL], "endpointDescription": "dsp"}],
        "dataset": [DATASET],
        "catalog": [{"@id": "urn:inner", "@type": "Catalog", "service": [SERVICE], "distribution": [DISTRIBUTION]}],
        "distribution": [DISTRIBUTION],
    },
    K.DATASET: DATASET,
    K.CATALOG_ERROR: WHY,
    K.CONTRACT_REQUEST: {"consumerPid": "urn:uuid:c", "offer": {**OFFER, "target": "urn:dataset"}, **CALLBACK},
    K.CONTRACT_OFFER: {**PIDS, "offer": {**OFFER, "target": "urn:dataset", "assigner": "urn:provider"}},
    K.CONTRACT_AGREEMENT: {**PIDS, "agreement": AGREEMENT},
    K.AGREEMENT_VERIFICATION: PIDS,
    K.NEGOTIATION_EVENT: {**PIDS, "eventType": "ACCEPTED"},
    K.NEGOTIATION_TERMINATION: {**PIDS, **WHY},
    K.NEGOTIATION: {**PIDS, "state": "OFFERED"},
    K.NEGOTIATION_ERROR: {**PIDS, **WHY},
    K.TRANSFER_REQUEST: {
        "consumerPid": "urn:uuid:c",
        "agreementId": "urn:agreement",
        "format": "HttpData-PULL",
        "dataAddress": ADDRESS,
        **CALLBACK,
    },
    K.TRANSFER_START: {**PIDS, "dataAddress": ADDRESS},
    K.TRANSFER_SUSPENSION: {**PIDS, **WHY},
    K.TRANSFER_COMPLETION: PIDS,
    K.TRANSFER_TERMINATION: {**PIDS, **WHY},
    K.TRANSFER: {**PIDS, "state": "SUSPENDED"},
    K.TRANSFER_ERROR: {**PIDS, **WHY},
}


def sample(kind, **more):
    """A message of that kind as JSON, with everything the specification allows in it."""
    return {"@context": CONTEXT, "@type": kind.value, **MEMBERS[kind], **more}


# --- random typed messages -----------------------------------------------------------------------

words = st.text("abcxyz019-", min_size=1, max_size=8).map("w".__add__)  # never a term of a context
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
iris = words.map("https://example.org/".__add__)
ids = words.map("urn:x:".__add__) | words
numbers = st.integers(-(2**70), 2**70) | st.decimals(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | iris, inner, max_size=3),
    max_leaves=6,
)
extensions = st.dictionaries(iris, json_values, max_size=2)
plain_extensions = st.dictionaries(iris, texts, max_size=2)


# Policies have laws of their own (tests/policy); here a few that use every member are enough.
LEAF = Atomic("https://example.org/left", Operator.IS_ANY_OF, ("a", {"@value": "b"}))
RULES = (
    Rule("use"),
    Rule("use", (LEAF, Logical(Connective.AND, (LEAF, Atomic("target", Operator.EQ, "")))), (Rule("urn:x:pay"),)),
    Rule("https://example.org/sell", (Logical(Connective.OR, (Logical(Connective.XONE, (LEAF,)),)),)),
)
rules = st.sampled_from(RULES)


def policies(kind, **fixed):
    return st.builds(
        Policy,
        id=ids,
        kind=st.just(kind),
        profile=st.sampled_from([(), "https://example.org/p", ("https://example.org/p", "https://example.org/q")]),
        permission=rules.map(lambda rule: (rule,)),
        prohibition=st.sampled_from([(), RULES[:2]]),
        obligation=st.sampled_from([(), RULES[1:]]),
        extensions=plain_extensions,
        **fixed,
    )


catalog_offers = policies(PolicyKind.OFFER)
message_offers = policies(PolicyKind.OFFER, target=ids, assigner=st.none() | ids, assignee=st.none() | ids)
agreements = policies(
    PolicyKind.AGREEMENT, target=ids, assigner=ids, assignee=ids, timestamp=st.just("2026-11-22T09:30:00.25+09:00")
)
addresses = st.builds(
    m.DataAddress,
    endpoint_type=iris,
    endpoint=st.none() | texts,
    properties=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
)
callbacks = st.sampled_from(["https://a.example/x/", "http://127.0.0.1:8080", "HTTPS://[::1]:65535/y%20z"])


def small(draw, strategy):
    return tuple(draw(st.lists(strategy, max_size=1)))


described = st.dictionaries(st.sampled_from(["dct:title", "dcat:keyword"]), texts, max_size=2)


# Composites, since Hypothesis writes out what a nested strategy looks like, and these nest deeply.
@st.composite
def services(draw, more):
    return DataService(id=draw(ids), endpoint_url=draw(texts), extensions=draw(more))


@st.composite
def distributions(draw, more, of_dataset=True):
    service = draw(words) if draw(st.booleans()) else draw(services(more))
    offers = small(draw, catalog_offers) if of_dataset else ()
    return Distribution(format=draw(words), access_service=service, offers=offers, extensions=draw(more))


@st.composite
def datasets(draw, more):
    return Dataset(
        id=draw(ids),
        offers=(draw(catalog_offers), *small(draw, catalog_offers)),
        distributions=(draw(distributions(more)), *small(draw, distributions(more))),
        extensions=draw(described),
    )


@st.composite
def catalogs(draw, more, depth=0):
    return Catalog(
        id=draw(ids),
        participant_id=draw(ids if depth == 0 else st.none() | ids),
        datasets=small(draw, datasets(more)),
        services=small(draw, services(more)),
        catalogs=small(draw, catalogs(more, depth + 1)) if depth < 2 else (),
        distributions=small(draw, distributions(more, of_dataset=False)),
        extensions=draw(described),
    )


def messages(values=json_values, more=extensions):
    """Any message; ``values`` for reasons and filters, ``more`` for extensions."""
    head = {"message_id": st.none() | ids, "extensions": more}
    pids = {**head, "provider_pid": ids, "consumer_pid": ids}
    some = st.lists(values, max_size=2).map(tuple)
    why = {"code": st.none() | texts, "reason": some}
    states = st.sampled_from([state for state in NegotiationState if state.value != "INITIAL"])
    transfer_states = st.sampled_from([state for state in TransferState if state.value != "INITIAL"])
    address = st.none() | addresses
    build = st.builds
    opening = {"provider_pid": st.none(), "callback_address": callbacks}
    return {
        K.CATALOG_REQUEST: build(m.CatalogRequest, filter=st.none() | some, **head),
        K.DATASET_REQUEST: build(m.DatasetRequest, dataset=texts, **head),
        K.CATALOG: build(m.CatalogMessage, catalog=catalogs(more)),
        K.DATASET: build(m.DatasetMessage, dataset=datasets(more)),
        K.CATALOG_ERROR: build(m.CatalogError, **why, **head),
        K.CONTRACT_REQUEST: build(m.ContractRequest, offer=message_offers, **pids)
        | build(m.ContractRequest, offer=message_offers, **{**pids, **opening}),
        K.CONTRACT_OFFER: build(m.ContractOffer, offer=message_offers, **pids)
        | build(
            m.ContractOffer, offer=message_offers, **{**pids, "consumer_pid": st.none()}, callback_address=callbacks
        ),
        K.CONTRACT_AGREEMENT: build(m.ContractAgreement, agreement=agreements, **pids),
        K.AGREEMENT_VERIFICATION: build(m.AgreementVerification, **pids),
        K.NEGOTIATION_EVENT: build(m.NegotiationEvent, event_type=st.sampled_from(m.EventType), **pids),
        K.NEGOTIATION_TERMINATION: build(m.NegotiationTermination, **why, **pids),
        K.NEGOTIATION: build(m.NegotiationAck, state=states, **pids),
        K.NEGOTIATION_ERROR: build(m.NegotiationError, **why, **pids),
        K.TRANSFER_REQUEST: build(
            m.TransferRequest,
            consumer_pid=ids,
            agreement_id=ids,
            format=words,
            callback_address=callbacks,
            data_address=address,
            **head,
        ),
        K.TRANSFER_START: build(m.TransferStart, data_address=address, **pids),
        K.TRANSFER_SUSPENSION: build(m.TransferSuspension, **why, **pids),
        K.TRANSFER_COMPLETION: build(m.TransferCompletion, **pids),
        K.TRANSFER_TERMINATION: build(m.TransferTermination, **why, **pids),
        K.TRANSFER: build(m.TransferAck, state=transfer_states, **pids),
        K.TRANSFER_ERROR: build(m.TransferError, **why, **pids),
    }
