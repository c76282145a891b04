// The dialog that learns from the answers: what can be run, how far it is, what came of it.

import { get } from "./talk.js";
import { element, number } from "./lines.js";

const POLL = 600;
const byId = (id) => document.getElementById(id);

export class Learn {
  #timer = null;

  // `send(name, body)` sends a change, `page()` gives the page that is looked at, `say` announces.
  constructor(send, page, say) {
    this.send = send;
    this.page = page;
    this.say = say;
    byId("do-stop").addEventListener("click", async () => this.show((await this.send("stop", {})).job));
  }

  offer(offers) {
    byId("jobs").replaceChildren(...offers.map((offer) => {
      const made = element("section", "offer");
      const button = element("button", "strong", offer.title);
      button.type = "button";
      button.dataset.job = offer.name;
      button.addEventListener("click", () => this.start(offer.name));
      made.append(element("p", "", offer.purpose), button);
      return made;
    }));
  }

  async start(name) {
    byId("job").hidden = false;
    try {
      this.show((await this.send("start", { name, page: this.page() })).job);
    } catch (error) {
      byId("job-state").textContent = error.message;
      byId("job-bar").hidden = true;
    }
  }

  ending(job, latest) {
    if (job.result?.saved) return `Saved to ${job.result.saved} in ${Math.round(job.seconds)} s`;
    if (job.result?.reason) return `Not saved: ${job.result.reason}`;
    return job.code === 0 ? "Done" : `It failed: ${latest || `code ${job.code}`}`;
  }

  showGains(gains) {
    byId("gains").replaceChildren(...gains.map((gain) => {
      const most = Math.max(gain.before, gain.after, 1e-9);
      const made = element("figure", "gain");
      made.append(element("figcaption", "", gain.figure));
      for (const when of ["before", "after"]) {
        const row = element("div", `bar is-${when}`);
        const bar = element("i");
        bar.style.setProperty("--share", gain[when] / most);
        row.append(element("span", "", when), bar, element("b", "", number(gain[when])));
        made.append(row);
      }
      if (gain.note) made.append(element("small", "", gain.note));
      return made;
    }));
  }

  show(job) {
    byId("job").hidden = !job;
    for (const button of document.querySelectorAll("[data-job]")) button.disabled = Boolean(job?.is_running);
    if (!job) return;
    byId("job-bar").hidden = byId("do-stop").hidden = !job.is_running;
    byId("job").dataset.code = job.is_running ? "" : job.code;
    const latest = job.progress.at(-1) ?? "";
    const ended = this.ending(job, latest);
    const state = job.is_running ? `${latest || "It runs"}…` : ended;
    if (byId("job-state").textContent !== state) byId("job-state").textContent = state;
    byId("job-log").textContent = job.progress.join("\n");
    byId("job-more").hidden = !job.progress.length;
    this.showGains(job.result?.gains ?? []);
    clearTimeout(this.#timer);
    if (job.is_running) this.#timer = setTimeout(async () => this.show((await get("state")).job), POLL);
    else if (!byId("learn").open) this.say(state);
  }
}
