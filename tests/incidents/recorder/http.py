"""A small HTTP/1.1 client on asyncio that keeps connections and cookies, and can lose patience."""

from __future__ import annotations

import asyncio
from contextlib import suppress

TIMEOUT_S = 60.0


class ImpatientError(Exception):
    """The person did not wait for the answer."""


class Browser:
    """One person's browser: one connection, kept alive as long as the server keeps it."""

    def __init__(self, address: str, agent: str, port: int = 80) -> None:
        self.address, self.agent, self.port = address, agent, port
        self.cookies: dict[str, str] = {}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def close(self) -> None:
        """Leave, without saying goodbye."""
        if self._streams:
            self._streams[1].close()
            with suppress(OSError):
                await self._streams[1].wait_closed()
            self._streams = None

    async def ask(
        self, method: str, path: str, body: bytes = b"", referer: str = "", patience_s: float = TIMEOUT_S
    ) -> tuple[int, str]:
        """Status and text of the answer; raises `ImpatientError` or `OSError`."""
        fresh = self._streams is None
        try:
            return await asyncio.wait_for(self._ask(method, path, body, referer), patience_s)
        except TimeoutError:
            await self.close()
            raise ImpatientError from None
        except (OSError, asyncio.IncompleteReadError, ValueError) as lost:
            await self.close()
            if not fresh:  # the server closed a connection that it had kept: any browser asks again
                return await self.ask(method, path, body, referer, patience_s)
            raise ConnectionError(type(lost).__name__) from lost

    async def _ask(self, method: str, path: str, body: bytes, referer: str) -> tuple[int, str]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        head = [f"{method} {path} HTTP/1.1", "Host: www.example.com", f"User-Agent: {self.agent}", "Accept: */*"]
        head += [f"X-Forwarded-For: {self.address}"]
        if referer:
            head.append(f"Referer: https://www.example.com{referer}")
        if self.cookies:
            head.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if body or method == "POST":
            head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        await writer.drain()
        return await self._answer(reader)

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, str]:
        status = int((await reader.readuntil(b"\r\n")).split(b" ", 2)[1])
        length, chunked, keep = None, False, True
        while (line := (await reader.readuntil(b"\r\n")).decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            name, value = name.lower(), value.strip()
            if name == "content-length":
                length = int(value)
            elif name == "transfer-encoding":
                chunked = "chunked" in value
            elif name == "connection":
                keep = value.lower() != "close"
            elif name == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        text = await self._body(reader, length, chunked=chunked)
        if not keep or (length is None and not chunked and status not in {204, 304}):
            await self.close()
        return status, text.decode(errors="replace")

    @staticmethod
    async def _body(reader: asyncio.StreamReader, length: int | None, *, chunked: bool) -> bytes:
        if chunked:
            parts = []
            while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                parts.append(await reader.readexactly(size))
                await reader.readexactly(2)
            await reader.readuntil(b"\r\n")
            return b"".join(parts)
        return await (reader.read() if length is None else reader.readexactly(length))
