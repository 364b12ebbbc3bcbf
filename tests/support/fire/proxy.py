"""A proxy between a client and a server, over which the network can be cut."""

import selectors
import socket
import threading
from contextlib import suppress

PIECE = 1 << 16


class Proxy:
    """Passes bytes on to 127.0.0.1:`port` until `silent` (takes none and says nothing) or `cut` (ends connections)."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._passing, self._done = threading.Event(), False
        self._passing.set()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._guard = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def silent(self) -> None:
        """Pass nothing on, and end nothing: who waits for an answer waits."""
        self._passing.clear()

    def restore(self) -> None:
        """Pass new connections on; those of before are gone, as after a router has forgotten them."""
        self._cut_all()
        self._passing.set()

    def close(self) -> None:
        """End."""
        self._done = True
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._cut_all()

    def _cut_all(self) -> None:
        with self._guard:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for each in pair:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._done:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._passing.wait()
        with client, suppress(OSError), socket.create_connection(self._target) as server:
            with self._guard:
                self._pairs.append((client, server))
            with selectors.DefaultSelector() as ready:
                ready.register(client, selectors.EVENT_READ, server)
                ready.register(server, selectors.EVENT_READ, client)
                while True:
                    for key, _ in ready.select():
                        self._passing.wait()
                        piece = key.fileobj.recv(PIECE)  # type: ignore[union-attr]
                        if not piece:
                            return
                        key.data.sendall(piece)
