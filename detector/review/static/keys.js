// Which key does what, and the help that says so.

import { element, named } from "./lines.js";

const KIND_KEYS = "1234567890pco";

export const kindKey = (index) => KIND_KEYS[index] ?? "";

const KEYS = [
  [["j", "ArrowDown"], "down", "next line"],
  [["k", "ArrowUp"], "up", "line before"],
  [["J", "Shift+ArrowDown"], "extendDown", "extend over a run"],
  [["K", "Shift+ArrowUp"], "extendUp", "extend upwards"],
  [["PageDown"], "pageDown", "ten lines on"],
  [["PageUp"], "pageUp", "ten lines back"],
  [["g", "Home"], "top", "first line"],
  [["G", "End"], "bottom", "last line"],
  [["Enter"], "accept", "article or noise as shown; next question"],
  [[" ", "f"], "flip", "flip between article and noise"],
  [["a"], "article", "article"],
  [["x"], "noise", "noise, kind not known"],
  [["s"], "unsure", "not sure: left out of training"],
  [["n"], "next", "next question, this one later"],
  [["Shift+Enter"], "acceptPage", "so is all that is open on the page"],
  [["]"], "nextPage", "next page of the queue"],
  [["["], "pageBefore", "page before"],
  [["u", "Ctrl+z", "Meta+z"], "undo", "undo"],
  [["t"], "spread", "equal lines too, or only this one"],
  [["v"], "original", "the page as it came"],
  [["q"], "queue", "list of pages"],
  [["?"], "help", "these keys"],
  [["Escape"], "clear", "give up the run of lines"],
];

const ACTIONS = new Map(KEYS.flatMap(([keys, action]) => keys.map((key) => [key, action])));

// The action of a key press; kinds are given as "kind:" and their name.
export function actionOf(event, kinds) {
  const isNamed = event.key.length > 1;
  const held = event.ctrlKey ? "Ctrl+" : event.metaKey ? "Meta+" : event.shiftKey && isNamed ? "Shift+" : "";
  if (event.altKey) return null;
  const action = ACTIONS.get(held + event.key);
  if (action || held) return action ?? null;
  const index = KIND_KEYS.indexOf(event.key);
  return event.key.length === 1 && index >= 0 && index < kinds.length ? `kind:${kinds[index]}` : null;
}

const SHOWN = { " ": "space", ArrowDown: "↓", ArrowUp: "↑", "Shift+ArrowDown": "⇧↓", "Shift+ArrowUp": "⇧↑", Enter: "↵",
  "Shift+Enter": "⇧↵", Escape: "esc", "Ctrl+z": "ctrl z", "Meta+z": "⌘ z" };

export function writeHelp(list, kinds) {
  const rows = KEYS.map(([keys, , what]) => [keys, what]);
  rows.push(...kinds.map((kind, index) => [[kindKey(index)], `noise: ${named(kind)}`]));
  for (const [keys, what] of rows) {
    const term = element("dt");
    for (const key of keys) term.append(element("kbd", "", SHOWN[key] ?? key), " ");
    const row = element("div");
    row.append(term, element("dd", "", what));
    list.append(row);
  }
}
