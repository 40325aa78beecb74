// One answer as DOM: parts, suggestions, and why each is suggested.

import { h } from "./dom.js";
import { pictureView } from "./pictures.js";

const LEGS = ["dense", "words", "pinyin", "topic", "fused"];
const SHOWN = 5; // suggestions unfolded when there is one question
const SHOWN_OF_SEVERAL = 2; // and when there are several
const LOW = 0.1; // below it a figure would say more than is known
export const KEYS = 9;

// The suggestions in view, in the order of their numbers: key 1 copies the first.
export function numbered(answer) {
  return answer.parts.flatMap((part, at) =>
    unfolded(answer, part).map((suggestion, place) => ({ suggestion, id: `s-${at}-${place}` })));
}

// The first suggestion of every part, as one message.
export function firstOfEach(answer) {
  return answer.parts.flatMap((part) => part.suggestions.slice(0, 1)).map((one) => one.text).join("\n");
}

function unfolded(answer, part) {
  return part.suggestions.slice(0, answer.parts.length > 1 ? SHOWN_OF_SEVERAL : SHOWN);
}

export function resultView(answer, tools) {
  let number = 0;
  const parts = answer.parts.map((part, at) => {
    const first = number;
    number += unfolded(answer, part).length;
    return partView(answer, at, first, tools);
  });
  return [parts, footView(answer, number, tools)];
}

function footView(answer, count, { text, copyAll, copied, follow }) {
  const several = answer.parts.filter((part) => part.suggestions.length).length > 1;
  return h("div", { class: "foot" },
    several && h("button", { id: "copy-all", type: "button", class: copied === "all" ? "copied" : "",
      onclick: copyAll }, text(copied === "all" ? "copied" : "copy-all")),
    h("button", { id: "follow", type: "button", onclick: follow }, text("follow")),
    count > 0 && h("p", { class: "keys" }, text(several ? "keys-several" : "keys")));
}

function partView(answer, at, first, tools) {
  const { text } = tools;
  const part = answer.parts[at];
  const several = answer.parts.length > 1;
  const title = several ? text("part", { number: at + 1, text: part.text }) : answer.query;
  const shown = unfolded(answer, part).length;
  const highest = Object.fromEntries(LEGS.map((leg) =>
    [leg, Math.max(...part.suggestions.map((one) => Number(one.scores[leg] ?? 0)), 0)]));
  const views = part.suggestions.map((one, place) => suggestionView(one,
    { id: `s-${at}-${place}`, number: place < shown ? first + place + 1 : null, highest, chips: place === 0 }, tools));
  return h("section", { class: "part" },
    h("h2", { title }, title),
    h("p", { class: "verdict" },
      h("span", { class: `band ${part.band}` }, text(`band.${part.band}`)),
      part.suggestions.length > 0 && h("span", {}, text(noteKey(part))),
      part.follows && h("span", { class: "follows" }, text("read-with", { text: part.follows }))),
    part.suggestions.length
      ? h("ol", { class: "suggestions" }, views.slice(0, shown))
      : h("p", { class: "empty" }, text("none")),
    views.length > shown && h("details", { class: "more", id: `more-${at}` },
      h("summary", {}, text("more", { count: views.length - shown })),
      h("ol", { class: "suggestions" }, views.slice(shown))));
}

function noteKey(part) {
  const asks = part.band === "answer" && part.suggestions[0].needs?.length > 0;
  return asks ? "band-note.ask" : `band-note.${part.band}`;
}

function suggestionView(one, { id, number, highest, chips }, tools) {
  const { text, copy, copied, ask } = tools;
  const isCopied = copied === id;
  const label = number === null ? text("copy") : text("copy-label", { number });
  return h("li", { class: `card suggestion${one.probability < LOW ? " low" : ""}` },
    h("div", { class: "head" },
      h("span", { class: "rank", "aria-hidden": "true" }, number ?? "·"),
      h("p", { class: "reply" }, one.text),
      h("button", {
        id, type: "button", class: isCopied ? "copied" : "",
        "aria-label": isCopied ? text("copied") : label,
        onclick: () => copy(one, id),
      }, isCopied ? text("copied") : text("copy"))),
    one.attachments?.length > 0 && h("div", { class: "pictures" },
      one.attachments.map((path) => pictureView(path, text))),
    metaView(one, text),
    chips && one.chips?.length > 0 && h("div", { class: "chips next" }, h("span", {}, text("next")),
      one.chips.map((chip) => h("button", { type: "button", class: "chip", onclick: () => ask(chip) }, chip))),
    whyView(one, `why-${id}-${one.entry}`, highest, text));
}

function metaView(one, text) {
  const share = one.probability < LOW ? text("probability-low")
    : `${text("probability")} ${Math.round(one.probability * 100)}%`;
  return h("p", { class: "meta" },
    h("span", { class: "share" }, share),
    one.topic && h("span", { class: "tag" }, named("topic", one.topic, text)),
    one.action && h("span", { class: "tag act" }, `${text("action")} ${named("action", one.action, text)}`),
    one.needs?.length > 0 && h("span", { class: "tag act" },
      `${text("needs")}：${one.needs.map((need) => named("need", need, text)).join("、")}`),
    h("span", { class: "from" }, `${text("source")} `, h("code", {}, `${one.source.file}:${one.source.line}`)));
}

function whyView(one, id, highest, text) {
  const words = one.matched.words.length
    ? one.matched.words.map((word) => h("mark", {}, word))
    : text("no-words");
  const reasons = (one.reasons ?? []).map((reason) => h("li", {}, reasonText(reason, text)));
  return h("details", { class: "why", id },
    h("summary", {}, text("why")),
    h("dl", {},
      one.matched.phrasing && [h("dt", {}, text("matched")), h("dd", {}, `“${one.matched.phrasing}”`)],
      h("dt", {}, text("words")), h("dd", { class: "words" }, words),
      LEGS.filter((leg) => typeof one.scores[leg] === "number").map((leg) =>
        [h("dt", {}, text(`score.${leg}`)), h("dd", {}, bar(one.scores[leg], highest[leg]))]),
      reasons.length > 0 && [h("dt", {}, text("reasons")), h("dd", {}, h("ul", { class: "reasons" }, reasons))],
      h("dt", {}, text("version")), h("dd", {}, h("code", {}, `${one.entry} @ ${one.version}`))),
    h("p", { class: "hint" }, text("why-hint")));
}

// `code:value` as the server gives it, in words; an unknown code is shown as it is.
function reasonText(reason, text) {
  const cut = reason.indexOf(":");
  const [code, value] = cut < 0 ? [reason, ""] : [reason.slice(0, cut), reason.slice(cut + 1)];
  const said = code === "need" ? named("need", value, text) : code === "when" ? named("when", value, text) : value;
  const worded = text(`reason.${code}`, { value: said });
  return worded === `reason.${code}` ? reason : worded;
}

function named(kind, id, text) {
  const key = `${kind}.${id}`;
  const worded = text(key);
  return worded === key ? id : worded;
}

function bar(value, highest) {
  const share = highest > 0 ? Math.max(0, Math.min(1, value / highest)) : 0;
  return h("span", { class: "bar" },
    h("span", { class: "track", "aria-hidden": "true" },
      h("span", { class: "fill", style: { width: `${(share * 100).toFixed(1)}%` } })),
    h("span", { class: "value" }, value.toFixed(3)));
}
