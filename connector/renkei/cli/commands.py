"""What a command is: a name, a summary in two languages, its arguments and the function that carries it out.

The parser and the page docs/reference/cli.md are both made from these values.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias, cast

from renkei.cli.exits import Exit
from renkei.cli.output import Output
from renkei.cli.problems import WRONG_COMMAND_LINE
from renkei.cli.words import Language, Text

if TYPE_CHECKING:
    from renkei.cli.management import Management

Run: TypeAlias = Callable[[argparse.Namespace, Output], Exit]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument or option; ``how`` goes to argparse as it is."""

    names: tuple[str, ...]
    help: Text
    how: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command, or (with ``parts``) a family of them. ``daemon``: it speaks to a running daemon."""

    name: str
    summary: Text
    run: Run | None = None
    arguments: tuple[Argument, ...] = ()
    daemon: bool = True
    parts: tuple[Command, ...] = ()


COMMON: Final = (
    Argument(
        ("--json",),
        Text("print one JSON object on standard output", "標準出力にJSONオブジェクトを1つ出力する"),
        {"action": "store_true"},
    ),
    Argument(("--quiet",), Text("no progress on standard error", "進行状況を表示しない"), {"action": "store_true"}),
    Argument(
        ("--lang",),
        Text("language of texts and errors (default: the locale's)", "表示言語(既定はロケール)"),
        {"choices": ("en", "ja")},
    ),
)
CONNECTION: Final = (
    Argument(
        ("--config",),
        Text("configuration of the daemon (default ./renkei.toml)", "デーモンの設定ファイル(既定 ./renkei.toml)"),
        {"metavar": "FILE"},
    ),
    Argument(
        ("--url",),
        Text("address of its management API (or RENKEI_URL)", "管理APIのアドレス(または RENKEI_URL)"),
        {"metavar": "URL"},
    ),
    Argument(
        ("--token-file",),
        Text(
            "file with the management token (or RENKEI_TOKEN_FILE)", "管理トークンのファイル(または RENKEI_TOKEN_FILE)"
        ),
        {"metavar": "FILE"},
    ),
)


class Parser(argparse.ArgumentParser):
    """argparse, with its errors as ours."""

    def error(self, message: str) -> NoReturn:
        """A wrong command line. Raises ConfigurationError ``cli-wrong-command-line``."""
        raise WRONG_COMMAND_LINE(cause=message, program=self.prog)


class Commands:
    """The commands of one parser, in one language."""

    def __init__(self, parser: Parser, language: Language) -> None:
        self._language = language
        self._subparsers = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")
        self.declared: list[Command] = []

    def add(self, command: Command) -> None:
        """Add a command to the parser."""
        summary = command.summary(self._language)
        parser = self._subparsers.add_parser(command.name, help=summary, description=summary, allow_abbrev=False)
        self.declared.append(command)
        if command.parts:
            family = Commands(parser, self._language)
            for part in command.parts:
                family.add(part)
            return
        for argument in all_arguments(command):
            how = cast("dict[str, Any]", argument.how)
            parser.add_argument(*argument.names, help=argument.help(self._language), **how)
        parser.set_defaults(run=command.run)


def all_arguments(command: Command) -> Sequence[Argument]:
    """A command's own arguments, those for finding the daemon, those of all commands."""
    return (*command.arguments, *(CONNECTION if command.daemon else ()), *COMMON)


def connect(arguments: argparse.Namespace, output: Output) -> Management:
    """The daemon that the command line names."""
    from renkei.cli.management import Management, find_daemon

    url, token = find_daemon(
        url=arguments.url,
        token_file=arguments.token_file,
        config=arguments.config,
        environment=os.environ,
    )
    return Management(url, token, output.language)
