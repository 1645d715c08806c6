"""The demo's course: read the chain, start the daemons, register the parts, ask once, wait, look, compare.

The parent calls management APIs and nothing else: it registers each company's files at that company's daemon and makes
the asker ask. The requests ripple up, and the answers down, between the daemons alone.

Raises ConfigurationError ``demo-chain-broken``, ``demo-folder-used``; LocalError ``demo-…``.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final, NoReturn

from renkei.battery import Counting, Rounding
from renkei.cli.demo.acts import ACTS
from renkei.cli.demo.acts.act import Act, Step
from renkei.cli.demo.acts.companies import Companies
from renkei.cli.demo.acts.script import Script, Scripts, read_scripts
from renkei.cli.demo.chain import Chain, Vocabulary, read_chain
from renkei.cli.demo.daemons import Daemon, Deadline, Fleet
from renkei.cli.demo.demo_problems import DAEMON_ENDED, FOLDER_USED, STUCK, TIMED_OUT
from renkei.cli.demo.outcome import (
    AskerFootprint,
    Counts,
    MineralStatus,
    Outcome,
    OwnRequest,
    conclude,
    outcome_to_json,
)
from renkei.cli.demo.text import OutcomeText, wording
from renkei.cli.exits import Exit, exit_of
from renkei.cli.management import Management
from renkei.cli.output import Output
from renkei.cli.values import inner, items
from renkei.cli.words import Text
from renkei.kernel.problems import RenkeiError
from renkei.resources import Kind, resource_folder
from renkei.spreadsheets.problems import NO_LIBRARY

DUE_DILIGENCE: Final = "due-diligence"
_LOOK: Final = 0.2  # seconds one look at the asker's request waits for its end
_EXITS: Final = {DAEMON_ENDED.code: Exit.UNEXPECTED, STUCK.code: Exit.UNEXPECTED, TIMED_OUT.code: Exit.TIMED_OUT}
_WHOLE: Final = Rounding(1, Counting.DECIMAL_PLACES)


def run(output: Output, *, chain_folder: Path | None, keep: Path | None, timeout: float) -> Exit:
    """The whole demo; the exit code tells whether everything agrees."""
    start = time.monotonic()
    try:
        vocabulary = Vocabulary.shipped()
        source = chain_folder or resource_folder(Kind.CHAIN)
        chain = read_chain(source, vocabulary)
        scripts = read_scripts(source, chain.companies, {act.NAME: act.ROLES for act in ACTS})
        with _terminable(), _workplace(keep) as folder:
            course = _Course(chain, vocabulary, scripts, output, folder, Deadline(timeout), start)
            outcome, rounding = course.run()
    except RenkeiError as error:
        output.error(error)
        return _EXITS.get(error.code, exit_of(error))
    text = OutcomeText(output.language, chain, vocabulary.codes)
    output.result(outcome_to_json(chain, outcome, rounding), text.lines(outcome))
    if keep is not None:
        output.progress(wording("kept", folder=folder))
    return Exit.OK if outcome.ok else Exit.DIFFERS


@dataclass(slots=True)
class _Course:
    """One demo under way."""

    chain: Chain
    vocabulary: Vocabulary
    scripts: Scripts | None
    output: Output
    folder: Path
    deadline: Deadline
    start: float
    desks: dict[str, Management] = field(default_factory=dict)
    companies: dict[str, str] = field(default_factory=dict)  # participant id → folder
    seen: dict[tuple[str, str], str] = field(default_factory=dict)  # company and request → state

    def run(self) -> tuple[Outcome, Rounding]:
        names = {company: name["en"] for company, name in self._names().items()}
        self._say(wording("starting", count=len(names), folder=self.folder))
        with Fleet(self.folder, self.deadline) as fleet:
            try:
                fleet.start(names, self._started)
                self._register()
                own = self._ask()
                self._await_end(fleet, own)
                self._await_rest(fleet)
                outcome, rounding = self._look(own)
                steps = tuple(self._play(fleet))
                return replace(outcome, steps=steps, elapsed=time.monotonic() - self.start), rounding
            except RenkeiError as error:
                self._show_logs(fleet, error)
                raise

    # --- the course ------------------------------------------------------------------------------

    def _started(self, daemon: Daemon) -> None:
        self.desks[daemon.company] = Management(daemon.management_url, daemon.token, self.output.language)
        self.companies[daemon.did] = daemon.company
        self._say(wording("ready", company=self._name(daemon.company), did=daemon.did))

    def _register(self) -> None:
        for company in self.chain.companies.values():
            self.desks[company.folder].put("parts", company.part, body={**company.documents, "automatic": True})
        self._say(wording("registered", count=len(self.chain.companies)))

    def _ask(self) -> list[str]:
        """The asker's only move: one request for each component that it buys."""
        chain, asker = self.chain, self.chain.asker
        due = (datetime.now(UTC).date() + timedelta(days=chain.due_in_days)).isoformat()
        asked = []
        for component, supplier in asker.suppliers.items():
            body = {
                "partner": supplier,
                "part": component,
                "kinds": chain.kinds,
                "due": due,
                "message": chain.message,
            }
            answer = self.desks[asker.folder].post("requests", body=body)
            asked.append(str(answer["request"]))
            self._say(
                wording("asks", company=self._name(asker.folder), partner=self._name(supplier), part=component, due=due)
            )
        return asked

    def _await_end(self, fleet: Fleet, asked: list[str]) -> None:
        """Until the asker's requests have ended; meanwhile tell what the others do."""
        desk = self.desks[self.chain.asker.folder]
        for request in asked:
            while True:
                self.deadline.left(self._waiting_for())
                found = inner(desk.get("requests", request, wait=_LOOK), "request")
                self._watch(fleet)
                if found["final"]:
                    break

    def _watch(self, fleet: Fleet) -> None:
        for company in self.chain.companies:
            desk = self.desks[company]
            fleet.daemons[company].check()
            # The newest come first; told in the order in which they came.
            for one in reversed(items(desk.get("requests", direction="in", limit=500))):
                self._tell(company, one)

    def _tell(self, company: str, one: Mapping[str, object]) -> None:
        key, state = (company, str(one["request"])), str(one["state"])
        if one["reason"] and not one["final"]:
            raise STUCK(company=self.chain.companies[company].name["en"], part=one["part"], cause=one["reason"])
        before = self.seen.get(key)
        if before == state:
            return
        values = {
            "company": self._name(company),
            "partner": self._name(self.companies.get(str(one["partner"]), str(one["partner"]))),
            "part": one["part"],
        }
        self.seen[key] = state
        if before is None:
            self._say(wording("asked", **values))
        if state == "preparing" and self.chain.companies[company].suppliers:
            self._say(wording("preparing", **values))
        if state == "answered":
            self._say(wording("answered", **values))

    def _await_rest(self, fleet: Fleet) -> None:
        """The last acknowledgements are under way when the asker has its answer: until every process has ended."""
        for company, desk in self.desks.items():
            for kind in ("negotiations", "transfers"):
                while not all(one["final"] for one in _all(desk, kind)):
                    fleet.daemons[company].check()
                    self.deadline.left(f"{kind} of {company}")
                    time.sleep(0.02)

    # --- looking ---------------------------------------------------------------------------------

    def _look(self, own: list[str]) -> tuple[Outcome, Rounding]:
        chain = self.chain
        desk, part = self.desks[chain.asker.folder], chain.asker.part
        footprint = AskerFootprint.from_json(desk.get("parts", part, "footprint"), self.companies)
        minerals = []
        if DUE_DILIGENCE in chain.kinds:
            minerals = list(_minerals(desk.get("parts", part, DUE_DILIGENCE)))
        requests = [self._own_request(inner(desk.get("requests", request), "request")) for request in own]
        outcome = conclude(
            chain,
            footprint,
            counts=self._counts(),
            requests=requests,
            minerals=minerals,
            rules=self.vocabulary.rules[footprint.rule_set],
            elapsed=time.monotonic() - self.start,
        )
        return outcome, footprint.rounding

    def _own_request(self, one: Mapping[str, object]) -> OwnRequest:
        below = inner(one, "below")
        partner = str(one["partner"])
        return OwnRequest(
            partner=self.companies.get(partner, partner),
            part=str(one["part"]),
            state=str(one["state"]),
            final=bool(one["final"]),
            below_open=int(str(below["open"])),
            below_total=int(str(below["total"])),
        )

    def _counts(self) -> Counts:
        """Summed over all daemons, each thing where it began: at the asker, at the consumer."""
        requests, negotiations, transfers = [], [], []
        for desk in self.desks.values():
            requests += items(desk.get("requests", direction="out", limit=500))
            negotiations += [one for one in _all(desk, "negotiations") if one["side"] == "consumer"]
            transfers += [one for one in _all(desk, "transfers") if one["side"] == "consumer"]
        return Counts(
            companies=len(self.chain.companies),
            requests=len(requests),
            answered=sum(one["state"] == "answered" for one in requests),
            negotiations=len(negotiations),
            finalized=sum(one["state"] == "FINALIZED" for one in negotiations),
            transfers=len(transfers),
            completed=sum(one["state"] == "COMPLETED" for one in transfers),
        )

    # --- the acts --------------------------------------------------------------------------------

    def _play(self, fleet: Fleet) -> Iterator[Step]:
        """Every act in turn, each with what its file expects."""
        scripts = self.scripts
        if scripts is None:
            return
        companies = Companies(
            fleet=fleet,
            desks=self.desks,
            names=self._names(),
            codes=self.vocabulary.codes,
            deadline=self.deadline,
            due_in_days=self.chain.due_in_days,
        )
        for act in ACTS:
            self._say(act.TITLE)
            yield self._played(act, scripts.acts[act.NAME], companies)

    def _played(self, act: type[Act], script: Script, companies: Companies) -> Step:
        found: dict[str, object] = {}
        lines: tuple[Text, ...] = ()
        left_out = ""
        try:
            here = act(script, companies).play()
            found, lines = here.to_json(), tuple(here.lines(companies))
        except RenkeiError as error:
            if error.problem is not NO_LIBRARY:
                raise
            left_out = error.message(self.output.language)
        return Step(
            name=act.NAME, title=act.TITLE, found=found, expected=script.expected, lines=lines, left_out=left_out
        )

    # --- telling ---------------------------------------------------------------------------------

    def _names(self) -> Mapping[str, Mapping[str, str]]:
        """Everybody who takes part, by folder."""
        chain = {company.folder: company.name for company in self.chain.companies.values()}
        return chain if self.scripts is None else {**chain, **self.scripts.companies}

    def _name(self, company: str) -> Mapping[str, str]:
        return self._names().get(company, {"en": company, "ja": company})

    def _say(self, text: Text) -> None:
        mark = f"{time.monotonic() - self.start:5.1f} s  "
        self.output.progress(Text(mark + text.en, mark + text.ja))

    def _waiting_for(self) -> str:
        waiting = [company for (company, _), state in self.seen.items() if state in {"open", "preparing"}]
        return "answers of " + (", ".join(waiting) or "the asker's suppliers")

    def _show_logs(self, fleet: Fleet, error: RenkeiError) -> None:
        """The end of the log of each daemon that the error is about."""
        for company, name in self._names().items():
            desk = self.desks.get(company)
            words = {company, name["en"], *([desk.url] if desk is not None else ())}
            if any(word in error.message() for word in words):
                print(wording("log", company=company)(self.output.language), file=sys.stderr)
                print(fleet.last_lines(company), file=sys.stderr, flush=True)


def _all(desk: Management, kind: str) -> list[dict[str, object]]:
    """Every page of a list."""
    found: list[dict[str, object]] = []
    after: str | None = None
    while True:
        page = desk.get(kind, after=after, limit=500)
        found += items(page)
        if page.get("next") is None:
            return found
        after = str(page["next"])


def _minerals(document: Mapping[str, object]) -> Iterator[MineralStatus]:
    """One status a mineral."""
    for entry in items({"items": document["minerals"]}):
        covered = entry.get("covered")
        percent = None if covered is None else _WHOLE.apply(Fraction(Decimal(str(covered))) * 100)
        yield MineralStatus(mineral=str(entry["mineral"]), status=str(entry["status"]), covered=percent)
    absent = document["absent"]
    assert isinstance(absent, list), "a list by its schema"
    yield from (MineralStatus(mineral=str(mineral), status="absent", covered=None) for mineral in absent)


@contextmanager
def _workplace(keep: Path | None) -> Iterator[Path]:
    """Where the daemons work: a temporary folder that goes, or a new one that stays."""
    if keep is not None:
        try:
            keep.mkdir(parents=True, exist_ok=True, mode=0o700)
            if any(keep.iterdir()):
                raise FOLDER_USED(path=keep, cause="it is not empty")
        except OSError as error:
            raise FOLDER_USED(path=keep, cause=error.strerror or error) from error
        yield keep.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="renkei-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, with all daemons stopped."""

    def interrupt(number: int, _: object) -> NoReturn:
        raise KeyboardInterrupt(number)

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
