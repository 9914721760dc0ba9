"""The command line: ``handler COMMAND``. One module for each command, in the table of `commands`."""

from handler.cli.entry import main, program

__all__ = ["main", "program"]
