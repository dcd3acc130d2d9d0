// Put the figures up, one after the other, so that the page can be used meanwhile.

if (byId("bin")) {
  figure("plot-depths", buildDepths);
  figure("plot-gc", buildGc);
  figure("plot-around", buildAround);
  byId("which-bin").addEventListener("change", (event) => pick(Number(event.target.value)));
  const n = bins.name.length;
  byId("previous-bin").addEventListener("click", () => pick((looked + n - 1) % n));
  byId("next-bin").addEventListener("click", () => pick((looked + 1) % n));
  picked.listeners.push((bin) => { if (bin !== null) look(bin); });
  sentence(0);
  tellMarkers();
}

if (data.training.epoch.length) {
  for (const [term, id] of Object.entries(TERMS)) {
    if (byId(id)) figure(id, () => buildEpochs([[term, "training", 0], ["validation_" + term, "held out", 1]], term + " by epoch"));
  }
  figure("plot-rate", () => buildEpochs([["learning_rate", "learning rate", 0]], "learning rate by epoch"));
}

if (byId("which-contig")) {
  byId("which-contig").append(...back.contigs.map((name, i) => option(i, shortened(name, 40) + ", " + back.labels[i])));
  const tell = () => {
    const i = chosenContig();
    byId("contig-said").textContent = [
      (100 * back.error_of.depths[i]).toPrecision(2) + "% of the depth in the wrong sample",
      "squared error of the composition " + back.error_of.tnf[i].toPrecision(2),
      "total depth off by a factor of " + back.error_of.total[i].toPrecision(3),
    ].join(", ");
  };
  figure("plot-depths-out", buildDepthsOut);
  figure("plot-tnf-out", buildTnfOut);
  for (const [name, percent] of [["depths", true], ["tnf", false], ["total", false]]) {
    figure("plot-error-" + name, () => buildError(name, percent));
  }
  byId("which-contig").addEventListener("change", () => {
    tell();
    ["plot-depths-out", "plot-tnf-out"].forEach(draw);
  });
  picked.listeners.push((bin) => {
    const at = bin === null ? -1 : back.contigs.indexOf(bins.medoid[bin]);
    if (at < 0) return;
    byId("which-contig").value = String(at);
    byId("which-contig").dispatchEvent(new Event("change"));
  });
  tell();
}

function setPrinting(is) {
  if (root.classList.contains("printing") === is) return;
  root.classList.toggle("printing", is);
  drawAll();
}

addEventListener("beforeprint", () => setPrinting(true));
addEventListener("afterprint", () => setPrinting(false));
matchMedia("print").addEventListener("change", (event) => setPrinting(event.matches));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);

let width = root.clientWidth;
let waiting = 0;
addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    if (width !== root.clientWidth) drawAll();
    width = root.clientWidth;
  }, 150);
});

// A click on a contig of the map picks its bin.
function pickPoint(event) {
  const bin = contigs.bin[event.points[0].customdata];
  if (bin >= 0 && bin < bins.name.length) pick(bin);
}

const queue = Array.from(figures.keys());
function next() {
  const id = queue.shift();
  if (id === undefined) {
    if (figures.has("plot-map")) byId("plot-map").on("plotly_click", pickPoint);
    root.dataset.ready = "yes";
    return;
  }
  draw(id);
  setTimeout(next, 0);
}
next();
