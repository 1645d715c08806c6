"""The reference pages of the command line, the configuration and the management API, read off the code."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping

import msgspec

from renkei.cli.commands import COMMON, CONNECTION, Argument, Command
from renkei.cli.program import build_parser
from renkei.daemon.config import SECTIONS, DaemonConfig, RegisterSection, Section
from renkei.http.management.endpoints import OPERATIONS
from renkei.http.management.operations import Nothing, Operation


def cli_page() -> Iterator[str]:
    """One section a command."""
    yield "# Command line · コマンドライン\n\n"
    yield "`renkei COMMAND …`, or `python -m renkei COMMAND …`. How a command ends: [exit codes](exit-codes.md).\n\n"
    yield "Options of every command:\n\n"
    yield from _arguments(COMMON)
    yield "\nOptions of every command that speaks to a daemon:\n\n"
    yield from _arguments(CONNECTION)
    for command in build_parser()[1]:
        yield from _command(command, "renkei")


def _command(command: Command, before: str) -> Iterator[str]:
    name = f"{before} {command.name}"
    if command.parts:
        for part in command.parts:
            yield from _command(part, name)
        return
    yield f"\n## {name}\n\n{_sentence(command.summary.en)} {command.summary.ja}。"
    yield "\n\n" if command.daemon else " Needs no running daemon.\n\n"
    words = [_usage(argument) for argument in command.arguments]
    yield f"```text\n{' '.join([name, *words])}\n```\n"
    if command.arguments:
        yield "\n"
        yield from _arguments(command.arguments)


def _arguments(arguments: tuple[Argument, ...]) -> Iterator[str]:
    yield "| Argument | What | 説明 |\n| --- | --- | --- |\n"
    for argument in arguments:
        yield f"| `{_spelling(argument)}` | {argument.help.en} | {argument.help.ja} |\n"


def _usage(argument: Argument) -> str:
    optional = argument.how.get("nargs") == "?" or (
        argument.names[0].startswith("-") and not argument.how.get("required")
    )
    return f"[{_spelling(argument)}]" if optional else _spelling(argument)


def _spelling(argument: Argument) -> str:
    choices = argument.how.get("choices")
    value = argument.how.get("metavar") or ("{" + ",".join(choices) + "}" if isinstance(choices, tuple) else "")
    if not argument.names[0].startswith("-"):
        return str(value or argument.names[0])
    return f"{', '.join(argument.names)} {value}".strip()


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def configuration_page() -> Iterator[str]:
    """One table a section."""
    yield "# Configuration\n\nOne TOML file, `renkei.toml`; `renkei init FOLDER` writes a commented one. "
    yield "A variable of the environment goes before the file: `RENKEI__PUBLIC__PORT=9090` is `port` in `[public]`; "
    yield "lists are written with commas. A name that no section knows is an error that names the nearest known one. "
    yield "Nothing here is secret: keys (`keys/`) and the token (`management.token`) are files of the folder.\n"
    described = settings(DaemonConfig)
    defaults = DaemonConfig()
    for name, section in SECTIONS.items():
        yield f"\n## [{name}]\n\n{described.get(name) or _first_line(section)}\n\n"
        yield "| Setting | Default | What |\n| --- | --- | --- |\n"
        standing = getattr(defaults, name)
        for field, text in settings(section).items():
            default = json.dumps(msgspec.to_builtins(getattr(standing, field)), ensure_ascii=False)
            yield f"| `{field}` | `{default}` | {text} |\n"
    yield from _register()
    for name in ("partners", "addresses", "aliases", "part_of"):
        yield f"\n## [{name}]\n\n{described[name]}\n"


def _register() -> Iterator[str]:
    """The section of which there is one for each partner."""
    about = inspect.cleandoc(RegisterSection.__doc__ or "").partition("\n\nmembership: ")[0].replace("\n", " ")
    yield f"\n## [register.NAME]\n\n{about}\n\n| Setting | What |\n| --- | --- |\n"
    for field, text in settings(RegisterSection).items():
        yield f"| `{field}` | {text} |\n"


def settings(section: type[Section]) -> Mapping[str, str]:
    """What a section's docstring says of each setting."""
    lines = inspect.cleandoc(section.__doc__ or "").splitlines()[1:]
    pairs = (line.partition(": ") for line in lines if ": " in line)
    return {name: text for name, sign, text in pairs if sign}


def _first_line(kind: type) -> str:
    return inspect.cleandoc(kind.__doc__ or "").splitlines()[0]


def management_page() -> Iterator[str]:
    """One table a group of operations, and what is asked."""
    yield "# Management API\n\nJSON over HTTP on the management listener, on loopback by default. Every request brings "
    yield "`Authorization: Bearer …` with the content of `management.token`; rows marked ○ need none. Requests under a "
    yield "foreign `Host` or of a foreign `Origin` are refused, and there are no CORS headers. An error is "
    yield '`{"code", "fault", "message", "hint"}`, in Japanese with `Accept-Language: ja`; see [errors](errors.md). '
    yield "The daemon describes all of it, with every schema, at `/v1/openapi.json` (OpenAPI 3.1). "
    yield "Lists come in pages: give `next` as `after`.\n"
    for group in dict.fromkeys(row.group for row in OPERATIONS):
        rows = [row for row in OPERATIONS if row.group == group]
        yield f"\n## {group}\n\n| | What | Asked | Answer |\n| --- | --- | --- | --- |\n"
        for row in rows:
            mark = " ○" if row.open else ""
            yield f"| `{row.method} {row.path}`{mark} | {row.summary} | {_asked(row)} | {_answer(row)} |\n"


def _asked(row: Operation) -> str:
    if row.asked is Nothing:
        return "—"
    names = [f"`{field.name}`" + ("" if field.required else "?") for field in msgspec.structs.fields(row.asked)]
    return ("" if row.has_body else "query: ") + ", ".join(names)


def _answer(row: Operation) -> str:
    arguments = getattr(row.answer, "__args__", ())
    if isinstance(row.answer, type):
        return "JSON" if arguments or row.answer is dict else f"`{row.answer.__name__}`"
    named = [argument.__name__ for argument in arguments]
    origin = getattr(row.answer, "__origin__", None)
    return "JSON" if origin is dict else f"`{getattr(origin, '__name__', '')}[{', '.join(named)}]`"
