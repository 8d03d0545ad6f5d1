"""IANA names of TLS cipher suites: ``WARC-Cipher-Suite`` takes those, OpenSSL has its own for TLS 1.2 and older.

Source of the names: the IANA registry "TLS Cipher Suites"; of the rules: OpenSSL's manual, ciphers(1).
"""

from __future__ import annotations

import re
from typing import Final

_EXCHANGE: Final = {"": "RSA", "ADH": "DH_anon", "AECDH": "ECDH_anon", "ECDHE": "ECDHE_RSA"}
_PREFIX: Final = re.compile(r"(?:(?:(?:ECDHE|DHE|ECDH|DH)-(?:RSA|ECDSA|DSS)|ADH|AECDH|ECDHE(?=-ARIA))-)?")
_CIPHER: Final = re.compile(r"(AES|CAMELLIA|ARIA)(128|256)(?:-(GCM|CCM8|CCM))?(?:-(SHA(?:256|384)?))?\Z")
# Suites whose name in OpenSSL leaves a part out.
_WHOLE: Final = {
    "CHACHA20-POLY1305": "CHACHA20_POLY1305_SHA256",
    "DES-CBC3-SHA": "3DES_EDE_CBC_SHA",
    "RC4-SHA": "RC4_128_SHA",
    "RC4-MD5": "RC4_128_MD5",
    "NULL-SHA": "NULL_SHA",
    "NULL-SHA256": "NULL_SHA256",
    "NULL-MD5": "NULL_MD5",
}


def iana_name(openssl: str) -> str | None:
    """The IANA name of the suite that OpenSSL calls ``openssl``.

    ``None`` for suites without certificates, which no web server speaks with strangers (PSK, SRP).
    """
    if openssl.startswith("TLS_"):
        return openssl
    match = _PREFIX.match(openssl)
    assert match is not None
    rest = openssl[match.end() :]
    prefix = match.group().rstrip("-")
    cipher = _WHOLE.get(rest) or _cipher(rest)
    return f"TLS_{_EXCHANGE.get(prefix, prefix.replace('-', '_'))}_WITH_{cipher}" if cipher else None


def _cipher(rest: str) -> str | None:
    match = _CIPHER.match(rest)
    if match is None:
        return None
    name, bits, mode, mac = match.groups()
    if mode in ("CCM", "CCM8"):
        return f"{name}_{bits}_{'CCM_8' if mode == 'CCM8' else 'CCM'}"
    return f"{name}_{bits}_{mode or 'CBC'}_{mac}" if mac else None
