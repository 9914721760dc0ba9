"""The settings of a command: ``--set`` over the environment over the settings file over the defaults."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from handler.cli.exits import UsageError, WrongSettings
from handler.errors import ConfigError, Issue, quoted, suggest
from handler.settings import OLD_NAMES, Settings

FLAG, ENVIRONMENT = "--set", "the environment"


@dataclass(frozen=True)
class Configuration:
    """The settings, and where those that somebody has set came from."""

    settings: Settings
    origins: Mapping[str, str] = field(default_factory=dict)
    """By the name of the setting: `FLAG`, `ENVIRONMENT`, or the path of the settings file."""
    file: Path | None = None

    def changed(self, origin: str, **values: Any) -> Configuration:
        """The same with these settings besides, as somebody else has set them."""
        settings = self.settings.model_copy(update=values)
        return Configuration(settings, {**self.origins, **dict.fromkeys(values, origin)}, self.file)


def read(environ: Mapping[str, str], file: str | None = None, flags: Iterable[str] = ()) -> Configuration:
    """The settings of three sources; ``flags`` are ``NAME=VALUE``.

    Raises WrongSettings for a file that cannot be read, and for settings that are wrong, ConfigError where they are
    the environment's; UsageError for a wrong flag.
    """
    path = _path(file) if file else None
    of_file = read_file(path) if path else {}
    of_environ, of_flags = Settings.given(environ), _of_flags(flags)
    origins: dict[str, str] = {name: str(path) for name in of_file}
    origins |= dict.fromkeys(of_environ, ENVIRONMENT) | dict.fromkeys(of_flags, FLAG)
    # Empty means not set: by a flag, whatever the sources below it say.
    given = {name: value for name, value in {**of_file, **of_environ, **of_flags}.items() if value != ""}
    try:
        settings = Settings.read({}, given)
    except ConfigError as error:
        raise _located(error, origins) from None
    return Configuration(settings, {name: origin for name, origin in origins.items() if name in given}, path)


def _path(file: str) -> Path:
    try:
        return Path(file).expanduser()
    except RuntimeError:
        problem = f"the settings file {file} is in no home folder that is known; give its whole path"
        raise WrongSettings(problem) from None


def read_file(path: Path) -> dict[str, Any]:
    """The settings in a YAML or TOML file, by their names in `Settings`; those without a value are left out.

    Raises WrongSettings.
    """
    load = LOADERS.get(path.suffix.lower())
    if load is None:
        raise WrongSettings(f"the settings file {path} is neither YAML nor TOML; name it {path.stem}.yaml or .toml")
    try:
        content = load(path.read_text("utf-8"))
    except OSError as error:
        raise WrongSettings(f"the settings file {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise WrongSettings(f"the settings file {path} is not {path.suffix[1:].upper()}: {reason}") from None
    if not isinstance(content, Mapping):
        raise WrongSettings(f"the settings file {path} has no settings; write lines such as engines: [piper]")
    found: dict[str, Any] = {}
    for key, value in content.items():
        name = known_name(key, str(path))
        if name in found:
            raise WrongSettings(f"the settings file {path} has {name} twice; keep one of them")
        found[name] = value
    return {name: value for name, value in found.items() if value not in (None, "")}


def known_name(key: object, place: str) -> str:
    """The setting that a key names, in either case or by its old name. Raises WrongSettings for one that names none."""
    name = str(key).lower()
    name = OLD_NAMES.get(name, name)
    if name not in Settings.model_fields:
        raise WrongSettings(f"{place}: {quoted(str(key))} is no setting; {_way_out(name)}")
    return name


def _way_out(name: str) -> str:
    way = suggest(name, Settings.model_fields)
    return way if way.startswith("did you mean") else "CONFIG.md lists them"


def _of_flags(flags: Iterable[str]) -> dict[str, str]:
    """The settings of ``--set``, by their names here."""
    found = {}
    for flag in flags:
        key, equals, value = flag.partition("=")
        if not equals:
            raise UsageError(f"--set {flag}: has no value; write NAME=VALUE, such as engines=piper")
        try:
            found[known_name(key.strip(), FLAG)] = value
        except WrongSettings as error:
            raise UsageError(error.message) from None
    return found


def _located(error: ConfigError, origins: Mapping[str, str]) -> ConfigError:
    """The error with the place of each wrong setting that is not a variable."""
    named = []
    for issue in error.issues:
        origin = origins.get(issue.field.lower(), ENVIRONMENT)
        place = "" if origin == ENVIRONMENT else f" (in {origin})"
        named.append(Issue(f"{issue.field}{place}", issue.message))
    places = {origins.get(issue.field.lower(), ENVIRONMENT) for issue in error.issues}
    kind = ConfigError if places <= {ENVIRONMENT} else WrongSettings
    return kind.of_issues(named)


def _yaml(text: str) -> object:
    import yaml

    # Every value is text, as in the environment: ``no`` is Norwegian, and ``1.10`` a name; only null is none.
    kept = {"tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"}
    resolvers = {
        first: [(tag, pattern) for tag, pattern in known if tag in kept]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    loader = type("Loader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": resolvers})
    try:
        return yaml.load(text, loader)  # nosec B506 # a subclass of SafeLoader
    except yaml.MarkedYAMLError as error:
        # Without the line itself, which the error shows: it may hold a key.
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ValueError(f"{error.problem or error.context}{line}") from None
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


LOADERS: dict[str, Callable[[str], object]] = {".yaml": _yaml, ".yml": _yaml, ".toml": tomllib.loads}
