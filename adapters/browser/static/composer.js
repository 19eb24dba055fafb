// The line one types in: a combobox that suggests commands and ids, and remembers.

import { byId, el } from "./dom.js";

const PAUSE = 120; // ms between the last key and a question for suggestions
const LONGEST = 300; // signs; a longer line is pasted, not typed
const REMEMBERED = 50;

export class Composer {
  #found = [];
  #active = -1;
  #timer = 0;
  #asked = 0;
  #past = [];
  #back = 0;

  /** @param send called with a line  @param suggest asked with a line for suggestions */
  constructor(send, suggest) {
    this.send = send;
    this.suggest = suggest;
    this.form = byId("composer");
    this.line = byId("line");
    this.list = byId("suggestions");
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.line.addEventListener("input", () => this.#typed());
    this.line.addEventListener("keydown", (event) => this.#key(event));
    this.line.addEventListener("paste", (event) => this.#paste(event));
    this.line.addEventListener("blur", () => this.#show([]));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#take(Number(option.dataset.place));
    });
  }

  /** Put words into the line and go on typing there. */
  fill(text) {
    this.line.value = text;
    this.line.focus();
    this.#typed();
  }

  #submit(event) {
    event.preventDefault();
    const text = this.line.value.trim();
    if (!text) return;
    this.#past = [...this.#past.filter((old) => old !== text), text].slice(-REMEMBERED);
    this.#back = 0;
    this.line.value = "";
    this.#quiet();
    this.send(text);
  }

  #typed() {
    clearTimeout(this.#timer);
    const text = this.line.value;
    if (!/^\s*[/／]/.test(text) || text.length > LONGEST) return this.#quiet();
    this.#timer = setTimeout(() => this.#ask(text), PAUSE);
  }

  async #ask(text) {
    const asked = ++this.#asked;
    const found = await this.suggest(text);
    const fitting = asked === this.#asked && document.activeElement === this.line;
    if (fitting) this.#show(found.filter((each) => each.value !== text));
  }

  #quiet() {
    clearTimeout(this.#timer);
    this.#asked++;
    this.#show([]);
  }

  #show(found) {
    this.#found = found;
    this.#active = -1;
    this.list.replaceChildren(...found.map((each, place) => drawOption(each, place)));
    this.list.hidden = !found.length;
    this.line.setAttribute("aria-expanded", String(Boolean(found.length)));
    this.line.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    if (event.isComposing) return;
    const keys = {
      ArrowDown: () => this.#found.length && this.#move(1),
      ArrowUp: () => (this.#found.length ? this.#move(-1) : this.#recall(1)),
      Tab: () => !event.shiftKey && this.#complete(),
      Enter: () => this.#active >= 0 && this.#take(this.#active),
      Escape: () => this.#found.length && (this.#quiet(), true),
    };
    if (keys[event.key]?.()) event.preventDefault();
  }

  #move(step) {
    const count = this.#found.length;
    this.#active = this.#active < 0 && step < 0 ? count - 1 : (this.#active + step + count) % count;
    [...this.list.children].forEach((option, place) => {
      option.setAttribute("aria-selected", String(place === this.#active));
      if (place === this.#active) option.scrollIntoView({ block: "nearest" });
    });
    this.line.setAttribute("aria-activedescendant", `option-${this.#active}`);
    return true;
  }

  #take(place) {
    this.fill(this.#found[place].value);
    this.#show([]);
    return true;
  }

  /** Tab completes what was chosen, or a command begun; else it leads on, as ever. */
  #complete() {
    const begun = !/\s/.test(this.line.value);
    return this.#found.length && (this.#active >= 0 || begun) && this.#take(Math.max(this.#active, 0));
  }

  #recall(step) {
    if (this.line.value && !this.#back) return false;
    this.#back = Math.min(this.#back + step, this.#past.length);
    if (!this.#back) return false;
    this.line.value = this.#past[this.#past.length - this.#back];
    return true;
  }

  /** A line break between pasted ids must stay a gap. */
  #paste(event) {
    const text = event.clipboardData?.getData("text") ?? "";
    if (!/[\r\n]/.test(text)) return;
    event.preventDefault();
    const { selectionStart: from, selectionEnd: to } = this.line;
    this.line.setRangeText(text.replace(/\s*[\r\n]+\s*/g, " "), from, to, "end");
    this.#typed();
  }
}

function drawOption({ label, value }, place) {
  const command = value.trim();
  const inside = label.startsWith(command) ? [el("strong", {}, command), label.slice(command.length)] : [label];
  return el("li", { role: "option", id: `option-${place}`, "aria-selected": "false", "data-place": place, title: value }, inside);
}
