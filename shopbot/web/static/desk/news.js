// What shoppers are to be told unasked and agents look at first: let it go, or say why not.

import { h } from "../dom.js";
import { CallError, newKey } from "../talk/http.js";
import { text, timeText } from "../talk/texts.js";

const SHOWN = 2; // whose time ends first; the rest must not bury the talks
const REASONS = ["told", "wrong", "later"];

// `call` as in http.js; `changed(rows)` is given what is held now, `failed(error)` what went wrong.
export function heldNews(call, changed, failed) {
  const keys = new Map(); // a decision whose answer was lost goes again under its key

  async function load() {
    try {
      changed((await call("GET", "/api/v1/orders/proactive")).held);
    } catch (error) {
      if (!(error instanceof CallError)) throw error; // the line tells when there is no way through
    }
  }

  async function decide(row, what, body) {
    const name = `${row.id} ${what}`;
    if (!keys.has(name)) keys.set(name, newKey());
    try {
      await call("POST", `/api/v1/orders/proactive/${row.id}/${what}`, body, { "Idempotency-Key": keys.get(name) });
      keys.delete(name);
    } catch (error) {
      failed(error);
    }
    await load();
  }

  return {
    load,
    release: (row) => decide(row, "release"),
    drop: (row, reason) => reason && decide(row, "drop", { why: reason }),
  };
}

export function newsView(rows, news) {
  return h("section", { class: "group", "aria-labelledby": "g-news" },
    h("h2", { id: "g-news" }, text("desk.news"), " ", h("span", { class: "count" }, rows.length)),
    newsList(rows.slice(0, SHOWN), news),
    rows.length > SHOWN ? h("details", { id: "more-news" },
      h("summary", {}, text("desk.tasks-more", { count: rows.length - SHOWN })), newsList(rows.slice(SHOWN), news)) : null);
}

function newsList(rows, news) {
  return h("ul", {}, rows.map((row) => h("li", {}, newsRow(row, news))));
}

function newsRow(row, news) {
  const until = row.held_until && text(`desk.news-then.${row.then}`, { until: timeText(row.held_until) });
  return h("div", { class: "task" },
    h("span", { class: "name" }, row.kind_text),
    row.order ? h("span", { class: "order" }, text("desk.task-order", { order: row.order })) : null,
    row.text ? h("q", { class: "say" }, row.text) : null,
    h("span", { class: "last" }, until),
    h("span", { class: "buttons" },
      h("button", { type: "button", id: `r-${row.id}`, onclick: () => news.release(row) }, text("desk.news-release")),
      h("select", { id: `w-${row.id}`, "aria-label": text("desk.news-drop-reason"), onchange: (event) => news.drop(row, event.target.value) },
        h("option", { value: "" }, text("desk.news-drop")),
        REASONS.map((one) => h("option", { value: text(`desk.news-drop.${one}`) }, text(`desk.news-drop.${one}`))))));
}
