// SPDX-License-Identifier: Apache-2.0
//
// Round-trip times as a line.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 600;
const HEIGHT = 84;
const POINTS = 60;

function shape(name, className) {
  const element = document.createElementNS(SVG, name);
  element.setAttribute("class", className);
  return element;
}

export class Chart {
  #times = [];
  #trace = shape("path", "trace");
  #area = shape("path", "area");
  #title = document.createElementNS(SVG, "title");
  element = shape("svg", "chart");

  constructor() {
    this.element.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.element.setAttribute("preserveAspectRatio", "none");
    this.element.setAttribute("role", "img");
    this.element.append(this.#title, this.#area, this.#trace);
    this.#draw();
  }

  add(ms) {
    this.#times.push(ms);
    if (this.#times.length > POINTS) this.#times.shift();
    this.#draw();
  }

  #draw() {
    const times = this.#times;
    const top = Math.max(1, ...times) * 1.2;
    const step = WIDTH / (POINTS - 1);
    const left = WIDTH - (times.length - 1) * step;
    const points = times.map((ms, i) =>
      `${(left + i * step).toFixed(1)} ${(HEIGHT - 4 - (ms / top) * (HEIGHT - 12)).toFixed(1)}`);
    const path = points.length > 1 ? `M${points.join("L")}` : "";
    this.#trace.setAttribute("d", path);
    this.#area.setAttribute("d", path ? `${path}L${WIDTH} ${HEIGHT}L${left.toFixed(1)} ${HEIGHT}Z` : "");
    this.#title.textContent = times.length === 0 ? "Round-trip times: none yet"
      : `Round-trip times: last ${times.at(-1)} ms, highest ${Math.max(...times)} ms`;
  }
}
