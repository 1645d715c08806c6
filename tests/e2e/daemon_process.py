"""A daemon as a process of its own, seen as an operator sees it: its ready line, its log, its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys


class DaemonProcess:
    """``renkei serve`` over a folder; ``ready`` is the ready line, or ``None`` where it ended instead."""

    def __init__(self, folder, *, environment=None, arguments=()):
        self.folder = folder
        self.log = folder / "log"
        own = {name: value for name, value in os.environ.items() if not name.startswith("RENKEI")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "renkei", "serve", "--config", str(folder / "renkei.toml"), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**own, **(environment or {})},
            )
        line = self.process.stdout.readline()
        self.first_line = line
        self.ready = json.loads(line) if line.startswith(b'{"ready"') else None

    def stop(self, how=signal.SIGTERM):
        """End it; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.end()

    def end(self):
        """Wait for its own end; its exit code."""
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.process.stdout.close()

    def log_lines(self):
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]
