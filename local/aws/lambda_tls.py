"""Lets a function speak TLS to a server on this machine that is not the emulator.

Upstream turns every https request to 127.0.0.1 into plain http, since its own port speaks no TLS. Replaced: the condition, which now
asks for the emulator's port too, or for the default port of a callback that has lost its own.
"""

from ministack.core import lambda_runtime

_ANY_PORT = """    if (host === "127.0.0.1" || host === "localhost" || host === msHost
        || (advertised && host === advertised)) {"""
_ITS_OWN_PORT = """    const toEmulator = ["", "443", String(msPort)].includes(String(options.port || ""));
    if (toEmulator && (host === "127.0.0.1" || host === "localhost" || host === msHost
        || (advertised && host === advertised))) {"""


def install() -> None:
    script = lambda_runtime._NODEJS_WORKER_SCRIPT
    if _ANY_PORT not in script:
        raise RuntimeError(
            "expected the emulator's Node worker to send https requests for this machine as http, found another version; mend lambda_tls.py"
        )
    lambda_runtime._NODEJS_WORKER_SCRIPT = script.replace(_ANY_PORT, _ITS_OWN_PORT)
