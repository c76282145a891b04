// A window of a page's lines in the document, however long the page is. Text is only ever set as text.

export const AROUND = 120;

const PERCENT = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 0 });
const NUMBER = new Intl.NumberFormat("en");

export const number = (value) => NUMBER.format(value);
export const plural = (value, one, many) => `${number(value)} ${value === 1 ? one : many}`;
export const named = (kind) => kind.replaceAll("_", " ");

export function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// What is shown of a line: the label somebody gave it, or the model's.
export function shown(line) {
  if (line.label) return { label: line.label, kind: line.kind };
  return { label: line.says, kind: line.says === "noise" ? line.guess : null };
}

// The model's probability of the label that it is shown with.
const surety = (line) => (shown(line).label === "noise" ? line.p : 1 - line.p);

const SOURCES = { hand: ["✓", "by hand"], equal: ["≈", "as an equal line"], unsure: ["?", "not sure"] };

export function describe(line) {
  const { label, kind } = shown(line);
  const what = kind ? `${label}, ${named(kind)}` : label;
  return line.source ? `${what}, ${SOURCES[line.source][1]}` : `${what}? ${PERCENT.format(surety(line))} sure`;
}

function makeLine() {
  const made = element("div", "line");
  made.setAttribute("role", "option");
  const no = element("span", "no");
  no.setAttribute("aria-hidden", "true");
  const text = element("bdi", "text");
  text.dir = "auto";
  made.append(no, text, element("span", "chip"));
  return made;
}

function paint(made, line) {
  const { label, kind } = shown(line);
  const [no, text, chip] = made.children;
  made.id = `row-${line.row}`;
  made.className = `line is-${label}${line.source ? ` is-settled by-${line.source}` : ""}${line.gap ? " has-gap" : ""}`;
  made.style.setProperty("--p", line.label ? Number(line.label === "noise") : line.p);
  made.style.setProperty("--sure", line.label ? 1 : Math.abs(2 * line.p - 1));
  no.textContent = line.number;
  text.textContent = line.more ? `${line.text}… (${number(line.more)} more characters)` : line.text;
  chip.replaceChildren();
  if (line.source) chip.append(element("b", "", SOURCES[line.source][0]), " ");
  chip.append(kind ? named(kind) : label);
  if (!line.source) chip.append(" ", element("small", "", PERCENT.format(surety(line))));
  if (line.equal > 1) chip.append(" ", element("small", "times", `×${number(line.equal)}`));
  chip.title = describe(line) + (line.equal > 1 ? `; ${number(line.equal)} equal lines on the site` : "");
}

export class Lines {
  constructor(list, earlier, later) {
    this.list = list;
    this.earlier = earlier;
    this.later = later;
    this.page = null;
    this.lines = [];
    this.first = 0;
    this.total = 0;
    this.cursor = 0;
    this.anchor = 0;
  }

  get last() { return this.first + this.lines.length; }
  get current() { return this.at(this.cursor); }
  at(row) { return this.lines[row - this.first]; }
  has(row) { return row >= this.first && row < this.last; }
  get selection() { return [Math.min(this.cursor, this.anchor), Math.max(this.cursor, this.anchor)]; }
  get selected() { const [low, high] = this.selection; return this.lines.slice(Math.max(0, low - this.first), high - this.first + 1); }

  // Take in what the server gave of a page.
  show(view) {
    this.page = view.page;
    this.first = view.first;
    this.total = view.n_lines;
    this.lines = view.lines;
    while (this.list.children.length > this.lines.length) this.list.lastChild.remove();
    while (this.list.children.length < this.lines.length) this.list.append(makeLine());
    this.lines.forEach((line, index) => {
      const made = this.list.children[index];
      paint(made, line);
      made.setAttribute("aria-setsize", this.total);
      made.setAttribute("aria-posinset", line.row + 1);
    });
    for (const [button, count, where] of [[this.earlier, this.first, "earlier"], [this.later, this.total - this.last, "later"]]) {
      button.hidden = count === 0;
      button.textContent = `${plural(count, "line", "lines")} ${where}`;
    }
    this.mark();
  }

  // Show an answer before it is saved.
  assume(label, kind, source) {
    for (const line of this.selected) {
      Object.assign(line, { label, kind, source });
      paint(this.list.children[line.row - this.first], line);
    }
    this.mark();
  }

  put(cursor, anchor = cursor) {
    this.cursor = cursor;
    this.anchor = anchor;
    this.mark();
    document.getElementById(`row-${cursor}`)?.scrollIntoView({ block: "nearest" });
  }

  mark() {
    const [low, high] = this.selection;
    for (const [index, made] of [...this.list.children].entries()) {
      const row = this.first + index;
      made.setAttribute("aria-selected", String(row >= low && row <= high));
      made.classList.toggle("is-current", row === this.cursor);
    }
    if (this.has(this.cursor)) this.list.setAttribute("aria-activedescendant", `row-${this.cursor}`);
    else this.list.removeAttribute("aria-activedescendant");
  }
}
