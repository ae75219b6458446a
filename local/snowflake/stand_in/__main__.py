"""Starts the stand-in, from the top of the checkout: `python -m local.snowflake.stand_in SETTINGS`, JSON for its owner alone."""

import signal
import ssl
import sys
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import FrameType

from .catalog import Catalog
from .server import Handler, StandIn
from .settings import Settings, read_settings

MACROS = Path(__file__).parent / "macros.sql"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    # Several functions log in at the same moment.
    request_queue_size = 64


def main(settings: Settings) -> None:
    settings.data.mkdir(parents=True, exist_ok=True)
    catalog = Catalog(settings.data / "company.duckdb", settings.tables.read_text(encoding="utf-8"), MACROS.read_text(encoding="utf-8"))
    handler = type("BoundHandler", (Handler,), {"stand_in": StandIn(settings, catalog)})
    server = Server(("127.0.0.1", settings.port), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.certificate, settings.key)
    # The handshake is the connection's own thread's: a client that does not speak would hold up all others.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    signal.signal(signal.SIGTERM, _leave)
    try:
        server.serve_forever()
    except SystemExit:
        catalog.close()


def _leave(signal_number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main(read_settings(Path(sys.argv[1])))
