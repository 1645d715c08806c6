"""Partners made known at run time, many at once: who they are, where they are reached, and what they call our parts.

CSV: ``name,participant,address,side,part,number,plant,from,until``; a line gives a partner, and with ``part`` and
``number`` a link of the crosswalk (``side``: supplier where nothing stands). The same partner may have many lines. A
table is taken whole or not at all, in one commit; taken again, it changes nothing. Nobody is called meanwhile: that a
partner answers is seen when it is first spoken to.

What must hold of a line:

1. its name is one word, neither an id nor the name of another participant;
2. its participant is a DID, or another IRI that comes with an address;
3. its address is one that may be called;
4. it names both a part and a number, or neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from renkei.battery.parts.crosswalk import PartLink
from renkei.battery.parts.table import Row, Table
from renkei.battery.problems import INPUT
from renkei.battery.reading import Members
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.partner.partner_problems import BAD_ENTRY, PARTNER_CSV
from renkei.exchange.parts.links import Crosswalk
from renkei.exchange.ports import Ports
from renkei.exchange.records.crosswalk import LinkRecord
from renkei.exchange.records.partners import PartnerEntry
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.store.paging import every
from renkei.store.port import Changes
from renkei.trust.did import is_did

SOURCE: Final = "partner import"
_LINKED: Final = ("side", "part", "number", "plant", "from", "until")
_TABLE: Final = Table(needed=("name", "participant"), optional=("address", *_LINKED), broken=PARTNER_CSV)
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarded:
    """What a table has brought: ``new`` of the partners were not known before."""

    partners: tuple[PartnerEntry, ...]
    links: tuple[LinkRecord, ...]
    new: int


class Onboarding:
    """One participant's partners that are not in its configuration."""

    def __init__(self, ports: Ports, steps: Steps, crosswalk: Crosswalk) -> None:
        self._ports = ports
        self._steps = steps
        self._crosswalk = crosswalk
        self._names: dict[str, str] = {}

    @property
    def names(self) -> Mapping[str, str]:
        """Their short names, by participant id."""
        return self._names

    async def start(self) -> None:
        """Let the directory know whom an earlier life has been told."""
        async for row in every(self._ports.store, PartnerEntry.kind):
            self._learn(PartnerEntry.of(row))

    async def take(self, text: str, *, dry_run: bool = False) -> Onboarded:
        """Make the partners of a table known, and keep its links; ``dry_run``: only say what would come of it.

        Raises ConfigurationError ``partner-csv-broken``, ``partner-entry-unfit``, ``crosswalk-overlap``,
        ``battery-input-…``, each with the line.
        """
        entries: dict[str, PartnerEntry] = {}
        links: list[PartLink] = []
        taken: dict[str, str] = {}
        for row in _TABLE.read(text):
            entry = self._entry(row, taken)
            entries[entry.id] = replace(entry, address=entry.address or _address(entries.get(entry.id)))
            if (link := _link(row, entry)) is not None:
                links.append(link)

        async def decide() -> Step[Onboarded]:
            known = {name: row for name in entries if (row := await self._ports.store.load(PartnerEntry.kind, name))}
            kept = {name: PartnerEntry.of(row) for name, row in known.items()}
            stored = [_merged(entry, kept.get(name)) for name, entry in entries.items()]
            linking, linked = await self._crosswalk.linking(links, SOURCE)
            changed = [entry for entry in stored if entry != kept.get(entry.id)]
            events = tuple(entry.event("made known", self._ports.clock.now()) for entry in changed)
            rows = tuple(entry.row() for entry in changed)
            changes = replace(linking, records=(*rows, *linking.records), events=(*events, *linking.events))
            outcome = Onboarded(partners=tuple(stored), links=linked, new=len(stored) - len(kept))
            return Step(None if dry_run or changes == Changes() else changes, outcome)

        outcome = await self._steps.run("partners", decide)
        if not dry_run:
            for entry in outcome.partners:
                self._learn(entry)
        return outcome

    def _learn(self, entry: PartnerEntry) -> None:
        self._ports.directory.learn(entry.name, entry.id, entry.address)
        self._names[entry.id] = entry.name

    def _entry(self, row: Row, taken: dict[str, str]) -> PartnerEntry:
        """The partner of a line (1 to 3); ``taken``: the participants of the names before it."""
        cells = {name: cell for name, cell in row.cells.items() if name not in _LINKED}
        members = Members(cells, INPUT, row.at)
        name, participant = members.text("name"), members.text("participant")
        address = members.optional_text("address") or ""
        participant = self._ports.settings.aliases.canonical(participant)
        if ":" in name or any(sign.isspace() for sign in name) or max(len(name), len(participant)) > _LONGEST:  # 1
            raise BAD_ENTRY(
                name=name, at=row.at, cause=f"a name is one word without a colon, of {_LONGEST} signs at most"
            )
        other = taken.setdefault(name, participant)
        if other == participant:
            other = self._called(name) or participant
        if other != participant:  # 1
            raise BAD_ENTRY(name=name, at=row.at, cause=f"that is the name of {other}")
        if not is_did(participant) and not (":" in participant and address):  # 2
            raise BAD_ENTRY(name=name, at=row.at, cause=f"{participant} is no DID, and no IRI with an address")
        if address:  # 3
            try:
                self._ports.line.check(address)
            except RenkeiError as error:
                raise BAD_ENTRY(name=name, at=row.at, cause=error.message()) from error
        return PartnerEntry(id=participant, name=name, address=address.rstrip("/"), created=self._ports.clock.now())

    def _called(self, name: str) -> str:
        """Which participant already has a name; empty: none."""
        known = self._ports.directory.named(name)
        return "" if known is None else self._ports.settings.aliases.canonical(known)


def _address(entry: PartnerEntry | None) -> str:
    return "" if entry is None else entry.address


def _merged(entry: PartnerEntry, kept: PartnerEntry | None) -> PartnerEntry:
    if kept is None:
        return entry
    return replace(kept, name=entry.name, address=entry.address or kept.address)


def _link(row: Row, entry: PartnerEntry) -> PartLink | None:
    """The link of a line (4)."""
    cells = {name: cell for name, cell in row.cells.items() if name in _LINKED}
    if not cells:
        return None
    if ("part" in cells) != ("number" in cells) or "part" not in cells:  # 4
        raise BAD_ENTRY(name=entry.name, at=row.at, cause="a link needs both a part of ours and a number of theirs")
    return PartLink.read(Members({"side": "supplier", **cells, "partner": entry.id}, INPUT, row.at))


def rows_of(entries: Sequence[PartnerEntry]) -> str:
    """The same partners as a table."""
    return _TABLE.write({"name": entry.name, "participant": entry.id, "address": entry.address} for entry in entries)
