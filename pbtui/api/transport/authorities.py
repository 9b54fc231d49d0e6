"""The authorities whose certificates are accepted: those of this host, or the one that the profile names."""

import re
import ssl
from pathlib import Path

from pbtui.api.transport.httpx_alone import httpx

_HASHED_NAME = re.compile(r"/[0-9a-f]{8}\.[0-9]+\Z")
"""The end of a certificate's path, in a folder where OpenSSL finds it."""

_UNKNOWN_AUTHORITY = (2, 18, 19, 20, 21)
"""Numbers that OpenSSL has for certificates whose authority is not known here (X509_V_ERR_...)."""


def authorities(base_url: str, ca_file: Path | None) -> ssl.SSLContext | bool:
    """Return what the certificate of a server is verified with: `ca_file`, else the authorities of this host.

    False for a server without TLS. Raises ValueError if `ca_file` can't be read.
    """
    if not base_url.startswith("https:"):
        return False  # no TLS to verify, and loading the authorities is the slowest part of the start
    if ca_file is None:
        return _of_host()
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"the certificate file {ca_file} cannot be used: {error.strerror or error}") from None


def _of_host() -> ssl.SSLContext:
    """The authorities that OpenSSL finds on this host, those of a company among them; without any, those of httpx.

    Variables such as SSL_CERT_FILE, which name other places, are not read.
    """
    paths = ssl.get_default_verify_paths()
    file, folder = Path(paths.openssl_cafile), Path(paths.openssl_capath)
    try:
        cafile = file if file.is_file() else None
        capath = folder if folder.is_dir() and any(map(_HASHED_NAME.search, map(str, folder.iterdir()))) else None
        if cafile or capath:
            return ssl.create_default_context(cafile=cafile, capath=capath)
    except (OSError, ssl.SSLError):
        pass  # damaged, or not for this user
    return httpx.create_ssl_context(trust_env=False)


def why_refused(error: ssl.SSLCertVerificationError) -> str:
    """Return why a certificate was refused, and what to do where its authority is not known here."""
    reason = f"the server's certificate was refused: {error.verify_message}"
    if error.verify_code not in _UNKNOWN_AUTHORITY:
        return reason
    return f"{reason}. For an authority of your company, name its certificate file in the profile: ca_file"
