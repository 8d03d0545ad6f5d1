"""Names of cipher suites, held against OpenSSL's own table."""

import shutil
import subprocess

import pytest

from pipelines.capture.ciphers import iana_name


@pytest.mark.parametrize(
    ("openssl", "iana"),
    [
        ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
        ("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        ("ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("AES256-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA"),
        ("DES-CBC3-SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        ("PSK-AES128-CBC-SHA", None),
        ("", None),
        ("GOST2012-GOST8912-GOST8912", None),
    ],
)
def test_names(openssl: str, iana: str | None) -> None:
    assert iana_name(openssl) == iana


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not here to compare with")
def test_all_suites_that_openssl_knows() -> None:
    command = ["openssl", "ciphers", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    named = [(line.split(" - ")[1].split()[0], line.split(" - ")[0].strip()) for line in lines]
    wrong = {ours: theirs for ours, theirs in named if iana_name(ours) not in (theirs, None)}
    missing = [ours for ours, _ in named if iana_name(ours) is None and "PSK" not in ours and "SRP" not in ours]
    assert len(named) > 30
    assert wrong == {}
    assert missing == []
