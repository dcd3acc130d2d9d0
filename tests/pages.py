"""Pages of runs for tests, what is in them, and runs with names that would break a careless page."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np

from vambx.features.contigs import Contigs

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;{{7*7}}%{x}<b>ü漢\u2028"
LONG = "n" * 300
EMBEDDED = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


class Page(HTMLParser):
    """What a browser would see of a page: elements, and the text of the body without its scripts."""

    def __init__(self, html):
        super().__init__()
        self.html, self.elements, self.texts, self.inside, self.sections = html, [], [], [], {}
        self.section = "header"
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag == "section":
            self.section = dict(attributes)["id"]
        if tag not in ("meta", "input", "img", "br", "link"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"script", "style"} & set(self.inside):
            self.texts.append(data)
            self.sections[self.section] = self.sections.get(self.section, "") + data

    @property
    def data(self):
        """The embedded JSON."""
        (found,) = EMBEDDED.findall(self.html)
        return json.loads(found)

    @property
    def text(self):
        """All that can be read, with single spaces."""
        return " ".join("".join(self.texts).split())

    def said(self, section):
        """What can be read in a section."""
        return " ".join(self.sections.get(section, "").split())

    def all(self, tag, **attributes):
        """The attributes of all elements of a kind."""
        wanted = attributes.items()
        return [found for name, found in self.elements if name == tag and wanted <= found.items()]


def page_at(path):
    """The page that lies at a path."""
    return Page(path.read_text(encoding="utf-8"))


def made_hostile(run):
    """The same run with names of contigs, samples, bins and files that are HTML, long, or not ASCII."""
    old = run.contigs.names
    names = [f"{HOSTILE}{name.partition('C')[0]}:{LONG}{name}" for name in old]
    new = dict(zip(old, names, strict=True))
    contigs = Contigs(tuple(names), run.contigs.lengths, run.contigs.gc)
    samples = tuple(HOSTILE + sample for sample in run.samples)
    account = json.loads(json.dumps(run.account).replace("contigs.fna", json.dumps(f"{HOSTILE}.fna")[1:-1]))
    return replace(
        run,
        account=account | {"command": ["vambx", "bin", HOSTILE, "\udcff"]},
        composition=replace(run.composition, contigs=contigs),
        abundance=replace(run.abundance, samples=samples),
        markers=run.markers and _doubled(run.markers),
        clusters=[replace(row, contig=new[row.contig], medoid=new[row.medoid]) for row in run.clusters],
        bins=[
            replace(made, name=HOSTILE + made.name, sample=HOSTILE + made.sample, medoid=new[made.medoid])
            for made in run.bins
        ],
        warnings=[f"{HOSTILE} is wrong", LONG],
    )


def _doubled(markers):
    """Markers of hostile names, the first of them twice wherever it is."""
    first = markers.marker == 0
    return replace(
        markers,
        names=tuple(HOSTILE + name for name in markers.names),
        contig=np.append(markers.contig, markers.contig[first]),
        marker=np.append(markers.marker, markers.marker[first]),
        score=np.append(markers.score, markers.score[first]),
    )
