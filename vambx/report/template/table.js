// The table of bins: sort, search, download, and pick one.

const bins = data.bins;
const table = byId("table");
const picked = { bin: null, listeners: [] };
bins.depth = bins.depths.map(mean);

function pick(bin) {
  picked.bin = bin;
  if (table) {
    for (const row of table.tBodies[0].rows) {
      const isIt = Number(row.dataset.bin) === bin;
      row.classList.toggle("lit", isIt);
      row.querySelector(".pick").setAttribute("aria-pressed", String(isIt));
    }
  }
  picked.listeners.forEach((tell) => tell(bin));
}

function compare(key, direction) {
  const values = bins[key];
  return (a, b) => {
    const [x, y] = [values[a], values[b]];
    const order = typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : x - y;
    return direction * order || a - b;
  };
}

function sortBy(heading) {
  const button = heading.querySelector("button");
  const before = heading.getAttribute("aria-sort");
  const isText = typeof bins[button.dataset.key][0] === "string";
  const first = isText ? "ascending" : "descending";
  const other = isText ? "descending" : "ascending";
  const now = before === first ? other : first;
  for (const each of table.tHead.rows[0].cells) if (each.hasAttribute("aria-sort")) each.setAttribute("aria-sort", "none");
  heading.setAttribute("aria-sort", now);
  const by = compare(button.dataset.key, now === "ascending" ? 1 : -1);
  const body = table.tBodies[0];
  const rows = Array.from(body.rows).sort((a, b) => by(Number(a.dataset.bin), Number(b.dataset.bin)));
  body.append(...rows);
}

function search() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const row of table.tBodies[0].rows) {
    const i = Number(row.dataset.bin);
    const text = [bins.name, bins.sample, bins.grade, bins.kind, bins.medoid].map((c) => c[i]).join(" ").toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    found += row.hidden ? 0 : 1;
  }
  byId("found").textContent = words.length ? count(found) + " of " + count(bins.name.length) + " bins" : "";
}

const shownRows = () => Array.from(table.tBodies[0].rows).filter((row) => !row.hidden).map((row) => Number(row.dataset.bin));

function download() {
  const columns = [
    ["bin", bins.name], ["sample", bins.sample], ["contigs", bins.n_contigs], ["bp", bins.bp], ["N50", bins.n50],
    ["longest", bins.longest], ["GC", bins.gc], ["completeness", bins.completeness],
    ["contamination", bins.contamination],
    ...data.samples.map((sample, at) => ["depth_" + sample, bins.depths.map((depths) => depths[at])]),
    ["medoid", bins.medoid], ["radius", bins.radius], ["kind", bins.kind],
  ];
  const cell = (value) => (value === null ? "" : String(value).replace(/[\t\r\n]/g, " "));
  const lines = [columns.map(([name]) => cell(name)), ...shownRows().map((i) => columns.map(([, values]) => cell(values[i])))];
  const text = lines.map((cells) => cells.join("\t") + "\n").join("");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/tab-separated-values" }));
  link.download = "bins.tsv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

if (table) {
  for (const heading of table.tHead.rows[0].cells) {
    if (heading.hasAttribute("aria-sort")) heading.querySelector("button").addEventListener("click", () => sortBy(heading));
  }
  byId("search").addEventListener("input", search);
  byId("download").addEventListener("click", download);
  table.tBodies[0].addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row && !event.target.closest("a")) pick(Number(row.dataset.bin));
  });
}
