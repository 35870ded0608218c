/**
 * The status page as a person uses it, in a headless Chromium.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { find } from "../../src/query/find.ts";
import { serveWorklist } from "../../src/serve/worklist_scp.ts";
import { interopTest } from "../support/foreign.ts";
import { type HttpBench, token } from "../support/http_bench.ts";
import {
  accessibilityProblems,
  closeTheBrowser,
  openPageBench,
  type PageBench,
  shows,
} from "../support/page_bench.ts";

/** Registers a test of the page; the browser is one for all of them. */
function pageTest(name: string, run: () => Promise<void>): void {
  interopTest(name, ["chromium"], run, { sanitizeOps: false, sanitizeResources: false });
}

/** A step with all that the table shows. */
function fullStep(
  id: number,
  options: { name?: string; time?: string; station?: string; date?: string; text?: string } = {},
): DataSet {
  const { name = "Doe^Jane", time = "080000", station = "CT1", text = "Head" } = options;
  const { date = Temporal.Now.plainDateISO().toString().replaceAll("-", "") } = options;
  return new DataSet([
    element(Tag.SpecificCharacterSet, ["ISO_IR 192"]),
    element(Tag.AccessionNumber, [`A${id}`]),
    element(Tag.PatientName, [name]),
    element(Tag.PatientID, [`P${id}`]),
    element(Tag.PatientBirthDate, ["19700131"]),
    element(Tag.StudyInstanceUID, [`1.2.3.${id}`]),
    element(Tag.ScheduledProcedureStepSequence, [
      new DataSet([
        element(Tag.Modality, ["CT"]),
        element(Tag.ScheduledStationAETitle, [station]),
        element(Tag.ScheduledProcedureStepStartDate, [date]),
        element(Tag.ScheduledProcedureStepStartTime, [time]),
        element(Tag.ScheduledProcedureStepDescription, [text]),
        element(Tag.ScheduledProcedureStepID, [`S${id}`]),
      ]),
    ]),
  ]);
}

async function withSteps(bench: HttpBench, count: number): Promise<void> {
  for (let id = 1; id <= count; id++) {
    const time = `${String(6 + id % 14).padStart(2, "0")}${String(id * 7 % 60).padStart(2, "0")}00`;
    bench.ris.items.set(String(id), fullStep(id, { time }));
  }
  await bench.poll();
}

async function names({ page }: PageBench): Promise<string[]> {
  return await page.locator(".grid-row .cell-name").allTextContents();
}

pageTest(
  "each query is a sentence, items are sorted by time, and are found without case or accents",
  async () => {
    await using it = await openPageBench({}, async (bench) => {
      bench.ris.items.set(
        "1",
        fullStep(1, { name: "Müller^Anna", time: "110000", station: "CT2" }),
      );
      bench.ris.items.set("2", fullStep(2, { name: "Kowalski^Jan", time: "073000" }));
      bench.ris.items.set("3", fullStep(3, { name: "Doe^Jane", time: "090000" }));
      await bench.poll();
    });
    const { page } = it;
    await shows(page, "#queries .sentence", /^ct: 3 items, \d+ s old$/);
    await shows(page, "#summary", /1 query: all is well/);
    await shows(page, "#as-of", /^as of \d\d:\d\d:\d\d, \d+ s old \(/);
    await shows(page, "#count", "3 items");
    assertEquals(await names(it), ["Kowalski, Jan", "Doe, Jane", "Müller, Anna"]);
    for (
      const [text, found] of [["MULLER", 1], ["p2", 1], ["a3", 1], ["ct2", 1], [
        "an muel",
        0,
      ]] as const
    ) {
      await page.fill("#search", text);
      await shows(page, "#count", `${found} of 3 items`);
      assertEquals((await names(it)).length, found, text);
    }
    await page.fill("#search", "");
    await page.click('[data-column="name"] button');
    await page.click('[data-column="name"] button');
    assertEquals((await names(it))[0], "Müller, Anna");
    assertEquals(
      await page.getAttribute('[data-column="name"]', "aria-sort"),
      "descending",
    );
    // The age ticks without a poll.
    await shows(page, "#queries .sentence", /^ct: 3 items, [3-9] s old$/);
    assertEquals(it.faults, []);
  },
);

pageTest(
  "a change is marked and told with before and after, a removal with its evidence",
  async () => {
    await using it = await openPageBench({}, (bench) => withSteps(bench, 12));
    const { page, bench } = it;
    await shows(page, "#count", "12 items");
    bench.ris.items.set("3", fullStep(3, { time: "061500", station: "CT2" }));
    await bench.poll();
    await shows(page, "#changes .change", /changed.*Doe, Jane, P3.*Scheduled Station AE Title/s);
    await shows(page, "#changes del", "CT1");
    await shows(page, "#changes ins", "CT2");
    await shows(page, ".grid-row.changed .mark", "changed");
    bench.ris.items.set("99", fullStep(99, { name: "Roe^Rita" }));
    bench.ris.items.delete("5");
    await bench.poll();
    await shows(page, ".grid-row .mark", "new");
    await bench.poll();
    await shows(page, "#changes .change", /removed.*P5.*missing from 2 complete answers in a row/s);
    await shows(page, "#count", "12 items");
    assertEquals(it.faults, []);
  },
);

pageTest(
  "one item's history opens by a click and by the keyboard, and Escape leads back",
  async () => {
    await using it = await openPageBench({}, async (bench) => {
      await withSteps(bench, 3);
      bench.ris.items.set("2", fullStep(2, { time: "061500", name: "Roe^Rita" }));
      await bench.poll();
    });
    const { page } = it;
    await shows(page, "#count", "3 items");
    await page.locator(".grid-row", { hasText: "Roe, Rita" }).click();
    await shows(page, "#item-title", "Roe, Rita");
    await shows(page, "#item-history .change", /changed.*Patient Name.*Doe, Jane/s);
    await shows(page, "#item-history .change", "added");
    await page.keyboard.press("Escape");
    await page.locator("#item").waitFor({ state: "hidden" });

    // From the top of the page by the keyboard alone.
    await page.reload();
    await shows(page, "#count", "3 items");
    await page.focus("#search");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("End");
    const active = await page.getAttribute("#worklist", "aria-activedescendant");
    assertEquals(active, "row-2");
    assertEquals(await page.getAttribute("#row-2", "aria-rowindex"), "4");
    const wanted = await page.textContent("#row-2 .cell-patientId");
    await page.keyboard.press("Enter");
    await shows(page, "#item-facts", wanted ?? "");
    await page.keyboard.press("Escape");
    assertEquals(await page.evaluate("document.activeElement.id"), "worklist");
    assertEquals(it.faults, []);
  },
);

pageTest(
  "a RIS that stops is named with its reason and since when, and is well again after",
  async () => {
    await using it = await openPageBench({}, (bench) => withSteps(bench, 3));
    const { page, bench } = it;
    await shows(page, "#peers .sentence", /^ris: answering/);
    const { port } = bench.ris;
    await bench.ris[Symbol.asyncDispose]();
    await bench.poll();
    await shows(page, "#peers .sentence", /^ris: failing for \d+ s$/);
    await shows(
      page,
      "#peers .reason",
      /since \d\d:\d\d:\d\d, last complete answer \d\d:\d\d:\d\d/,
    );
    await shows(page, "#as-of", /ris failing since/);
    await shows(page, "#queries .light.amber", "▲");
    await shows(page, "#why", /./);
    await shows(page, "#polls-text", /1 failed/);
    assertEquals(await page.title(), "(1) worklistd");
    await using again = serveWorklist({ port });
    for (const [id, item] of bench.ris.items) again.items.set(id, item);
    await bench.poll();
    await shows(page, "#peers .sentence", /^ris: answering/);
    await shows(page, "#summary", /all is well/);
    assertEquals(it.faults, []);
  },
);

pageTest(
  "held removals are shown before they are approved, in two clicks, and go when polls agree",
  async () => {
    await using it = await openPageBench({}, (bench) => withSteps(bench, 12));
    const { page, bench } = it;
    await shows(page, "#count", "12 items");
    for (let id = 1; id <= 9; id++) bench.ris.items.delete(String(id));
    await bench.poll();
    await shows(page, "#held-text", /^9 removals held back: /);
    await shows(page, "#queries .reason", /^9 removals held back: /);
    await shows(page, ".grid-row.missing .mark", "missing");
    await page.click("#review");
    await shows(page, "#approve-effect", /9 items will be removed/);
    await shows(page, "#approve-go", "Remove 9 items");
    assertEquals(await page.locator("#approve-items tr").count(), 9);
    await page.fill("#approve-why", "the RIS was cleaned up");
    await page.click("#approve-go");
    await shows(page, "#approve-answer", /^Approved/);
    await page.click("#approve-close");
    for (let polls = 0; polls < 3; polls++) await bench.poll();
    await shows(page, "#count", "3 items");
    await page.locator("#held").waitFor({ state: "hidden" });
    assertEquals(it.faults, []);
  },
);

pageTest("a sink that fails is named with what waits, and dead letters are counted", async () => {
  await using it = await openPageBench({
    query: ", sinks: [hook]",
    sinks: `sinks:
  hook: { type: webhook, url: "http://127.0.0.1:64999/", secret_file: ${Deno.cwd()}/config/hook.key.example }`,
  }, (bench) => withSteps(bench, 3));
  const { page } = it;
  await shows(page, "#sinks .sentence", /^hook: failing, 3 events wait, the oldest for \d+ s$/);
  await shows(page, "#sinks .light.red", "■");
  await shows(page, "#summary", /^hook: failing/);
  assertEquals(it.faults, []);
});

pageTest("stations are shown with when they asked, or that they have not", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await using it = await openPageBench({
    isStarted: true,
    sinks: `serve:
  listen: "127.0.0.1:${port}"
  worklists: { RAD: { queries: [ct], callers: { CT1: {}, MR1: {} } } }`,
  }, (bench) => withSteps(bench, 3));
  const { page } = it;
  await shows(page, "#stations .sentence", `127.0.0.1:${port}: 0 associations open`);
  await shows(page, "#stations .sentence", /^RAD: fresh, 3 items, \d+ s old$/);
  await shows(page, "#stations .sentence", "MR1: has not asked since the start");
  const peer = { host: "127.0.0.1", port, aeTitle: "RAD", callingAeTitle: "CT1" };
  let matches = 0;
  for await (const _match of find(peer, { model: "worklist", keys: { PatientID: "" } })) matches++;
  assertEquals(matches, 3);
  await shows(page, "#stations .sentence", /^CT1: asked \d+ s ago, 3 matches$/);
  assertEquals(it.faults, []);
});

pageTest("the switch hides every trace of patients, and stays on after a reload", async () => {
  await using it = await openPageBench({}, async (bench) => {
    bench.ris.items.set("1", fullStep(1, { name: "Zzmarker^Unique", text: "Zzmarker study" }));
    await bench.poll();
    bench.ris.items.set("1", fullStep(1, { name: "Zzmarker^Other", text: "Zzmarker study" }));
    await bench.poll();
  });
  const { page } = it;
  await shows(page, "#count", "1 item");
  await page.fill("#search", "zzmarker");
  // The click is on the label: the box itself is drawn by the page.
  await page.check("#hide");
  for (let times = 0; times < 2; times++) {
    await shows(page, ".grid-row .cell-name", "•••");
    await page.locator(".grid-row").first().click();
    await shows(page, "#item-history .change", /changed/);
    const everything = await page.evaluate(
      "document.documentElement.outerHTML + document.title + location.href + " +
        "document.querySelector('#search').value + JSON.stringify(localStorage)",
    );
    assert(!/zzmarker|P1\b|A1\b|1\.2\.3\.1|1970/i.test(String(everything)), String(everything));
    assert(String(everything).includes("CT1"));
    await page.reload();
  }
  assertEquals(it.faults, []);
});

pageTest("titles, URLs and what is stored never name a patient", async () => {
  await using it = await openPageBench({}, async (bench) => {
    bench.ris.items.set("1", fullStep(1, { name: "Zzmarker^Unique" }));
    await bench.poll();
  });
  const { page } = it;
  const urls: string[] = [];
  page.on("request", (request) => urls.push(request.url()));
  await page.fill("#search", "zzmarker");
  await page.locator(".grid-row").first().click();
  await shows(page, "#item-history .change", "added");
  const told = await page.evaluate(
    "document.title + location.href + JSON.stringify(localStorage) + JSON.stringify(history.state)",
  );
  assert(!/zzmarker|P1\b/i.test(String(told) + urls.join(" ")), String(told) + urls.join(" "));
});

pageTest("markup, scripts and controls in every field are only text", async () => {
  const hostile = `"><img src=x onerror=alert(1)><script>alert(2)</script>`;
  await using it = await openPageBench({}, async (bench) => {
    bench.ris.items.set(
      "1",
      new DataSet([
        element(Tag.SpecificCharacterSet, ["ISO_IR 192"]),
        element(Tag.AccessionNumber, [hostile]),
        element(Tag.PatientName, [`${hostile}^\u202Ecod\u0007`]),
        element(Tag.PatientID, [hostile]),
        element(Tag.PatientBirthDate, [hostile]),
        element(Tag.StudyInstanceUID, ["1.2.3.1"]),
        element(Tag.ScheduledProcedureStepSequence, [
          new DataSet([
            element(Tag.Modality, [hostile]),
            element(Tag.ScheduledStationAETitle, [hostile]),
            element(Tag.ScheduledProcedureStepStartDate, [hostile]),
            element(Tag.ScheduledProcedureStepStartTime, [hostile]),
            element(Tag.ScheduledProcedureStepDescription, [hostile.repeat(20)]),
            element(Tag.ScheduledProcedureStepID, ["javascript:alert(3)"]),
          ]),
        ]),
      ]),
    );
    await bench.poll();
  });
  const { page, bench } = it;
  await shows(page, ".grid-row .cell-name", "<script>alert(2)</script>");
  const before = bench.ris.items.get("1");
  assert(before !== undefined);
  const moved = new DataSet(before.elements());
  moved.set(element(Tag.PatientID, [`${hostile}2`]));
  bench.ris.items.set("1", moved);
  await bench.poll();
  await shows(page, "#changes ins", `${hostile}2`);
  await page.locator(".grid-row").first().click();
  await shows(page, "#item-history .change", "changed");
  assertEquals(await page.locator("main img, dialog img, main script, dialog script").count(), 0);
  assertEquals(it.faults, []);
});

pageTest(
  "ten thousand items are searched and scrolled through with few rows in the page",
  async () => {
    await using it = await openPageBench({}, async (bench) => {
      for (let id = 1; id <= 10_000; id++) {
        const time = `${String(6 + id % 14).padStart(2, "0")}${String(id % 60).padStart(2, "0")}00`;
        bench.ris.items.set(String(id), fullStep(id, { time, name: `Name${id}^X` }));
      }
      await bench.poll();
    });
    const { page, bench } = it;
    await shows(page, "#count", "10000 items");
    assert(await page.locator(".grid-row").count() < 100);
    assertEquals(await page.getAttribute("#worklist", "aria-rowcount"), "10001");
    await page.focus("#worklist");
    await page.keyboard.press("End");
    await page.locator("#row-9999").waitFor();
    assert(await page.locator("#row-9999").isVisible());
    const tookMs = await page.evaluate(async () => {
      // deno-lint-ignore no-explicit-any
      const { document, Event } = globalThis as any;
      const search = document.querySelector("#search");
      const startedMs = performance.now();
      search.value = "name7777";
      search.dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise((resolve) => setTimeout(resolve, 0));
      return performance.now() - startedMs;
    });
    await shows(page, "#count", "1 of 10000 items");
    // Generous, because other work runs on the machine; it takes about 20 ms.
    assert(tookMs < 1_000, `the search took ${tookMs} ms`);
    await page.fill("#search", "");
    for (let id = 1; id <= 1_000; id++) {
      bench.ris.items.set(String(id), fullStep(id, { time: "235900", name: `Other${id}^X` }));
    }
    await bench.poll();
    await page.fill("#search", "other");
    await shows(page, "#count", "1000 of 10000 items");
    assertEquals(it.faults, []);
  },
);

pageTest(
  "a daemon that is gone makes the page say so, and it goes on by itself when it is back",
  async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const section = { listen: { host: "127.0.0.1", port } };
    await using it = await openPageBench({ section }, (bench) => withSteps(bench, 3));
    const { page, bench } = it;
    await shows(page, "#connection", "live");
    await bench.closeHttp();
    await shows(page, "#connection", "reconnecting…");
    await page.locator("#stale").waitFor({ state: "visible", timeout: 30_000 });
    await shows(page, "#stale", /This page is stale: nothing was heard of the daemon since \d\d:/);
    bench.ris.items.set("50", fullStep(50));
    await bench.poll();
    await bench.openHttp();
    await shows(page, "#connection", "live");
    await shows(page, "#count", "4 items");
    await page.locator("#stale").waitFor({ state: "hidden" });
  },
);

pageTest(
  "the page has no fault that axe-core knows, light, dark, on a phone, with dialogs open",
  async () => {
    await using it = await openPageBench({}, async (bench) => {
      await withSteps(bench, 12);
      for (let id = 1; id <= 9; id++) bench.ris.items.delete(String(id));
      await bench.poll();
    });
    for (
      const options of [
        { colorScheme: "light" },
        { colorScheme: "dark" },
        { colorScheme: "light", viewport: { width: 390, height: 844 }, hasTouch: true },
      ] as const
    ) {
      const page = await it.open(options);
      await shows(page, "#count", "12 items");
      await shows(page, "#held-text", "held back");
      assertEquals(await accessibilityProblems(page), [], JSON.stringify(options));
      await page.click("#review");
      await shows(page, "#approve-effect", "9 items");
      assertEquals(await accessibilityProblems(page), [], `${JSON.stringify(options)} approve`);
      await page.click("#approve-cancel");
      await page.locator(".grid-row").first().click();
      await shows(page, "#item-history .change", "added");
      assertEquals(await accessibilityProblems(page), [], `${JSON.stringify(options)} item`);
      await page.keyboard.press("Escape");
      const isWide = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
      assertEquals(isWide, false, "the page must not scroll sideways");
    }
    assertEquals(it.faults, []);
  },
);

pageTest("a browser logs in with any name and the token, also for live events", async () => {
  const httpCredentials = { username: "anna", password: token };
  await using it = await openPageBench(
    { hasToken: true },
    (bench) => withSteps(bench, 2),
    { httpCredentials },
  );
  const { page, bench } = it;
  await shows(page, "#count", "2 items");
  await shows(page, "#connection", "live");
  bench.ris.items.set("9", fullStep(9));
  await bench.poll();
  await shows(page, "#count", "3 items");
});

pageTest("the browser is closed", closeTheBrowser);
