"""``python -m handler``: the command line, which is in `handler.cli`."""

from handler.cli import main, program

__all__ = ["main"]

if __name__ == "__main__":
    program()
