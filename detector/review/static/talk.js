// Talking to the server: the token in a header, and answers one after the other until each is saved.

const token = takeToken();

// The token stands behind the # of the address; it is kept for this tab, so that the page can be loaded anew.
function takeToken() {
  const given = location.hash.slice(1);
  if (given.length > 20) {
    try { sessionStorage.setItem("token", given); } catch { /* then a reload asks for the address again */ }
    history.replaceState(null, "", location.pathname);
    return given;
  }
  try { return sessionStorage.getItem("token") ?? ""; } catch { return ""; }
}

export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { "x-review-token": token, ...options.headers } });
  } catch {
    throw new Refused("The review has ended or cannot be reached; start detector review again.", 0);
  }
  if (response.ok) return response;
  const text = await response.text();
  let reason = text;
  try { reason = JSON.parse(text).error ?? text; } catch { /* plain text */ }
  throw new Refused(reason, response.status);
}

export async function get(name, asked = {}) {
  return (await request(`/api/${name}?${new URLSearchParams(asked)}`)).json();
}

export async function getFile(name) {
  const response = await request(`/api/${name}`);
  const found = /filename\*=UTF-8''(\S+)/.exec(response.headers.get("content-disposition") ?? "");
  return { data: await response.blob(), name: found ? decodeURIComponent(found[1]) : "labels.jsonl" };
}

async function post(name, body) {
  const options = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  return (await request(`/api/${name}`, options)).json();
}

const REST = 3000;

// Changes are sent in order. One that cannot be saved waits, and those behind it, and is sent again.
export class Changes {
  #waiting = 0;
  #last = Promise.resolve();
  #again = null;

  // `blocked(reason)` is told why a change waits, and null when it no longer does.
  constructor(blocked) {
    this.blocked = blocked;
    addEventListener("beforeunload", (event) => { if (this.#waiting) event.preventDefault(); });
  }

  get waiting() { return this.#waiting; }

  send(name, body) {
    this.#waiting += 1;
    const done = this.#last.then(() => this.#sendUntilSaved(name, body)).finally(() => { this.#waiting -= 1; });
    this.#last = done.catch(() => {});
    return done;
  }

  tryAgain() { this.#again?.(); }

  async #sendUntilSaved(name, body) {
    for (let isBlocked = false; ; isBlocked = true) {
      try {
        const answer = await post(name, body);
        if (isBlocked) this.blocked(null);
        return answer;
      } catch (error) {
        const isLasting = error instanceof Refused && error.status >= 400 && error.status < 500;
        if (isLasting) {
          if (isBlocked) this.blocked(null);
          throw error;
        }
        this.blocked(error.message, this.#waiting);
        await new Promise((resolve) => { this.#again = resolve; setTimeout(resolve, REST); });
      }
    }
  }
}
