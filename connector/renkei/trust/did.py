"""did:web: names, the address of a DID document, and DID documents written and read.

A DID document says which key may be used for what. Only keys that this DID controls itself and lists under the right
verification relationship count; keys of other kinds are kept by name, so that an error can say why they do not.

Sources: W3C DID Core 1.0 sections 3, 5; did:web (w3c-ccg, 2024-08); DSP 2025-1 DID service entries; CX-0018 v4.2
section 2.1 (``DataService``); CX-0049 (``JsonWebKey2020``).
Raises PeerError ``trust-did-malformed``, ``trust-document-refused``, ``trust-key-…``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from renkei.kernel.problems import RenkeiError
from renkei.trust.keys import KeyPurpose, PublicKey, private_member
from renkei.trust.problems import (
    DID_LOOPBACK,
    DID_MALFORMED,
    DOCUMENT_REFUSED,
    KEY_PURPOSE,
    KEY_REFUSED,
    KEY_SHARED,
    KEY_UNKNOWN,
)

DATA_SERVICE: Final = "DataService"
VERSION_PATH: Final = "/.well-known/dspace-version"
CONTEXTS: Final = (
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/suites/jws-2020/v1",
    "https://w3id.org/dspace/2025/1/context.jsonld",
)
_LONGEST: Final = 2048
_MOST_ENTRIES: Final = 64
_DID = re.compile(r"did:[a-z0-9]+:(?:(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})*:)*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_LONGEST_HOST: Final = 253
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LARGEST_PORT: Final = 65535
_SEGMENT = re.compile(r"[A-Za-z0-9._-]+")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_LOOPBACK_ADDRESS = re.compile(r"127(?:\.(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])){3}")


@dataclass(frozen=True, slots=True)
class DidWeb:
    """The parts of a did:web name. ``path`` has no leading segment of the host."""

    did: str
    host: str
    port: int | None
    path: tuple[str, ...]

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine by its reserved name or address."""
        return self.host == "localhost" or self.is_address

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP address; the parser lets only loopback ones through."""
        return _LOOPBACK_ADDRESS.fullmatch(self.host) is not None


@dataclass(frozen=True, slots=True)
class VerificationMethod:
    """One key of a DID document. ``key`` is ``None`` where we cannot use it; ``refusal`` then says why."""

    id: str
    purposes: frozenset[KeyPurpose]
    key: PublicKey | None
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """One service entry: ``id`` is an absolute DID URL, ``endpoint`` an absolute URL."""

    id: str
    type: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class DidDocument:
    """What a DID document says that we use."""

    did: str
    methods: tuple[VerificationMethod, ...]
    services: tuple[Service, ...]
    raw: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)
    """The document as it was found: what evidence keeps of it."""

    def endpoints(self, service_type: str) -> tuple[str, ...]:
        """The endpoints of one type of service, in the document's order."""
        return tuple(service.endpoint for service in self.services if service.type == service_type)


def is_did(text: object) -> bool:
    """Whether this is a DID of any method (DID Core section 3.1), without path, query or fragment."""
    return isinstance(text, str) and len(text) <= _LONGEST and _is_did(text)


@lru_cache(maxsize=1024)
def _is_did(text: str) -> bool:
    return _DID.fullmatch(text) is not None


def did_of(url: str) -> str:
    """The DID before the fragment of a key's absolute DID URL. Raises PeerError ``trust-did-malformed``."""
    did, mark, fragment = url.partition("#")
    if not mark or not fragment or not is_did(did):
        raise DID_MALFORMED(did=url, cause="a key is named by an absolute DID URL, did:…#fragment")
    return did


def did_web(url: str) -> str:
    """The did:web of an address: its host, ``%3A`` before a port, ``:`` for each slash of a path. Checks nothing."""
    parts = urlsplit(url)
    return "did:web:" + (parts.netloc.replace(":", "%3A") + parts.path.rstrip("/").replace("/", ":"))


@lru_cache(maxsize=1024)
def parse_did_web(did: str) -> DidWeb:
    """Read a did:web name.

    What must hold:

    1. ``did:web:`` in lower case, ASCII, at most 2,048 characters, no path, query, fragment or user;
    2. no empty segment, so no ``:`` at either end;
    3. the only percent escape is one ``%3A`` before a port from 1 to 65535;
    4. a domain name of letters, digits and hyphens (A-labels for other scripts), at most 253 characters;
    5. no IP address in any notation, except 127.x.x.x, which ``document_url`` allows only by a switch;
    6. path segments of unreserved characters, none of them ``.`` or ``..``.

    Raises PeerError ``trust-did-malformed``.
    """
    # 1
    if not did.startswith("did:web:") or len(did) > _LONGEST:
        raise DID_MALFORMED(did=did, cause="it is not a did:web name of at most 2048 characters")
    authority, *path = did.removeprefix("did:web:").split(":")
    # 2
    if not authority or not all(path):
        raise DID_MALFORMED(did=did, cause="it has an empty segment")
    # 3
    host, escape, digits = authority.replace("%3a", "%3A").partition("%3A")
    if escape and (not _PORT.fullmatch(digits) or int(digits) > _LARGEST_PORT):
        raise DID_MALFORMED(did=did, cause="%3A is not followed by a port")
    # 4
    labels = host.split(".")
    if len(host) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise DID_MALFORMED(did=did, cause="the host is not a domain name")
    # 5: a name whose last label is a number is read as an IPv4 address by many resolvers
    if _NUMBER.fullmatch(labels[-1]) and not _LOOPBACK_ADDRESS.fullmatch(host):
        raise DID_MALFORMED(did=did, cause="the host is an IP address")
    # 6
    if not all(_SEGMENT.fullmatch(segment) and segment not in {".", ".."} for segment in path):
        raise DID_MALFORMED(did=did, cause="a path segment is not made of letters, digits, '.', '_' and '-'")
    return DidWeb(did, host.lower(), int(digits) if escape else None, tuple(path))


def document_url(did: str, *, insecure_loopback: bool = False) -> str:
    """Where the DID document lies. Plain HTTP and an IP address only for loopback and only by the switch.

    Raises PeerError ``trust-did-malformed``, ConfigurationError ``trust-did-loopback``.
    """
    name = parse_did_web(did)
    if name.is_address and not insecure_loopback:
        raise DID_LOOPBACK(did=did)
    scheme = "http" if insecure_loopback and name.is_loopback else "https"
    port = "" if name.port is None else f":{name.port}"
    path = "/".join(name.path) if name.path else ".well-known"
    return f"{scheme}://{name.host}{port}/{path}/did.json"


def data_service(did: str, base_url: str) -> Service:
    """The entry by which a connector is found: its version document under the base URL (CX-0018 v4.2)."""
    return Service(f"{did}#dsp", DATA_SERVICE, base_url.rstrip("/") + VERSION_PATH)


def key_id(did: str, key: PublicKey) -> str:
    """The ``kid`` of a key: an absolute DID URL with the thumbprint as its fragment."""
    return f"{did}#{key.thumbprint}"


def build_document(
    did: str, keys: Mapping[KeyPurpose, Sequence[PublicKey]], services: Sequence[Service] = ()
) -> dict[str, object]:
    """Write our DID document. A purpose may have several keys: one in use, others coming or retired.

    Raises ConfigurationError ``trust-key-shared`` when one key serves two purposes, PeerError ``trust-did-malformed``.
    """
    if not is_did(did):
        raise DID_MALFORMED(did=did, cause="it is not a DID")
    purposes: dict[PublicKey, KeyPurpose] = {}
    for purpose in KeyPurpose:
        for key in keys.get(purpose, ()):
            if purposes.setdefault(key, purpose) is not purpose:
                both = f"{purposes[key].name.lower()}, {purpose.name.lower()}"
                raise KEY_SHARED(kid=key_id(did, key), purposes=both)
    document: dict[str, object] = {
        "@context": list(CONTEXTS),
        "id": did,
        "verificationMethod": [
            {"id": key_id(did, key), "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": key.jwk()}
            for key in purposes
        ],
    }
    for purpose in KeyPurpose:
        if listed := [key_id(did, key) for key, use in purposes.items() if use is purpose]:
            document[purpose.value] = listed
    if services:
        document["service"] = [
            {"id": service.id, "type": service.type, "serviceEndpoint": service.endpoint} for service in services
        ]
    return document


def read_document(decoded: object, did: str) -> DidDocument:
    """Read a DID document that was found for ``did``.

    What must hold:

    1. it is a JSON object whose ``id`` equals the DID, character by character;
    2. keys, relationships and services are arrays of bounded length;
    3. every key's ``id``, absolute or relative (``#fragment``), stands once;
    4. no key carries a private member.

    Keys of other kinds or of other DIDs, and services without a URL, are kept out of use but do not spoil the rest.
    Raises PeerError ``trust-document-refused``.
    """
    # 1
    if not isinstance(decoded, dict) or decoded.get("id") != did:
        raise DOCUMENT_REFUSED(did=did, cause="its id is not the DID that was asked for")
    entries = [*_array(decoded, "verificationMethod", did)]
    uses: dict[str, set[KeyPurpose]] = {}
    for purpose in KeyPurpose:
        for listed in _array(decoded, purpose.value, did):
            # DID Core section 5.3: a relationship names a key or holds it.
            if isinstance(listed, dict):
                entries.append(listed)
            uses.setdefault(_method_id(listed, did), set()).add(purpose)
    methods: dict[str, VerificationMethod] = {}
    for entry in entries:
        method = _read_method(entry, did, uses)
        # 3
        if method.id in methods:
            raise DOCUMENT_REFUSED(did=did, cause=f"the key {method.id} stands twice")
        methods[method.id] = method
    return DidDocument(did, tuple(methods.values()), _read_services(decoded, did), decoded)


def key_for(document: DidDocument, kid: str | None, purpose: KeyPurpose) -> PublicKey:
    """The key that signed, if it may be used for this purpose.

    Without a ``kid`` it must be the only key of the document (DCP 1.0 section 4.3.3).
    Raises PeerError ``trust-key-unknown``, ``trust-key-purpose``, ``trust-key-refused``.
    """
    found = [method for method in document.methods if kid in (None, method.id)]
    if len(found) != 1:
        raise KEY_UNKNOWN(did=document.did, kid=kid or "(no kid)")
    method = found[0]
    if purpose not in method.purposes:
        raise KEY_PURPOSE(kid=method.id, purpose=purpose.value)
    if method.key is None:
        raise KEY_REFUSED(cause=method.refusal)
    return method.key


def _array(document: Mapping[str, object], name: str, did: str) -> list[object]:
    # 2
    value = document.get(name, [])
    if not isinstance(value, list) or len(value) > _MOST_ENTRIES:
        raise DOCUMENT_REFUSED(did=did, cause=f"{name} is not an array of at most {_MOST_ENTRIES} entries")
    return value


def _method_id(entry: object, did: str) -> str:
    name = entry.get("id") if isinstance(entry, dict) else entry
    if not isinstance(name, str):
        raise DOCUMENT_REFUSED(did=did, cause="a key has no id")
    return did + name if name.startswith("#") else name


def _read_method(entry: object, did: str, uses: Mapping[str, set[KeyPurpose]]) -> VerificationMethod:
    if not isinstance(entry, dict):
        raise DOCUMENT_REFUSED(did=did, cause="a key is not an object")
    name = _method_id(entry, did)
    purposes = frozenset(uses.get(name, ()))
    jwk = entry.get("publicKeyJwk")
    if not isinstance(jwk, dict):
        return VerificationMethod(name, purposes, None, "it is not given as publicKeyJwk")
    # 4
    if member := private_member(jwk):
        raise DOCUMENT_REFUSED(did=did, cause=f"the key {name} is published with its private member {member}")
    if not name.startswith(f"{did}#") or entry.get("controller", did) != did:
        return VerificationMethod(name, purposes, None, "it belongs to another DID")
    try:
        return VerificationMethod(name, purposes, PublicKey.from_jwk(jwk))
    except RenkeiError as error:
        return VerificationMethod(name, purposes, None, error.message())


def _read_services(document: Mapping[str, object], did: str) -> tuple[Service, ...]:
    services: list[Service] = []
    for entry in _array(document, "service", did):
        if not isinstance(entry, dict):
            raise DOCUMENT_REFUSED(did=did, cause="a service is not an object")
        name, kinds, endpoint = entry.get("id"), entry.get("type"), entry.get("serviceEndpoint")
        if not isinstance(name, str) or not isinstance(endpoint, str) or not _is_http(endpoint):
            continue
        absolute = did + name if name.startswith("#") else name
        listed = kinds if isinstance(kinds, list) else [kinds]
        services.extend(Service(absolute, kind, endpoint) for kind in listed if isinstance(kind, str))
    return tuple(services)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
