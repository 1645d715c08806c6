"""The command ``demo``: a whole supply chain on this machine, one daemon a company, and results that must agree.

Everything heavy is loaded when the command runs, so that other commands stay quick.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from renkei.cli.commands import Argument, Command
from renkei.cli.values import seconds
from renkei.cli.words import Text

if TYPE_CHECKING:
    from renkei.cli.exits import Exit
    from renkei.cli.output import Output

_TIMEOUT: Final = 180.0


def demo(arguments: argparse.Namespace, output: Output) -> Exit:
    """Run the chain of a folder and compare its result with what the folder expects."""
    from renkei.cli.demo.course import run

    return run(
        output,
        chain_folder=Path(arguments.chain) if arguments.chain else None,
        keep=Path(arguments.keep) if arguments.keep else None,
        timeout=arguments.timeout,
    )


COMMANDS: Final = (
    Command(
        name="demo",
        summary=Text(
            "run a supply chain on this machine: one company asks, four answer, and seven acts follow",
            "サプライチェーンをこのマシンで動かす:1社が依頼し4社が回答、その後7つの場面が続く",
        ),
        run=demo,
        daemon=False,
        arguments=(
            Argument(
                ("--chain",),
                Text(
                    "folder with the companies' files (default: the shipped example)", "各社のファイル(既定は付属の例)"
                ),
                {"metavar": "FOLDER"},
            ),
            Argument(
                ("--keep",),
                Text("work in this new folder and leave it there", "このフォルダーで動かし、終了後も残す"),
                {"metavar": "FOLDER"},
            ),
            Argument(
                ("--timeout",),
                Text(f"seconds for everything (default {_TIMEOUT:g})", f"全体の制限時間・秒(既定 {_TIMEOUT:g})"),
                {"type": seconds, "default": _TIMEOUT, "metavar": "S"},
            ),
        ),
    ),
)
