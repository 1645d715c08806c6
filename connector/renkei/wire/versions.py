"""The version document: which versions of the protocol a participant speaks, and where (DSP 2025-1, common 4).

Plain JSON without ``@context``, served unversioned and unauthenticated below ``WELL_KNOWN``. A ``path`` is appended to
the root under which the document was found, so it must not lead to another host. Members beyond the schema are allowed
and left.

Errors: PeerError ``json-…``, ``wire-version-document``, ``wire-no-common-version``; LocalError ``wire-unsendable``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from renkei.kernel.problems import PeerError
from renkei.kernel.strict_json import dumps, loads_object
from renkei.wire.problems import NO_COMMON_VERSION, UNSENDABLE, VERSION_DOCUMENT

WELL_KNOWN: Final = "/.well-known/dspace-version"
VERSION: Final = "2025-1"
BINDING: Final = "HTTPS"
# Segments of unreserved characters: no host can be smuggled in, and nothing needs escaping.
_PATH = re.compile(r"/([A-Za-z0-9._~\-]+(/[A-Za-z0-9._~\-]+)*/?)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """Which trust protocol guards a version, in which of its versions and profiles."""

    protocol: str
    version: str
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolVersion:
    """One version a participant speaks. ``service_id`` groups the entries of one data service."""

    path: str
    version: str = VERSION
    binding: str = BINDING
    service_id: str | None = None
    identifier_type: str | None = None
    auth: Authentication | None = None


def read_versions(raw: bytes) -> tuple[ProtocolVersion, ...]:
    """The versions a partner's document lists, in its order."""
    return _versions(loads_object(raw))


def write_versions(versions: Iterable[ProtocolVersion]) -> bytes:
    """Our own document."""
    listed = tuple(versions)
    document = {"protocolVersions": [_entry_json(version) for version in listed]}
    try:
        _versions(document)
    except PeerError as error:
        raise UNSENDABLE(kind="version document", cause=error.message()) from error
    return dumps(document)


def choose(versions: Iterable[ProtocolVersion], ours: tuple[str, ...] = (VERSION,)) -> ProtocolVersion:
    """The first of our versions (best first) that the partner speaks; without one, communication ends here."""
    listed = tuple(versions)
    for version in ours:
        for offered in listed:
            if offered.version == version:
                return offered
    raise NO_COMMON_VERSION(offered=", ".join(offered.version for offered in listed), ours=", ".join(ours))


def _versions(document: Mapping[str, object]) -> tuple[ProtocolVersion, ...]:
    listed = document.get("protocolVersions")
    if not isinstance(listed, list) or not listed:
        raise VERSION_DOCUMENT(path="protocolVersions", expected="an array with something in it")
    return tuple(_entry(entry, f"protocolVersions[{index}]") for index, entry in enumerate(listed))


def _entry(entry: object, path: str) -> ProtocolVersion:
    members = _object(entry, path)
    binding = _text(members, "binding", path)
    if binding != BINDING:
        raise VERSION_DOCUMENT(path=f"{path}.binding", expected=BINDING)
    place = _text(members, "path", path)
    if not _PATH.fullmatch(place) or ".." in place:
        raise VERSION_DOCUMENT(path=f"{path}.path", expected="a path that begins with /")
    return ProtocolVersion(
        version=_text(members, "version", path),
        path=place,
        binding=binding,
        service_id=_optional(members, "serviceId", path),
        identifier_type=_optional(members, "identifierType", path),
        auth=_auth(members["auth"], f"{path}.auth") if "auth" in members else None,
    )


def _auth(value: object, path: str) -> Authentication:
    members = _object(value, path)
    profiles = members.get("profile", [])
    if not isinstance(profiles, list) or not all(isinstance(profile, str) for profile in profiles):
        raise VERSION_DOCUMENT(path=f"{path}.profile", expected="an array of texts")
    return Authentication(
        protocol=_text(members, "protocol", path), version=_text(members, "version", path), profiles=tuple(profiles)
    )


def _entry_json(version: ProtocolVersion) -> dict[str, object]:
    entry: dict[str, object] = {"version": version.version, "path": version.path, "binding": version.binding}
    if version.service_id is not None:
        entry["serviceId"] = version.service_id
    if version.identifier_type is not None:
        entry["identifierType"] = version.identifier_type
    if (auth := version.auth) is not None:
        profiles: dict[str, object] = {"profile": list(auth.profiles)} if auth.profiles else {}
        entry["auth"] = {"protocol": auth.protocol, "version": auth.version, **profiles}
    return entry


def _object(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise VERSION_DOCUMENT(path=path, expected="an object")
    return value


def _text(members: Mapping[str, object], name: str, path: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise VERSION_DOCUMENT(path=f"{path}.{name}", expected="a text")
    return value


def _optional(members: Mapping[str, object], name: str, path: str) -> str | None:
    return _text(members, name, path) if name in members else None
