"""The service among a million scores, or a worker that computes a board of them, as a process that is measured.

`python -m performance.served_boards --database URL --serve PORT` or `--compute BOARD`.
"""

import argparse
import json
import resource
import time
from dataclasses import replace
from functools import partial

from brainrank.api.cli.serve import without_garbage_collection


def compute(address: str, name: str) -> None:
    """Compute a board, as a worker does; print how long it took and what memory, as JSON."""
    from brainrank.api.db.engine import open_database, transaction
    from brainrank.api.services.boards.standings import LeaderboardCache
    from performance.million_scores import catalogue

    boards = LeaderboardCache(partial(transaction, open_database(address)), catalogue())
    began = time.perf_counter()
    boards.refresh(boards.key(name, None))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.perf_counter() - began, "mib": peak}))


def serve(address: str, port: int) -> None:
    """The service on this database, which also tells how long each page took inside: /times, once for each asking."""
    with without_garbage_collection():
        import uvicorn
        from starlette.types import Message, Receive, Scope, Send

        from brainrank.api.app import create_app
        from brainrank.api.routes.service import open_service
        from brainrank.api.settings import Settings
        from performance.million_scores import catalogue

        settings = Settings(database_url=address, broker_url=None)
        service = open_service(settings, signal=lambda _waiting: None)
        app = create_app(replace(service, catalogue=catalogue()))
    taken: list[float] = []

    async def timed(scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        if scope.get("path") == "/times":
            body = json.dumps(taken).encode()
            taken.clear()
            headers = [(b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return

        async def ended(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                taken.append(1000 * (time.perf_counter() - began))

        await app(scope, receive, ended)

    uvicorn.run(timed, host="127.0.0.1", port=port, log_level="warning")


def main() -> None:
    """Be the process that is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    parser.add_argument("--serve", type=int)
    parser.add_argument("--compute")
    given = parser.parse_args()
    if given.compute:
        compute(given.database, given.compute)
    else:
        serve(given.database, given.serve)


if __name__ == "__main__":
    main()
