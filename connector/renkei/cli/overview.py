"""The command for how things stand: ``status``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from renkei.cli.commands import Argument, Command, connect
from renkei.cli.exits import Exit
from renkei.cli.output import Lines, Output, pairs, table
from renkei.cli.problems import NO_HISTORY
from renkei.cli.requests import waiting
from renkei.cli.values import inner, items
from renkei.cli.words import Text

if TYPE_CHECKING:
    from renkei.cli.management import Management

_COUNTS: Final = ("negotiations", "agreements", "transfers", "requests_in", "requests_out")


def status(arguments: argparse.Namespace, output: Output) -> Exit:
    """Show counts by state and the outbox; with ``--events``, the history of one thing."""
    daemon = connect(arguments, output)
    if arguments.events:
        history = _history(daemon, arguments.events)
        rows = [(event["seq"], event["at"], event["type"]) for event in items(history)]
        output.result(history, [*table(("SEQ", "AT", "WHAT"), rows), *_standing(daemon, history, output)])
        return Exit.OK
    found = daemon.get("status")
    output.result(found, _lines(found, output))
    return Exit.OK


def _history(daemon: Management, name: str) -> dict[str, object]:
    """What happened to one thing; a request's history stands under its direction."""
    found = daemon.get("events", id=name, limit=500)
    for direction in ("out", "in"):
        if not items(found):
            found = daemon.get("events", id=f"{direction}:{name}", limit=500)
    if not items(found):
        raise NO_HISTORY(id=name)
    return found


def _standing(daemon: Management, history: Mapping[str, object], output: Output) -> Lines:
    """What a request or a negotiation waits for, below its history; nothing for a program that reads that as JSON."""
    last = items(history)[-1]
    found: Mapping[str, object] = {}
    if last["kind"] == "request" and not output.as_json:
        found = inner(daemon.get("requests", str(last["id"]).partition(":")[2]), "request")
    elif last["kind"] == "negotiation" and not output.as_json:
        found = daemon.get("negotiations", str(last["id"]))
    if held_up := waiting(found, output):
        yield from ("", held_up)


def _lines(found: Mapping[str, object], output: Output) -> Lines:
    outbox = inner(found, "outbox")
    rows = f"{outbox['rows']}" + (f" (oldest {outbox['oldest_due']})" if outbox["oldest_due"] else "")
    yield from pairs(
        {
            **{name: found[name] for name in ("did", "name", "uptime_s", "assets", "parts", "documents")},
            **{name: found[name] for name in _COUNTS},
            "outbox": rows,
            "admission": _admission(inner(found, "admission"), output),
        }
    )


def _admission(admission: Mapping[str, object], output: Output) -> object:
    """Who may speak with this connector."""
    if admission["everyone"]:
        return output.say(Text("everyone", "全員"))
    return {name: admission[name] for name in ("connectors", "attributes", "security_profile") if admission[name]}


COMMANDS: Final = (
    Command(
        name="status",
        summary=Text("show how things stand", "状況を表示する"),
        run=status,
        arguments=(
            Argument(
                ("--events",),
                Text("the history of one process, request, record …", "プロセス・依頼・記録などの履歴"),
                {"metavar": "ID"},
            ),
        ),
    ),
)
