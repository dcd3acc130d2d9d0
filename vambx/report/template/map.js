// The map of latent space: coloured in several ways, with one bin lit up.

const contigs = data.contigs;
const LAYOUTS = { tsne: "t-SNE", pca: "principal components" };
const depthOf = (i) => mean(contigs.depth.map((column) => column[i]));

// Where all contigs are of one assembly, its samples are where they are deepest.
function sampleOf(i) {
  if (data.origins.length > 1) return contigs.sample[i];
  const depths = contigs.depth.map((column) => column[i]);
  return depths.indexOf(Math.max(...depths));
}

function ways() {
  const found = [];
  const samples = data.origins.length > 1 ? data.origins : data.samples;
  if (bins.name.length) found.push({ title: "bin" });
  if (samples.length > 1) {
    const title = data.origins.length > 1 ? "sample" : "sample where it is deepest";
    found.push({ title, groups: samples, of: sampleOf });
  }
  found.push({ title: "GC", said: "GC, %", of: (i) => 100 * contigs.gc[i] });
  found.push({ title: "length", said: "length, bp", of: (i) => contigs.length[i], log: true });
  if (contigs.depth.length) found.push({ title: "depth", said: "mean depth", of: depthOf, log: true });
  if (contigs.depth.length > 1) {
    data.samples.forEach((sample, at) => {
      const of = (i) => contigs.depth[at][i];
      found.push({ title: "depth in " + shortened(sample, 40), said: "depth in " + label(sample, 30), of, log: true });
    });
  }
  return found;
}

function told(i) {
  const lines = [label(contigs.name[i], 60), bases(contigs.length[i]) + ", GC " + (100 * contigs.gc[i]).toFixed(1) + "%"];
  if (contigs.depth.length) lines.push("mean depth " + depthOf(i).toPrecision(3));
  const bin = contigs.bin[i];
  if (data.bins.name.length) lines.push(bin < 0 ? "in no bin" : "bin " + label(bins.name[bin] || "not shown", 40));
  return lines.join("<br>");
}

function points(where, at, marker, more) {
  return {
    type: "scatter", mode: "markers", x: at.map((k) => where[0][k]), y: at.map((k) => where[1][k]),
    text: at.map((k) => told(contigs.in_map[k])), customdata: at.map((k) => contigs.in_map[k]), hovertemplate: "%{text}<extra></extra>",
    marker: { size: isNarrow() ? 5 : 6.5, line: { width: 0 }, ...marker }, ...more,
  };
}

function byBin(where, all) {
  const loose = all.filter((k) => contigs.bin[contigs.in_map[k]] < 0);
  const inBins = all.filter((k) => contigs.bin[contigs.in_map[k]] >= 0);
  const binOf = (k) => contigs.bin[contigs.in_map[k]];
  const marker = { color: inBins.map((k) => colourOf(binOf(k))), symbol: inBins.map((k) => shapeOf(binOf(k))) };
  return [
    points(where, loose, { color: colour("rank2"), size: 4 }, { name: "in no bin" }),
    points(where, inBins, marker, { name: "in a bin" }),
  ];
}

function byGroup(where, all, way) {
  return way.groups.map((name, group) => {
    const at = all.filter((k) => way.of(contigs.in_map[k]) === group);
    return points(where, at, { color: colourOf(group), symbol: shapeOf(group) }, { name: label(name, 20) });
  });
}

function byNumber(where, all, way) {
  const values = all.map((k) => way.of(contigs.in_map[k]));
  const scaled = way.log ? values.map((value) => Math.log10(Math.max(value, 0.01))) : values;
  const colorbar = {
    orientation: "h", x: 0, xanchor: "left", y: 1.01, yanchor: "bottom", thickness: 10, outlinewidth: 0,
    len: isNarrow() ? 0.95 : 0.5, title: { text: way.said, side: "top" },
  };
  if (way.log) {
    const powers = [-2, -1, 0, 1, 2, 3, 4, 5, 6, 7].flatMap((power) => [power, power + Math.log10(3)]);
    const format = (power) => Number((10 ** power).toPrecision(1)).toLocaleString("en");
    Object.assign(colorbar, { tickmode: "array", tickvals: powers, ticktext: powers.map(format) });
  }
  const marker = { color: scaled, colorscale: "Cividis", showscale: true, colorbar };
  return [points(where, all, marker, { name: way.title })];
}

const WAYS = ways();

function buildMap() {
  const where = contigs.map[byId("layout").value];
  const way = WAYS[byId("colour").value];
  const all = contigs.in_map.map((_, k) => k);
  const traces = way.groups ? byGroup(where, all, way) : way.of ? byNumber(where, all, way) : byBin(where, all);
  const lit = all.filter((k) => picked.bin !== null && contigs.bin[contigs.in_map[k]] === picked.bin);
  if (picked.bin !== null) {
    for (const trace of traces) {
      trace.marker.opacity = 0.18;
      trace.showlegend = Boolean(way.groups);
    }
    const marker = { color: colour("lit"), size: isNarrow() ? 7 : 9, line: { width: 1, color: colour("ink") } };
    traces.push(points(where, lit, marker, { name: label(bins.name[picked.bin], 30), meta: "lit" }));
  }
  const bare = { showticklabels: false, showgrid: false, mirror: true, showline: true };
  const said = "Map of " + count(all.length) + " contigs, laid out by " + LAYOUTS[byId("layout").value] + ", coloured by " + way.title;
  const layout = {
    explore: true, xaxis: bare, yaxis: { ...bare }, showlegend: Boolean(way.groups) || picked.bin !== null,
    margin: { l: 8, r: 8, t: way.of && !way.groups ? 62 : 34, b: 8 }, hovermode: "closest",
  };
  if (layout.showlegend && way.of && !way.groups) layout.legend = { y: 0 };
  return { traces, layout, said };
}

function option(value, text) {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = text;
  return made;
}

if (byId("plot-map")) {
  byId("layout").append(...Object.keys(contigs.map).map((name) => option(name, LAYOUTS[name])));
  byId("colour").append(...WAYS.map((way, i) => option(i, way.title)));
  figure("plot-map", buildMap);
  for (const id of ["layout", "colour"]) byId(id).addEventListener("change", () => draw("plot-map"));
  picked.listeners.push((bin) => {
    draw("plot-map");
    if (!byId("unlight")) return;
    byId("unlight").hidden = bin === null;
    const lit = contigs.in_map.filter((i) => contigs.bin[i] === bin).length;
    const of = bin === null ? "" : bins.name[bin] + ": " + count(lit) + " of its " + count(bins.n_contigs[bin]) + " contigs are lit up";
    byId("map-said").textContent = of;
    byId("found").textContent = of && of + " in the map";
  });
  if (byId("unlight")) byId("unlight").addEventListener("click", () => pick(null));
}
