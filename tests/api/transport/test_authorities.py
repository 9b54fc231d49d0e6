"""Certificates of servers that are accepted: those of the host's authorities, or of the one that the profile names."""

import shutil
import ssl
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from pbtui.api.client import OrdersClient
from pbtui.api.errors import NotSent
from pbtui.settings.key_text import Secret
from tests.certificates import Authority
from tests.raw_server import raw_server

SETTING = "For an authority of your company, name its certificate file in the profile: ca_file"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def host_has(monkeypatch: pytest.MonkeyPatch, *, file: Path, folder: Path) -> None:
    """Put the authorities of this host elsewhere."""
    paths = ssl.get_default_verify_paths()._replace(openssl_cafile=str(file), openssl_capath=str(folder))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)


async def asked(tls: ssl.SSLContext, ca_file: Path | None = None) -> int:
    """Read the orders of a server that has this certificate; return how many requests it saw."""
    async with raw_server(tls=tls) as server:
        async with OrdersClient(server.base_url, Secret("key"), ca_file=ca_file) as client:
            await client.get_own_orders()
        return len(server.requests)


async def test_the_authority_of_the_profile_is_trusted(authority: Authority) -> None:
    assert await asked(authority.server(), authority.file) == 1


@pytest.mark.parametrize("place", ["file", "folder"])
async def test_the_authorities_of_the_host_are_trusted(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    folder = tmp_path / "certs"
    folder.mkdir()
    if place == "folder":
        (folder / hashed_name(authority.file)).symlink_to(authority.file)
    host_has(monkeypatch, file=authority.file if place == "file" else tmp_path / "none.pem", folder=folder)
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    assert await asked(authority.server()) == 1


def hashed_name(certificate: Path) -> str:
    """Return the name by which OpenSSL finds a certificate in a folder."""
    if shutil.which("openssl") is None:
        pytest.skip("the name of a certificate in a folder is computed by the openssl command, which is not here")
    found = subprocess.run(
        ["openssl", "x509", "-noout", "-subject_hash", "-in", certificate],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    return f"{found.stdout.strip()}.0"


@pytest.mark.parametrize("content", [None, "", "no certificate"])
async def test_a_host_without_authorities_has_those_of_httpx(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, authority: Authority, content: str | None
) -> None:
    file = tmp_path / "bundle.pem"
    if content is not None:
        file.write_text(content)
    host_has(monkeypatch, file=file, folder=tmp_path / "no-folder")
    with pytest.raises(NotSent, match="the server's certificate was refused: "):
        await asked(authority.server())


async def test_a_certificate_that_is_refused_names_the_cause_and_the_setting(
    authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")
    for tls, cause, names_setting in (
        (authority.server(ended=timedelta(days=2)), "certificate has expired", False),
        (authority.server(address="127.0.0.9"), "certificate is not valid for '127.0.0.1'", False),
        (other.server(), "the server's certificate was refused: ", True),
    ):
        with pytest.raises(NotSent) as caught:
            await asked(tls, authority.file)
        assert cause in str(caught.value)
        assert (SETTING in str(caught.value)) == names_setting
