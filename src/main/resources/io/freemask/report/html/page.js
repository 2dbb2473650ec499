"use strict";

// A slider chooses which view the cells of its grid show.
for (const slider of document.querySelectorAll("input[data-views]")) {
  const names = JSON.parse(slider.dataset.views);
  const grid = slider.closest("figure");
  slider.addEventListener("input", () => {
    grid.style.setProperty("--frame", slider.value);
    slider.closest(".slider").querySelector("output").textContent = names[slider.value];
  });
}

// A button plays the views in a loop, until it is pressed again.
for (const button of document.querySelectorAll("button[data-rate]")) {
  const slider = button.parentElement.querySelector("input");
  let timer = null;
  button.addEventListener("click", () => {
    if (timer === null) {
      timer = setInterval(() => {
        slider.value = (Number(slider.value) + 1) % (Number(slider.max) + 1);
        slider.dispatchEvent(new Event("input"));
      }, 1000 / Number(button.dataset.rate));
    } else {
      clearInterval(timer);
      timer = null;
    }
    button.textContent = timer === null ? "Play" : "Pause";
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
