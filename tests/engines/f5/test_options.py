"""F5's own options of a request, and what the engine makes of them."""

from __future__ import annotations

from handler.engines.f5.options import F5Options
from handler.types import SpeechOptions


def test_quality_sets_the_steps_and_nfe_step_overrides_it() -> None:
    """fast, balanced and best are 7, 16 and 32 steps."""
    steps = {name: F5Options.model_validate({"quality": name}).steps for name in ("fast", "balanced", "best")}
    assert steps == {"fast": 7, "balanced": 16, "best": 32}
    assert F5Options.model_validate({"quality": "fast", "nfe_step": 20}).steps == 20


def test_chunks_overlap_only_without_a_target_duration() -> None:
    """A target gives each chunk its exact share, which an overlap would shorten."""
    assert F5Options().cross_fade_s == 0.15
    assert F5Options(cross_fade_duration=0.3).cross_fade_s == 0.3
    assert F5Options(target_duration=9.0).cross_fade_s == 0.0


def test_speech_without_own_options_has_the_defaults() -> None:
    """What `doctor --speak` asks for is what a request without options asks for."""
    assert F5Options.of(SpeechOptions()) == F5Options()
    own = F5Options(nfe_step=4)
    assert F5Options.of(SpeechOptions(own=own)) is own
