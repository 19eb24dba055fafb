// The line to the server: a socket that says what changes, and posts that act.
// When it breaks it is made again, for ever, and goes on where it was.

const FIRST_WAIT = 400; // ms
const LONGEST_WAIT = 4000;
const SILENCE = 25000; // the server says something every ten seconds

export class Link {
  #place = "";
  #token = "";
  #wait = FIRST_WAIT;
  #silence = 0;
  #socket = null;
  #timer = 0;

  /** @param hears {{hello, news, lost, back}} what is called with what */
  constructor(hears) {
    this.hears = hears;
    this.up = false;
    addEventListener("online", () => this.#again(0));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && !this.up) this.#again(0);
    });
  }

  open() {
    const query = new URLSearchParams({ since: this.#place, locale: navigator.language });
    const socket = new WebSocket(`ws://${location.host}/chat/socket?${query}`);
    this.#socket = socket;
    this.#listen();
    socket.onmessage = ({ data }) => socket === this.#socket && this.#hear(JSON.parse(data));
    socket.onclose = () => socket === this.#socket && this.#broken();
  }

  /** Post something; throws when it did not arrive or was not taken. */
  async post(path, body) {
    const answer = await fetch(`/chat/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Mjwatch-Token": this.#token },
      body: JSON.stringify({ locale: navigator.language, ...body }),
      cache: "no-store",
    });
    if (!answer.ok) throw Object.assign(new Error("refused"), { status: answer.status });
    return answer.json();
  }

  #hear(told) {
    this.#listen();
    if (told.is === "hello") {
      this.#token = told.token;
      this.#wait = FIRST_WAIT;
      this.hears.hello(told);
      if (!this.up) {
        this.up = true;
        this.hears.back();
      }
    } else if (told.is === "news") {
      this.#place = told.place;
      this.hears.news(told);
    }
  }

  #listen() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#broken(), SILENCE);
  }

  #broken() {
    clearTimeout(this.#silence);
    const old = this.#socket;
    this.#socket = null;
    old?.close();
    if (this.up) {
      this.up = false;
      this.hears.lost();
    }
    this.#again(this.#wait);
    this.#wait = Math.min(this.#wait * 1.6, LONGEST_WAIT);
  }

  #again(wait) {
    clearTimeout(this.#timer);
    if (!this.#socket) this.#timer = setTimeout(() => this.#socket || this.open(), wait);
  }
}
