// The page's words and times, in the reader's language; the server gives the words.

let texts = {};
let language = "en";

export function learn(words, lang) {
  texts = words;
  language = lang;
  document.documentElement.lang = lang === "zh" ? "zh-Hans" : lang;
}

/** Say a text of the page; `{name}` is filled in as it is. */
export function say(name, slots = {}) {
  return (texts[name] ?? "").replace(/\{(\w+)\}/g, (_, slot) => slots[slot] ?? "");
}

const STEPS = [[60, "second"], [3600, "minute"], [86400, "hour"], [Infinity, "day"]];
const SIZES = { second: 1, minute: 60, hour: 3600, day: 86400 };

export function ago(at) {
  const seconds = Math.max(0, (Date.now() - at.getTime()) / 1000);
  const [, unit] = STEPS.find(([most]) => seconds < most);
  const form = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "long" });
  return form.format(-Math.floor(seconds / SIZES[unit]), unit);
}

/** Say when something was: today by the clock, else with its day. */
export function clock(at) {
  const today = at.toDateString() === new Date().toDateString();
  const parts = { hour: "2-digit", minute: "2-digit", hour12: false };
  return new Intl.DateTimeFormat(language, today ? parts : { month: "short", day: "numeric", ...parts }).format(at);
}

export function whole(at) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" }).format(at);
}

export function megabytes(bytes) {
  const unit = bytes < 1e6 ? "kilobyte" : "megabyte";
  const form = new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: 1 });
  return form.format(bytes / (bytes < 1e6 ? 1e3 : 1e6));
}
