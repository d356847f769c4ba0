"""An OAuth2 authorization server: a token endpoint over TLS, and what Dovecot asks about tokens."""

from __future__ import annotations

import json
import secrets
import ssl
import threading
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from certificates import Identity
from processes import HOST
from scripted import server_context

CLIENT_ID = "signet-tests"
#: Characters that a form body must encode.
CLIENT_SECRET = "cl1ent+secret/&=%"


@dataclass(frozen=True)
class Answer:
    """What the token endpoint says instead of a token."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class TokenIssuer:
    """A context manager: gives access tokens for refresh tokens, and knows whose they are.

    Every answer has a new refresh token, and the one before is void from then on (RFC 6749 §6).
    The token endpoint runs under TLS with `identity`; the other URL is plain and for Dovecot. With
    `access_token`, every access token is this one.
    """

    def __init__(
        self, identity: Identity, answer: Answer | None = None, access_token: str | None = None
    ):
        self._context = server_context(identity)
        self.answer = answer
        self._access_token = access_token
        self._users: dict[str, str] = {}
        self._lock = threading.Lock()
        #: Access tokens that are valid, and whose they are.
        self.access_tokens: dict[str, str] = {}
        #: The form of every request, and its headers with names in lower case.
        self.forms: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        #: How often Dovecot asked.
        self.introspections = 0

    def __enter__(self) -> TokenIssuer:
        self._servers = [
            _serve(self._token_handler(), self._context), _serve(self._introspection_handler()),
        ]
        ports = [server.server_address[1] for server, _ in self._servers]
        self.token_endpoint = f"https://{HOST}:{ports[0]}/oauth/token"
        self.introspection = f"http://{HOST}:{ports[1]}/introspect"
        self.port = ports[0]
        return self

    def __exit__(self, *_: object) -> None:
        for server, thread in self._servers:
            server.shutdown()
            thread.join()
            server.server_close()

    def secret(self, user: str, **members: str) -> str:
        """The secret of a client that may act for `user`, as the vault stores it."""
        refresh = f"refresh-{secrets.token_urlsafe(24)}"
        with self._lock:
            self._users[refresh] = user
        return json.dumps({
            "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": refresh,
            "token_endpoint": self.token_endpoint, **members,
        })

    def _renew(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        with self._lock:
            user = self._users.pop(form.get("refresh_token", ""), None)
            known = (form.get("client_id"), form.get("client_secret"))
            if known != (CLIENT_ID, CLIENT_SECRET):
                return 401, {"error": "invalid_client"}
            if user is None or form.get("grant_type") != "refresh_token":
                return 400, {"error": "invalid_grant", "error_description": "not any more"}
            access = self._access_token or f"access-{secrets.token_urlsafe(24)}"
            refresh = f"refresh-{secrets.token_urlsafe(24)}"
            self.access_tokens[access] = user
            self._users[refresh] = user
        return 200, {
            "access_token": access, "refresh_token": refresh, "token_type": "Bearer",
            "expires_in": 3600,
        }

    def _token_handler(issuer) -> type[BaseHTTPRequestHandler]:
        class Handler(_Handler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
                issuer.forms.append(form)
                issuer.headers.append({name.lower(): text for name, text in self.headers.items()})
                if issuer.answer:
                    answer = issuer.answer
                    return self.say(answer.status, answer.body, answer.headers)
                status, members = issuer._renew(form)
                self.say(status, json.dumps(members).encode())

        return Handler

    def _introspection_handler(issuer) -> type[BaseHTTPRequestHandler]:
        class Handler(_Handler):
            def do_GET(self) -> None:
                issuer.introspections += 1
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                user = issuer.access_tokens.get(token)
                # Dovecot takes an answer without a name for a fault of its own.
                self.say(200, json.dumps({"username": user or "nobody"}).encode())

        return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 15

    def say(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    """Shakes hands in the thread of each client, so that none holds up the others."""

    def __init__(self, handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None):
        self._context = context
        super().__init__((HOST, 0), handler)

    def finish_request(self, request, address) -> None:
        if self._context:
            request.settimeout(15)
            request = self._context.wrap_socket(request, server_side=True)
        super().finish_request(request, address)

    def handle_error(self, *_: object) -> None:
        pass


def _serve(
    handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None
) -> tuple[_Server, threading.Thread]:
    server = _Server(handler, context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    return server, thread
