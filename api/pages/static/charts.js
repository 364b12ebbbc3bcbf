// Charts: each <figure class="chart" data-src="..."> gets a Plotly figure {data, layout} from its address once it comes
// near the window. The library (large) is loaded with the first of them; colours follow the page's theme.
const drawn = new Map();
let library;

function plotly() {
  library ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = document.querySelector("script[data-plotly]").dataset.plotly;
    script.onload = () => done(window.Plotly);
    script.onerror = () => failed(new Error("the chart library could not be loaded"));
    document.head.append(script);
  });
  return library;
}

function themed(layout) {
  const colour = (name) => {
    const probe = document.createElement("i");
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const [ink, line, paper] = ["ink", "line", "paper"].map(colour);
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, tickcolor: line, automargin: true };
  const themedAxes = {};
  for (const name of ["xaxis", "yaxis", ...Object.keys(layout).filter((key) => /^[xy]axis/.test(key))]) {
    themedAxes[name] = { ...axis, ...layout[name] };
  }
  return {
    margin: { l: 50, r: 15, t: 20, b: 45 }, hovermode: "closest", dragmode: false, ...layout, ...themedAxes,
    paper_bgcolor: "transparent", plot_bgcolor: "transparent",
    font: { color: ink, family: "system-ui, sans-serif", size: 12 },
    hoverlabel: { bgcolor: paper, bordercolor: line, font: { color: ink } },
  };
}

async function draw(element) {
  const figure = drawn.get(element) ?? await fetch(element.dataset.src).then(async (answer) => {
    const content = await answer.json();
    if (!answer.ok) throw new Error(content.detail);
    return content;
  });
  drawn.set(element, figure);
  const Plotly = await plotly();
  element.replaceChildren();
  // Names beside points were placed for a wide chart; on a narrow one they are shown on pointing.
  const narrow = element.clientWidth < 640;
  const data = figure.data.map((trace) => narrow && trace.mode === "markers+text" ? { ...trace, mode: "markers" } : trace);
  await Plotly.newPlot(element, data, themed(figure.layout ?? {}), { responsive: true, displaylogo: false, displayModeBar: false });
  element.closest("figure")?.classList.add("drawn");
  if (figure.links) {
    element.classList.add("leads");
    element.on("plotly_click", ({ points: [point] }) => { if (point.id) location.assign(figure.links + encodeURIComponent(point.id)); });
  }
  element.dispatchEvent(new CustomEvent("drawn", { detail: figure }));
}

// What is drawn as a table: a row for each point with its bounds, or for each cell.
function rows(figure) {
  const table = [["series", "name", "x", "y", "value", "x_low", "x_high", "y_low", "y_high"]];
  const bounds = (error, values, place) => error?.array && error.visible !== false
    ? [values[place] - (error.arrayminus ?? error.array)[place], values[place] + error.array[place]] : ["", ""];
  for (const trace of figure.data) {
    const name = trace.name ?? "";
    if (trace.z) {
      trace.z.forEach((row, i) => row.forEach((value, j) => table.push([name, "", trace.x?.[j] ?? j, trace.y?.[i] ?? i, value, "", "", "", ""])));
      continue;
    }
    const length = Math.max(trace.x?.length ?? 0, trace.y?.length ?? 0);
    for (let place = 0; place < length; place++) {
      const called = trace.ids?.[place] ?? (Array.isArray(trace.text) ? trace.text[place] : "") ?? "";
      table.push([name, called, trace.x?.[place] ?? place, trace.y?.[place] ?? "", "", ...bounds(trace.error_x, trace.x, place), ...bounds(trace.error_y, trace.y, place)]);
    }
  }
  return table;
}

function csv(table) {
  const field = (value) => {
    const text = String(value ?? "").trim();
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return table.map((row) => row.map(field).join(",")).join("\n") + "\n";
}

async function download(element, kind) {
  const name = element.dataset.src.replace(/^\/charts\//, "").replace(/[^\w.-]+/g, "-");
  const link = document.createElement("a");
  if (kind === "csv") {
    link.href = URL.createObjectURL(new Blob([csv(rows(drawn.get(element)))], { type: "text/csv" }));
  } else {
    const Plotly = await plotly();
    const layout = { ...element.layout, paper_bgcolor: getComputedStyle(document.documentElement).backgroundColor };
    const { width, height } = element.getBoundingClientRect();
    const address = await Plotly.toImage({ data: element.data, layout }, { format: kind, width, height, scale: kind === "png" ? 2 : 1 });
    link.href = kind === "png" ? address : URL.createObjectURL(new Blob([decodeURIComponent(address.slice(address.indexOf(",") + 1))], { type: "image/svg+xml" }));
  }
  link.download = `${name}.${kind}`;
  link.click();
}
document.addEventListener("click", ({ target }) => {
  if (target.dataset?.as) download(target.closest("figure").querySelector(".chart"), target.dataset.as);
});

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    draw(target).catch((error) => { target.textContent = `No chart: ${error.message}`; target.classList.add("quiet"); });
  }
}, { rootMargin: "200px" });
for (const element of document.querySelectorAll(".chart[data-src]")) near.observe(element);
const again = () => { for (const element of drawn.keys()) draw(element); };
addEventListener("themechange", again);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
