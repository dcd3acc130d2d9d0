"""The last step: what tells of a run, for programs and for people."""

from dataclasses import replace

from vambx.config import ReportConfig
from vambx.progress import Progress
from vambx.provenance import Run
from vambx.report.multiqc import write_multiqc
from vambx.report.page import write_page
from vambx.report.run_data import read_run
from vambx.report.summary import write_summary


def make(run: Run, config: ReportConfig, progress: Progress) -> None:
    """Write summary.json, what MultiQC reads and, unless it is omitted, report.html."""
    layout = run.layout
    wanted = set(layout.reports) - ({layout.report} if config.omit else set())
    if run.keeps_reports(wanted):
        return
    with progress.task("Reporting", 1, ""):
        found = replace(read_run(layout.root), is_running=False)  # as it will be in a moment
        write_summary(found)
        write_multiqc(found)
        if not config.omit:
            write_page(found)
    run.wrote_reports(wanted)
