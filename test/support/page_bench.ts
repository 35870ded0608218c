/**
 * The status page in a headless Chromium, served by a daemon in this process.
 *
 * @module
 */
import axe from "axe-core/axe.min.js" with { type: "text" };
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { chromiumPath } from "./foreign.ts";
import { type HttpBench, type HttpBenchOptions, openHttpBench } from "./http_bench.ts";

/** A page and the daemon behind it. */
export interface PageBench extends AsyncDisposable {
  readonly bench: HttpBench;
  readonly page: Page;
  /** Errors and violations that the browser reported so far, and requests to elsewhere. */
  readonly faults: readonly string[];
  /** Opens another page of the same browser. */
  open(options?: BrowserContextOptions): Promise<Page>;
}

/** A service that tests use from everywhere would be slow to start each time: one browser for all tests. */
let browser: Promise<Browser> | undefined;

/** Starts the browser, once. */
export function theBrowser(): Promise<Browser> {
  browser ??= chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return browser;
}

/** Ends the browser after the last test. */
export async function closeTheBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}

/** Opens the page of a bench. */
export async function openPageBench(
  options: HttpBenchOptions = {},
  prepare: (bench: HttpBench) => Promise<void> = () => Promise.resolve(),
  first: BrowserContextOptions = {},
): Promise<PageBench> {
  const bench = await openHttpBench({ hasToken: false, ...options });
  await prepare(bench);
  const faults: string[] = [];
  const pages: Page[] = [];
  const open = async (context: BrowserContextOptions = {}): Promise<Page> => {
    const page = await (await theBrowser()).newPage({
      viewport: { width: 1440, height: 900 },
      ...context,
    });
    pages.push(page);
    page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(`console: ${message.text()}`);
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(`${bench.url}/`)) faults.push(`request: ${request.url()}`);
    });
    page.on("dialog", async (dialog) => {
      faults.push(`dialog: ${dialog.message()}`);
      await dialog.dismiss();
    });
    await page.goto(`${bench.url}/`);
    return page;
  };
  const page = await open(first);
  return {
    bench,
    page,
    faults,
    open,
    async [Symbol.asyncDispose](): Promise<void> {
      for (const each of pages) await each.context().close();
      await bench[Symbol.asyncDispose]();
    },
  };
}

/** Waits until an element of the page has a text. */
export async function shows(page: Page, selector: string, text: string | RegExp): Promise<void> {
  try {
    await page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout: 15_000 });
  } catch {
    const there = await page.locator(selector).allTextContents();
    throw new Error(`${selector} does not show ${text}; it shows: ${there.join(" | ")}`);
  }
}

/** Lists what axe-core finds wrong with a page as it is now. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    // deno-lint-ignore no-explicit-any
    const { violations } = await (globalThis as any).axe.run({
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    // deno-lint-ignore no-explicit-any
    return violations.map(({ id, help, nodes }: any) =>
      // deno-lint-ignore no-explicit-any
      `${id}: ${help}: ${nodes.map((node: any) => node.html).slice(0, 3).join(" ")}`
    );
  });
  return violations;
}
