"""The official schemas, contexts and examples as oracles for the wire tests."""

import copy
import json
from functools import cache

from cachetools import LRUCache
from jsonschema import Draft201909Validator
from pyld import jsonld
from pyld.resolved_context import ResolvedContext
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


@cache
def _published(shared):
    return Expansion(_contexts(shared))


def expand(shared, document):
    """PyLD's expansion by the published contexts."""
    return _published(shared).expand(document)


class Expansion:
    """PyLD's expansion by these contexts: offline, without a base, each context worked out once."""

    def __init__(self, contexts):
        self._contexts = contexts
        self._resolver = _Resolver(LRUCache(maxsize=100), self._load, contexts)

    def expand(self, document):
        options = {"documentLoader": self._load, "contextResolver": self._resolver, "base": None}
        return jsonld.expand(document, options)

    def _load(self, url, _options):
        return {
            "contextUrl": None,
            "documentUrl": url,
            "contentType": "application/ld+json",
            "document": copy.deepcopy(self._contexts[url]),
        }


class _Resolver(jsonld.ContextResolver):
    """Every ``@import`` gets a context of its own: PyLD writes the importer's terms into the one it was given."""

    def __init__(self, shared_cache, load, contexts):
        super().__init__(shared_cache, load)
        self._imported = {
            name: contexts[name]["@context"] for name in contexts if f'"@import": "{name}"' in json.dumps(contexts)
        }

    def resolve(self, active_ctx, context, base, cycles=None):
        if isinstance(context, str) and context in self._imported:
            return [ResolvedContext(copy.deepcopy(self._imported[context]))]
        return super().resolve(active_ctx, context, base, cycles)


def examples(shared):
    """Every official example message: name and bytes."""
    files = sorted((shared / SPEC).glob("*/example/*.json"))
    return {file.stem: file.read_bytes() for file in files if file.parent.parent.name != "common"}
