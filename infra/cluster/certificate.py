"""Writes the zip that EMR reads a cluster's certificate from: a new key, and a certificate for the names of all nodes in a region.

Arguments: the region, and the zip to write. Only the nodes of a cluster trust it, to encrypt between each other.
"""

import os
import sys
import zipfile
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

# A deployment renews it after half of that; a cluster lives for hours.
LIFETIME = timedelta(days=730)


def write(region: str, path: str) -> None:
    domain = "*.ec2.internal" if region == "us-east-1" else f"*.{region}.compute.internal"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain)])
    key = rsa.generate_private_key(65537, 2048)
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file, zipfile.ZipFile(file, "w") as archive:
        # The names that EMR looks for.
        archive.writestr("privateKey.pem", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        archive.writestr("certificateChain.pem", certificate)
        archive.writestr("trustedCertificates.pem", certificate)


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2])
