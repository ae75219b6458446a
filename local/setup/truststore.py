"""Writes authorities of PEM files into a trust store that Java reads: `truststore.py <store> <pem>…`, the password being `changeit`."""

import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate, serialize_java_truststore


def write_truststore(store: Path, sources: list[Path]) -> None:
    authorities = {each for source in sources for each in x509.load_pem_x509_certificates(source.read_bytes())}
    entries = [PKCS12Certificate(each, each.fingerprint(hashes.SHA256()).hex().encode()) for each in authorities]
    store.write_bytes(serialize_java_truststore(entries, BestAvailableEncryption(b"changeit")))


if __name__ == "__main__":
    write_truststore(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
