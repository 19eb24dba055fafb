// A message as nodes. Prompts are other people's text: they only ever become text.

import { el } from "./dom.js";
import { ago, clock, megabytes, say, whole } from "./words.js";

const DOT = " · "; // between state and prompt
const FOLD_AT = 80; // signs; shorter texts need no fold

/** Draw a message; `title` gives the title of another one, or nothing. */
export function drawMessage(message, title) {
  const own = message.who === "you";
  const children = own ? [el("p", { class: "line" }, message.text)] : drawCard(message, title);
  const tag = own ? "div" : "article";
  const tone = own ? "" : ` tone-${message.card.tone}`;
  const name = own ? {} : { "aria-label": message.card.title };
  return el(
    "li",
    { id: `m${message.id}`, class: own ? "message own" : "message", "data-key": `m${message.id}` },
    el(tag, { class: own ? "bubble" : `card${tone}`, tabindex: own ? null : "-1", ...name }, children),
    drawFoot(message),
  );
}

function drawCard(message, title) {
  const { card } = message;
  const [first, ...rest] = card.blocks;
  const headed = first && first.shape === "text" && !card.bare;
  return [
    drawOrigin(message, title),
    headed ? el("h2", { class: "title" }, shortTitle(card) ?? first.runs.map(drawRun)) : null,
    ...(headed ? rest : card.blocks).map(drawBlock),
    drawFiles(message),
    ...card.buttons.map(drawGroup),
    drawReport(message.report),
  ];
}

/** The first line without the prompt, where the prompt stands whole below it. */
function shortTitle({ title, blocks }) {
  const at = title.indexOf(DOT);
  if (at < 0) return null;
  const prompt = title.slice(at + DOT.length).replace(/…$/, "");
  const below = blocks.some(({ shape, runs }) => shape === "quote" && flat(runs[0]?.text ?? "").startsWith(flat(prompt)));
  return below ? title.slice(0, at) : null;
}

const flat = (text) => text.replace(/\s+/g, " ");

function drawOrigin({ reply }, title) {
  const words = reply && title(reply);
  if (!words) return null;
  return el("a", { class: "origin", href: `#m${reply}`, "data-key": "origin", "aria-label": say("answers_to", { title: words }) }, `↪ ${words}`);
}

function drawBlock(block) {
  const runs = block.runs.map(drawRun);
  const text = block.runs.map((run) => run.text ?? "").join("");
  switch (block.shape) {
    case "quote":
      return el("blockquote", {}, runs);
    case "folded":
      if (text.length <= FOLD_AT) return el("blockquote", {}, runs);
      return el("details", { class: "fold" }, el("summary", {}, `${[...text].slice(0, FOLD_AT).join("")}…`), el("blockquote", {}, runs));
    case "pre":
      return drawPre(text);
    default: {
      const bar = block.runs.length === 1 && block.runs[0].is === "bar";
      return el(bar ? "div" : "p", bar ? { class: "wide-bar" } : {}, runs);
    }
  }
}

function drawRun(run) {
  switch (run.is) {
    case "bold":
      return el("strong", {}, run.text);
    case "italic":
      return el("em", {}, run.text);
    case "code":
      return el("button", { type: "button", class: "code", "data-copy": run.text, "aria-label": say("copy_what", { text: run.text }) }, run.text);
    case "you":
      return el("span", { class: "you" }, `@${say("you")}`);
    case "time":
      return drawTime(run);
    case "bar":
      return drawBar(run);
    default:
      return run.text;
  }
}

function drawTime({ at, relative }) {
  const when = new Date(at);
  const attributes = { datetime: at, title: whole(when), "data-relative": relative };
  return el("time", attributes, relative ? ago(when) : clock(when));
}

function drawBar({ percent, text }) {
  return el(
    "span",
    { class: "bar", role: "progressbar", "aria-label": say("progress"), "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent },
    el("span", { class: "groove" }, el("span", { class: "fill", "data-percent": percent })),
    el("span", { class: "percent" }, text),
  );
}

function drawFiles({ files = [], waiting, card }) {
  if (!files.length) {
    return waiting ? el("p", { class: "coming", "data-key": "files" }, say("picture_coming")) : null;
  }
  const films = files.filter(({ kind }) => kind === "video");
  const photos = files.filter(({ kind }) => kind === "photo");
  if (films.length === 1 && photos.length === 1) {
    return el("div", { class: "files", "data-key": "files" }, drawFile(films[0], card.title, photos[0]));
  }
  const album = photos.length > 1 ? " album" : "";
  return el("div", { class: `files${album}`, "data-key": "files" }, files.map((file) => drawFile(file, card.title)));
}

/** Draw a file; a film's own still stands in its place until it plays. */
function drawFile(file, title, still) {
  const address = `/chat/files/${file.served}`;
  const size = file.width && file.height ? { width: file.width, height: file.height } : {};
  const key = { "data-key": file.served };
  if (file.kind === "video") {
    return el("video", { src: address, controls: true, loop: true, playsinline: true, preload: "metadata", poster: still && `/chat/files/${still.served}`, "aria-label": say("video", { title }), ...size, ...key });
  }
  if (file.kind === "photo") {
    const picture = el("img", { src: address, alt: say("picture", { title }), decoding: "async", ...size });
    return el("a", { href: address, target: "_blank", rel: "noopener", class: "picture", ...key }, picture);
  }
  return el("a", { href: address, download: file.name, class: "document", ...key }, `${say("save", { name: file.name })} · ${megabytes(file.bytes)}`);
}

function drawGroup(group, place) {
  const short = group.length > 2 && group.every(({ label, emoji }) => [...`${label}${emoji ?? ""}`].length <= 3);
  return el("div", { class: short ? "buttons keys" : "buttons", role: "group", "aria-label": say("buttons"), "data-key": `g${place}` }, group.map(drawButton));
}

function drawButton({ label, emoji, style, ref, copy }) {
  const inside = [emoji ? el("span", { class: "emoji", "aria-hidden": label ? "true" : null }, emoji) : null, label];
  const what = copy === undefined ? { "data-ref": ref, "data-key": ref } : { "data-copy": copy, "aria-label": say("copy_what", { text: label || emoji }) };
  return el("button", { type: "button", class: `button style-${style}`, ...what }, inside);
}

/** The customId of a pressed button, one tap from the clipboard. */
function drawReport(report) {
  if (!report) return null;
  const copies = report.card.buttons.flat();
  return el(
    "section",
    { class: "report", "aria-label": say("report"), "data-key": `report-${report.ref}` },
    report.more.slice(0, 1).flatMap((card) => card.blocks.slice(0, 1)).map(drawBlock),
    drawPre(report.text),
    report.more.flatMap((card) => card.blocks.slice(1)).map((block) => el("p", { class: "hint" }, block.runs.map(drawRun))),
    copies.length > 1 ? el("details", { class: "fold" }, el("summary", {}, say("all_ids")), el("div", { class: "buttons copies" }, copies.map(drawButton))) : null,
  );
}

/** Code to be copied whole; long code gets its button below, so that it has the width. */
function drawPre(text) {
  const tall = text.includes("\n") ? " tall" : "";
  const copy = el("button", { type: "button", class: "copy", "data-copy": text }, say("copy"));
  return el("div", { class: `pre${tall}` }, el("pre", { tabindex: "0" }, el("code", {}, text)), copy);
}

function drawFoot({ at, loud, who, card }) {
  const when = new Date(at);
  const rang = who === "bot" && loud ? el("span", { class: "rang" }, `🔔 ${card.rings ? `@${say("you")}` : say("rang")}`) : null;
  const others = card?.others?.length ? el("span", {}, card.others.map((name) => `@${name}`).join(" ")) : null;
  return el("p", { class: "foot" }, rang, others, el("time", { datetime: at, title: whole(when) }, clock(when)));
}

/** Move what only script may style: the bars, whose width the markup may not carry. */
export function settle(root) {
  for (const fill of root.querySelectorAll("[data-percent]")) {
    fill.style.setProperty("width", `${fill.dataset.percent}%`);
  }
}

/** Keep relative times true. */
export function refreshTimes(root) {
  for (const time of root.querySelectorAll("time[data-relative]")) {
    time.textContent = ago(new Date(time.dateTime));
  }
}
