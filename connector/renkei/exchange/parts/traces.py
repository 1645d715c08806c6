"""The traces (来歴情報) of what we made: kept here, shown to whom we offer them, never collected anywhere else."""

from __future__ import annotations

from renkei.battery.parts.trace import TraceRecord
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.parts.place_problems import UNKNOWN_TRACE
from renkei.exchange.ports import Ports
from renkei.exchange.records.kept import Document
from renkei.exchange.records.traces import TraceRow
from renkei.store.port import Changes


class Traces:
    """One participant's traces."""

    def __init__(self, ports: Ports, steps: Steps) -> None:
        self._ports = ports
        self._steps = steps

    async def register(self, document: Document) -> TraceRow:
        """Keep a trace, in place of the one before with its id. Raises ConfigurationError ``battery-input-…``."""
        trace = TraceRecord.from_json(document)

        async def decide() -> Step[TraceRow]:
            kept = await self._ports.store.load(TraceRow.kind, trace.id)
            row = TraceRow(
                id=trace.id,
                version=0 if kept is None else kept.version,
                part=trace.part,
                maker=trace.part_maker,
                document=trace.to_json(),
                created=self._ports.clock.now(),
            )
            event = row.event("registered", self._ports.clock.now())
            return Step(Changes(records=(row.row(),), events=(event,)), row)

        return await self._steps.run(f"trace {trace.id}", decide)

    async def known(self, trace: str) -> TraceRow:
        """One trace. Raises LocalError ``trace-unknown``."""
        row = await self._ports.store.load(TraceRow.kind, trace)
        if row is None:
            raise UNKNOWN_TRACE(trace=trace)
        return TraceRow.of(row)
