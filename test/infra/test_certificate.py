"""The certificate of a cluster's nodes: the names that EMR looks for, a key that fits, and the nodes' names of the region."""

import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

SCRIPT = Path(__file__).parents[2] / "infra/cluster/certificate.py"


@pytest.mark.parametrize(("region", "nodes"), [("us-east-1", "*.ec2.internal"), ("eu-central-1", "*.eu-central-1.compute.internal")])
def test_the_zip_has_what_a_cluster_encrypts_with(region: str, nodes: str, tmp_path: Path) -> None:
    path = tmp_path / "certificates.zip"
    subprocess.run([sys.executable, SCRIPT, region, path], check=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["certificateChain.pem", "privateKey.pem", "trustedCertificates.pem"]
        key = load_pem_private_key(archive.read("privateKey.pem"), None)
        chain = x509.load_pem_x509_certificate(archive.read("certificateChain.pem"))
        assert archive.read("trustedCertificates.pem") == archive.read("certificateChain.pem")
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert chain.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == public
    assert chain.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName) == [nodes]
    assert 729 <= (chain.not_valid_after_utc - chain.not_valid_before_utc).days <= 731


def test_a_zip_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "certificates.zip"
    path.write_bytes(b"another's")
    assert subprocess.run([sys.executable, SCRIPT, "us-east-1", path], capture_output=True).returncode != 0
    assert path.read_bytes() == b"another's"
