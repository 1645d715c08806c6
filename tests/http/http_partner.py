"""A partner that says exactly what a test wants, byte by byte, and remembers what it was sent."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager

END, KEEP, RESET, HANG = "end", "keep", "reset", "hang"


class ScriptedPartner:
    """Answers the requests in turn with the given bytes, then does what ``after`` says; the last one repeats."""

    def __init__(self, *script: bytes, after: str = KEEP):
        self.script = list(script)
        self.after = after
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.port = 0
        self.gone = asyncio.Event()
        self._tasks: set[asyncio.Task] = set()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                self.bodies.append(await reader.readexactly(int(length or 0)))
                writer.write(self.script.pop(0) if len(self.script) > 1 else self.script[0])
                await writer.drain()
                if self.after == RESET:
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    writer.transport.abort()
                    return
                if self.after == HANG:
                    await reader.read()
                    return
                if self.after == END:
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.gone.set()
            writer.close()

    async def stop(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def partner(*script, after=KEEP, ssl=None):
    scripted = ScriptedPartner(*script, after=after)
    server = await asyncio.start_server(scripted.serve, "127.0.0.1", 0, ssl=ssl)
    scripted.port = server.sockets[0].getsockname()[1]
    try:
        yield scripted
    finally:
        server.close()
        await scripted.stop()
        await server.wait_closed()


def answer(body=b"", status="200 OK", *headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
