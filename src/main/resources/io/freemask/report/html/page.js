"use strict";

// A slider chooses which view the cells of its grid show.
for (const slider of document.querySelectorAll("input[data-views]")) {
  const names = JSON.parse(slider.dataset.views);
  const grid = slider.closest("figure");
  slider.addEventListener("input", () => {
    grid.style.setProperty("--frame", slider.value);
    slider.parentElement.querySelector("output").textContent = names[slider.value];
  });
}

// Charts take the colours of the page, and follow it from light to dark.
const charts = [];

function paint() {
  const style = getComputedStyle(document.documentElement);
  const text = style.getPropertyValue("--text");
  const line = style.getPropertyValue("--line");
  Chart.defaults.color = text;
  Chart.defaults.borderColor = line;
  for (const chart of charts) {
    chart.options.color = text;
    for (const scale of Object.values(chart.options.scales)) {
      scale.ticks.color = text;
      scale.title.color = text;
      scale.grid.color = line;
    }
    chart.update();
  }
}

paint();
for (const figure of document.querySelectorAll("figure.chart")) {
  const config = JSON.parse(figure.querySelector("script").textContent);
  charts.push(new Chart(figure.querySelector("canvas"), config));
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
