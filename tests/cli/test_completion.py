"""What the shell completes after Tab: commands, profiles, areas and choices."""

from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from pbtui.cli.main import main


def completed(*given: str, begun: str) -> list[str]:
    """The words that a shell offers after these."""
    return [
        item.value for item in BashComplete(main, {}, "pbtui", "_PBTUI_COMPLETE").get_completions(list(given), begun)
    ]


@pytest.mark.parametrize(
    ("given", "begun", "words"),
    [
        ((), "or", ["orders"]),
        (("--profile",), "d", ["desk-a", "desk-b"]),
        (("kill", "--profile"), "p", ["prod"]),
        (("keys", "set"), "", ["desk-a", "desk-b", "prod"]),
        (("orders", "--delivery-area"), "am", ["AMP"]),
        (("add", "--side"), "", ["BUY", "SELL"]),
        (("modify", "--type"), "ice", ["iceberg"]),
    ],
)
def test_the_shell_completes(
    given: tuple[str, ...], begun: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    url = "https://desk.example/acme/epex/v2/api"
    file.write_text("".join(f'[profiles.{name}]\nbase_url = "{url}"\n' for name in ("desk-a", "desk-b", "prod")))
    monkeypatch.setenv("PBTUI_CONFIG", str(file))
    assert completed(*given, begun=begun) == words
    file.write_text("not settings")
    if "profile" in " ".join(given):
        assert completed(*given, begun=begun) == []
