"""Where each part stands in the register: found by name, plant and kind, page by page, however many there are.

Each part has one row whose id begins with its name, so that rows sort as people look for them and a page is a range of
an index; plant and kind stand in its columns. A part that moves leaves a vacant row, which is passed over.

What must hold of a part's place:

1. its texts fit in one line of a list;
2. no other part has the same plant, name and support name (a part without a name is called by its id).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.parts.place_problems import BAD_NAME, NOT_UNIQUE
from renkei.exchange.ports import Ports
from renkei.exchange.records.parts import BETWEEN, PartPlace, PartRecord
from renkei.kernel.values import replace
from renkei.store.paging import every
from renkei.store.port import Changes, Increment, Record

_LONGEST: Final = 256
_KINDS: Final = (True, False)
_ALL_PLACED: Final = "part-places"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which parts: whose name begins like this, of this plant, that are parent parts or are not; None: either."""

    name: str = ""
    plant: str | None = None
    parent: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of parts by rising name; ``next``: where the following one begins, if there is one."""

    parts: Sequence[PartRecord]
    next: str | None = None


class Places:
    """The register of one participant's parts."""

    def __init__(self, ports: Ports, steps: Steps) -> None:
        self._ports = ports
        self._steps = steps

    async def search(self, sought: Sought, *, after: str = "", limit: int = 100) -> Found:
        """Those that meet every condition. A page begins after the last part of the one before, whatever changed."""
        prefix = _plain(sought.name)
        after = max(after, prefix)
        places: list[PartPlace] = []
        while len(places) <= limit:
            rows = await self._rows(sought, after, limit + 1)
            within = [PartPlace.of(row) for row in rows if row.id.startswith(prefix)]
            places += [place for place in within if not place.vacant]
            if len(within) <= limit:
                break
            after = within[-1].id
        shown = places[:limit]
        parts = [PartRecord.of(row) for place in shown if (row := await self._part(place.part)) is not None]
        return Found(parts=parts, next=shown[-1].id if len(places) > limit else None)

    async def _rows(self, sought: Sought, after: str, limit: int) -> Sequence[Record]:
        find = self._ports.store
        if sought.plant is None:
            state = None if sought.parent is None else PartPlace.column(parent=sought.parent)
            return await find.find(PartPlace.kind, state=state, after=after, limit=limit)
        kinds = _KINDS if sought.parent is None else (sought.parent,)
        refs = [f"{sought.plant}{BETWEEN}{PartPlace.column(parent=kind)}" for kind in kinds]
        return await find.among(PartPlace.kind, refs, after=after, limit=limit)

    async def _part(self, part: str) -> Record | None:
        return await self._ports.store.load(PartRecord.kind, part)

    async def moved(self, part: PartRecord, before: PartRecord | None) -> tuple[Record, ...]:
        """The rows to store with a part. Raises ConfigurationError ``part-name-unfit``, ``part-not-unique``."""
        for member in ("name", "support", "plant", "unit"):  # 1
            text = getattr(part, member)
            if len(text) > _LONGEST or any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
                raise BAD_NAME(part=part.id, member=member, limit=_LONGEST)
        await self._demand_unique(part)  # 2
        rows = [await self._place(part, vacant=False)]
        if before is not None and _place_id(before) != _place_id(part):
            rows.append(await self._place(before, vacant=True))
        return tuple(row.row() for row in rows)

    async def _place(self, part: PartRecord, *, vacant: bool) -> PartPlace:
        place = PartPlace(id=_place_id(part), part=part.id, plant=part.plant, parent=part.parent, vacant=vacant)
        kept = await self._ports.store.load(PartPlace.kind, place.id)
        return place if kept is None else replace(place, version=kept.version)

    async def _demand_unique(self, part: PartRecord) -> None:
        shared = _shared(part)
        async for row in every(self._ports.store, PartPlace.kind, after=shared):
            if not row.id.startswith(shared):
                return
            place = PartPlace.of(row)
            if not place.vacant and place.part != part.id:
                raise NOT_UNIQUE(
                    name=part.called, support=part.support or "—", plant=part.plant or "—", other=place.part
                )

    async def catch_up(self) -> None:
        """Give every part its place that was registered before there were any."""
        if await self._ports.store.counter(_ALL_PLACED):
            return
        async for row in every(self._ports.store, PartRecord.kind):
            await self._give_place(row.id)
        await self._ports.store.commit(Changes(increments=(Increment(name=_ALL_PLACED),)))

    async def _give_place(self, part: str) -> None:
        async def decide() -> Step[None]:
            row = await self._part(part)
            assert row is not None, "parts are never removed"
            place = await self._place(PartRecord.of(row), vacant=False)
            return Step(Changes(records=(place.row(),)) if place.version == 0 else None, None)

        await self._steps.run(f"part {part}", decide)


def demand_distinct(parts: Sequence[PartRecord]) -> None:
    """That no two of these share plant, name and support name. Raises ConfigurationError ``part-not-unique``."""
    seen: dict[str, str] = {}
    for part in parts:
        other = seen.setdefault(_shared(part), part.id)
        if other != part.id:
            raise NOT_UNIQUE(name=part.called, support=part.support or "—", plant=part.plant or "—", other=other)


def _shared(part: PartRecord) -> str:
    return BETWEEN.join((_plain(part.called), _plain(part.support), part.plant, ""))


def _place_id(part: PartRecord) -> str:
    return _shared(part) + part.id


def _plain(text: str) -> str:
    """A name as it is looked for: full-width signs as plain ones, letters of either case."""
    return unicodedata.normalize("NFKC", text).casefold()
