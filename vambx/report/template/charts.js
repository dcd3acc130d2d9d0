// The other figures: each bin, training, reconstruction.

const STEP = 0.005; // the width of a bar of distances
const KINDS = {
  markers: "Its marker genes chose it; the radius is the distance of its furthest contig.",
  stable: "It was chosen as it lasts over a wide range of distances; the radius is the distance of its furthest contig.",
  normal: "The valley chose it: whatever is nearer to the medoid belongs to it.",
  fallback: "There was no valley, so a fixed radius chose it.",
  loner: "It is one contig without neighbours.",
};
// Plotly would write but the first digits of most numbers of a logarithmic axis.
const ROUND = [-2, -1, 0, 1, 2, 3, 4].flatMap((power) => [1, 2, 5].map((digit) => Number((digit * 10 ** power).toFixed(2))));
let looked = 0; // the bin that is looked at

function sentence(bin) {
  const own = contigs.bin.filter((each) => each === bin).length;
  const parts = [bases(bins.bp[bin]) + " in " + count(bins.n_contigs[bin]) + " contigs", "medoid " + bins.medoid[bin]];
  if (bins.grade[bin] !== "unknown") {
    parts.unshift(bins.grade[bin], bins.completeness[bin].toFixed(1) + "% complete", bins.contamination[bin].toFixed(1) + "% contamination");
  }
  byId("bin-said").textContent = bins.name[bin] + ": " + parts.join(", ") + ". " + (KINDS[bins.kind[bin]] || "");
  byId("gc-note").textContent = own < bins.n_contigs[bin] ? "(the longest " + count(own) + " of " + count(bins.n_contigs[bin]) + "; grey: others)" : "(grey: others)";
}

function buildDepths() {
  const depths = bins.depths[looked];
  const text = data.samples.map((sample, i) => label(sample, 60) + "<br>" + depths[i]);
  const trace = { type: "bar", x: depths.map((_, i) => i), y: depths, text, textposition: "none", hovertemplate: "%{text}<extra></extra>", marker: { color: COLOURS[0] } };
  return { traces: [trace], layout: { xaxis: { ...named(data.samples), showgrid: false }, yaxis: { text: "mean depth", rangemode: "tozero" }, bargap: 0.3, margin: { l: 52, r: 12, t: 8, b: below(data.samples) } }, said: "Mean depth of " + bins.name[looked] + " in each sample" };
}

function buildGc() {
  const at = data.samples.indexOf(bins.sample[looked]);
  const depth = (i) => Math.max(at < 0 ? depthOf(i) : contigs.depth[at][i], 0.01);
  const own = contigs.name.map((_, i) => i).filter((i) => contigs.bin[i] === looked);
  const others = contigs.in_map.filter((i) => contigs.bin[i] !== looked && contigs.sample[i] === contigs.sample[own[0]]);
  const trace = (rows, marker, name) => ({
    type: "scatter", mode: "markers", name, x: rows.map((i) => 100 * contigs.gc[i]), y: rows.map(depth), marker,
    text: rows.map(told), hovertemplate: "%{text}<extra></extra>",
  });
  const size = own.map((i) => 3 + Math.min(Math.sqrt(contigs.length[i]) / 40, 14));
  const traces = [
    trace(others, { color: colour("rank2"), size: 4 }, "others"),
    trace(own, { color: colour("lit"), size, opacity: 0.75, line: { width: 0 } }, "its contigs"),
  ];
  const text = at < 0 ? "mean depth" : "depth in " + label(data.samples[at], 16);
  return { traces, layout: { xaxis: { text: "GC, %" }, yaxis: { text, type: "log", tickvals: ROUND, ticktext: ROUND.map((value) => value.toLocaleString("en")) }, hovermode: "closest" }, said: "GC and depth of the contigs of " + bins.name[looked] };
}

function buildAround() {
  const around = bins.around[looked];
  if (!around) {
    byId("around-note").textContent = "(there are no latent vectors)";
    return { traces: [], layout: {}, said: "No distances" };
  }
  const radius = bins.radius[looked];
  const until = Math.min(Math.max(radius + 0.06, 0.3), 0.5);
  const x = around.own.map((_, i) => (i + 0.5) * STEP);
  const bar = (y, color, name) => ({ type: "bar", x, y, name, marker: { color }, hovertemplate: "%{y:,.0f} kbp at %{x:.3f}<extra>" + name + "</extra>" });
  const traces = [bar(around.own, colour("lit"), "this bin"), bar(around.other, COLOURS[0], "other contigs of its assembly"), bar(around.elsewhere, colour("rank2"), "other assemblies")];
  const near = around.own.map((own, i) => own + around.other[i] + around.elsewhere[i]).filter((_, i) => i * STEP <= Math.max(radius, 0.15));
  const shapes = [line(radius, colour("ink"), "solid")];
  const side = (x) => (x > 0.6 * until ? "right" : "left");
  const beyond = radius > until ? " →" : "";
  const annotations = [mark(Math.min(radius, until), 0.99, "radius " + radius.toFixed(3) + beyond, side(radius))];
  let note = "(no valley here)";
  if (around.valley) {
    shapes.push(line(around.valley[0], colour("ink"), "dot"));
    annotations.push(mark(around.valley[0], 0.86, "valley", side(around.valley[0])));
    note = "(the valley lies at " + (100 * around.valley[1]).toFixed(0) + "% of the peak)";
  }
  byId("around-note").textContent = note;
  const layout = {
    barmode: "stack", bargap: 0.05, legend: { traceorder: "normal" }, shapes, annotations, showlegend: true,
    xaxis: { text: "distance from the medoid", range: [0, until] },
    yaxis: { text: "kbp", range: [0, 1.25 * Math.max(...near, 1)] }, margin: { l: 52, r: 12, t: 30, b: 40 },
  };
  return { traces: traces.filter((each) => each.y.some((value) => value > 0)), layout, said: "Bases by distance from the medoid of " + bins.name[looked] };
}

function tellMarkers() {
  const list = byId("chips");
  list.replaceChildren();
  if (!data.markers.length) {
    byId("markers-said").textContent = "There are none in this run.";
    return;
  }
  const copies = Array.from(bins.markers[looked], Number);
  const once = copies.filter((n) => n === 1).length;
  const missing = copies.filter((n) => n === 0).length;
  byId("markers-said").textContent = once + " found once, " + (copies.length - once - missing) + " more often, " + missing + " missing, of " + copies.length + ".";
  data.markers.forEach((name, i) => {
    const chip = document.createElement("li");
    chip.className = copies[i] === 0 ? "missing" : copies[i] > 1 ? "more" : "once";
    chip.textContent = name + (copies[i] === 0 ? " missing" : copies[i] > 1 ? " ×" + copies[i] + (copies[i] === 9 ? " or more" : "") : "");
    list.append(chip);
  });
}

function look(bin) {
  looked = bin;
  byId("which-bin").value = String(bin);
  sentence(bin);
  tellMarkers();
  ["plot-depths", "plot-gc", "plot-around"].forEach(draw);
}

const TERMS = { loss: "plot-loss", ce: "plot-ce", mse: "plot-mse", kld: "plot-kld", total: "plot-total", contrast: "plot-contrast" };

function buildEpochs(terms, said) {
  const training = data.training;
  const traces = terms.filter(([name]) => training[name].some((value) => value !== null)).map(([name, title, at]) => ({
    type: "scatter", mode: training.epoch.length > 1 ? "lines" : "markers", x: training.epoch, y: training[name], name: title,
    line: { color: COLOURS[at], width: 2, dash: at ? "dash" : "solid" }, marker: { color: COLOURS[at] },
    hovertemplate: "epoch %{x}: %{y:.4g}<extra>" + title + "</extra>",
  }));
  const kept = training.kept;
  const shapes = kept === null ? [] : [line(kept, colour("soft"), "dot")];
  const annotations = kept === null ? [] : [mark(kept, 0.99, "kept", "right")];
  return { traces, layout: { shapes, annotations, showlegend: traces.length > 1, xaxis: { text: "epoch" }, yaxis: { rangemode: "tozero" }, margin: { l: 44, r: 10, t: traces.length > 1 ? 26 : 8, b: 40 } }, said };
}

const back = data.reconstruction;
const chosenContig = () => Number(byId("which-contig").value);

function buildDepthsOut() {
  const i = chosenContig();
  const bar = (values, name, color) => ({ type: "bar", x: data.samples.map((_, k) => k), y: values.map((value) => 100 * value), name, marker: { color }, text: data.samples.map((sample) => label(sample, 60)), textposition: "none", hovertemplate: "%{text}: %{y:.1f}%<extra>" + name + "</extra>" });
  const traces = [bar(back.depths[0][i], "in", COLOURS[0]), bar(back.depths[1][i], "out", COLOURS[1])];
  return { traces, layout: { barmode: "group", showlegend: true, xaxis: { ...named(data.samples), showgrid: false }, yaxis: { text: "%", rangemode: "tozero" }, margin: { l: 48, r: 10, t: 28, b: below(data.samples) } }, said: "Share of depth in each sample, in and out, of " + back.contigs[i] };
}

function buildTnfOut() {
  const i = chosenContig();
  const x = back.kmers.map((_, k) => k);
  const common = { x, text: back.kmers, textposition: "none" };
  const traces = [
    { ...common, type: "bar", y: back.tnf[0][i], name: "in", marker: { color: COLOURS[0] }, hovertemplate: "%{text}: %{y:.2f}%<extra>in</extra>" },
    { ...common, type: "scatter", mode: "markers", textposition: undefined, y: back.tnf[1][i], name: "out", marker: { color: COLOURS[1], size: 5, line: { color: colour("ink"), width: 0.5 } }, hovertemplate: "%{text}: %{y:.2f}%<extra>out</extra>" },
  ];
  const ticks = x.filter((k) => k % 12 === 0);
  return { traces, layout: { showlegend: true, bargap: 0.15, xaxis: { showgrid: false, tickvals: ticks, ticktext: ticks.map((k) => back.kmers[k]), tickangle: -40 }, yaxis: { text: "%", rangemode: "tozero" }, margin: { l: 48, r: 10, t: 28, b: 46 } }, said: "Share of each 4-mer, in and out, of " + back.contigs[i] };
}

function buildError(name, percent) {
  const { counts, edges, median } = back.errors[name];
  const factor = percent ? 100 : 1;
  const x = counts.map((_, i) => (factor * (edges[i] + edges[i + 1])) / 2);
  const trace = { type: "bar", x, y: counts, marker: { color: COLOURS[0] }, hovertemplate: "%{y} contigs at %{x:.3g}<extra></extra>" };
  const half = factor * (edges[0] + edges[edges.length - 1]) / 2;
  const said = "median " + (factor * median).toPrecision(3) + (percent ? "%" : "");
  const anchor = factor * median > half ? "right" : "left";
  return { traces: [trace], layout: { bargap: 0.05, shapes: [line(factor * median, colour("ink"), "dot")], annotations: [mark(factor * median, 0.99, said, anchor)], xaxis: { ticksuffix: percent ? "%" : "" }, yaxis: { text: "contigs" }, margin: { l: 48, r: 10, t: 8, b: 30 } }, said: "Distribution of errors, " + said };
}
