"""Files that MultiQC shows beside those of other tools: how many bins of what grade each sample has.

MultiQC takes them for "custom content", of which a file can hold one piece: columns of its General Statistics, or a
plot. It puts files of several runs together by `id`, and rows by sample; so what is told of the columns is the same in
every run, and `multiqc --dirs` is for runs whose samples have the same names.

Source: https://docs.seqera.io/multiqc/custom_content; tried with MultiQC 1.35 and 1.21.
"""

import json
from typing import Any

import numpy as np

from vambx.bins.separator import POOLED
from vambx.io.atomic import replacing
from vambx.report.run_data import RunData
from vambx.report.summary import GRADES, grade_of

_GRADES = {
    "near_complete": {"name": "near-complete", "color": "#08519c"},
    "medium": {"name": "medium", "color": "#6baed6"},
    "low": {"name": "low", "color": "#fdae6b"},
    "unknown": {"name": "not judged", "color": "#bdbdbd"},
}
_MEANING = (
    "Bins of at least the minimum size, by what their marker genes tell: near-complete (completeness over 90%, "
    "contamination under 5%), medium (at least 50%, under 10%), low; not judged where no marker genes were looked for."
)
_COLUMNS = {
    "bins": {"title": "Bins", "description": "Bins", "format": "{:,.0f}", "min": 0, "scale": "Blues"},
    "near_complete": {
        "title": "Near-complete",
        "description": "Bins of completeness over 90%, contamination under 5%; nothing without marker genes",
        "format": "{:,.0f}",
        "min": 0,
        "scale": "Greens",
    },
    "medium": {
        "title": "Medium",
        "description": "Other bins of completeness of at least 50%, contamination under 10%",
        "format": "{:,.0f}",
        "min": 0,
        "scale": "Greens",
    },
    "mbp_binned": {
        "title": "Binned",
        "description": "Bases in bins, in Mbp",
        "suffix": " Mbp",
        "format": "{:,.1f}",
        "min": 0,
        "scale": "Purples",
    },
    "percent_binned": {
        "title": "% binned",
        "description": "Bases in bins, in percent of those of the sample's contigs",
        "suffix": "%",
        "format": "{:,.1f}",
        "min": 0,
        "max": 100,
        "scale": "RdYlGn",
    },
}


def write_multiqc(run: RunData) -> None:
    """Write `vambx_mqc.json`, a plot of the bins, and `vambx_stats_mqc.json`, columns of the General Statistics.

    Nothing is written of a run without bins yet.

    Raises:
        OutputError: a file cannot be written.
    """
    if run.bins is None:
        return
    rows = rows_of(run)
    grades = {sample: {grade: row[grade] for grade in GRADES} for sample, row in rows.items()}
    stats = {sample: _stats(row, run.markers is not None) for sample, row in rows.items()}
    for path, content in {run.layout.multiqc: _plot(grades), run.layout.multiqc_stats: _columns(stats)}.items():
        with replacing(path) as handle:
            json.dump(content, handle, indent=2, allow_nan=False)
            handle.write("\n")


def rows_of(run: RunData) -> dict[str, dict[str, int]]:
    """Of each sample that contigs were assembled from: how many bins in each grade, bases binned, bases in all."""
    if run.bins is None or run.composition is None:
        return {}
    contigs = run.composition.contigs
    sample_of = np.array([run.separator.sample_of(name) for name in contigs.names], dtype=object)
    rows = {}
    for sample in sorted(set(sample_of.tolist())) or [POOLED]:
        mine = [made for made in run.bins if made.sample == sample]
        row = dict.fromkeys(GRADES, 0)
        for made in mine:
            row[grade_of(made)] += 1
        row["binned"] = sum(made.bp for made in mine)
        row["bp"] = int(contigs.lengths[sample_of == sample].sum())
        rows[sample or _pooled(run)] = row
    return rows


def _pooled(run: RunData) -> str:
    """What a row is called where names are not split; the same as in binning.cami.tsv."""
    return run.samples[0] if len(run.samples) == 1 else "pooled"


def _stats(row: dict[str, int], judged: bool) -> dict[str, float]:
    stats = {
        "bins": sum(row[grade] for grade in GRADES),
        "mbp_binned": row["binned"] / 1e6,
        "percent_binned": round(100 * row["binned"] / row["bp"], 3) if row["bp"] else 0.0,
    }
    return stats | ({grade: row[grade] for grade in ("near_complete", "medium")} if judged else {})


def _plot(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "vambx_bins",
        "parent_id": "vambx",
        "parent_name": "vambx",
        "parent_description": "bins metagenomes: it sorts assembled contigs into genomes.",
        "section_name": "Bins by grade",
        "description": _MEANING,
        "plot_type": "bargraph",
        "pconfig": {
            "id": "vambx_bins_plot",
            "title": "vambx: bins by grade",
            "ylab": "Bins",
            "cpswitch_counts_label": "Bins",
            "tt_decimals": 0,
        },
        "categories": _GRADES,
        "data": data,
    }


def _columns(data: dict[str, Any]) -> dict[str, Any]:
    columns = [{name: about} for name, about in _COLUMNS.items()]  # the form that MultiQC 1.21 knows too
    return {"id": "vambx_stats", "plot_type": "generalstats", "namespace": "vambx", "pconfig": columns, "data": data}
