"""The program around the commands: the parser, the language, and errors made into output and an exit code."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, Final, cast

from renkei import __version__
from renkei.cli.commands import COMMON, Command, Commands, Parser, Run
from renkei.cli.exits import Exit, exit_of
from renkei.cli.output import Output
from renkei.cli.problems import CRASHED
from renkei.cli.words import Language, Text, language_of
from renkei.kernel.problems import RenkeiError

GROUPS: Final = (
    "setup",
    "offers",
    "templates",
    "definitions",
    "partners",
    "policies",
    "contracts",
    "requests",
    "consents",
    "obligations",
    "notices",
    "updates",
    "parts",
    "imports",
    "crosswalks",
    "traces",
    "footprints",
    "footprint_questions",
    "diligence",
    "disclosures",
    "evidence",
    "statements",
    "declarations",
    "passports",
    "formats",
    "overview",
    "demo.command",
)
_VERSION: Final = Text("print the version", "バージョンを表示する")
_DESCRIPTION: Final = Text(
    "Renkei, a data-space connector of your own.", "連携(Renkei):自社で動かすデータスペースコネクタ。"
)


class _VersionAsked(Exception):  # noqa: N818 - no error: the parser has no other way to stop
    """``--version`` was read."""


class _Version(argparse.Action):
    """Ends the reading of the command line, whatever else it lacks."""

    def __call__(self, *_: object) -> None:
        raise _VersionAsked


def build_parser(language: Language = "en") -> tuple[Parser, Sequence[Command]]:
    """The parser, and the commands it knows."""
    parser = Parser(prog="renkei", description=_DESCRIPTION(language), allow_abbrev=False)
    parser.add_argument("--version", action=_Version, nargs=0, help=_VERSION(language))
    for argument in COMMON:  # they may stand before the command as well; ``run`` has read them
        parser.add_argument(*argument.names, help=argument.help(language), **cast("dict[str, Any]", argument.how))
    commands = Commands(parser, language)
    for group in GROUPS:
        module = importlib.import_module(f"renkei.cli.{group}")
        for command in module.COMMANDS:
            commands.add(command)
    return parser, commands.declared


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    output = Output(as_json="--json" in words, quiet="--quiet" in words, language=language_of(words, os.environ))
    _show_every_sign()
    try:
        arguments = build_parser(output.language)[0].parse_args(words)
        return int(cast("Run", arguments.run)(arguments, output))
    except RenkeiError as error:
        output.error(error)
        return int(exit_of(error))
    except _VersionAsked:
        output.result({"version": __version__}, [f"renkei {__version__}"])
        return int(Exit.OK)
    except SystemExit as end:  # --help
        return int(end.code or 0)
    except KeyboardInterrupt:
        return int(Exit.UNEXPECTED)
    except BrokenPipeError:
        # Whoever reads us has gone (`renkei … | head`); the interpreter must not complain of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.UNEXPECTED)
    except Exception as error:  # noqa: BLE001 - the last resort of a program
        if os.environ.get("RENKEI_TRACE"):
            import traceback

            traceback.print_exc()
        output.error(CRASHED(cause=f"{type(error).__name__}: {error}"))
        return int(Exit.UNEXPECTED)


def _show_every_sign() -> None:
    """A terminal that cannot show a sign gets another one, never a crash."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


__all__ = ["build_parser", "run"]
