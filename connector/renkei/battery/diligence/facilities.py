"""Facilities (mines, smelters, refiners…) behind a mineral: named in our own statement, only a hash in what leaves us.

A facility's hash is made with a salt that nobody can guess, so that no list of known smelters can be tried against it.
It travels upward unchanged. Whoever stated it can open it to a verifier, who finds the hash in the record in hand, at
whatever tier, and knows that it was meant from the beginning. Who sits between the two stays hidden from both.

::

    digest  = SHA-256 of JCS of {"facility": {…}, "salt": …}
    opening = {"@type": "FacilityOpening", "mineral": "cobalt", "salt": "…", "facility": {"role": "smelter", …}}

Source: the salted digests of SD-JWT (RFC 9901); RFC 8785. Raises PeerError ``diligence-opening-broken``,
``battery-record-…``, ConfigurationError ``battery-input-…``.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum, unique
from typing import Final, Self

from renkei.battery.diligence.codes import DiligenceCodes
from renkei.battery.diligence.diligence_problems import OPENING_BROKEN
from renkei.battery.problems import RECORD
from renkei.battery.reading import Members
from renkei.kernel import jcs

DIGEST: Final = re.compile(r"sha-256:[0-9a-f]{64}", re.ASCII)
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_SHORTEST_SALT: Final = 22  # 128 bits in base64url


@unique
class FacilityRole(Enum):
    """What is done there."""

    MINE = "mine"
    CONSOLIDATION = "consolidation"
    SMELTER = "smelter"
    REFINER = "refiner"
    RECYCLER = "recycler"
    PROCESSOR = "processor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """One place that we know of; private. ``audited``, ``expires``: of what the scheme says of it."""

    role: FacilityRole
    name: str
    country: str | None = None
    scheme: str | None = None
    scheme_id: str | None = None
    status: str | None = None
    audited: date | None = None
    expires: date | None = None
    salt: str

    def to_json(self) -> dict[str, object]:
        """What is hashed: all but the salt."""
        optional = {
            "country": self.country,
            "scheme": self.scheme,
            "schemeId": self.scheme_id,
            "status": self.status,
            "audited": None if self.audited is None else self.audited.isoformat(),
            "expires": None if self.expires is None else self.expires.isoformat(),
        }
        given = {name: value for name, value in optional.items() if value is not None}
        return {"role": self.role.value, "name": self.name, **given}

    @property
    def digest(self) -> str:
        """By what it is known to those who may not know it."""
        return jcs.digest(jcs.canonical({"facility": self.to_json(), "salt": self.salt}))

    def opening(self, mineral: str) -> dict[str, object]:
        """What a verifier is given."""
        return {"@type": "FacilityOpening", "mineral": mineral, "salt": self.salt, "facility": self.to_json()}

    @classmethod
    def read(cls, members: Members, codes: DiligenceCodes, salt: str | None = None) -> Self:
        """From an open JSON object; its salt is a member of it, or given."""
        known = salt if salt is not None else members.text("salt")
        if len(known) < _SHORTEST_SALT:
            raise members.malformed("salt", "…", f"a secret of at least {_SHORTEST_SALT} characters")
        country, status = members.optional_text("country"), members.optional_text("status")
        if country is not None and not _COUNTRY.fullmatch(country):
            raise members.malformed("country", country, "an ISO 3166-1 code of two letters")
        if status is not None and codes.facility_statuses and status not in codes.facility_statuses:
            raise members.malformed("status", status, "one of " + ", ".join(codes.facility_statuses))
        facility = cls(
            role=members.choice("role", FacilityRole),
            name=members.text("name"),
            country=country,
            scheme=members.optional_text("scheme"),
            scheme_id=members.optional_text("schemeId"),
            status=status,
            audited=members.day("audited") if members.has("audited") else None,
            expires=members.day("expires") if members.has("expires") else None,
            salt=known,
        )
        members.close()
        return facility


def read_facilities(members: Members, codes: DiligenceCodes) -> tuple[Facility, ...]:
    """The member ``facilities`` of our own statement."""
    return tuple(Facility.read(one, codes) for one in members.each("facilities")) if members.has("facilities") else ()


def read_digests(members: Members, name: str = "facilities") -> tuple[str, ...]:
    """The hashes in a record."""
    digests = members.texts(name) if members.has(name) else ()
    for digest in digests:
        if not DIGEST.fullmatch(digest):
            raise members.malformed(name, digest, "sha-256: and 64 lower-case hex digits")
    return digests


def demand_opening(opening: object, digests: Iterable[tuple[str, str]], codes: DiligenceCodes) -> tuple[str, Facility]:
    """The mineral and facility that an opening shows, held against a record's (mineral, hash) pairs; offline.

    What must hold:
    1. the opening is whole, of its types and with codes of the list;
    2. the hash made from it stands in the record, under the mineral that it names.
    """
    members = Members.typed(opening, RECORD, "FacilityOpening")  # 1
    mineral, salt = members.text("mineral"), members.text("salt")
    facility = Facility.read(members.inner("facility"), codes, salt)
    members.close()
    found = [kind for kind, digest in digests if hmac.compare_digest(digest, facility.digest)]
    if mineral not in found:  # 2
        raise OPENING_BROKEN(
            facility=facility.name,
            cause=f"its hash stands there under {found[0]}" if found else "its hash does not stand in the record",
        )
    return mineral, facility
