/**
 * The polls of the day as a plot: how long each took, and how many matches it had. A sentence says the same.
 *
 * @module
 */
import { setText } from "./dom.js";
import { counted } from "../../presentation.js";
import { timeText } from "./times.js";

// The library as its package has it. Only the daemon knows where that is, so Deno must not look for it here.
const libraryPath = "/page/uplot.js";
const { default: uPlot } = await import(libraryPath);

let plot;

/**
 * Shows polls.
 *
 * @param {HTMLElement} root Where the plot is put.
 * @param {HTMLElement} words Where it is said.
 * @param {{ started: number[], durationMs: number[], matches: number[], result: string[] }} polls
 */
export function showPolls(root, words, { started, durationMs, matches, result }) {
  const failed = result.filter((each) => each === "incomplete").length;
  const doubted = result.filter((each) => each === "suspect").length;
  const sorted = [...durationMs].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  setText(
    words,
    started.length === 0
      ? "No poll since the start."
      : `${counted(started.length, "poll")} since ${
        timeText(started[0] * 1000)
      }: ${failed} failed, ${doubted} doubted; half took less than ${median} ms.`,
  );
  root.hidden = started.length < 2;
  if (root.hidden) return;
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const data = [
    started,
    durationMs.map((ms, index) => result[index] === "incomplete" ? null : ms),
    durationMs.map((ms, index) => result[index] === "incomplete" ? ms : null),
    matches,
  ];
  plot?.destroy();
  const axis = (extra) => ({
    stroke: colour("--soft"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui",
    ...extra,
  });
  plot = new uPlot(
    {
      width: Math.max(200, root.clientWidth),
      height: 140,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: true },
        ms: { range: (_plot, _low, high) => [0, Math.max(10, high * 1.1)] },
        n: {},
      },
      axes: [
        axis({ values: "{HH}:{mm}", space: 60, size: 28 }),
        axis({ scale: "ms", size: 48, values: (_plot, all) => all.map((ms) => `${ms} ms`) }),
        axis({ scale: "n", side: 1, size: 36, grid: { show: false } }),
      ],
      series: [
        {},
        {
          label: "duration",
          scale: "ms",
          stroke: colour("--accent"),
          width: 1.5,
          points: { show: false },
        },
        {
          label: "failed",
          scale: "ms",
          stroke: colour("--red"),
          paths: () => null,
          points: { show: true, size: 6, fill: colour("--red") },
        },
        {
          label: "matches",
          scale: "n",
          stroke: colour("--green"),
          width: 1,
          dash: [4, 3],
          points: { show: false },
        },
      ],
    },
    data,
    root,
  );
}
