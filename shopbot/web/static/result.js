// One answer as DOM: parts, suggestions, and why each is suggested.

import { h } from "./dom.js";

const LEGS = ["dense", "words", "pinyin", "fused"];

export function resultView(answer, tools) {
  const several = answer.parts.length > 1;
  return answer.parts.map((part, number) => partView(part, number, several, tools));
}

function partView(part, number, several, tools) {
  const { text } = tools;
  const title = several ? text("part", { number: number + 1, text: part.text }) : part.text;
  return h("section", { class: "part" },
    h("h2", {}, title),
    h("p", { class: "verdict" },
      h("span", { class: `band ${part.band}` }, text(`band.${part.band}`)),
      part.suggestions.length > 0 && h("span", {}, text(`band-note.${part.band}`))),
    part.suggestions.length
      ? h("ol", { class: "suggestions" }, suggestionViews(part, number, tools))
      : h("p", { class: "empty" }, text("none")),
    number === 0 && part.suggestions.length > 0 && h("p", { class: "keys" }, text("keys")));
}

function suggestionViews(part, number, tools) {
  const highest = Object.fromEntries(LEGS.map((leg) =>
    [leg, Math.max(...part.suggestions.map((one) => Number(one.scores[leg] ?? 0)), 0)]));
  return part.suggestions.map((one, place) =>
    suggestionView(one, { id: `s-${number}-${place}`, place, highest }, tools));
}

function suggestionView(one, { id, place, highest }, { text, copy, copied }) {
  const isCopied = copied === id;
  return h("li", { class: "card suggestion" },
    h("div", { class: "head" },
      h("span", { class: "rank", "aria-hidden": "true" }, place + 1),
      h("p", { class: "reply" }, one.text),
      h("button", {
        id, type: "button", class: isCopied ? "copied" : "",
        "aria-label": isCopied ? text("copied") : text("copy-label", { number: place + 1 }),
        onclick: () => copy(one, id),
      }, isCopied ? text("copied") : text("copy"))),
    h("p", { class: "meta" },
      h("span", { class: "share" }, `${text("probability")} ${Math.round(one.probability * 100)}%`),
      h("span", { class: "tag" }, one.topic),
      one.action && h("span", { class: "tag act" }, `${text("action")} ${one.action}`),
      one.needs?.length > 0 && h("span", { class: "tag act" },
        `${text("needs")}：${one.needs.map((need) => text(`need.${need}`)).join("、")}`),
      h("span", { class: "from" }, `${text("source")} `, h("code", {}, `${one.source.file}:${one.source.line}`))),
    whyView(one, `why-${id}-${one.entry}`, highest, text));
}

function whyView(one, id, highest, text) {
  const words = one.matched.words.length
    ? one.matched.words.map((word) => h("mark", {}, word))
    : text("no-words");
  return h("details", { class: "why", id },
    h("summary", {}, text("why")),
    h("dl", {},
      h("dt", {}, text("matched")), h("dd", {}, one.matched.phrasing),
      h("dt", {}, text("words")), h("dd", { class: "words" }, words),
      LEGS.filter((leg) => typeof one.scores[leg] === "number").map((leg) =>
        [h("dt", {}, text(`score.${leg}`)), h("dd", {}, bar(one.scores[leg], highest[leg]))]),
      h("dt", {}, text("version")), h("dd", {}, h("code", {}, `${one.entry} @ ${one.version}`))));
}

function bar(value, highest) {
  const share = highest > 0 ? Math.max(0, Math.min(1, value / highest)) : 0;
  return h("span", { class: "bar" },
    h("span", { class: "track", "aria-hidden": "true" },
      h("span", { class: "fill", style: { width: `${(share * 100).toFixed(1)}%` } })),
    h("span", { class: "value" }, value.toFixed(3)));
}
