"""What a daemon costs before it does anything: seconds from start to ready, and memory while idle."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path


def daemon(folder: Path) -> dict[str, float]:
    """``start_to_ready_s`` (median of three) and ``idle_memory_mb`` (resident, right after it is ready)."""
    seconds: list[float] = []
    memory = 0.0
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    command = [sys.executable, "-m", "renkei", "init", str(folder / "node"), "--port", port, "--loopback"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for _ in range(3):
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "renkei", "serve", "--config", str(folder / "node" / "renkei.toml")],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            assert ready["ready"] is True
            seconds.append(time.perf_counter() - begun)
            memory = _resident_mb(process.pid)
        finally:
            process.terminate()
            process.wait(20)
    return {"start_to_ready_s": round(sorted(seconds)[1], 2), "idle_memory_mb": round(memory, 1)}


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
