"""A real HTTP proxy on loopback, and TLS fronts for names that no resolver knows.

What wants to reach `discord.test` has no other way than by a proxy that can: so a
request that went around it would be seen to fail, not to succeed by another way.
"""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST: Final = "127.0.0.1"
CHUNK_BYTES: Final = 64 * 1024
_LOST: Final = (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError)


@dataclass(frozen=True, slots=True)
class Passage:
    """One connection that the proxy let through, or refused."""

    method: str  # CONNECT, or that of an absolute-form request
    target: str  # host:port
    refused: bool = False


@dataclass(eq=False)
class FakeProxy:
    """A forward proxy: CONNECT tunnels, and absolute-form requests.

    Attributes:
        ways: Ports of this machine by target, "name:port"; other targets are 502.
        login: "user:password" that it asks for; None: nobody is asked.
        passages: What it was asked for, in order.
    """

    ways: Mapping[str, int]
    login: str | None = None
    passages: list[Passage] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Its address, with the login where it asks for one."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return f"http://{self.login + '@' if self.login else ''}{HOST}:{port}"

    @property
    def targets(self) -> set[str]:
        """Where it was asked to lead, refused passages left out."""
        return {each.target for each in self.passages if not each.refused}

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the port and cut whatever still runs through it."""
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._open.add(writer)
        with suppress(*_LOST):
            await self._pass_on(reader, writer)
        writer.close()
        self._open.discard(writer)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *headers = head.rstrip("\r\n").split("\r\n")
        method, target, _ = line.split(" ")
        place, path = _place(method, target)
        port = self.ways.get(place)
        answer = self._refusal(headers, known=port is not None)
        self.passages.append(Passage(method, place, refused=answer is not None))
        if port is None or answer is not None:
            writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        onward = await asyncio.open_connection(HOST, port)
        self._open.add(onward[1])
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            onward[1].write(_in_origin_form(method, path, headers))
        await _join((reader, writer), onward)
        self._open.discard(onward[1])

    def _refusal(self, headers: list[str], *, known: bool) -> str | None:
        if self.login:
            wanted = "basic " + b64encode(self.login.encode()).decode()
            given = _value(headers, "proxy-authorization") or ""
            if given.lower() != wanted.lower():
                return "407 Proxy Authentication Required"
        return None if known else "502 Bad Gateway"


def _place(method: str, target: str) -> tuple[str, str]:
    """Split a target into host:port and path."""
    if method == "CONNECT":
        return target, ""
    bare, slash, path = target.removeprefix("http://").partition("/")
    return bare if ":" in bare else f"{bare}:80", slash + path or "/"


def _value(headers: list[str], name: str) -> str | None:
    pairs = (header.split(":", 1) for header in headers)
    return next((v.strip() for n, v in pairs if n.lower() == name), None)


def _in_origin_form(method: str, path: str, headers: list[str]) -> bytes:
    """Write a request as its server is to read it; one a connection."""
    own = ("proxy-", "connection:")
    kept = [header for header in headers if not header.lower().startswith(own)]
    lines = [f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _join(here: Ends, there: Ends) -> None:
    """Carry bytes both ways until one side ends."""
    ways = [
        asyncio.create_task(_carry(here[0], there[1])),
        asyncio.create_task(_carry(there[0], here[1])),
    ]
    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    there[1].close()
    for way in ways:
        way.cancel()
    await asyncio.wait(ways)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(*_LOST):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()


@asynccontextmanager
async def tls_fronts(
    folder: Path, ports: Mapping[str, int]
) -> AsyncIterator[tuple[Path, dict[str, int]]]:
    """Speak TLS for names, and hand what comes to plain ports behind.

    Yields:
        The file of the authority to trust, and the ways for a proxy: "name:443".
    """
    authority, context = _certified(folder, list(ports))
    async with AsyncExitStack() as stack:
        ways = {}
        for name, port in ports.items():
            server = await asyncio.start_server(_front(port), HOST, 0, ssl=context)
            stack.callback(server.close)
            ways[f"{name}:443"] = server.sockets[0].getsockname()[1]
        yield authority, ways


def _front(port: int) -> Callable[..., Awaitable[None]]:
    async def hand_on(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(*_LOST):
            behind = await asyncio.open_connection(HOST, port)
            await _join((reader, writer), behind)
        writer.transport.abort()

    return hand_on


def _certified(folder: Path, names: list[str]) -> tuple[Path, ssl.SSLContext]:
    """Make an authority and, signed by it, one certificate for all the names."""
    own, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _signed("mjwatch test authority", own, own, names=[])
    leaf = _signed("mjwatch test", key, own, names=names)
    paths = folder / "authority.pem", folder / "front.pem"
    paths[0].write_bytes(root)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    paths[1].write_bytes(private + leaf)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(paths[1])
    return paths[0], context


Key = ec.EllipticCurvePrivateKey


def _signed(subject: str, key: Key, by: Key, *, names: list[str]) -> bytes:
    issuer = _name("mjwatch test authority")
    now = datetime.now(UTC)  # noqa: TID251 - certificates are of the real world
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.BasicConstraints(ca=not names, path_length=None), critical=True
        )
        # Python 3.13 trusts no authority that leaves these out.
        .add_extension(_usage(authority=not names), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()),
            critical=False,
        )
    )
    if names:
        hosts = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
        made = made.add_extension(hosts, critical=False)
    return made.sign(by, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
