"""report.html: one page of a run, that opens from disk, wherever it is copied to."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from vambx.io.atomic import replacing
from vambx.report import glance, made
from vambx.report.bins_part import bins_shown, bins_table
from vambx.report.numbers import said_bases, said_count
from vambx.report.reconstruction_part import encoders_shown, reconstruction_table
from vambx.report.run_data import RunData, read_run
from vambx.report.shown import Origins, Shown, choose_shown, origins_of
from vambx.report.training_part import TERMS, training_said, training_table

_SCRIPTS = ("base.js", "table.js", "map.js", "charts.js", "start.js")


def write_report(outdir: Path) -> Path:
    """Make the page of a run, finished or not, and of a folder that a run is at work in.

    Args:
        outdir: the folder of the run; nothing but the page is changed in it.

    Returns:
        Where the page lies.

    Raises:
        InputError: the folder holds no run, or a file in it is broken.
        OutputError: the page cannot be written.
    """
    return write_page(read_run(outdir))


def write_page(run: RunData) -> Path:
    """Make the page of what was read of a run.

    Raises:
        OutputError: the page cannot be written.
    """
    page = report_of(run)
    with replacing(run.layout.report, "wb") as handle:
        handle.write(page.encode("utf-8", "replace"))  # the name of a file may be no text
    return run.layout.report


def report_of(run: RunData) -> str:
    """The page of a run, as HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup
    from plotly.offline import get_plotlyjs  # 5 MB

    origins = origins_of(run)
    shown = choose_shown(run, origins)
    data = data_of(run, shown)
    own = files("vambx.report").joinpath("template")
    script = "\n".join(own.joinpath(name).read_text(encoding="utf-8") for name in _SCRIPTS)
    templates = Environment(
        loader=PackageLoader("vambx.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("report.html.j2").render(
        words_of(run, shown),
        run=run,
        bins=bins_shown(run),
        said_bases=said_bases,
        has_map=bool(data["contigs"]["map"]),
        has_training=bool(data["training"]["epoch"]),
        terms=[term for term in TERMS if any(data["training"][term])],
        reconstruction=data["reconstruction"],
        encoders=encoders_shown(run),
        style=Markup(own.joinpath("report.css").read_text(encoding="utf-8")),  # noqa: S704
        script=Markup(script),  # noqa: S704
        plotly=Markup(get_plotlyjs()),  # noqa: S704
        data=Markup(embedded(data)),  # noqa: S704
    )


def data_of(run: RunData, shown: Shown) -> dict[str, Any]:
    """What the page's figures are drawn from."""
    origins: Origins = shown.origins
    return {
        "samples": list(run.samples),
        "origins": list(origins.samples),
        "markers": [] if run.markers is None else list(run.markers.names),
        "contigs": shown.to_table(),
        "bins": bins_table(run, origins),
        "training": training_table(run),
        "reconstruction": reconstruction_table(run),
    }


def words_of(run: RunData, shown: Shown) -> dict[str, Any]:
    """What the page says besides its figures."""
    n_long = 0 if run.composition is None else len(run.composition.long)
    n_bins = len(run.bins or ())
    return {
        "title": run.layout.root.resolve().name,
        "state": glance.state_of(run),
        "facts": glance.facts_of(run),
        "qualities": glance.qualities_of(run),
        "times": glance.times_of(run),
        "warnings": glance.warnings_of(run),
        "bins_left_out": n_bins - len(bins_shown(run)),
        "map_said": _map_said(len(shown.in_map), n_long),
        "training_said": training_said(run),
        "versions": made.versions_of(run),
        "command": made.command_of(run),
        "settings": made.settings_of(run),
        "seed": made.seed_of(run),
        "inputs": made.inputs_of(run),
        "citations": made.citations_of(run),
    }


def embedded(data: dict[str, Any]) -> str:
    """JSON that ends no script and begins no tag, whatever names are in it."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _map_said(n_shown: int, n_long: int) -> str:
    contigs = said_count(n_long, "contig")
    if n_shown == n_long:
        return f"All {contigs} that were trained on."
    return f"{n_shown:,} of the {contigs} that were trained on: the longest of each bin, and others drawn at random."
