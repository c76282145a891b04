"""Requests to an application without a network, header by header."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit


@dataclass
class Response:
    status_code: int
    headers: dict
    content: bytes

    @property
    def text(self):
        return self.content.decode()

    def json(self):
        return json.loads(self.content)


class Client:
    def __init__(self, app, host, headers=()):
        self.app = app
        self.headers = {"host": host, **dict(headers)}

    def get(self, path, params=(), headers=()):
        return self._ask("GET", path + ("?" + urlencode(dict(params)) if params else ""), headers, [b""])

    def post(self, path, json=None, content=None):
        """`content` may be chunks, which are sent without their length."""
        data = _dumps(json) if content is None else content
        if isinstance(data, bytes):
            return self._ask("POST", path, {"content-length": str(len(data))}, [data])
        return self._ask("POST", path, {}, list(data))

    def _ask(self, method, path, headers, chunks):
        parts = urlsplit(path)
        sent = {**self.headers, **dict(headers)}
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": parts.path, "raw_path": parts.path.encode(), "query_string": parts.query.encode(), "root_path": "",
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
        }  # fmt: skip
        coming = [
            {"type": "http.request", "body": chunk, "more_body": n < len(chunks) - 1} for n, chunk in enumerate(chunks)
        ]
        messages = []

        async def receive():
            return coming.pop(0) if coming else {"type": "http.disconnect"}

        async def send(message):
            messages.append(message)

        with ThreadPoolExecutor(1) as thread:  # the browser's tests may have a loop in this one
            thread.submit(asyncio.run, self.app(scope, receive, send)).result()
        start = messages[0]
        found = {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]}
        return Response(start["status"], found, b"".join(message.get("body", b"") for message in messages[1:]))


def _dumps(value):
    return json.dumps(value).encode()
