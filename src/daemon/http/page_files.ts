/**
 * The files of the status page, as they are served.
 *
 * @module
 */
import { hash } from "node:crypto";
import uplotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import uplot from "uplot/dist/uPlot.esm.js" with { type: "text" };
import presentation from "../presentation.js" with { type: "text" };
import index from "./page/index.html" with { type: "text" };
import style from "./page/style.css" with { type: "text" };
import icon from "./page/icon.svg" with { type: "text" };
import api from "./page/api.js" with { type: "text" };
import changes from "./page/changes.js" with { type: "text" };
import dom from "./page/dom.js" with { type: "text" };
import grid from "./page/grid.js" with { type: "text" };
import live from "./page/live.js" with { type: "text" };
import main from "./page/main.js" with { type: "text" };
import plot from "./page/plot.js" with { type: "text" };
import privacy from "./page/privacy.js" with { type: "text" };
import times from "./page/times.js" with { type: "text" };
import worklist from "./page/worklist.js" with { type: "text" };

/** A file. */
export interface PageFile {
  /** Its media type. */
  readonly type: string;
  readonly text: string;
  /** Changes with the text. */
  readonly etag: string;
}

const script = "text/javascript; charset=utf-8";

/** The files by path. uPlot is served as its package has it. */
export const pageFiles: ReadonlyMap<string, PageFile> = new Map([
  file("/", "text/html; charset=utf-8", index),
  file("/page/style.css", "text/css; charset=utf-8", style),
  file("/page/uplot.css", "text/css; charset=utf-8", uplotStyle),
  file("/page/icon.svg", "image/svg+xml", icon),
  file("/page/uplot.js", script, uplot),
  // As "../../presentation.js" is seen from a module of the page.
  file("/presentation.js", script, presentation),
  file("/page/api.js", script, api),
  file("/page/changes.js", script, changes),
  file("/page/dom.js", script, dom),
  file("/page/grid.js", script, grid),
  file("/page/live.js", script, live),
  file("/page/main.js", script, main),
  file("/page/plot.js", script, plot),
  file("/page/privacy.js", script, privacy),
  file("/page/times.js", script, times),
  file("/page/worklist.js", script, worklist),
]);

function file(path: string, type: string, text: string): [string, PageFile] {
  return [path, { type, text, etag: `"${hash("sha256", text, "hex").slice(0, 32)}"` }];
}
