"""The parts: the engine, the models on this disk, the aligners, the fonts."""

from __future__ import annotations

from collections.abc import Iterator

from handler import models
from handler.app import needed_models
from handler.captions import fonts as captions_fonts
from handler.doctor import model_files as files
from handler.doctor.finding import FAILURE, OK, WARNING, Check
from handler.errors import WorkerError
from handler.protocols import Services


def engine(services: Services) -> Iterator[Check]:
    """The engine is installed, and its files are here."""
    name = services.settings.tts_engine
    reason = services.engines.why_not(name)
    if reason:
        yield Check("engine", FAILURE, reason, "install what is missing, or set TTS_ENGINE to another engine")
        return
    yield Check("engine", OK, f"{name} is installed")
    try:
        if any(
            model.find(services.settings) is None for part, _, model in needed_models(services.settings) if part == name
        ):
            # `model_files` tells of each.
            return
        missing = services.engines.missing(name)
    except WorkerError as error:
        missing = error.message
    if missing:
        yield Check("engine files", FAILURE, missing, "mend the setting named, or leave it out")


def model_files(services: Services, *, deep: bool = False) -> Iterator[Check]:
    """Every model that jobs need, by its sizes, and with ``deep`` by its checksums."""
    for_jobs = {services.settings.tts_engine, *services.settings.aligners, *services.transcribers.names()}
    try:
        lines = [line for line in files.survey(services.settings, deep=deep) if line.part in for_jobs]
    except WorkerError:
        # `engine` has told of a setting that names no model.
        return
    for line in lines:
        name, report = f"model files, {line.part} {line.what}", line.report
        if line.ready:
            how = "checksums fit" if deep and not report.unverified else "sizes fit"
            yield Check(name, OK, f"{report.name}, {report.size / 1e6:,.1f} MB, {how}")
        elif report.state == models.MISSING:
            yield Check(name, WARNING, f"{report.name} is not on this disk", line.remedy)
        else:
            yield Check(name, FAILURE, f"{report.name}: {'; '.join(report.problems)}", line.remedy)


def aligners(services: Services, *, deep: bool = False) -> Iterator[Check]:
    """Each of ALIGNERS: installed, its files or credentials in order, and with ``deep`` the languages it knows."""
    usable = 0
    for name in services.settings.aligners:
        if name == "engine":
            continue
        if reason := services.aligners.why_not(name):
            remedy = f"leave {name} out of ALIGNERS" + _or_install(name, services)
            yield Check(f"aligner {name}", WARNING, reason, remedy)
            continue
        if lacking := services.aligners.missing(name):
            remedy = f"leave {name} out of ALIGNERS, or give it what it lacks"
            yield Check(f"aligner {name}", WARNING, lacking, remedy)
            continue
        usable += 1
        yield _started(name, services) if deep else Check(f"aligner {name}", OK, "installed, and lacks nothing")
    if not usable:
        yield Check("aligners", WARNING, "none is ready", "captions need an engine with word times, or an aligner")


def _started(name: str, services: Services) -> Check:
    wanted = services.settings.f5_languages
    try:
        aligner = services.aligners.get(name)
        known = [language for language in wanted if aligner.speaks(language)]
    except WorkerError as error:
        return Check(f"aligner {name}", WARNING, error.message, f"leave {name} out of ALIGNERS")
    if not known:
        finding = f"it knows none of F5_LANGUAGES ({', '.join(wanted)})"
        return Check(f"aligner {name}", WARNING, finding, "add another aligner to ALIGNERS for them")
    return Check(f"aligner {name}", OK, f"ready, for {', '.join(known)} of F5_LANGUAGES")


def _or_install(name: str, services: Services) -> str:
    return ", or install what it needs" if name in services.aligners.names() else ""


def fonts(_: Services) -> Iterator[Check]:
    """The font that comes with the worker."""
    font = captions_fonts.shipped()
    try:
        captions_fonts.read_metrics(font.body)
    except Exception as error:  # noqa: BLE001 - whatever a damaged font makes its reader raise is the finding
        yield Check(
            "fonts", WARNING, f"{font.family} cannot be read ({type(error).__name__})", "install the worker anew"
        )
        return
    yield Check("fonts", OK, f"{font.family} is here; others are taken from the bucket's {captions_fonts.PREFIX}")
