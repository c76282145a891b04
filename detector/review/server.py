"""The application: the page's files, and what they ask for."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import numpy as np
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from detector.errors import DetectorError, InputError
from detector.labels import KINDS, NOISE
from detector.review import original, view
from detector.review.guard import MOST_BYTES, Guard, ticket
from detector.review.jobs import Jobs
from detector.review.ledger import HAND, LABELS, UNKNOWN, UNSURE, Answer
from detector.review.session import Session

_STATIC: Final = Path(__file__).parent / "static"
_FILES: Final = {
    "/": ("index.html", "text/html"),
    "/review.css": ("review.css", "text/css"),
    **{f"/{name}.js": (f"{name}.js", "text/javascript") for name in ("review", "keys", "learn", "lines", "talk")},
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}


class Review:
    """What requests are answered from.

    Parameters
    ----------
    session
        The review.
    jobs
        What runs beside it.
    token
        See `detector.review.guard`.
    title
        What is reviewed, for the head of the page.
    """

    def __init__(self, session: Session, jobs: Jobs, token: str, title: str) -> None:
        self.session = session
        self.jobs = jobs
        self.token = token
        self.title = title

    def state(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Tell how far the review is, and the work beside it."""
        return {
            **asdict(self.session.progress()),
            "title": self.title,
            "pages": len(self.session.collection.names),
            "file": str(self.session.store.path),
            "kinds": KINDS,
            "is_whole": self.session.collection.is_whole,
            "job": self.jobs.state(),
            "jobs": self.jobs.offered(),
        }

    def queue(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Give part of the queue."""
        return view.queue_view(self.session, _whole(asked, "first", 0), _whole(asked, "last", view.MOST_PAGES))

    def page(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Give part of a page."""
        number = self._page(asked)
        first = _whole(asked, "first", 0)
        shown = view.page_view(self.session, number, first, _whole(asked, "last", first + view.MOST_LINES))
        if shown["has_html"]:
            shown["original"] = f"/original/{number}?ticket={ticket(self.token, number)}"
        return shown

    def next(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Give the best question."""
        page = self._page(asked) if "page" in asked else None
        passed = self._row(asked, "passed") if "passed" in asked else None
        question = self.session.next_question(page, passed, stay=bool(asked.get("stay")))
        if question is None:
            return {"is_done": True}
        start = self.session.collection.lines.rows_of(question.page).start
        return {"is_done": False, "page": question.page, "row": question.row - start, "bits": question.value}

    def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Take answers on runs of lines of a page."""
        given = asked.get("answers")
        if not isinstance(given, list) or not given or not all(isinstance(item, dict) for item in given):
            raise InputError("'answers' must be a list of objects")
        answers = [self._answer({**item, "page": asked.get("page")}) for item in given]
        settled = self.session.answer(answers, spread=bool(asked.get("spread", True)))
        return {"settled": settled, **self.state(asked)}

    def _answer(self, item: Mapping[str, Any]) -> Answer:
        first, last = self._row(item, "first"), self._row(item, "last")
        label, kind = item.get("label"), item.get("kind")
        if label not in LABELS or not (kind is None or (kind in KINDS and label == NOISE)):
            raise InputError(f"no such label or kind: {label!r}, {kind!r}")
        return Answer(
            np.arange(first, max(first, last) + 1),
            LABELS.index(label),
            UNKNOWN if kind is None else KINDS.index(kind),
            UNSURE if item.get("unsure") else HAND,
        )

    def accept(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Take what is shown of a page for right."""
        settled = self.session.accept_page(self._page(asked), spread=bool(asked.get("spread", True)))
        return {"settled": settled, **self.state(asked)}

    def undo(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Take the last answer back."""
        undone = self.session.undo()
        if undone is None:
            return {"changed": 0, **self.state(asked)}
        page = int(self.session.collection.lines.page[undone[0]])
        row = undone[0] - self.session.collection.lines.rows_of(page).start
        return {"changed": undone[1], "page": page, "row": row, **self.state(asked)}

    def start(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Start a job."""
        self.session.save()
        if unsaved := self.session.progress().unsaved:
            raise InputError(unsaved)
        site = self.session.collection.names[self._page(asked)].site if "page" in asked else ""
        self.jobs.start(str(asked.get("name")), self.session.store.path, site)
        return self.state(asked)

    def stop(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Stop the job."""
        self.jobs.stop()
        return self.state(asked)

    def _page(self, asked: Mapping[str, Any]) -> int:
        number = _whole(asked, "page", -1)
        if not 0 <= number < len(self.session.collection.names):
            raise InputError(f"there is no page {number}")
        return number

    def _row(self, asked: Mapping[str, Any], name: str) -> int:
        rows = self.session.collection.lines.rows_of(self._page(asked))
        row: int = rows.start + _whole(asked, name, -1)
        if not rows.start <= row < rows.stop:
            raise InputError(f"page {asked.get('page')} has no line {asked.get(name)}")
        return row


def _whole(asked: Mapping[str, Any], name: str, default: int) -> int:
    value = asked.get(name, default)
    try:
        if isinstance(value, str | int) and not isinstance(value, bool):  # JSON has Infinity, true and 0.7, too
            return int(value)
    except ValueError:
        pass
    raise InputError(f"{name!r} must be a whole number, not {value!r}")


def make_app(review: Review, port: int) -> Guard:
    """Make the application.

    Parameters
    ----------
    review
        What requests are answered from.
    port
        The port it will be served on, see `Guard`.
    """
    routes = [Route(path, _file(name, media)) for path, (name, media) in _FILES.items()]
    for name in ("state", "queue", "page", "next"):
        routes.append(Route(f"/api/{name}", _answering(getattr(review, name)), methods=["GET"]))
    for name in ("answer", "accept", "undo", "start", "stop"):
        routes.append(Route(f"/api/{name}", _answering(getattr(review, name)), methods=["POST"]))
    routes.append(Route("/api/export", _export(review)))
    routes.append(Route("/original/{page:int}", _original(review)))
    return Guard(Starlette(routes=routes), port, review.token)


def _file(name: str, media: str) -> Callable[[Request], Response]:
    content = (_STATIC / name).read_bytes()

    def serve(request: Request) -> Response:
        return Response(content, media_type=media)

    return serve


def _answering(handler: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Any:
    async def serve(request: Request) -> Response:
        try:
            asked = dict(request.query_params)
            if request.method == "POST":
                body = json.loads(await _body(request) or b"{}")
                if not isinstance(body, dict):
                    raise InputError("a request must be a JSON object")
                asked |= body
            return _json(await run_in_threadpool(handler, asked))
        except (ValueError, RecursionError):
            return _json({"error": "the request is not JSON"}, 400)
        except InputError as error:
            return _json({"error": str(error)}, 400)
        except DetectorError as error:  # the disk is full, or the like
            return _json({"error": str(error)}, 507)

    return serve


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:  # a length that was not told
            raise InputError("the request is too long")
    return body


def _json(value: Mapping[str, Any], status: int = 200) -> Response:
    # In ASCII: text of pages may have lone surrogates, which UTF-8 has not.
    return Response(json.dumps(value).encode(), status, media_type="application/json")


def _export(review: Review) -> Callable[[Request], Response]:
    def serve(request: Request) -> Response:
        review.session.save()
        path = review.session.store.path
        if unsaved := review.session.progress().unsaved:
            return _json({"error": unsaved}, 507)
        if not path.is_file():
            return _json({"error": "there is no answer yet"}, 400)
        # In one piece: the file may be replaced while it is sent.
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(path.name)}"}
        return Response(path.read_bytes(), media_type="application/x-ndjson", headers=headers)

    return serve


def _original(review: Review) -> Callable[[Request], Response]:
    def serve(request: Request) -> Response:
        number = int(request.path_params["page"])
        given = request.query_params.get("ticket", "").encode("utf-8", "replace")
        shelf = review.session.collection.shelf
        if not hmac.compare_digest(given, ticket(review.token, number).encode()) or number >= len(shelf):
            return Response("There is no such page.", 404, media_type="text/plain")
        size = shelf.html_size(number)
        html = original.too_long(size) if size > original.MOST_BYTES else original.original(shelf.html(number))
        return HTMLResponse(html.encode("utf-8", "replace"), headers=original.HEADERS)

    return serve
