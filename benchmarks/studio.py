"""What the studio's page weighs and how fast it is there: every view, loaded cold on loopback by a headless Chromium.

    python benchmarks/studio.py [--loads 9] [--view script]

Each load has a context of its own, without a cache. ``first_paint_ms`` is the browser's own First Contentful Paint,
``ready_ms`` the time from the navigation until the view is shown, both on the page's clock; medians, and the slowest.
``kilobytes`` is what was sent for a load, ``all_kilobytes`` all files of the page together. The last line is one JSON
object; the exit code is 1 where a budget is exceeded.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT)]  # not this folder, whose http.py would hide Python's

from playwright.sync_api import Browser

from handler import studio as package
from tests.support.served import served
from tests.support.studio import DESKTOP, VIEWS, browser

BUDGETS = {"first_paint_ms": 300.0, "ready_ms": 1000.0, "all_kilobytes": 250.0}

FIRST_PAINT = """() => new Promise((resolve) => new PerformanceObserver((list, observer) => {
  const [paint] = list.getEntriesByName("first-contentful-paint");
  if (paint) { observer.disconnect(); resolve(paint.startTime); }
}).observe({ type: "paint", buffered: true }))"""

NOTE_READY = """addEventListener("DOMContentLoaded", () => {
  const main = document.getElementById("view");
  new MutationObserver(() => main.dataset.ready && (window.readyAt ??= performance.now())).observe(main, {
    attributes: true, attributeFilter: ["data-ready"],
  });
});"""


@dataclass(frozen=True)
class Load:
    """One cold load of a view."""

    first_paint_ms: float
    ready_ms: float
    requests: int
    kilobytes: float


def load(chromium: Browser, url: str, view: str) -> Load:
    """Open a view in a context that knows nothing."""
    context = chromium.new_context(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
    try:
        page = context.new_page()
        page.add_init_script(NOTE_READY)
        own: list[int] = []

        def count(size: int, address: str) -> None:
            if "/studio/" in address or address.partition("#")[0] == f"{url}/":
                own.append(size)

        page.on("response", lambda answer: count(int(answer.headers.get("content-length", 0)), answer.url))
        page.goto(f"{url}/#/{view}")
        page.locator(f"main[data-ready={view}]").wait_for(state="attached")
        paint, ready_at = page.evaluate(FIRST_PAINT), page.evaluate("window.readyAt")
        page.wait_for_load_state("networkidle")
        return Load(paint, ready_at, len(own), sum(own) / 1000)
    finally:
        context.close()


def row(view: str, loads: Sequence[Load]) -> dict[str, float]:
    """The figures of a view, printed as a row."""
    paints, readies = [one.first_paint_ms for one in loads], [one.ready_ms for one in loads]
    figures = {
        "first_paint_ms": round(statistics.median(paints), 1),
        "slowest_paint_ms": round(max(paints), 1),
        "ready_ms": round(statistics.median(readies), 1),
        "slowest_ready_ms": round(max(readies), 1),
        "requests": loads[0].requests,
        "kilobytes": round(loads[0].kilobytes, 1),
    }
    print(f"{view:<10}" + "".join(f"{value:>18}" for value in figures.values()))
    return figures


def main() -> int:
    """Load every view and print a table, then one JSON object; returns an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", type=int, default=9)
    parser.add_argument("--view", choices=VIEWS, help="only this one")
    asked = parser.parse_args()
    views = [asked.view] if asked.view else VIEWS
    size = sum(path.stat().st_size for path in package.FOLDER.rglob("*") if path.is_file() and "py" not in path.suffix)
    with tempfile.TemporaryDirectory() as name, browser() as chromium:
        folder = Path(name)
        environ = {"ENGINES": "espeak", "LOCAL_STORE": str(folder / "store"), "MODELS_DIR": str(folder / "models")}
        with served(environ) as server:
            server.wait_for_health(200)
            load(chromium, server.url, views[0])  # the browser's own first start
            names = ("first_paint_ms", "slowest_paint_ms", "ready_ms", "slowest_ready_ms", "requests", "kilobytes")
            print(f"{'view':<10}" + "".join(f"{title:>18}" for title in names))
            rows = {view: row(view, [load(chromium, server.url, view) for _ in range(asked.loads)]) for view in views}
    worst = {name: max(figures[name] for figures in rows.values()) for name in ("first_paint_ms", "ready_ms")}
    worst["all_kilobytes"] = round(size / 1000, 1)
    over = [name for name, budget in BUDGETS.items() if worst[name] > budget]
    print("\n" + json.dumps({**worst, "loads": asked.loads, "over_budget": over, "views": rows}))
    return int(bool(over))


if __name__ == "__main__":
    sys.exit(main())
