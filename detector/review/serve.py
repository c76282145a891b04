"""Serving a review on the loopback address until it is interrupted."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable
from typing import Any, Final

import uvicorn

from detector.errors import OutputError
from detector.review.jobs import Jobs
from detector.review.server import Review, make_app
from detector.review.session import Session

_HOST: Final = "127.0.0.1"
_BACKLOG: Final = 64
_GRACE: Final = 2


def serve(
    session: Session, jobs: Jobs, title: str, *, port: int, with_browser: bool, say: Callable[[str], None]
) -> None:
    """Serve a review; it ends with `KeyboardInterrupt`.

    Parameters
    ----------
    session, jobs
        The review.
    title
        What is reviewed.
    port
        Where; 0 for any that is free.
    with_browser
        Whether to open a browser.
    say
        Told the address.

    Raises
    ------
    OutputError
        The port is taken.
    """
    token = secrets.token_urlsafe(24)
    with contextlib.ExitStack() as stack:
        stack.callback(jobs.stop)
        listener = stack.enter_context(_listen(port))
        port = listener.getsockname()[1]
        # The token stands behind the #, which a browser sends nowhere.
        address = f"http://{_HOST}:{port}/#{token}"
        app: Any = make_app(Review(session, jobs, token, title), port)
        config = uvicorn.Config(
            app, log_level="error", access_log=False, server_header=False, timeout_graceful_shutdown=_GRACE, ws="none"
        )

        def ready() -> None:
            say(address)
            if with_browser:  # by itself: a browser in a terminal comes back when it is closed
                threading.Thread(target=_open, args=(address,), daemon=True).start()

        _Server(config, ready).run(sockets=[listener])


def _open(address: str) -> None:
    with contextlib.suppress(webbrowser.Error):
        webbrowser.open(address)


class _Server(uvicorn.Server):
    """A server that tells when it is up.

    Not before: an interrupt that comes between the word and uvicorn's handling of signals would be lost where the
    parent ignores interrupts, as the shell does for what it runs in the background.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"port {port}: cannot be served on: {reason}; --port 0 takes any that is free") from None
    return listener
