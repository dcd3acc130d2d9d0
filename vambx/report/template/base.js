// What all figures share: the data, the colours of the page, and how text is kept text.

const data = JSON.parse(document.getElementById("data").textContent);
const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const colour = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
const isNarrow = () => root.clientWidth < 600;

// Okabe and Ito's colours, which people who see colours otherwise can tell apart; with shapes for more.
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c7ae6"];
const SHAPES = ["circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "star"];
const colourOf = (i) => COLOURS[i % COLOURS.length];
const shapeOf = (i) => SHAPES[Math.floor(i / COLOURS.length) % SHAPES.length];

// Plotly takes <b> and &amp; in its texts for markup.
const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const shortened = (text, most) => {
  const letters = Array.from(text);
  return letters.length <= most ? text : letters.slice(0, most - 6).join("") + "…" + letters.slice(-5).join("");
};
const label = (text, most) => plain(shortened(text, most));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
const count = (n) => n.toLocaleString("en");
const bases = (n) => {
  for (const [unit, size] of [["Gbp", 1e9], ["Mbp", 1e6], ["kbp", 1e3]]) {
    if (n >= size) return (n / size).toFixed(n < 10 * size ? 2 : 1) + " " + unit;
  }
  return n + " bp";
};

const figures = new Map();

// A figure is redrawn as a whole whenever what it shows, the colours or the width of the page change.
function figure(id, build) {
  if (byId(id)) figures.set(id, build);
}

function draw(id) {
  const target = byId(id);
  const built = figures.get(id)();
  const printing = root.classList.contains("printing");
  target.setAttribute("role", built.layout.explore ? "group" : "img");
  target.setAttribute("aria-label", built.said);
  const font = { family: "system-ui, sans-serif", size: isNarrow() || printing ? 11 : 12.5, color: colour("ink") };
  const axis = (own) => ({
    gridcolor: colour("line"), linecolor: colour("line"), zeroline: false, automargin: "left", separatethousands: true, fixedrange: isNarrow(),
    ...own, title: { text: (own && own.text) || "", standoff: 8 },
  });
  const { xaxis, yaxis, legend, explore, ...rest } = built.layout;
  const layout = {
    font, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 52, r: 12, t: 8, b: 40 },
    showlegend: false,
    hoverlabel: { bgcolor: colour("card"), bordercolor: colour("soft"), font: { ...font, color: colour("ink") } },
    width: target.clientWidth, height: target.clientHeight, dragmode: isNarrow() ? false : "zoom",
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", itemsizing: "constant", font, ...legend },
    ...rest, xaxis: axis(xaxis), yaxis: axis(yaxis),
  };
  const config = {
    displaylogo: false, displayModeBar: explore && !isNarrow() ? "hover" : false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
  };
  Plotly.react(target, built.traces, layout, config);
}

const drawAll = () => figures.forEach((_, id) => draw(id));

const line = (x, colour, dash) => ({
  type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color: colour, width: 2, dash },
});
const mark = (x, y, text, anchor) => ({
  x, y, yref: "paper", text, showarrow: false, xanchor: anchor, yanchor: "top", bgcolor: colour("paper"),
});
// Names under bars stand at numbers, for Plotly would take some for dates or numbers.
const named = (names) => ({
  tickvals: names.map((_, i) => i), ticktext: names.map((name) => label(name, 14)),
  tickangle: isCrowded(names) ? -40 : 0,
});
const isCrowded = (names) => names.join("").length > 24;
const below = (names) => (isCrowded(names) ? 26 + 5 * Math.min(14, Math.max(...names.map((name) => name.length))) : 32);
