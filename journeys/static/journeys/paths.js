// The graph of paths: drawn by the chart library from the JSON of the page, in the page's own colours.
const box = document.getElementById("sankey");
const told = JSON.parse(document.getElementById("sankey-data").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const KINDS = { web: "--web", call: "--call", email: "--mail", social: "--social", other: "--ink-3", end: "--line-strong" };
const { who, library } = document.querySelector("script[data-library]").dataset;

// The library brings a style element for maps, of which there are none here, and which our policy would refuse.
function loaded(address) {
  const { head } = document;
  head.appendChild = (one) => (one.localName === "style" ? one : Node.prototype.appendChild.call(head, one));
  return new Promise((done, fail) => {
    const script = Object.assign(document.createElement("script"), { src: address, onload: done, onerror: fail });
    document.body.append(script);
  }).finally(() => delete head.appendChild);
}

function colour(name, alpha) {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

const PAD = 10; // pixels between nodes
const LEAST = 7; // pixels of a node that has room for its label
const LETTER = 6.2; // pixels of a letter, about
const COLUMN = 96; // pixels from step to step, at least

// What each node is called in the picture: what has no room, or would run into the next step, is told on hover.
function labels(columns, across, height) {
  const sizes = told.nodes.map((_, n) => {
    const sums = [0, 1].map((end) => told.links.reduce((sum, link) => sum + (link[end] === n ? link[2] : 0), 0));
    return Math.max(...sums);
  });
  const all = columns.map((column) => sizes.filter((_, n) => columns[n] === column));
  const scale = Math.min(...all.map((some) => (height - PAD * (some.length - 1)) / some.reduce((a, b) => a + b, 0)));
  const last = Math.max(...columns); // its labels are on the left, where those before it are on the right
  return told.nodes.map(([name], n) => {
    const room = columns[n] < last - 1 ? across - 20 : (across - 20) / 2;
    const letters = Math.max(4, Math.floor(room / LETTER));
    if (sizes[n] * scale < LEAST) {
      return "";
    }
    return name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
  });
}

function draw() {
  const deepest = told.nodes.map((node) => node[3]);
  const first = Math.min(...deepest);
  const width = Math.max(1, Math.max(...deepest) - first);
  box.style.minWidth = `${width * COLUMN}px`;
  const ink = colour("--ink", 1);
  const trace = {
    type: "sankey",
    arrangement: "snap",
    node: {
      label: labels(deepest, (box.clientWidth - 16) / width, box.clientHeight - 16),
      customdata: told.nodes.map((node) => node[2] || node[0]),
      color: told.nodes.map((node) => colour(KINDS[node[1]], 1)),
      x: told.nodes.map((node) => Math.min(0.999, Math.max(0.001, (node[3] - first) / width))),
      pad: PAD,
      thickness: 12,
      line: { width: 0 },
      hovertemplate: "%{customdata}: %{value:,} journeys<extra></extra>",
    },
    link: {
      source: told.links.map((link) => link[0]),
      target: told.links.map((link) => link[1]),
      value: told.links.map((link) => link[2]),
      customdata: told.links.map((link) => link[3] + (link[4] ? `, half within ${link[4]}` : "")),
      color: told.links.map((link) => colour(KINDS[told.nodes[link[1]][1]], 0.32)),
      hovertemplate: "%{customdata}: %{value:,} journeys<extra></extra>",
    },
  };
  const layout = {
    font: { family: getComputedStyle(document.body).fontFamily, size: 11, color: ink },
    paper_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 8, r: 8, t: 8, b: 8 },
    hoverlabel: { bgcolor: colour("--raised", 1), bordercolor: colour("--line-strong", 1), font: { color: ink } },
  };
  return window.Plotly.react(box, [trace], layout, { displayModeBar: false, responsive: true });
}

await loaded(library);
await draw();
box.dataset.drawn = "yes";
dark.addEventListener("change", draw);
box.on("plotly_click", ({ points: [point] }) => {
  const link = told.links[point.pointNumber];
  const node = told.nodes[point.pointNumber];
  if ("source" in point && link) {
    location.href = `${who}?${link[5]}`;
  } else if (node && node[2]) {
    const address = new URLSearchParams(location.search);
    address.set("step", node[2]);
    location.search = address;
  }
});
