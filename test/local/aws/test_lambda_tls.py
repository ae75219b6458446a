"""A function speaks TLS with servers of this machine other than the emulator."""

import json
import socket
import threading
from collections.abc import Callable
from typing import Any

from functions import create_function, create_role

CODE = """
const https = require('https');
exports.handler = ({ port }) => new Promise((resolve) => https.get(`https://127.0.0.1:${port}/`).on('error', () => resolve('refused')));
"""
HANDSHAKE = 0x16


def test_https_to_another_port_of_this_machine_begins_with_a_tls_handshake(aws: Callable[..., Any]) -> None:
    role = create_role(aws, "speaks-https", [{"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}])
    create_function(aws, "speaks-https", {"index.js": CODE}, role)
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def first_byte() -> None:
            connection, _ = server.accept()
            received.append(connection.recv(1))
            connection.close()

        listener = threading.Thread(target=first_byte)
        listener.start()
        aws("lambda").invoke(FunctionName="speaks-https", Payload=json.dumps({"port": server.getsockname()[1]}))
        listener.join(10)
    assert received == [bytes([HANDSHAKE])]
