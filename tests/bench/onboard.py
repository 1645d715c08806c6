"""What it costs to join with a thousand suppliers: one table, one bill of materials that names them all; and to ask them.

A real daemon on loopback with its database file, through the management API. Nobody answers for the suppliers: what is
measured ends where a partner would have to speak, when each is known by name and by its number for what we buy, and
then when each has been asked, while those who were asked before are tried again and again.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path

MANY = 1000
_COLUMNS = "name,participant,side,part,number\n"
_BOM = "parent,component,supplier,amount,unit,yield,stages\n"
_PERIOD = {"start": "2025-01-01", "end": "2025-12-31"}
_INVENTORY = {
    "@type": "FootprintInventory",
    "declaredUnit": "piece",
    "declaredUnitAmount": "1",
    "period": _PERIOD,
    "own": [{"name": "plant", "stage": "mainProductProduction", "kgCO2e": "1"}],
    "secondary": [],
}


def onboard(folder: Path) -> dict[str, float]:
    """``onboard_1000_s``: all but the asking; ``onboard_table_s``: of this, until the table is stored.

    ``ask_1000_s``: until all are asked, one after the other, though none can be reached.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    home = folder / "onboard"
    command = [sys.executable, "-m", "renkei", "init", str(home), "--port", port, "--loopback"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    process = subprocess.Popen(
        [sys.executable, "-m", "renkei", "serve", "--config", str(home / "renkei.toml")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        return _measured(ready["management_url"], (home / "management.token").read_text().strip())
    finally:
        process.terminate()
        process.wait(60)


def _measured(url: str, token: str) -> dict[str, float]:
    line = HTTPConnection(url.removeprefix("http://"), timeout=120)

    def call(method: str, path: str, body: Mapping[str, object]) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        line.request(method, f"/v1{path}", json.dumps(body), headers)
        answer = line.getresponse()
        content = json.loads(answer.read())
        assert answer.status < 300, content
        return content

    names = [f"supplier-{index:04}" for index in range(MANY)]
    table = _COLUMNS + "".join(f"{name},did:web:localhost%3A9:{name},supplier,our-{name},N/{name}\n" for name in names)
    lines = _BOM + "".join(f"PACK,our-{name},{name},1,piece,1,component\n" for name in names)
    begun = time.perf_counter()
    assert call("POST", "/partners/import", {"csv": table}) == {"partners": MANY, "new": MANY, "links": MANY}
    stored = time.perf_counter()
    call("PUT", "/parts/PACK", {"bom": lines, "inventory": _INVENTORY})
    found = call("POST", "/parts/search", {"parent": True})["items"]
    assert [part["id"] for part in found] == ["PACK"]
    asked = {"kinds": ["footprint"], "due": "2999-12-31"}
    assert (
        call("POST", "/requests", {**asked, "partner": names[-1], "part": f"N/{names[-1]}"})["partner_name"]
        == names[-1]
    )
    ended = time.perf_counter()
    for name in names[:-1]:
        call("POST", "/requests", {**asked, "partner": name, "part": f"N/{name}"})
    return {
        "onboard_1000_s": round(ended - begun, 2),
        "onboard_table_s": round(stored - begun, 2),
        "ask_1000_s": round(time.perf_counter() - ended, 2),
    }
