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
  await Plotly.newPlot(element, figure.data, themed(figure.layout ?? {}), { responsive: true, displaylogo: false, displayModeBar: false });
  element.dispatchEvent(new CustomEvent("drawn", { detail: figure }));
}

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
