"""Commands that make a connector and run it: ``init``, ``keys``, ``serve``."""

from __future__ import annotations

import argparse
import json
import os
import shlex
from pathlib import Path
from typing import Final

from renkei.cli.commands import Argument, Command
from renkei.cli.exits import Exit
from renkei.cli.management import CONFIG
from renkei.cli.output import Lines, Output, pairs
from renkei.cli.problems import ALREADY_THERE, FILE_UNWRITABLE, WRONG_COMMAND_LINE
from renkei.cli.values import named_participant, participant, port, web_address
from renkei.cli.words import Text

_TEMPLATE: Final = """\
# Settings of one Renkei connector; all of them are listed in docs/reference/configuration.md.
# A variable such as RENKEI__PUBLIC__PORT goes before what stands here. Nothing in this file is secret.

[connector]
name = {name}
folder = "."                      # database, keys, files/ (what may be published), received/
participant = {participant}                  # empty: the did:web of the public address
insecure_loopback = {loopback}         # plain HTTP on this machine; for tests and demos only
unsigned_partners = []            # participant ids that may leave offers and agreements unsigned
private_hosts = []                # names and networks of partners that are not on the public internet

[public]                          # what partners reach
host = "127.0.0.1"
port = {port}
url = {url}                          # how partners reach it, such as https://connector.example.com

[management]                      # for the operator and the CLI; leave it on loopback
host = "127.0.0.1"
port = {management_port}

[partners]                        # short names
# cell-maker = "did:web:cells.example"
{partners}
[addresses]                       # DSP addresses of partners whose id is no DID
# "BPNL000000000001" = "https://partner.example/api/dsp"

# [register.cell-maker]           # what is known of a partner, for policies that ask for it
# membership = "active"
# roles = ["manufacturer"]

[admission]                       # who may speak with this connector; by default everyone who proves an id
# connectors = ["cell-maker"]
# security_profile = "TRUST"

[log]
level = "info"
format = "json"
"""

_NO_ADDRESS: Final = Text(
    "Before you start it: partners need an https address, `url` in [public]; for a trial on this machine only, "
    "set insecure_loopback = true instead.",
    "起動前に: 取引先には https のアドレスが必要です([public] の url)。このマシンでの試用に限り "
    "insecure_loopback = true を設定できます。",
)


def init(arguments: argparse.Namespace, output: Output) -> Exit:
    """Make a folder with settings, keys and the management token; never over one that is there."""
    from renkei.keyfiles import ensure_keys, ensure_management_token
    from renkei.trust.did import did_web

    folder = Path(arguments.folder)
    config = folder / CONFIG
    management_port = arguments.management_port or arguments.port % 65_535 + 1
    if management_port == arguments.port:
        raise WRONG_COMMAND_LINE(cause="--port and --management-port are the same", program="renkei init")
    if config.exists() or (folder / "keys").exists():
        raise ALREADY_THERE(folder=folder)
    settings = _TEMPLATE.format(
        name=_quoted(arguments.name),
        participant=_quoted(arguments.participant),
        loopback="true" if arguments.loopback else "false",
        port=arguments.port,
        url=_quoted(arguments.public_url or ""),
        management_port=management_port,
        partners="".join(
            f"{_quoted(name)} = {_quoted(partner)}\n" for name, partner in dict(arguments.partner).items()
        ),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "files").mkdir(exist_ok=True)
        ensure_keys(folder)
        ensure_management_token(folder)
        with config.open("x", encoding="utf-8") as file:
            file.write(settings)
    except FileExistsError:
        raise ALREADY_THERE(folder=folder) from None
    except OSError as error:
        raise FILE_UNWRITABLE(path=error.filename or folder, cause=error.strerror or error) from error
    made = {
        "folder": str(folder.resolve()),
        "config": str(config.resolve()),
        "port": arguments.port,
        "management_port": management_port,
        "participant": arguments.participant or did_web(arguments.public_url or f"http://127.0.0.1:{arguments.port}"),
    }
    shown = {"config": config, "participant": made["participant"]}
    output.result(made, [*pairs(shown), *_next_steps(arguments, config, output)])
    return Exit.OK


def _next_steps(arguments: argparse.Namespace, config: Path, output: Output) -> Lines:
    if not arguments.loopback and not arguments.public_url:
        yield output.say(_NO_ADDRESS)
    command = f"renkei serve --config {shlex.quote(str(config))}"
    yield output.say(Text(f"Start it: {command}", f"起動: {command}"))


def keys(arguments: argparse.Namespace, output: Output) -> Exit:
    """Make the keys that are missing, even where a connector has used others before."""
    from renkei.daemon.config import read_config
    from renkei.keyfiles import make_keys, missing_keys

    folder = Path(read_config(Path(arguments.config), os.environ).connector.folder)
    made = missing_keys(folder)
    make_keys(folder)
    shown = {"folder": str(folder), "made": [f"keys/{name}" for name in made]}
    output.result(shown, pairs(shown))
    return Exit.OK


def serve(arguments: argparse.Namespace, output: Output) -> Exit:  # noqa: ARG001 - a command's shape
    """Run the connector until a signal; one line of JSON says when it is ready."""
    from renkei.daemon.config import read_config
    from renkei.daemon.run import run

    run(read_config(Path(arguments.config), os.environ))
    return Exit.OK


def _quoted(text: str) -> str:
    """A TOML basic string, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


_CONFIG: Final = Argument(
    ("--config",),
    Text("its settings (default ./renkei.toml)", "設定ファイル(既定 ./renkei.toml)"),
    {"default": CONFIG, "metavar": "FILE"},
)

COMMANDS: Final = (
    Command(
        name="init",
        summary=Text(
            "make a connector: settings, keys, management token", "コネクタの設定・鍵・管理トークンを作成する"
        ),
        run=init,
        daemon=False,
        arguments=(
            Argument(("folder",), Text("where to make it", "作成先フォルダー"), {"metavar": "FOLDER"}),
            Argument(
                ("--port",),
                Text("port that partners reach (default 8080)", "取引先向けポート(既定 8080)"),
                {"type": port, "default": 8080, "metavar": "PORT"},
            ),
            Argument(
                ("--management-port",),
                Text("port of the management API (default: the next one)", "管理APIのポート(既定は次の番号)"),
                {"type": port, "metavar": "PORT"},
            ),
            Argument(
                ("--name",),
                Text("what people call this company", "会社の呼び名"),
                {"default": "", "metavar": "NAME"},
            ),
            Argument(
                ("--participant",),
                Text("participant id (default: did:web of the address)", "参加者ID(既定はアドレスの did:web)"),
                {"type": participant, "default": "", "metavar": "ID"},
            ),
            Argument(
                ("--public-url",),
                Text("how partners reach it, if through a proxy", "プロキシ経由の場合の公開URL"),
                {"type": web_address, "metavar": "URL"},
            ),
            Argument(
                ("--partner",),
                Text("a short name for a partner, again for each", "取引先の略称(複数可)"),
                {"type": named_participant, "action": "append", "default": [], "metavar": "NAME=ID"},
            ),
            Argument(
                ("--loopback",),
                Text("allow plain HTTP on this machine, for trying out", "このマシン内の平文HTTPを許可する(試用のみ)"),
                {"action": "store_true"},
            ),
        ),
    ),
    Command(
        name="keys",
        summary=Text(
            "make the keys that are missing: after a loss, or to change them", "失われた鍵、または交換する鍵を作成する"
        ),
        run=keys,
        daemon=False,
        arguments=(_CONFIG,),
    ),
    Command(
        name="serve",
        summary=Text("run the connector until a signal", "コネクタを起動する"),
        run=serve,
        daemon=False,
        arguments=(_CONFIG,),
    ),
)
