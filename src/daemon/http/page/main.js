/**
 * The status page: what each query, peer, station and sink is doing, the worklist, and what just changed.
 *
 * @module
 */
import { read, send } from "./api.js";
import { changeEntry } from "./changes.js";
import { byId, element, setText, updateList } from "./dom.js";
import { Grid } from "./grid.js";
import { listen } from "./live.js";
import { showPolls } from "./plot.js";
import {
  counted,
  durationText,
  sayAll,
  sayNotes,
  sayPeer,
  sayQuery,
  sayServe,
  saySink,
} from "../../presentation.js";
import { hidePatients, hidesPatients, onPrivacy, patient } from "./privacy.js";
import { nowMs, setClock, timeText, timeZone, whenText } from "./times.js";
import { arrange, Worklist } from "./worklist.js";

/** Changes that are kept, and shown. */
const keptChanges = 300;
const shownChanges = 60;
/** The worklist is arranged again at most so often. */
const arrangeMs = 200;

const lights = {
  green: ["●", "well"],
  amber: ["▲", "look at it"],
  red: ["■", "do not rely on it"],
};

let status;
let worklist;
/** Newest first. */
let changes = [];
let search = "";
let order = { column: "when", descending: false };
let arranging;
let pollsOf = "";

const grid = new Grid(byId("worklist"), {
  onOpen: openItem,
  onSort(column) {
    order = { column, descending: order.column === column && !order.descending };
    showWorklist();
  },
});

const live = listen({
  onStatus(next) {
    const before = status;
    status = next;
    setClock(next.time);
    if (worklist === undefined || !next.queries.some(({ name }) => name === worklist.query)) {
      const wanted = decodeURIComponent(location.hash.slice(1));
      const chosen = next.queries.find(({ name }) => name === wanted) ?? next.queries[0];
      if (chosen !== undefined) choose(chosen.name);
    } else if (queryOf(before)?.held !== queryOf(next)?.held) {
      reloadWorklist();
    }
    if (queryOf(before)?.lastPoll?.started !== queryOf(next)?.lastPoll?.started) refreshPolls();
    showStatus();
  },
  onChanges(news) {
    const own = news.filter(({ query }) => query === worklist?.query);
    for (const change of own) worklist.apply(change);
    if (own.length === 0) return;
    changes = [...own.toReversed(), ...changes].slice(0, keptChanges);
    later();
  },
  onGap({ query }) {
    if (query === worklist?.query) choose(query);
  },
  onOpen() {
    if (worklist !== undefined) choose(worklist.query);
  },
});

function queryOf(of) {
  return of?.queries.find(({ name }) => name === worklist?.query);
}

/** Shows a query: its items, its last changes and its polls. */
async function choose(name) {
  const isOther = worklist?.query !== name;
  if (isOther) {
    worklist = new Worklist(name);
    changes = [];
    pollsOf = "";
    history.replaceState(null, "", `#${encodeURIComponent(name)}`);
    showWorklist();
  }
  const own = worklist;
  showStatus();
  try {
    await Promise.all([reloadWorklist(), readChanges(own)]);
    refreshPolls();
  } catch (error) {
    if (own === worklist) setText(byId("count"), error.message);
  }
}

async function reloadWorklist() {
  const own = worklist;
  try {
    if (await own.load() && own === worklist) later();
  } catch (error) {
    if (own === worklist) setText(byId("count"), error.message);
  }
}

async function readChanges(own) {
  const last = queryOf(status)?.sequence ?? 0;
  const { events } = await read(["events"], {
    query: own.query,
    since: Math.max(0, last - shownChanges),
    limit: 200,
    view: "changes",
  });
  if (own !== worklist) return;
  const known = new Set(changes.map(({ sequence }) => sequence));
  changes = [...changes, ...events.filter(({ sequence }) => !known.has(sequence))]
    .sort((a, b) => b.sequence - a.sequence).slice(0, keptChanges);
  later();
}

async function refreshPolls() {
  const query = worklist?.query;
  if (query === undefined) return;
  pollsOf = query;
  try {
    const polls = await read(["queries", query, "polls"]);
    if (pollsOf === query && query === worklist.query) {
      showPolls(byId("plot"), byId("polls-text"), polls);
    }
  } catch {
    // The next poll shows them.
  }
}

/** Shows worklist and changes soon: thousands of changes a second are shown together. */
function later() {
  arranging ??= setTimeout(() => {
    arranging = undefined;
    showWorklist();
    showChanges();
  }, arrangeMs);
}

function showWorklist() {
  if (worklist === undefined) return;
  worklist.mark(changes.slice(0, shownChanges));
  const rows = arrange(worklist.rows.values(), search, order);
  const total = worklist.rows.size;
  const emptyText = !worklist.isLoaded
    ? "Reading…"
    : total === 0
    ? "The worklist is empty."
    : "No item matches the search.";
  grid.show(rows, order, emptyText);
  if (!worklist.isLoaded) return;
  setText(
    byId("count"),
    rows.length === total ? counted(total, "item") : `${rows.length} of ${counted(total, "item")}`,
  );
}

function showChanges() {
  const list = byId("changes");
  const shown = changes.slice(0, shownChanges);
  setText(byId("changes-of"), worklist === undefined ? "" : `${worklist.query}, the newest first`);
  if (shown.length === 0) {
    list.replaceChildren(element("li", { class: "empty", text: "Nothing yet." }));
    return;
  }
  updateList(
    list,
    shown,
    ({ query, sequence }) => `${query} ${sequence} ${hidesPatients()}`,
    (change) => changeEntry(change, openItem),
    () => {},
  );
}

function showStatus() {
  if (status === undefined) return;
  const present = nowMs();
  const all = sayAll(status, present);
  const summary = byId("summary");
  summary.className = `summary ${all.level}`;
  setText(summary, all.reason === "" ? all.sentence : `${all.sentence}: ${all.reason}`);
  // Ages tick: only another problem is news to who listens.
  const names = all.problems.map(({ sentence, level }) =>
    `${sentence.split(":")[0]} ${lights[level][1]}`
  );
  setText(byId("announcement"), names.join("; ") || "All is well");
  const problems = all.problems.length;
  document.title = problems === 0 ? "worklistd" : `(${problems}) worklistd`;
  updateList(
    byId("queries"),
    status.queries.map((query) => ({ name: query.name, ...sayQuery(query, present) })),
    ({ name }) => name,
    ({ name }) =>
      element("li", {}, element("button", { type: "button", on: { click: () => choose(name) } })),
    (item, { name, level, sentence, reason }) => {
      const button = item.firstElementChild;
      fillSaid(button, level, sentence, reason);
      if (name === worklist?.query) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    },
  );
  facts("peers", status.peers, (peer) => sayPeer(peer, present), (peer) => peerDetails(peer));
  facts("sinks", status.sinks, (sink) => saySink(sink, present), sinkDetails);
  facts("stations", sayServe(status.serve, present), (said) => said, () => "");
  showQuery(present);
  showDaemon(present);
}

function peerDetails({ address, aeTitle, state, failingSince, lastAnswer }) {
  const since = state === "failing" && failingSince !== undefined
    ? `, since ${timeText(failingSince)}`
    : "";
  const last = state === "failing" && lastAnswer !== undefined
    ? `, last complete answer ${timeText(lastAnswer)}`
    : "";
  return `${aeTitle} at ${address}${since}${last}`;
}

function sinkDetails({ type, lastSuccess, nextAttempt, state }) {
  const parts = [type];
  if (lastSuccess !== undefined) parts.push(`last delivery ${timeText(lastSuccess)}`);
  if (state === "failing" && nextAttempt !== undefined) {
    parts.push(`next attempt ${timeText(nextAttempt)}`);
  }
  return parts.join(", ");
}

function facts(id, values, say, details) {
  const list = byId(id);
  if (values.length === 0) {
    list.replaceChildren(element("li", { class: "note", text: "None configured." }));
    return;
  }
  list.querySelector(".note:not([data-key])")?.remove();
  updateList(
    list,
    values,
    ({ name, key }) => key ?? name,
    () => element("li"),
    (item, value) => {
      const { level, sentence, reason } = say(value);
      fillSaid(
        item,
        level,
        sentence,
        [reason, details(value)].filter((text) => text !== "").join(" · "),
      );
    },
  );
}

/** Fills an element with a light, a sentence and a reason; what is the same stays. */
function fillSaid(target, level, sentence, reason) {
  if (target.childElementCount === 0) {
    target.append(
      element("span", { class: "light", "aria-hidden": "true" }),
      element(
        "span",
        {},
        element("span", { class: "sentence" }),
        element("span", { class: "unseen" }),
      ),
      element("span", { class: "reason" }),
    );
  }
  const [light, words, why] = target.children;
  const [shape, meaning] = lights[level];
  light.className = `light ${level}`;
  setText(light, shape);
  setText(words.firstElementChild, sentence);
  setText(words.lastElementChild, `, ${meaning}`);
  setText(why, reason);
}

function showQuery(present) {
  const query = queryOf(status);
  if (query === undefined) {
    setText(byId("query-title"), "Worklist");
    return;
  }
  setText(byId("query-title"), `Worklist of ${query.name}`);
  const asOf = byId("as-of");
  const { level, reason } = sayQuery(query, present);
  asOf.className = level === "red" ? "as-of late" : "as-of";
  const peer = status.peers.find(({ name }) => name === query.peer);
  const since = peer?.state === "failing" && peer.failingSince !== undefined
    ? `; ${peer.name} failing since ${timeText(peer.failingSince)}`
    : "";
  setText(
    asOf,
    query.lastComplete === undefined
      ? `unknown: no complete answer yet${since}`
      : `as of ${timeText(query.lastComplete)}, ${
        durationText(present - Date.parse(query.lastComplete))
      } old${since} (${timeZone})`,
  );
  const why = byId("why");
  // What is held back has a banner of its own.
  why.hidden = reason === "" || query.held > 0;
  why.className = `why ${level}`;
  setText(why, reason);
  const notes = sayNotes(query);
  const list = byId("notes");
  list.hidden = notes.length === 0;
  updateList(list, notes, (note) => note, (note) => element("li", { text: note }), () => {});
  byId("held").hidden = !(query.held > 0);
  setText(
    byId("held-text"),
    `${counted(query.held, "removal")} held back: ${
      query.lastPoll?.suspect ?? "the answer is doubted"
    }`,
  );
}

function showDaemon(present) {
  const { version, started, configuration = {}, stateDir, certificates = [] } = status;
  const { file, state, reload } = configuration;
  const files = {
    same: "is what runs",
    changed: "has changed: it is not what runs until `worklistd reload`",
    unreadable: "cannot be read",
  };
  const values = [
    ["Version", version],
    ["Running", started === undefined ? "" : `for ${durationText(present - Date.parse(started))}`],
    ["Configuration", file === undefined ? "" : `${file} ${files[state] ?? ""}`],
    [
      "Last reload",
      reload === undefined
        ? ""
        : `${timeText(reload.time)}, ${reload.ok ? "taken over" : "refused"}`,
    ],
    ["State", stateDir],
    ...certificates.map(({ usedBy, expires }) => [
      `Certificate of ${usedBy}`,
      `expires ${new Date(expires).toLocaleDateString()}`,
    ]),
    ["Times in", timeZone],
  ].filter(([, value]) => value !== undefined && value !== "");
  const list = byId("daemon");
  const wanted = values.flatMap(([term, value]) => [
    element("dt", { text: term }),
    element("dd", { text: value, class: value.includes("not what runs") ? "amber" : "" }),
  ]);
  if (
    [...list.children].map((each) => each.textContent).join("\n") !==
      wanted.map((each) => each.textContent).join("\n")
  ) list.replaceChildren(...wanted);
}

function showConnection() {
  const isSilent = live.isSilent();
  const heard = nowMs() - (performance.now() - live.heardMs());
  setText(
    byId("connection"),
    isSilent ? "not connected" : live.isOpen() ? "live" : "reconnecting…",
  );
  const banner = byId("stale");
  banner.hidden = !isSilent;
  if (isSilent) {
    setText(
      banner,
      `This page is stale: nothing was heard of the daemon since ${timeText(heard)}. Reconnecting…`,
    );
  }
}

/** Shows one item and its history. */
async function openItem(what) {
  if (what === undefined || what.subject === undefined) return;
  const dialog = byId("item");
  const row = worklist.rows.get(what.subject) ?? fromCells(what.cells ?? []);
  setText(byId("item-title"), patient(row.name) || "Item");
  const facts = [
    ["Time", whenText(row.when ?? "")],
    ["ID", patient(row.patientId)],
    ["Born", patient(row.birthDate)],
    ["Accession", patient(row.accession)],
    ["Station", row.station],
    ["Procedure", patient(row.description)],
    ["Status", row.status],
    [
      "On the worklist",
      worklist.rows.has(what.subject)
        ? row.missed > 0 ? `missing in ${counted(row.missed, "complete answer")}` : "yes"
        : "no",
    ],
  ].filter(([, value]) => value !== undefined && value !== "");
  byId("item-facts").replaceChildren(
    ...facts.flatMap(([term, value]) => [
      element("dt", { text: term }),
      element("dd", { text: value }),
    ]),
  );
  const list = byId("item-history");
  list.replaceChildren(element("li", { class: "empty", text: "Reading…" }));
  dialog.dataset.subject = what.subject;
  if (!dialog.open) dialog.showModal();
  try {
    const path = ["queries", worklist.query, "items", what.subject, "history"];
    const { changes: past, more } = await read(path);
    if (dialog.dataset.subject !== what.subject) return;
    const entries = past.toReversed().map((change) => changeEntry(change, undefined));
    if (more) entries.push(element("li", { class: "empty", text: "Older changes are left out." }));
    if (entries.length === 0) {
      entries.push(element("li", { class: "empty", text: "No change is kept of it." }));
    }
    list.replaceChildren(...entries);
  } catch (error) {
    list.replaceChildren(element("li", { class: "empty", text: error.message }));
  }
}

function fromCells([when, name, patientId, birthDate, accession, station, , description, state]) {
  return {
    when,
    name,
    patientId,
    birthDate,
    accession,
    station,
    description,
    status: state,
    missed: 0,
  };
}

/** Shows what an approval would remove. */
async function review() {
  const query = worklist.query;
  const dialog = byId("approve");
  setText(byId("approve-answer"), "");
  setText(byId("approve-title"), `Removals held back: ${query}`);
  try {
    const { total, reason, rows, columns } = await read(["queries", query, "held"]);
    const at = (name) => columns.indexOf(name);
    setText(byId("approve-reason"), reason ?? "Nothing is held back any more.");
    setText(
      byId("approve-effect"),
      total === 0
        ? ""
        : `If you approve, ${
          counted(total, "item")
        } will be removed from the worklist, and reported to all receivers, once the next complete polls agree.` +
          (rows.length < total ? ` The first ${rows.length} are listed.` : ""),
    );
    byId("approve-items").replaceChildren(...rows.map((row) =>
      element(
        "tr",
        {},
        ...["when", "name", "patientId", "accession", "station"].map((name) => {
          const text = String(row[at(name)]);
          if (name === "when") return element("td", { text: whenText(text) });
          return element("td", { text: name === "station" ? text : patient(text) });
        }),
      )
    ));
    byId("approve-go").disabled = total === 0;
    setText(byId("approve-go"), `Remove ${counted(total, "item")}`);
  } catch (error) {
    setText(byId("approve-answer"), error.message);
    byId("approve-go").disabled = true;
  }
  dialog.dataset.query = query;
  if (!dialog.open) dialog.showModal();
}

async function approve() {
  const { query } = byId("approve").dataset;
  const why = byId("approve-why").value.trim();
  byId("approve-go").disabled = true;
  try {
    const { approved } = await send(["queries", query, "approve"], why === "" ? {} : { why });
    setText(
      byId("approve-answer"),
      approved
        ? "Approved. The items go when the next complete polls agree."
        : "Nothing was held back any more.",
    );
    byId("approve-why").value = "";
  } catch (error) {
    setText(byId("approve-answer"), error.message);
    byId("approve-go").disabled = false;
  }
}

byId("search").addEventListener("input", (event) => {
  search = event.target.value;
  showWorklist();
  grid.toTop();
});
byId("search").addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "Enter") {
    event.preventDefault();
    byId("worklist").focus();
  }
});
byId("review").addEventListener("click", review);
byId("approve-go").addEventListener("click", approve);
for (const id of ["approve-close", "approve-cancel"]) {
  byId(id).addEventListener("click", () => byId("approve").close());
}
addEventListener("hashchange", () => {
  const name = decodeURIComponent(location.hash.slice(1));
  if (status?.queries.some((query) => query.name === name)) choose(name);
});

const hide = byId("hide");
hide.checked = hidesPatients();
hide.addEventListener("change", () => hidePatients(hide.checked));
onPrivacy(() => {
  if (hidesPatients()) {
    // What was searched for is a patient's, too.
    search = byId("search").value = "";
  }
  for (const id of ["item", "approve"]) byId(id).close();
  showWorklist();
  showChanges();
});

/** `/` goes to the search. */
addEventListener("keydown", (event) => {
  const isText = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
  if (event.key !== "/" || isText || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  byId("search").focus();
});

setInterval(() => {
  showConnection();
  showStatus();
}, 1_000);
showConnection();
