"""The official schemas, contexts and examples as oracles for the wire tests."""

import copy
import json
from functools import cache

from cachetools import LRUCache
from jsonschema import Draft201909Validator
from pyld import jsonld
from referencing import Registry, Resource

from renkei.protocol.messages import MessageKind

SPEC = "data/spec-dsp-2025-1"
DSP_CONTEXT = "https://w3id.org/dspace/2025/1/context.jsonld"
PROFILE_CONTEXT = "https://w3id.org/dspace/2025/1/odrl-profile.jsonld"

SCHEMA_FILES = {
    MessageKind.CATALOG_REQUEST: "catalog/catalog-request-message",
    MessageKind.DATASET_REQUEST: "catalog/dataset-request-message",
    MessageKind.CATALOG: "catalog/catalog",
    MessageKind.DATASET: "catalog/dataset",
    MessageKind.CATALOG_ERROR: "catalog/catalog-error",
    MessageKind.CONTRACT_REQUEST: "negotiation/contract-request-message",
    MessageKind.CONTRACT_OFFER: "negotiation/contract-offer-message",
    MessageKind.CONTRACT_AGREEMENT: "negotiation/contract-agreement-message",
    MessageKind.AGREEMENT_VERIFICATION: "negotiation/contract-agreement-verification-message",
    MessageKind.NEGOTIATION_EVENT: "negotiation/contract-negotiation-event-message",
    MessageKind.NEGOTIATION_TERMINATION: "negotiation/contract-negotiation-termination-message",
    MessageKind.NEGOTIATION: "negotiation/contract-negotiation",
    MessageKind.NEGOTIATION_ERROR: "negotiation/contract-negotiation-error",
    MessageKind.TRANSFER_REQUEST: "transfer/transfer-request-message",
    MessageKind.TRANSFER_START: "transfer/transfer-start-message",
    MessageKind.TRANSFER_SUSPENSION: "transfer/transfer-suspension-message",
    MessageKind.TRANSFER_COMPLETION: "transfer/transfer-completion-message",
    MessageKind.TRANSFER_TERMINATION: "transfer/transfer-termination-message",
    MessageKind.TRANSFER: "transfer/transfer-process",
    MessageKind.TRANSFER_ERROR: "transfer/transfer-error",
}


@cache
def _registry(shared):
    resources = []
    for file in sorted((shared / SPEC).glob("*/*-schema.json")):
        # Three transfer schemas lack the slash of a JSON pointer.
        text = file.read_text().replace("schema.json#definitions/", "schema.json#/definitions/")
        schema = json.loads(text)
        resources.append((schema["$id"], Resource.from_contents(schema)))
    return Registry().with_resources(resources)


@cache
def official(shared, name):
    """The validator of one official schema, named like ``catalog/catalog``."""
    registry = _registry(shared)
    schema = registry.contents(f"https://w3id.org/dspace/2025/1/{name}-schema.json")
    return Draft201909Validator(schema, registry=registry)


def official_for(shared, kind):
    return official(shared, SCHEMA_FILES[kind])


@cache
def _contexts(shared):
    folder = shared / SPEC / "context"
    return {
        DSP_CONTEXT: json.loads((folder / "dspace.jsonld").read_text()),
        PROFILE_CONTEXT: json.loads((folder / "odrl.jsonld").read_text()),
    }


def expand(shared, document):
    """PyLD's expansion by the published contexts."""
    return expand_by(_contexts(shared), document)


def expand_by(contexts, document):
    """PyLD's expansion, offline, without a base, and without a trace: an ``@import`` changes what PyLD has cached."""

    def load(url, _options):
        return {
            "contextUrl": None,
            "documentUrl": url,
            "contentType": "application/ld+json",
            "document": copy.deepcopy(contexts[url]),
        }

    resolver = jsonld.ContextResolver(LRUCache(maxsize=100), load)
    return jsonld.expand(document, {"documentLoader": load, "contextResolver": resolver, "base": None})


def examples(shared):
    """Every official example message: name and bytes."""
    files = sorted((shared / SPEC).glob("*/example/*.json"))
    return {file.stem: file.read_bytes() for file in files if file.parent.parent.name != "common"}
