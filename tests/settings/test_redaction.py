"""No text about an error shows a key, whatever the key is."""

import json
import os
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbtui.settings import redaction

ANY_KEY = (
    st.text(st.characters(exclude_categories=[]), min_size=8)
    .filter(str.strip)
    .filter(lambda key: key.strip() not in "<[key]>")
)


@given(key=ANY_KEY)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("source", ["remembered", "variable"])
def test_a_text_about_an_error_is_made_whatever_the_key_is(
    key: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as alone:
        alone.setattr(redaction, "_known", set())
        if source == "remembered":
            redaction.remember(key)
        else:
            alone.setattr("os.environ", {"PBTUI_API_KEY_DESK": key})
        assert key.strip() not in redaction.redacted(f"<{key}>")


@pytest.mark.parametrize(
    "key", ["0f1e-Key'of\\a\"desk", "0f1e-Key-of-a-desk\udcff", "0f1e-Schl\xfcssel \ud83d", "0f1e/of?a&desk"]
)
def test_a_key_is_removed_in_each_form(key: str) -> None:
    redaction.remember(key)
    as_bytes = [] if "\ud83d" in key else [repr(os.fsencode(key))]
    for form in [ascii(key), *as_bytes, key, repr(key), json.dumps(key), quote(key, safe="", errors="surrogatepass")]:
        text = redaction.redacted(f"bad value {form} in a header")
        assert "0f1e" not in text
        assert "[key]" in text
