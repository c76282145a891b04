// The page: what is looked at, what keys and buttons do to it.

import { actionOf, kindKey, writeHelp } from "./keys.js";
import { Learn } from "./learn.js";
import { AROUND, Lines, describe, element, named, number, plural, shown } from "./lines.js";
import { Changes, get, getFile } from "./talk.js";

const byId = (id) => document.getElementById(id);
const lines = new Lines(byId("lines"), byId("earlier"), byId("later"));
const changes = new Changes(blocked);
const learn = new Learn((name, body) => changes.send(name, body), () => lines.page, say);
const EDGE = 20;
let kinds = [];
let pages = [];
let seen = -1;
let due = 0;

function say(text) {
  byId("said").textContent = text;
}

function warn(text, canRetry = false) {
  byId("alert").hidden = !text;
  byId("alert-text").textContent = text ?? "";
  byId("do-again").hidden = !canRetry;
}

function blocked(reason, waiting) {
  const kept = waiting ? ` ${plural(waiting, "answer waits", "answers wait")} here and will be sent again.` : "";
  warn(reason && `Not saved: ${reason}${kept}`, true);
}

// ---- what is shown

function showState(state) {
  kinds = state.kinds;
  byId("title").textContent = state.title;
  byId("bar").max = state.lines;
  byId("bar").value = state.settled;
  byId("counts").textContent = `${number(state.settled)} of ${plural(state.lines, "line", "lines")} settled, ` +
    `${number(state.by_hand)} by hand`;
  byId("counts").title = `${number(state.questions)} distinct lines are open; answers go to ${state.file}`;
  byId("do-undo").disabled = !state.can_undo;
  if (!changes.waiting || !byId("alert").hidden) warn(state.unsaved && `Answers are safe, but ${state.unsaved}`);
  seen = state.revision;
  learn.show(state.job);
}

function showVerdict() {
  const line = lines.current;
  const verdict = byId("verdict");
  verdict.replaceChildren();
  if (!line) return;
  const [low, high] = lines.selection;
  const { label, kind } = shown(line);
  for (const [index, button] of [...byId("kinds").children].entries()) {
    button.setAttribute("aria-pressed", String(kinds[index] === kind));
  }
  verdict.append(element("span", `mark is-${label}`, describe(line)));
  if (high > low) verdict.append(` ${number(high - low + 1)} lines chosen`);
  else if (line.equal > 1) verdict.append(` One answer settles ${number(line.equal)} equal lines of the site.`);
}

async function load(page, row, anchor = row) {
  const first = Math.max(0, row - AROUND);
  let view = await get("page", { page, first, last: row + AROUND });
  if (row >= view.first + view.lines.length && row < view.n_lines) {
    view = await get("page", { page, first: row, last: row + AROUND }); // the lines before are too long
  }
  const isOther = page !== lines.page;
  lines.show(view);
  lines.put(Math.max(0, Math.min(row, view.n_lines - 1)), anchor);
  if (isOther) {
    byId("page-id").textContent = view.id;
    byId("page-site").textContent = view.site || "no site";
    byId("page-size").textContent = plural(view.n_lines, "line", "lines");
    byId("do-original").hidden = !view.has_html;
    byId("original").dataset.source = view.original ?? "";
    showOriginal();
    showPages();
  }
  showVerdict();
}

async function refresh() {
  const [state, view] = await Promise.all([
    get("state"), get("page", { page: lines.page, first: lines.first, last: lines.last }),
  ]);
  if (!changes.waiting && view.page === lines.page && view.first === lines.first) {
    lines.show(view);
    showVerdict();
  }
  showState(state);
  clearTimeout(due);
  due = setTimeout(() => showPages().catch(() => {}), 300); // what is wrong is told by the next action
}

function showOriginal() {
  const aside = byId("original");
  const isWanted = byId("do-original").getAttribute("aria-expanded") === "true" && aside.dataset.source;
  aside.hidden = !isWanted;
  const source = isWanted ? aside.dataset.source : "about:blank";
  if (byId("frame").getAttribute("src") !== source) byId("frame").src = source;
}

async function showPages(more = false) {
  if (byId("queue").hidden) return;
  const first = more ? pages.length : 0;
  const view = await get("queue", { first, last: more ? first + 100 : Math.max(pages.length, 100) });
  pages = more ? [...pages, ...view.pages] : view.pages;
  const most = Math.max(...pages.map((page) => page.bits), 1e-9);
  byId("pages").replaceChildren(...pages.map((page) => {
    const item = element("li");
    const button = element("button");
    button.type = "button";
    if (page.page === lines.page) button.setAttribute("aria-current", "page");
    button.style.setProperty("--share", page.bits / most);
    const name = element("bdi", "", page.id.split("/").at(-1) || page.id);
    name.title = page.id;
    button.append(name, element("small", "", `${number(page.settled)} of ${number(page.n_lines)} settled`));
    button.addEventListener("click", () => act(`page:${page.page}`));
    item.append(button);
    return item;
  }));
  byId("more-pages").hidden = pages.length >= view.n_pages;
  byId("queue").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

// ---- what keys and buttons do

async function move(step, isExtending = false) {
  const row = Math.max(0, Math.min(lines.cursor + step, lines.total - 1));
  const anchor = isExtending ? lines.anchor : row;
  const isNearEdge = (row < lines.first + EDGE && lines.first > 0) || (row >= lines.last - EDGE && lines.last < lines.total);
  if (isNearEdge) await load(lines.page, row, anchor);
  else lines.put(row, anchor);
  showVerdict();
}

async function open(page) {
  await load(page, 0);
  await next(page);
  byId("lines").focus();
}

async function openBeside(step) {
  const order = (await get("queue", { first: 0, last: 100 })).pages;
  const at = order.findIndex((page) => page.page === lines.page);
  const other = order[at + step];
  if (other) await open(other.page);
}

// Go to the best question: on one page, or the best of all, with the line at the cursor put off.
async function next(page, isPassing = false) {
  const asked = {};
  if (lines.page !== null) asked.page = page ?? lines.page;
  if (isPassing && lines.current && !lines.current.source) asked.passed = lines.cursor;
  if (page !== undefined) asked.stay = 1;
  const question = await get("next", asked);
  if (question.is_done) {
    say(page === undefined ? "Every line is settled." : "Every line of this page is settled.");
    return;
  }
  await load(question.page, question.row);
  const line = lines.current;
  say(`${line.text.slice(0, 200)}: ${describe(line)}${line.equal > 1 ? `, ${number(line.equal)} equal lines` : ""}`);
}

async function answer(answers, what) {
  const sent = changes.send("answer", { page: lines.page, answers, spread: byId("spread").checked });
  showVerdict();
  const result = await sent;
  say(`${what}; ${plural(result.settled, "line", "lines")} settled`);
  if (!changes.waiting) await refresh();
}

function give(label, kind = null, isUnsure = false) {
  const [first, last] = lines.selection;
  lines.assume(label, kind, isUnsure ? "unsure" : "hand");
  return answer([{ first, last, label, kind, unsure: isUnsure }], kind ? `${label}, ${named(kind)}` : label);
}

// Lines of one label and kind that follow each other are one answer. A kind that is only the model's guess stays open:
// who reads for article or noise has not looked at it.
async function accept() {
  const runs = [];
  for (const line of lines.selected) {
    const { label } = shown(line);
    const kind = line.label ? line.kind : null;
    Object.assign(line, { label, kind, source: "hand" });
    const run = runs.at(-1);
    if (run && run.label === label && run.kind === kind) run.last = line.row;
    else runs.push({ first: line.row, last: line.row, label, kind });
  }
  await answer(runs, "as shown");
  await next();
}

async function acceptPage() {
  const result = await changes.send("accept", { page: lines.page, spread: byId("spread").checked });
  say(`the page is as shown; ${plural(result.settled, "line", "lines")} settled`);
  await refresh();
  await next();
}

async function undo() {
  const result = await changes.send("undo", {});
  if (!result.changed) return;
  await load(result.page, result.row);
  await refresh();
  say(`undone: ${plural(result.changed, "line", "lines")}; ${describe(lines.current)}`);
}

async function exportLabels() {
  const file = await getFile("export");
  const link = element("a");
  link.href = URL.createObjectURL(file.data);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  say(`${file.name} is being saved`);
}

function toggle(button, panel = null) {
  const isOpen = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(isOpen));
  panel?.toggleAttribute("hidden", !isOpen);
}

const ACTIONS = {
  down: () => move(1), up: () => move(-1), extendDown: () => move(1, true), extendUp: () => move(-1, true),
  pageDown: () => move(10), pageUp: () => move(-10), top: () => move(-lines.total), bottom: () => move(lines.total),
  flip: () => give(shown(lines.current).label === "noise" ? "article" : "noise"),
  article: () => give("article"), noise: () => give("noise"),
  unsure: () => give(shown(lines.current).label, null, true),
  accept, acceptPage, undo,
  next: () => next(undefined, true), nextPage: () => openBeside(1), pageBefore: () => openBeside(-1),
  spread: () => { byId("spread").checked = !byId("spread").checked; },
  original: () => { toggle(byId("do-original")); showOriginal(); lines.put(lines.cursor, lines.anchor); },
  queue: () => { toggle(byId("do-queue"), byId("queue")); lines.put(lines.cursor, lines.anchor); return showPages(); },
  help: () => byId("help").showModal(),
  clear: () => lines.put(lines.cursor),
};

// One after the other: what a key does may hang on what the one before has loaded.
let doing = Promise.resolve();
let undone = 0;

function act(action) {
  busy(1);
  doing = doing.then(async () => {
    const [name, value] = action.split(":");
    if (name === "kind") await give("noise", value);
    else if (name === "page") await open(Number(value));
    else await ACTIONS[action]();
  }).catch((error) => warn(error.message)).finally(() => busy(-1));
  return doing;
}

// How many actions are not done yet, for whoever waits for them.
function busy(more) {
  undone += more;
  document.body.dataset.busy = undone;
}

function keyPressed(event) {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const target = event.target;
  const isIn = (names) => target instanceof Element && target.closest(names);
  const action = actionOf(event, kinds);
  if (!action || isIn("input:not([type=checkbox]), textarea, select")) return;
  if (isIn("button, a, summary, input") && (event.key === "Enter" || event.key === " ")) return;
  if (byId("only-focused").checked && !isIn("#lines")) return;
  event.preventDefault();
  act(action);
}

function prepare(state) {
  kinds = state.kinds;
  byId("kinds").replaceChildren(...kinds.map((kind, index) => {
    const button = element("button", "", named(kind));
    button.type = "button";
    button.append(" ", element("kbd", "", kindKey(index)));
    button.addEventListener("click", () => act(`kind:${kind}`));
    return button;
  }));
  writeHelp(byId("keys"), kinds);
  learn.offer(state.jobs);
  byId("do-learn").hidden = !state.jobs.length;
}

function listen() {
  document.addEventListener("keydown", keyPressed);
  const clicks = { "do-undo": "undo", "do-accept": "accept", "do-article": "article", "do-noise": "noise", "do-unsure": "unsure",
    "do-next": "next", "do-original": "original", "do-queue": "queue", "do-help": "help" };
  for (const [id, action] of Object.entries(clicks)) byId(id).addEventListener("click", () => act(action));
  byId("do-export").addEventListener("click", () => exportLabels().catch((error) => warn(error.message)));
  byId("do-learn").addEventListener("click", () => byId("learn").showModal());
  byId("do-again").addEventListener("click", () => changes.tryAgain());
  byId("more-pages").addEventListener("click", () => showPages(true));
  byId("earlier").addEventListener("click", () => load(lines.page, Math.max(0, lines.first - 1)));
  byId("later").addEventListener("click", () => load(lines.page, lines.last));
  byId("lines").addEventListener("click", (event) => {
    const made = event.target.closest(".line");
    if (!made || String(getSelection())) return;
    const row = Number(made.id.slice(4));
    lines.put(row, event.shiftKey ? lines.anchor : row);
    showVerdict();
  });
  // Another tab may have answered meanwhile.
  addEventListener("focus", async () => {
    if (!changes.waiting && lines.page !== null && (await get("state")).revision !== seen) await refresh();
  });
}

async function begin() {
  try {
    const state = await get("state");
    prepare(state);
    if (matchMedia("(max-width: 60rem)").matches) ACTIONS.queue();
    showState(state);
    document.title = `Review: ${state.title}`;
    await next();
    if (lines.page === null) await load(0, 0);
    listen();
    byId("lines").focus({ preventScroll: true });
    busy(0);
    document.body.classList.add("is-ready");
  } catch (error) {
    warn(error.message);
    byId("page-id").textContent = "Nothing is shown";
  }
}

begin();
