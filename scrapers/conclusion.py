"""The end of a harvest: what concerns all its portals is judged, the tables of runs are made, others are told."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

from spidermon import Monitor, MonitorRunner, MonitorSuite

from archive.errors import BaotinhError, StorageError
from archive.layout import DataFolder
from archive.report import write_report
from archive.runmonths import daily_bytes, write_runs
from scrapers.harvest import BELOW, GOOD, INTERRUPTED, STORAGE
from scrapers.monitors import ClockWrong, DiskNearlyFull, sentences_of
from scrapers.notify import NOTIFIERS, Harvest

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

    from archive.runs import RunReport

logger = logging.getLogger(__name__)


class HarvestSuite(MonitorSuite):
    """What is expected of a harvest as a whole, and who is told how it went."""

    monitors: ClassVar[list[type[Monitor]]] = [DiskNearlyFull, ClockWrong]
    monitors_finished_actions: ClassVar[list[Any]] = list(NOTIFIERS)

    def on_monitors_finished(self, result: Any) -> None:
        """Take the monitors' sentences for the harvest's before the notifiers run."""
        harvest = self.harvest
        harvest.problems += sentences_of(result)
        if harvest.problems and harvest.code == GOOD:
            harvest.code = BELOW


def conclude(settings: BaseSettings, reports: list[RunReport], code: int, problem: str | None = None) -> int:
    """End a harvest with ``reports`` that would exit with ``code``; the exit code after all is judged.

    ``problem`` is why it did not begin, if so. The tables of runs and the report are made unless somebody has asked to
    stop. A disk that refuses them is the harvest's trouble, for it will refuse the next one's pages; what else cannot
    be done is logged.
    """
    folder = DataFolder(Path(settings["ARCHIVE_DIR"]))
    harvest = Harvest(folder, reports, code, [problem] if problem else [])
    daily = _derive(harvest, whole=code != INTERRUPTED) if reports else 0.0
    suite = HarvestSuite(crawler=SimpleNamespace(settings=settings))
    suite.harvest = harvest
    result = MonitorRunner().run(
        suite,
        harvest=harvest,
        path=folder.path,
        reports=reports,
        daily=daily,
        least=settings.getfloat("ARCHIVE_DISK_LEAST"),
        tolerance=settings.getfloat("ARCHIVE_CLOCK_SKEW"),
    )
    for item in result.monitors_finished_action_results:
        if item.error is not None:
            logger.warning("%s failed: %s", item.action.name, item.error.strip().splitlines()[-1])
    for sentence in harvest.problems if problem is None else []:
        print(f"harvest: {sentence}", file=sys.stderr)
    return harvest.code


def _derive(harvest: Harvest, whole: bool) -> float:
    """Write what is made from all reports; the bytes a day that the archive grew by lately."""
    try:
        tables = write_runs(harvest.folder)
        if whole:
            write_report(harvest.folder, tables)
        return daily_bytes(harvest.folder)
    except StorageError as error:
        harvest.code = STORAGE
        harvest.problems.append(f"the report of all runs could not be made: {error}")
    except BaotinhError as error:
        logger.warning("the report of all runs could not be made: %s", error)
    except Exception:  # whatever is wrong with an old report, the harvest is done
        logger.exception("the report of all runs could not be made")
    return 0.0
