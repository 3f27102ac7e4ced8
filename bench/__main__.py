"""``make bench``: engine, site and import measured in one run, beside two other engines.

Absolute times vary with the machine; the ratios to the yardsticks, in the same run, do not.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from app import indexing
from app.settings import Settings, prepare
from app.wiring import build
from bench import coverage, engines, library, site
from bench.site import Figure
from content_catalog import SYSTEM, assets, migrating

ACCOUNTS = 40


def main() -> None:
    options = argparse.ArgumentParser(prog="bench", description=__doc__)
    options.add_argument("--assets", type=int, nargs="+", default=[1000, 10_000])
    options.add_argument("--each", type=int, default=8, help="queries of every kind")
    options.add_argument("--only", choices=["engine", "site", "coverage", "import"])
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="finder-bench-") as folder:
        if chosen.only in (None, "engine"):
            for count in chosen.assets:
                engine(Path(folder) / f"engine-{count}", count, chosen.each)
        if chosen.only in (None, "site", "coverage"):
            whole = chosen.only != "coverage"
            whole_site(Path(folder) / "site", max(chosen.assets), chosen.each, whole=whole)
        if chosen.only in (None, "import"):
            show("Import of the corpus", site.imported(Path(folder) / "import"))


def engine(folder: Path, count: int, each: int) -> None:
    """Full searches of every kind, ours, FTS5 with facets in SQL, tantivy."""
    made = library.documents(count)
    asked = engines.queries(made, each, library.SEED)
    started = time.perf_counter()
    rows = engines.compare(made, asked, {}, folder=folder)
    print(f"\nFull search, {count:,} assets ({time.perf_counter() - started:.0f} s in all)")
    print(engines.table(rows))
    sys.stdout.flush()


def whole_site(folder: Path, count: int, each: int, *, whole: bool = True) -> None:
    """Pages over HTTP, coverage, suggest, edits, memory, start-up, on a library of ``count`` assets;
    only coverage when it is not to be the ``whole``."""
    settings = prepare(Settings(data_dir=folder))
    from app import paths

    migrating.upgrade(settings.database_url, paths.migrations_dir())
    (settings.data_dir / "catalog.made").touch()
    made = library.documents(count)
    services = build(settings)
    started = time.perf_counter()
    library.fill(services, made)
    filling = time.perf_counter() - started
    started = time.perf_counter()
    indexing.rebuild(services)
    rebuilding = time.perf_counter() - started
    people = library.accounts(services, ACCOUNTS)
    editor, team = library.editor_token(services), coverage.marketers(services)
    coverage.fill(services, made)
    with services.catalog.look(SYSTEM) as look:
        ids = random.Random(library.SEED).sample(assets.all_ids(look), min(count, 60))
    counted = coverage.inside(services, settings, team[0][0])
    services.close()
    asked = engines.queries(made, each, library.SEED + 1)
    figures = [
        site.single("create assets", count / filling, "assets/s"),
        site.single("index documents", count / rebuilding, "docs/s"),
    ]
    with site.running(folder, worker=True) as (running, seconds):
        figures.append(site.single("start-up to first answer", seconds, "s", "5"))
        if whole:
            figures += site.pages(running, people, asked, ids)
            figures.append(site.edits(running, editor, people[0][1], ids[:20]))
        figures += [*coverage.pages(running, team, people, ids), *counted]
        memory = running.memory_mb()
        figures.append(site.single("web process, peak", memory, "MB", "400"))
    show(f"The site over HTTP, {count:,} assets", figures)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'(this process, peak, all libraries and engines)':<36}{peak:>10.0f} MB")


def show(heading: str, figures: list[Figure]) -> None:
    print(f"\n{heading}\n{'what':<36}{'p50':>10}{'p95':>10}{'worst':>10} {'unit':<9} to reach")
    for f in figures:
        print(f"{f.name:<36}{f.p50:>10.1f}{f.p95:>10.1f}{f.worst:>10.1f} {f.unit:<9} {f.goal}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
