"""One connector as a process: start, say that it is ready, run until a signal, stop in bounded time.

On standard output stands exactly one line, as soon as partners and the operator are answered::

    {"ready": true, "did": "…", "public_url": "…", "management_url": "…", "folder": "…", "pid": 4711}

SIGTERM and SIGINT stop it: no new requests, those under way end, the outbox rests. What was not done goes on at the
next start. A second signal ends the process at once, which is safe as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from renkei import __version__
from renkei.daemon.config import URL_FILE, DaemonConfig
from renkei.daemon.log import start_log
from renkei.dataplane.sources import Sources
from renkei.exchange.machine.endpoint import Route
from renkei.exchange.participant import Habits
from renkei.exchange.partner.register import Registration
from renkei.exchange.ports import Approvals, Imprint, UpdateRules
from renkei.http.management.endpoints import ManagementEndpoints
from renkei.http.management.operations import Desk
from renkei.node import NO_FOLDER, PURPOSES, Connector, ConnectorConfig, ManagementFactory, Replacements
from renkei.policy.admission import AdmissionRules

_log = logging.getLogger(__name__)
_LONGEST_STOP: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What is known of a daemon that has just become ready."""

    did: str
    public_url: str
    management_url: str
    folder: str
    pid: int

    def line(self) -> str:
        """The line on standard output."""
        members = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({"ready": True, **members}, ensure_ascii=False)


def run(config: DaemonConfig) -> None:
    """Run one daemon until it is told to stop. Raises ConfigurationError where it cannot start."""
    start_log(config.log.level, config.log.format)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(config, lambda ready: print(ready.line(), flush=True)))  # noqa: T201 - the ready line


async def serve(config: DaemonConfig, ready: Callable[[Ready], None], stop: asyncio.Event | None = None) -> None:
    """Start the connector, call ``ready``, and stop when a signal (or ``stop``) says so."""
    stop = stop or asyncio.Event()
    connector = Connector(connector_config(config), Replacements(management=management(config)))
    url_file = Path(config.connector.folder) / URL_FILE
    async with contextlib.AsyncExitStack() as exits:
        exits.enter_context(_signals(stop))
        await connector.__aenter__()
        exits.push_async_callback(_leave, connector)
        _write(url_file, connector.management_url)
        exits.callback(url_file.unlink, missing_ok=True)
        ready(
            Ready(
                did=connector.did,
                public_url=connector.public_url,
                management_url=connector.management_url,
                folder=config.connector.folder,
                pid=os.getpid(),
            )
        )
        _log.info("ready", extra={"code": "daemon-ready", "did": connector.did})
        await stop.wait()
        _log.info("stopping", extra={"code": "daemon-stopping", "did": connector.did})


def _write(url_file: Path, url: str) -> None:
    """Tell the command line where we are. Raises ConfigurationError ``config-bad-folder``."""
    try:
        url_file.write_text(url + "\n", "ascii")
    except OSError as error:
        raise NO_FOLDER(folder=url_file.parent, cause=error.strerror or error) from error


def connector_config(config: DaemonConfig) -> ConnectorConfig:
    """The library's configuration for these settings."""
    own = config.connector
    return ConnectorConfig(
        folder=Path(own.folder),
        host=config.public.host,
        port=config.public.port,
        public_url=config.public.url,
        participant=own.participant,
        insecure_loopback=own.insecure_loopback,
        management=True,
        management_host=config.management.host,
        management_port=config.management.port,
        partners=config.partners,
        addresses=config.addresses,
        aliases=config.aliases,
        register={
            name: Registration(attributes=section.attributes, until=section.valid_until)
            for name, section in config.register.items()
        },
        part_of=config.part_of,
        admission=AdmissionRules(
            connectors=config.admission.connectors,
            attributes=config.admission.attributes,
            security_profile=config.admission.security_profile,
        ),
        page=config.catalog.page,
        imprint=Imprint(
            name=own.name,
            title=config.catalog.title,
            description=config.catalog.description,
            version=__version__,
        ),
        unsigned_partners=frozenset(own.unsigned_partners),
        approvals=_approvals(config),
        accepted_duties=frozenset(config.duties.accepts),
        updates=UpdateRules(
            automatic=config.updates.automatic,
            window=config.updates.window,
            rounds=config.updates.rounds,
            echo=config.updates.echo,
        ),
        reminders=config.requests.reminders,
        callback_hosts=frozenset(host.lower() for host in own.callback_hosts),
        purposes=frozenset(own.purposes) or PURPOSES,
        private_hosts=own.private_hosts,
        token_lifetime=own.token_lifetime,
        wait=own.wait,
        courtesy=own.courtesy,
        answer_pause=own.answer_pause,
        habits=Habits(messages=config.messages.patience, errands=config.errands.patience),
        database=own.database,
    )


def _approvals(config: DaemonConfig) -> Approvals:
    own = config.approval
    partners = frozenset(config.partners.get(name, name) for name in own.partners)
    return Approvals(assets=frozenset(own.assets), partners=partners, within=own.within)


def management(config: DaemonConfig) -> ManagementFactory:
    """The management endpoints, for a connector that is starting."""

    def routes(connector: Connector) -> Sequence[Route]:
        participant = connector.participant
        folder = connector.config.folder
        canonical = participant.ports.settings.aliases.canonical
        desk = Desk(
            participant=participant,
            token=connector.management_token,
            folder=folder,
            check_source=Sources(folder / "files", participant.ports.store).check,
            public_url=connector.public_url,
            version=__version__,
            started=connector.started,
            name=config.connector.name,
            hosts=frozenset(host.lower() for host in (*config.management.hosts, config.management.host)),
            # Of two names for one partner the first is shown.
            partner_names={canonical(partner): name for name, partner in reversed(config.partners.items())},
        )
        return ManagementEndpoints(desk).routes()

    return routes


async def _leave(connector: Connector) -> None:
    """Stop, in bounded time: what hangs is in the outbox and goes on at the next start."""
    try:
        async with asyncio.timeout(_LONGEST_STOP):
            await connector.__aexit__(None, None, None)
    except TimeoutError:
        _log.error("stopped hard", extra={"code": "daemon-stopped-hard", "seconds": _LONGEST_STOP})


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """The first SIGTERM or SIGINT sets ``stop``; a second one does what the system does by itself."""
    loop = asyncio.get_running_loop()

    def once(number: signal.Signals) -> None:
        loop.remove_signal_handler(number)
        stop.set()

    wanted = (signal.SIGTERM, signal.SIGINT) if sys.platform != "win32" else ()
    for number in wanted:
        loop.add_signal_handler(number, once, number)
    try:
        yield
    finally:
        for number in wanted:
            loop.remove_signal_handler(number)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The faster loop of uvloop where it is installed; never required."""
    try:
        uvloop = importlib.import_module("uvloop")
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
