// The page: what the server tells is drawn, what is typed and pressed is posted.

import { drawMessage, refreshTimes, settle } from "./card.js";
import { Composer } from "./composer.js";
import { byId, el, morph } from "./dom.js";
import { Link } from "./link.js";
import { learn, say } from "./words.js";

const NAMES = { en: "English", zh: "中文" };
const PASSING = new Set([403, 408, 503]); // an old token, a slow line, a busy server
const AGAIN = 1500; // ms
const NEAR = 120; // px from the end at which new messages are followed
const messages = new Map();
const unsent = new Map(); // lines the server has not confirmed, by key
let hello = null;
let following = true; // whoever is at the end is kept there
let rung = 0; // rings while nobody looked

const scroll = byId("scroll");
const list = byId("messages");
const newest = byId("newest");
const link = new Link({ hello: greet, news: take, lost, back });
const composer = new Composer(sendLine, suggest);

// --- what the server tells ------------------------------------------------------

function greet(told) {
  const again = hello !== null;
  hello = told;
  learn(told.words, told.language);
  drawFrame();
  drawWelcome();
  if (again) drawAll();
}

function take(news) {
  following ||= news.fresh;
  const known = messages.size > 0 && !news.fresh;
  if (news.fresh) messages.clear();
  for (const id of [...messages.keys()]) if (id < news.first) messages.delete(id);
  const added = news.messages.filter((message) => !messages.has(message.id));
  for (const message of news.messages) {
    messages.set(message.id, message);
    if (message.nonce) unsent.delete(message.nonce);
  }
  if (news.fresh) list.replaceChildren();
  forget();
  news.messages.forEach(draw);
  drawUnsent();
  if (known) added.forEach(announce);
  if (following) toEnd();
  else if (added.some((message) => message.who === "bot")) newest.hidden = false;
}

function lost() {
  byId("lost").textContent = say("lost");
  byId("lost").hidden = false;
}

function back() {
  if (!byId("lost").hidden) speak(say("back"));
  byId("lost").hidden = true;
  const waiting = [...unsent].filter(([, line]) => !line.under);
  waiting.forEach(([key, line], place) => setTimeout(() => unsent.has(key) && !line.under && post(key), place * 60)); // in order
}

// --- drawing --------------------------------------------------------------------

function drawFrame() {
  const language = byId("language");
  const other = hello.languages.find((each) => each !== hello.language);
  language.textContent = NAMES[other] ?? other;
  language.dataset.language = other;
  language.lang = other;
  language.setAttribute("aria-label", say("language"));
  language.hidden = false;
  composer.line.placeholder = say("placeholder");
  composer.line.setAttribute("aria-label", say("message"));
  composer.line.disabled = byId("send").disabled = false;
  byId("send").setAttribute("aria-label", say("send"));
  byId("suggestions").setAttribute("aria-label", say("suggestions"));
  list.setAttribute("aria-label", say("chat"));
  scroll.setAttribute("aria-label", say("chat"));
  newest.textContent = `↓ ${say("newest")}`;
  byId("toast-close").setAttribute("aria-label", say("close"));
  byId("working-words").textContent = say("working");
  if (!byId("lost").hidden) byId("lost").textContent = say("lost");
}

function drawWelcome() {
  const demo = hello.commands.imagine !== undefined;
  const chips = hello.chips.map(({ line, label }) => el("li", {}, el("button", { type: "button", class: "chip", "data-line": line, title: line }, label)));
  byId("welcome").replaceChildren(
    el("h2", {}, say("welcome")),
    el("p", {}, say("welcome_how")),
    chips.length ? el("p", { class: "try" }, say(demo ? "welcome_demo" : "welcome_try")) : "",
    chips.length ? el("ul", { class: "chips", role: "list" }, chips) : "",
  );
  byId("welcome").hidden = false;
}

function drawAll() {
  for (const message of [...messages.values()].sort((a, b) => a.id - b.id)) draw(message);
  drawUnsent();
}

function draw(message) {
  const drawn = drawMessage(message, titleOf);
  const there = byId(`m${message.id}`);
  if (there) morph(there, drawn);
  else list.insertBefore(drawn, [...list.children].find((each) => Number(each.id.slice(1)) > message.id) ?? null);
  settle(byId(`m${message.id}`));
}

function forget() {
  for (const child of [...list.children]) if (!messages.has(Number(child.id.slice(1)))) child.remove();
}

function drawUnsent() {
  const lines = [...unsent.values()].map(({ text, late }) =>
    el("li", { class: "message own unsent" }, el("div", { class: "bubble" }, el("p", { class: "line" }, text)), el("p", { class: "foot" }, late ? say("not_sent") : "…")),
  );
  byId("unsent").replaceChildren(...lines);
}

const titleOf = (id) => messages.get(id)?.card?.title;
const isNearEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;

function toEnd() {
  newest.hidden = following = true;
  scroll.scrollTop = scroll.scrollHeight; // now: a tab in the back draws no frames
  requestAnimationFrame(() => {
    scroll.scrollTop = scroll.scrollHeight;
  });
}

// --- telling those who do not look ----------------------------------------------

function announce(message) {
  if (message.who !== "bot") return;
  byId("working").hidden = true;
  speak(message.card.title);
  if (message.loud && document.hidden) {
    rung += 1;
    document.title = `(${rung}) mjwatch`;
  }
}

function speak(words) {
  const said = byId("said");
  said.textContent = said.textContent === words ? `${words}\u00a0` : words;
}

let hiding = 0;

function toast(words) {
  byId("toast-words").textContent = words;
  byId("toast").hidden = false;
  speak(words);
  clearTimeout(hiding);
  hiding = setTimeout(hideToast, 8000);
}

function hideToast() {
  byId("toast").hidden = true;
}

// --- what the person does -------------------------------------------------------

function sendLine(text) {
  const key = newKey();
  unsent.set(key, { text, under: false, late: false });
  drawUnsent();
  toEnd();
  post(key);
}

async function post(key) {
  const line = unsent.get(key);
  line.under = true;
  byId("working").hidden = false;
  try {
    show(await link.post("say", { text: line.text, key }));
    unsent.delete(key);
  } catch (error) {
    failed(key, line, error.status);
  } finally {
    byId("working").hidden = true;
    drawUnsent();
    if (following) toEnd();
  }
}

/** Say it again by and by, unless the server has understood and said no. */
function failed(key, line, status) {
  if (status && !PASSING.has(status)) {
    unsent.delete(key);
    toast(say("not_taken"));
    return;
  }
  Object.assign(line, { under: false, late: true });
  setTimeout(() => link.up && unsent.has(key) && !line.under && post(key), AGAIN);
}

async function suggest(text) {
  try {
    return (await link.post("suggest", { text })).suggestions;
  } catch {
    return [];
  }
}

async function press(button) {
  const message = Number(button.closest(".message").id.slice(1));
  button.setAttribute("aria-busy", "true");
  try {
    const shown = await link.post("press", { ref: button.dataset.ref, message, key: newKey() });
    show(shown);
    if (shown.report) await focusReport(shown.report);
  } catch {
    toast(say("not_taken"));
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function show(shown) {
  if (shown.notice) toast(shown.notice.blocks.map((block) => block.runs.map((run) => run.text ?? "").join("")).join(" "));
  if (shown.shown) toEnd();
}

/** Lead whoever pressed to the customId, once the socket has brought it. */
async function focusReport(id) {
  for (let tries = 0; tries < 20; tries += 1) {
    const copy = byId(`m${id}`)?.querySelector(".report .copy");
    if (copy) {
      copy.focus({ preventScroll: true });
      copy.closest(".report").scrollIntoView({ block: "nearest" });
      return;
    }
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 20)));
  }
}

async function copy(button) {
  const done = await toClipboard(button.dataset.copy);
  if (!done) return;
  speak(say("copied"));
  const words = button.classList.contains("copy") ? button.firstChild : null;
  button.classList.add("copied");
  if (words) words.data = say("copied");
  setTimeout(() => {
    button.classList.remove("copied");
    if (words) words.data = say("copy");
  }, 1600);
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = el("textarea", { class: "unseen", readonly: true });
    field.value = text;
    document.body.append(field);
    const before = document.activeElement;
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    before?.focus();
    return done;
  }
}

function tapChip({ dataset: { line } }) {
  if (line.endsWith(" ")) composer.fill(line);
  else sendLine(line);
}

function follow(event, origin) {
  event.preventDefault();
  const target = document.querySelector(`${origin.getAttribute("href")} > *`);
  target?.scrollIntoView({ block: "center" });
  target?.focus({ preventScroll: true });
}

const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(9)), (each) => each.toString(36).padStart(2, "0")).join("");

// --- wiring ---------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  if (at("[data-copy]")) copy(at("[data-copy]"));
  else if (at("[data-ref]")) press(at("[data-ref]"));
  else if (at("[data-line]")) tapChip(at("[data-line]"));
  else if (at(".origin")) follow(event, at(".origin"));
});
byId("language").addEventListener("click", ({ currentTarget }) => {
  link.post("language", { language: currentTarget.dataset.language }).catch(() => toast(say("not_taken")));
});
byId("toast-close").addEventListener("click", () => {
  hideToast();
  composer.line.focus();
});
newest.addEventListener("click", toEnd);
scroll.addEventListener("scroll", () => {
  following = isNearEnd();
  newest.hidden ||= following;
}, { passive: true });
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  rung = 0;
  document.title = "mjwatch";
});
for (const grown of ["load", "loadedmetadata"]) list.addEventListener(grown, () => following && toEnd(), true);
addEventListener("resize", () => following && toEnd());
setInterval(() => refreshTimes(list), 5000);
link.open();
