// Beside a chart of stimuli (RDM, plane): the pictures of those that are pointed at.
const HINT = "What is pointed at is shown here.";

function strip(chart) {
  let found = chart.parentElement.querySelector(".pointed");
  if (!found) {
    found = document.createElement("div");
    found.className = "pointed";
    found.setAttribute("aria-hidden", "true");
    chart.after(found);
  }
  return found;
}

function pointed(point, stimuli) {
  const places = point.data.type === "heatmap" ? [point.pointIndex[0], point.pointIndex[1]] : [point.customdata];
  return places.map((place) => stimuli[place]);
}

function picture({ name, address }) {
  const figure = document.createElement("figure");
  if (address) {
    const image = document.createElement("img");
    Object.assign(image, { src: address, alt: name, width: 72, height: 72 });
    figure.append(image);
  }
  const text = document.createElement("figcaption");
  text.textContent = name;
  figure.append(text);
  return figure;
}

for (const chart of document.querySelectorAll(".chart[data-src]")) {
  chart.addEventListener("drawn", ({ detail: { stimuli } }) => {
    if (!stimuli) return;
    const shown = strip(chart);
    shown.textContent = HINT;
    chart.on("plotly_hover", ({ points: [point] }) => shown.replaceChildren(...pointed(point, stimuli).map(picture)));
    chart.on("plotly_unhover", () => { shown.textContent = HINT; });
  });
}
