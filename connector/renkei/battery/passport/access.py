"""Who may see which class of data points: by role *and* purpose (Article 77(2)), as dated data.

A grant names one role, the purposes it serves and the access classes they open. Somebody with a role but another
purpose, or with the purpose but no role, sees what is public.

Shape (``vocab/battery/passport/access.json``)::

    {"@type": "PassportAccess", "id": "…", "asOf": "…", "status": "draft", "sources": ["…"], "open": ["public"],
     "grants": [{"role": "recycler", "purposes": ["dismantling", "recycling"], "classes": ["public", "interest"]}]}

Raises ConfigurationError ``battery-input-…``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from renkei.battery.label import Label
from renkei.battery.passport.passport_problems import VIEWER_UNKNOWN
from renkei.battery.passport.points import Access
from renkei.battery.problems import INPUT
from renkei.battery.reading import Members
from renkei.policy.model import RENKEI

PURPOSE: Final = RENKEI + "purpose/"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role sees for its purposes."""

    role: str
    purposes: frozenset[str]
    classes: frozenset[Access]

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        grant = cls(members.text("role"), frozenset(members.texts("purposes")), read_classes(members, "classes"))
        members.close()
        return grant


@dataclass(frozen=True, slots=True, kw_only=True)
class PassportAccess:
    """The grants of one version of the law."""

    id: str
    as_of: date
    status: str
    sources: tuple[str, ...]
    open: frozenset[Access]
    grants: tuple[Grant, ...]

    def classes(self, roles: Collection[str], purposes: Collection[str]) -> frozenset[Access]:
        """What opens to somebody with these roles who acts for these purposes (short names, or IRIs of ours)."""
        named = {purpose.removeprefix(PURPOSE) for purpose in purposes}
        granted = (grant.classes for grant in self.grants if grant.role in roles and grant.purposes & named)
        return self.open.union(*granted)

    def demand_known(self, roles: Collection[str], purposes: Collection[str]) -> None:
        """That every role and purpose is one of a grant: a misspelt one would see what is public, without a word.

        Raises ConfigurationError ``passport-viewer-unknown``.
        """
        known_roles = {grant.role for grant in self.grants}
        known_purposes = frozenset[str]().union(*(grant.purposes for grant in self.grants))
        for kind, named, known in (
            (Label("role", "役割"), roles, known_roles),
            (Label("purpose", "目的"), {purpose.removeprefix(PURPOSE) for purpose in purposes}, known_purposes),
        ):
            unknown = sorted(set(named) - known)
            if unknown:
                raise VIEWER_UNKNOWN(
                    kind=kind.en, kind_ja=kind.ja, named=", ".join(unknown), known=", ".join(sorted(known))
                )

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read the grants."""
        members = Members.typed(value, INPUT, "PassportAccess")
        access = cls(
            id=members.text("id"),
            as_of=members.day("asOf"),
            status=members.text("status"),
            sources=members.texts("sources"),
            open=read_classes(members, "open"),
            grants=tuple(Grant.read(grant) for grant in members.each("grants")),
        )
        members.close()
        return access


def read_classes(members: Members, name: str) -> frozenset[Access]:
    """An array of access classes."""
    named = members.texts(name)
    inner = Members({str(i): one for i, one in enumerate(named)}, members.problems, f"{members.at}/{name}")
    return frozenset(inner.choice(str(i), Access) for i in range(len(named)))
