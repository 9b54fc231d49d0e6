"""`pbtui team password`: the keyring holds it for the address of the settings, and for no other."""

from pathlib import Path

from tests.cli.key_host import make_host

ADDRESS = "postgresql://db.example/trading"


def test_a_piped_password_is_kept_for_its_address_and_deleted(tmp_path: Path) -> None:
    host = make_host(tmp_path)
    settings = host.settings_file.read_text()
    host.settings_file.write_text(f'{settings}\n[team]\nstore = "{ADDRESS}"\n')
    place = f"the keyring, service pbtui-team:{ADDRESS}"

    status = f"pbtui --config {host.settings_file} team status"
    done = host.invoke("team", "password", stdin="s3cr3t of the shop\n")
    assert done.stderr == f"Stored the password in {place}, and read it back. Try it: {status}\n"
    assert host.entries == {f"pbtui-team:{ADDRESS}": {"desk": "s3cr3t of the shop"}}
    assert host.invoke("team", "password", "--as", "dba", stdin="other").returncode == 0
    done = host.invoke("team", "password", stdin="two\nlines\n")
    assert (done.returncode, done.stderr) == (2, "Error: The password is not one line. Give the password alone.\n")

    assert host.invoke("team", "password", "--delete").stderr == f"Deleted the password from {place}.\n"
    assert host.invoke("team", "password", "--delete").stderr == f"There was no password in {place}.\n"
    assert host.entries == {f"pbtui-team:{ADDRESS}": {"dba": "other"}}
