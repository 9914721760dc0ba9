"""Settings become services: a name that no table has is refused, with what was probably meant."""

from __future__ import annotations

import pytest

from handler.app import make_services
from handler.errors import ConfigError
from handler.settings import Settings


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"ALIGNERS": "engine,wisperx"}, "ALIGNERS has 'wisperx'; did you mean whisperx?"),
        ({"TTS_ENGINE": "espeek"}, "TTS_ENGINE is 'espeek'; did you mean espeak?"),
        ({"TTS_ENGINE": "none"}, "TTS_ENGINE is 'none'; known are f5, espeak"),
    ],
)
def test_unknown_backend_in_the_settings_is_refused(environ: dict[str, str], message: str) -> None:
    """A misspelled engine or aligner is a config error that names the variable and a known name."""
    with pytest.raises(ConfigError) as caught:
        make_services(Settings.read(environ))
    assert caught.value.message == message
