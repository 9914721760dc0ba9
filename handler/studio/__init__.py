"""The studio: a page to try voices, scripts and captions in a browser. Its files are served as they lie here.

`index.html` loads `js/app.js`, which shows one of `js/views/`. Nothing is built, and nothing comes from elsewhere: the
page is a client of the public API, as any other program is.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
FOLDERS = ("css", "js")
"""Folders of files that the page loads, each with one level of folders at most below it."""
