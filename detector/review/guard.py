"""Who may talk to the server: only the page it serves, opened with its token, on this machine.

Every program and page on the machine can reach a port of the loopback address, and a name server that
lies can make any site's name stand for it.  So the ``Host`` must be this server's, the ``Origin`` and
``Sec-Fetch-Site`` of a request, where a browser gives them, its own, and what tells or changes anything
asks for the token, which travels in a header that other sites cannot set.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER: Final = "x-review-token"

MOST_BYTES: Final = 1 << 16
"""A request has no more; answers are small."""

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""No script but the server's own files, and none that makes markup of text."""

_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-dns-prefetch-control": "off",
    "cache-control": "no-store",
}
_FRAMING: Final = {"content-security-policy": PAGE_POLICY, "x-frame-options": "DENY"}


class Guard:
    """Turns away requests that are not the page's own, and sends its policies with every answer.

    Parameters
    ----------
    app
        The application.
    port
        The server's port.
    token
        The secret in the address that the user was given.
    """

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._origins = {f"http://{host}" for host in self._hosts}
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = {name.decode().lower() for name, _ in message["headers"]}
                extra = {**_HEADERS, **_FRAMING}
                message["headers"] = [
                    *message["headers"],
                    *((k.encode(), v.encode()) for k, v in extra.items() if k not in sent),
                ]
            await send(message)

        if scope["type"] != "http":
            return  # nothing here speaks anything else
        refusal = self.refusal(scope["path"], {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]})
        app: Any = self._app if refusal is None else PlainTextResponse(refusal[1], refusal[0])
        await app(scope, receive, guarded)

    def refusal(self, path: str, headers: Mapping[str, str]) -> tuple[int, str] | None:
        """Say why a request is turned away: status and reason; None where it is not.

        Parameters
        ----------
        path
            What it asks for.
        headers
            Names in lower case.
        """
        if headers.get("host", "") not in self._hosts:
            return 421, "This server answers only under the address that detector review printed."
        if headers.get("origin", "") not in self._origins | {""}:
            return 403, "Other sites may not use this server."
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return 403, "Other sites may not use this server."
        if path.startswith("/api/") and not hmac.compare_digest(
            headers.get(TOKEN_HEADER, "").encode("latin-1", "replace"), self._token.encode()
        ):
            return 401, "The token is missing or wrong: open the address that detector review printed."
        if not headers.get("content-length", "0").isdigit() or int(headers.get("content-length", "0")) > MOST_BYTES:
            return 413, "The request is too long."
        return None


def ticket(token: str, page: int) -> str:
    """Give what lets a frame show the original of a page, since a frame cannot send the token in a header."""
    return hmac.new(token.encode(), f"original {page}".encode(), "sha256").hexdigest()
