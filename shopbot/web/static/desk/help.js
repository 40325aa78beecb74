// The right column: suggestions for the turn, notes, promises, transfer.

import { h, replace } from "../dom.js";
import { text, timeText } from "../talk/texts.js";

const KEYS = 9;
const REASONS = ["off-topic", "outdated", "wrong", "tone"];

export function suggestionsView(talk, state, tools) {
  const open = talk.drafts.filter((draft) => draft.state === "open");
  const rows = open.map((draft, place) => suggestion(draft, place, state, tools));
  return h("section", { class: "suggestions", "aria-label": text("desk.suggestions") },
    h("h2", {}, text("desk.suggestions")),
    rows.length ? h("ol", {}, rows) : h("p", { class: "empty" }, text(talk.stale ? "desk.suggestion.stale" : "desk.suggestions-none")));
}

function suggestion(draft, place, state, tools) {
  const share = `${Math.round(draft.probability * 100)}%`;
  return h("li", { class: `suggestion ${state.filled === draft.id ? "filled" : ""}` },
    h("div", { class: "head" },
      place < KEYS ? h("kbd", {}, place + 1) : null,
      h("span", { class: `tag ${draft.kind}` }, text(`desk.kind.${draft.kind}`)),
      draft.probability ? h("span", { class: "share" }, text("desk.probability", { share })) : null,
      draft.source ? h("code", { title: draft.entry }, `${draft.source.file}:${draft.source.line}`) : null),
    h("p", { class: "words" }, draft.text),
    reasonsView(draft),
    h("div", { class: "buttons" },
      h("button", { type: "button", id: `f-${draft.id}`, class: place === 0 ? "primary" : null, onclick: () => tools.fill(draft) }, text("desk.fill")),
      h("button", { type: "button", id: `s-${draft.id}`, onclick: () => tools.sendDraft(draft) }, text("desk.send-now")),
      rejectView(draft, tools)));
}

function reasonsView(draft) {
  if (!draft.reasons.length) return null;
  return h("details", { class: "why", id: `y-${draft.id}` }, h("summary", {}, text("desk.reasons")),
    h("ul", {}, draft.reasons_told.map((reason) => h("li", {}, reason))));
}

function rejectView(draft, tools) {
  const choose = h("select", { id: `x-${draft.id}`, "aria-label": text("desk.reject-reason"), onchange: (event) => tools.reject(draft, event.target.value) },
    h("option", { value: "" }, text("desk.reject")),
    REASONS.map((reason) => h("option", { value: text(`desk.reject.${reason}`) }, text(`desk.reject.${reason}`))));
  return choose;
}

// Notes, promises and transfer of one talk: the forms are made once, so that nothing typed is lost;
// `show` brings what changed into their lists.
export function sidePanel(tools) {
  const rows = h("div", {});
  const to = h("select", { id: "transfer-to" });
  const view = [promisesView(rows, tools), notesView(tools), transferView(to, tools)];

  function show(promises, desk) {
    replace(rows, promises.length ? h("ul", {}, promises.map((one) => h("li", {}, promiseRow(one, tools)))) : h("p", { class: "empty" }, text("desk.promise.none")));
    if (document.activeElement === to) return;
    const chosen = to.value;
    const there = desk.agents.filter((one) => one.id !== desk.me.id && one.state !== "off");
    replace(to, h("option", { value: "" }, text("desk.transfer-supervisor")), there.map((one) =>
      h("option", { value: one.id }, `${one.name}（${text(`desk.presence.${one.state}`)}，${one.load}）`)));
    if (there.some((one) => one.id === chosen)) to.value = chosen;
  }

  return { view, show };
}

function notesView(tools) {
  const box = h("textarea", { id: "note", rows: "2", maxlength: "1000" });
  const add = async (event) => {
    event.preventDefault();
    const words = box.value.trim();
    if (words && await tools.note(words)) box.value = "";
  };
  return h("form", { class: "notes", onsubmit: add }, h("h2", {}, text("desk.notes")),
    h("label", { for: "note" }, text("desk.note")), box,
    h("button", { type: "submit", id: "note-add" }, text("desk.note-add")));
}

function promiseRow(one, tools) {
  return h("div", { class: `promise ${one.state}` },
    h("p", { class: "words" }, one.what),
    h("p", { class: "under" }, one.state === "broken" ? h("b", {}, text("desk.promise.broken"), " ") : null,
      text("desk.promise.due", { until: timeText(one.until) }),
      h("button", { type: "button", class: "plain", id: `k-${one.id}`, onclick: () => tools.promiseEnds(one, "kept") }, text("desk.promise.kept")),
      h("button", { type: "button", class: "plain", id: `z-${one.id}`, onclick: () => tools.promiseEnds(one, "withdraw") }, text("desk.promise.withdraw"))));
}

function promisesView(rows, tools) {
  const what = h("input", { id: "promise-what", maxlength: "200", required: true });
  const until = h("input", { id: "promise-until", type: "datetime-local", required: true });
  const form = h("details", { id: "promise-form" }, h("summary", {}, text("desk.promise-add")),
    h("form", { onsubmit: add },
      h("label", { for: "promise-what" }, text("desk.promise.what")), what,
      h("label", { for: "promise-until" }, text("desk.promise.until")), until,
      h("button", { type: "submit", id: "promise-add" }, text("desk.promise-add"))));

  async function add(event) {
    event.preventDefault();
    if (!await tools.promise(what.value.trim(), new Date(until.value).toISOString())) return;
    Object.assign(what, { value: "" });
    form.open = false;
  }

  return h("section", { class: "promises" }, h("h2", {}, text("desk.promises")), rows, form);
}

function transferView(to, tools) {
  const note = h("input", { id: "transfer-note", maxlength: "500" });
  const go = (event) => {
    event.preventDefault();
    tools.transfer(to.value, note.value.trim());
  };
  return h("details", { class: "transfer", id: "transfer" }, h("summary", {}, text("desk.transfer")),
    h("form", { onsubmit: go },
      h("label", { for: "transfer-to" }, text("desk.transfer-to")), to,
      h("label", { for: "transfer-note" }, text("desk.transfer-note")), note,
      h("button", { type: "submit", id: "transfer-go" }, text("desk.transfer"))));
}
