"""The last run of every portal as Prometheus' text format (version 0.0.4), for its textfile collector."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from archive.layout import DataFolder
from archive.runmonths import last_runs

_GAUGES: Final = {
    "exit_code": "Share of the portal's last run in the harvest's exit code.",
    "seconds": "Duration of the portal's last run.",
    "found": "Articles asked for in the portal's last run because a listing named them.",
    "articles_new": "Articles new to the archive in the portal's last run.",
    "articles_changed": "New versions of known articles in the portal's last run.",
    "articles_gone": "Articles found to be taken down in the portal's last run.",
    "missed": "Articles that listings have named and no run has fetched.",
    "requests": "Requests of the portal's last run.",
    "warc_bytes": "Bytes of WARC that the portal's last run wrote.",
    "latency_p95": "Seconds to the first byte that 95 of 100 answers did not exceed.",
    "memory": "Peak resident memory of the crawling process in bytes.",
}


def metrics_page(folder: DataFolder, code: int) -> str:
    """The metrics of a harvest that ends with ``code`` and of every portal's last run; raises as ``last_runs``."""
    runs = last_runs(folder)
    lines = [
        *_metric("baotinh_harvest_exit_code", "Exit code of the last harvest.", [("", code)]),
        *_metric("baotinh_harvest_end_timestamp_seconds", "When the last harvest ended.", [("", int(time.time()))]),
        *_metric(
            "baotinh_run_start_timestamp_seconds", "When the portal's last run began.", _by_portal(runs, "started")
        ),
    ]
    for name, meaning in _GAUGES.items():
        lines += _metric(f"baotinh_run_{name}", meaning, _by_portal(runs, name))
    errors = [
        (_labels(portal=run["portal"], kind=one["name"]), one["count"]) for run in runs for one in run["errors"] or ()
    ]
    lines += _metric("baotinh_run_errors", "Requests that failed in the portal's last run, by kind.", errors)
    with suppress(OSError):
        free = shutil.disk_usage(folder.path).free
        lines += _metric("baotinh_disk_free_bytes", "Bytes free on the disk of the data folder.", [("", free)])
    return "\n".join(lines) + "\n"


def _by_portal(runs: list[dict[str, Any]], name: str) -> Iterable[tuple[str, Any]]:
    for run in runs:
        value = run["started"].timestamp() if name == "started" else run[name]
        if value is not None:
            yield _labels(portal=run["portal"]), value


def _metric(name: str, meaning: str, values: Iterable[tuple[str, Any]]) -> list[str]:
    lines = [f"{name}{labels} {value}" for labels, value in values]
    return [f"# HELP {name} {meaning}", f"# TYPE {name} gauge", *lines] if lines else []


def _labels(**labels: str) -> str:
    """Labels with their values escaped: backslash, quote and line feed."""
    escaped = {
        name: value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for name, value in labels.items()
    }
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}"
