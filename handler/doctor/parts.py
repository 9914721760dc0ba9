"""Checks of the backends: the engine, the models on this disk, the aligners, the fonts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from handler import models
from handler.alignment import best
from handler.captions import fonts as captions_fonts
from handler.captions.font_files import read_metrics
from handler.doctor import model_files as files
from handler.doctor.finding import FAILURE, OK, WARNING, Check
from handler.errors import WorkerError
from handler.protocols import Services
from handler.settings import BEST


def engines(services: Services) -> Iterator[Check]:
    """Each of ENGINES is installed, and its files are here. Without the first the worker does not start."""
    for name in services.settings.engines:
        yield from _engine(name, services)


def _engine(name: str, services: Services) -> Iterable[Check]:
    check = f"engine {name}"
    fault = FAILURE if name == services.settings.default_engine else WARNING
    if problem := services.engines.problem(name):
        return [Check(check, fault, problem, f"install what is missing, or leave {name} out of ENGINES")]
    installed = Check(check, OK, "installed")
    try:
        own = services.engines.backends[name].models(services.settings)
        if any(model.find(services.settings) is None for model in own.values()):
            return [installed]  # `model_files` reports each
        missing = services.engines.missing_files(name)
    except WorkerError as error:
        missing = error.message
    if not missing:
        return [installed]
    return [installed, Check(f"{check} files", fault, missing, "mend the setting named, or leave it out")]


def model_files(services: Services, *, deep: bool = False) -> Iterator[Check]:
    """Every model that jobs need, by its sizes, and with ``deep`` by its checksums."""
    for_jobs = {*services.settings.engines, *services.settings.aligners, *services.transcribers.names()}
    try:
        lines = [line for line in files.survey(services.settings, deep=deep) if line.part in for_jobs]
    except WorkerError:
        # `engine` reports a setting that names no model.
        return
    for line in lines:
        name, report = f"model files, {line.part} {line.what}", line.report
        if line.ready:
            how = "checksums fit" if deep and not report.unverified else "sizes fit"
            yield Check(name, OK, f"{report.name}, {report.size / 1e6:,.1f} MB, {how}")
        elif report.state == models.MISSING:
            yield Check(name, WARNING, f"{report.name} is not on this disk", line.remedy)
        else:
            fault = WARNING if line.part in services.settings.engines[1:] else FAILURE
            yield Check(name, fault, f"{report.name}: {'; '.join(report.problems)}", line.remedy)


def aligners(services: Services, *, deep: bool = False) -> Iterator[Check]:
    """Each of ALIGNERS: installed, its files or credentials in order, and with ``deep`` the languages it knows."""
    ready = 0
    for name in services.settings.aligner_names:
        if problem := services.aligners.problem(name):
            yield Check(f"aligner {name}", WARNING, problem, f"leave {name} out of ALIGNERS, or install what it needs")
            continue
        if missing := services.aligners.missing_files(name):
            remedy = f"leave {name} out of ALIGNERS, or give it what it lacks"
            yield Check(f"aligner {name}", WARNING, missing, remedy)
            continue
        ready += 1
        yield _started(name, services) if deep else Check(f"aligner {name}", OK, "installed, and lacks nothing")
    if BEST in services.settings.aligners and (lacks := best.problem(services.aligners, services.settings.aligners)):
        yield Check(f"aligner {BEST}", WARNING, lacks, f"leave {BEST} out of ALIGNERS, or add another aligner")
    elif BEST in services.settings.aligners:
        yield Check(f"aligner {BEST}", OK, "two aligners or more are ready for it")
    if not ready:
        yield Check("aligners", WARNING, "none is ready", "captions need an engine with word times, or an aligner")


def _started(name: str, services: Services) -> Check:
    wanted = services.settings.languages
    try:
        aligner = services.aligners.get(name)
        known = [language for language in wanted if aligner.speaks(language)]
    except WorkerError as error:
        return Check(f"aligner {name}", WARNING, error.message, f"leave {name} out of ALIGNERS")
    if not known:
        finding = f"it knows none of LANGUAGES ({', '.join(wanted)})"
        return Check(f"aligner {name}", WARNING, finding, "add another aligner to ALIGNERS for them")
    return Check(f"aligner {name}", OK, f"ready, for {', '.join(known)} of LANGUAGES")


def marks(services: Services) -> Iterator[Check]:
    """Each of AI_MARK can be made, its certificate and key in order. Without one the worker does not start."""
    for name in services.settings.ai_mark:
        try:
            services.marks.get(name)
        except WorkerError as error:
            yield Check(f"mark {name}", FAILURE, error.message, f"mend what is named, or leave {name} out of AI_MARK")
        else:
            yield Check(f"mark {name}", OK, "ready")
    if not services.settings.ai_mark:
        yield Check("marks", OK, "AI_MARK is none: files do not say that they are made by AI")


def fonts(_: Services) -> Iterable[Check]:
    """The font that comes with the worker."""
    font = captions_fonts.shipped()
    try:
        read_metrics(font.body)
    except Exception as error:  # noqa: BLE001 - whatever a damaged font makes its reader raise is the finding
        finding = f"{font.family} cannot be read ({type(error).__name__})"
        return [Check("fonts", WARNING, finding, "install the worker anew")]
    return [Check("fonts", OK, f"{font.family} is here; others are taken from the bucket's {captions_fonts.PREFIX}")]
