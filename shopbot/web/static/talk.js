// A talk that goes on: which turns stand before the next question, and how they are shown.

import { h } from "./dom.js";

const MAX_TURNS = 10;
const SHOWN_TURNS = 4;

// Turns that a question following `entry` is asked with; a copied reply counts as said.
export function turnsAfter(entry) {
  if (!entry) return [];
  const said = entry.sent ? [{ role: "agent", text: entry.sent }] : [];
  return [...entry.turns, { role: "shopper", text: entry.query }, ...said].slice(-MAX_TURNS);
}

export function talkView(entry, { text, stop }) {
  if (!entry) return null;
  const turns = turnsAfter(entry);
  const rows = turns.slice(-SHOWN_TURNS).map((turn) =>
    h("li", { class: turn.role }, h("b", {}, text(`role.${turn.role}`)), h("span", {}, turn.text)));
  return h("div", { class: "talk", id: "talk" },
    h("p", {}, text("following"),
      h("button", { id: "stop", type: "button", onclick: stop }, text("stop-following"))),
    h("ol", {}, turns.length > SHOWN_TURNS && h("li", { class: "left-out" }, "…"), rows));
}
