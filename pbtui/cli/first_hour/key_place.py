"""The place where the API key of a new profile is kept: the keyring, a file, or none."""

from __future__ import annotations

from pathlib import Path

from pbtui.cli.first_hour.questions import choice, say
from pbtui.cli.refusals import LocalRefusal
from pbtui.cli.typed_words import at_terminal
from pbtui.settings.document.new import create_private_file
from pbtui.settings.key_text import CredentialsError, KeyringUnusable, Secret
from pbtui.settings.profiles import Profile, api_key_variable
from pbtui.settings.secrets import keyring_access

KEYRING, FILE, NOWHERE = "keyring", "file", "nowhere"
PLACES = (KEYRING, FILE, NOWHERE)


def kept(profile: Profile, key: Secret, folder: Path, wanted: str | None) -> Path | None:
    """Keep the key where the trader chooses; return the file if it is kept in one. `wanted` is a word of PLACES.

    A place that can't be used is named with the reason, and another one asked for. Raises LocalRefusal without a
    terminal.
    """
    place, default = wanted, _usual_place(profile) if wanted is None and at_terminal() else NOWHERE
    while True:
        if place is None:
            place = _asked(profile, folder, default)
        try:
            return _keep(profile, key, folder, place)
        except (OSError, CredentialsError) as error:
            reason = _why_not_kept(error)
            if not at_terminal():
                raise LocalRefusal(
                    f"The key can't be kept in the {place}: {reason} No settings were written."
                ) from None
            say(f"The key can't be kept in the {place}: {reason}")
            place = None


def _why_not_kept(error: OSError | CredentialsError) -> str:
    """The reason, and for a file that is there what to do next: it may hold the key of another server."""
    if isinstance(error, FileExistsError):
        then = f"then answer {FILE} again" if at_terminal() else "then run this again"
        return (
            f"{error.filename} is there already, and is never overwritten. "
            f"Move it away or remove it, {then}; or choose another place (--keep-key)."
        )
    return f"{error.strerror}: {error.filename}." if isinstance(error, OSError) else str(error)


def key_file(profile: Profile, folder: Path) -> Path:
    """Return the file that a profile's key is kept in, if it is kept in a file."""
    return folder / f"{profile.name}.key"


def _usual_place(profile: Profile) -> str:
    """The keyring if it works; otherwise the next place in the sequence in which keys are looked for, and why."""
    try:
        keyring_access.probe_keyring(profile)
    except KeyringUnusable as error:
        reason, _, _ = str(error).partition(". ")
        say(f"{reason}. The next best place is a file that only you can read.")
        return FILE
    return KEYRING


def _asked(profile: Profile, folder: Path, default: str) -> str:
    say("Where shall the key be kept?")
    say(f"this host's, for {profile.origin} alone", KEYRING)
    say(f"{key_file(profile, folder)}, which only you can read, for {profile.origin} alone", FILE)
    say(f"pbtui asks for it at each start, or takes it from {api_key_variable(profile.name)}", NOWHERE)
    return choice("Place", PLACES, default)


def _keep(profile: Profile, key: Secret, folder: Path, place: str) -> Path | None:
    """Raises OSError or CredentialsError."""
    if place == KEYRING:
        keyring_access.store_api_key(profile, key)
        say(f"Stored the key in the keyring and read it back, service {keyring_access.keyring_service(profile)}.")
    elif place == FILE:
        file = key_file(profile, folder)
        create_private_file(file, f"{profile.origin} {key.get_secret_value()}\n")
        say(f"Wrote the key to {file}.")
        return file
    return None
