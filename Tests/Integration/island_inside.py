"""usage: island_inside.py FOLDER

What runs on the island: listeners on every address, a name server on 127.0.0.53, and a socket
`control` in FOLDER over which the test asks and tells. One line of JSON each way.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
import struct
import sys
from pathlib import Path

ANSWER_TYPES = {1: 4, 28: 6}
IPV6_V6ONLY = 26


class Inside:
    """Everything that happens, in one loop."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.listeners: list[socket.socket] = []
        self.forget({}, None)

    def forget(self, names: dict[str, list[list[str]]], greeting: str | None) -> None:
        self.names = names
        self.greeting = greeting
        self.connections: list[list[object]] = []
        self.asked: list[str] = []
        self.opened_before = opened_connections()

    # MARK: Listeners

    def listen(self, ports: list[int]) -> None:
        loop = asyncio.get_running_loop()
        for port in ports:
            listener = socket.socket(socket.AF_INET6)
            listener.setsockopt(socket.IPPROTO_IPV6, IPV6_V6ONLY, 0)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("::", port))
            listener.listen(64)
            listener.setblocking(False)
            self.listeners.append(listener)
            loop.add_reader(listener, self.accept_all)

    def accept_all(self) -> None:
        """Takes whoever waits; called before every answer to the test, so that none is missed."""
        for listener in self.listeners:
            while True:
                try:
                    client, _ = listener.accept()
                except BlockingIOError:
                    break
                client.setblocking(False)
                host, port = client.getsockname()[:2]
                connection = [host.removeprefix("::ffff:"), port, ""]
                self.connections.append(connection)
                task = asyncio.ensure_future(self.attend(client, connection))
                task.add_done_callback(lambda done: done.exception())

    async def attend(self, client: socket.socket, connection: list[object]) -> None:
        loop = asyncio.get_running_loop()
        with client:
            if self.greeting is not None:
                await loop.sock_sendall(client, self.greeting.encode())
            while part := await loop.sock_recv(client, 65536):
                connection[2] += part.decode("latin-1")
                if self.greeting is not None and part.upper().startswith((b"EHLO", b"HELO")):
                    await loop.sock_sendall(client, b"250 island.test\r\n")
                elif self.greeting is not None:
                    await loop.sock_sendall(client, b"502 5.5.1 not here\r\n")

    # MARK: Names (RFC 1035)

    def start_name_server(self) -> None:
        self.resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.resolver.bind(("127.0.0.53", 53))
        self.resolver.setblocking(False)
        asyncio.get_running_loop().add_reader(self.resolver, self.answer_questions)

    def answer_questions(self) -> None:
        while True:
            try:
                question, client = self.resolver.recvfrom(4096)
            except BlockingIOError:
                return
            self.resolver.sendto(self.answer(question), client)

    def answer(self, question: bytes) -> bytes:
        labels, at = [], 12
        while length := question[at]:
            labels.append(question[at + 1:at + 1 + length].decode("latin-1"))
            at += 1 + length
        (kind,) = struct.unpack("!H", question[at + 1:at + 3])
        asked, name = question[12:at + 5], ".".join(labels).lower()
        self.asked.append(name)
        rounds = self.names.get(name)
        if rounds is None:
            return question[:2] + struct.pack("!HHHHH", 0x8183, 1, 0, 0, 0) + asked
        # The questions for A and AAAA are one time.
        times = sum(one == name for one in self.asked)
        addresses = rounds[min((times - 1) // 2, len(rounds) - 1)]
        records = [
            struct.pack("!HHHIH", 0xC00C, kind, 1, 0, len(one.packed)) + one.packed
            for one in map(ipaddress.ip_address, addresses)
            if one.version == ANSWER_TYPES.get(kind)
        ]
        header = question[:2] + struct.pack("!HHHHH", 0x8180, 1, len(records), 0, 0)
        return header + asked + b"".join(records)

    # MARK: The test

    async def obey(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        words = json.loads(await reader.readline())
        self.accept_all()
        # Whoever was just taken is heard before the answer.
        await asyncio.sleep(0)
        opened = opened_connections() - self.opened_before
        seen = {"connections": self.connections, "opened": opened, "asked": self.asked}
        if words:
            self.forget(words["names"], words["greeting"])
        writer.write(json.dumps(seen).encode() + b"\n")
        await writer.drain()
        writer.close()


def opened_connections() -> int:
    """How many TCP connections were begun in this network, whether or not they came about."""
    names, values = [
        line.split() for line in Path("/proc/net/snmp").read_text().splitlines()
        if line.startswith("Tcp:")
    ]
    return int(values[names.index("ActiveOpens")])


async def main() -> None:
    folder = Path(sys.argv[1])
    inside = Inside(folder)
    inside.listen(json.loads((folder / "ports").read_text()))
    inside.start_name_server()
    unready = folder / "control.new"
    await asyncio.start_unix_server(inside.obey, unready)
    unready.rename(folder / "control")
    await asyncio.Event().wait()


asyncio.run(main())
