"""Daemons for the command line: a scripted one that says exactly what a test wants, and real ones as processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ScriptedDaemon:
    """A management API that gives one answer to everything and remembers what it was asked."""

    def __init__(self, status=200, body=b"{}"):
        self.status = status
        self.body = body
        self.asked = []
        daemon = self

        def answer(self):
            length = int(self.headers.get("content-length") or 0)
            daemon.asked.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
            self.send_response(daemon.status)
            self.send_header("content-length", str(len(daemon.body)))
            self.end_headers()
            self.wfile.write(daemon.body)

        methods = {f"do_{method}": answer for method in ("GET", "POST", "PUT", "DELETE")}
        silent = {"log_message": lambda *_: None}
        handler = type("Handler", (BaseHTTPRequestHandler,), {**methods, **silent})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def says(self, status, value):
        self.status, self.body = status, json.dumps(value).encode()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class ServedFolder:
    """``renkei serve`` on a folder that ``renkei init`` made; ready when this returns."""

    def __init__(self, folder):
        self.folder = folder
        self.config = str(folder / "renkei.toml")
        own = {name: value for name, value in os.environ.items() if not name.startswith("RENKEI")}
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "renkei", "serve", "--config", self.config],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=own,
            )
        line = self.process.stdout.readline()
        assert line, (folder / "log").read_text("utf-8")
        self.ready = json.loads(line)

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()


def free_ports(count):
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
