// The trial page: one state, one render, no framework. Texts come from the server's message file.

import { ApiError, call, signOut, whoAmI } from "./api.js";
import { h, replace } from "./dom.js";
import { productPicker } from "./picker.js";
import { KEYS, firstOfEach, numbered, resultView } from "./result.js";
import { talkView, turnsAfter } from "./talk.js";

const MAX_HISTORY = 50;

const state = {
  texts: {},
  ready: null, // what /readyz tells
  asking: false,
  error: null,
  me: null, // who is signed in
  history: [], // {id, query, product, turns, sent, answer}, newest first; gone when the page closes
  shown: null, // the one on view
  follow: null, // the one that the next question goes on from
  copied: "", // id of the suggestion copied last, or "all"
  spoken: "", // for screen readers
};
let lastAsked = null;
let places = null;

function text(key, values = {}) {
  const template = state.texts[`page.${key}`];
  if (template === undefined) return key;
  return template.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

function update(changes) {
  Object.assign(state, changes);
  render();
}

// --- what happens ---------------------------------------------------------------------------------

async function ask(message, product, at, follow = null) {
  if (!message.trim() || state.asking) return;
  lastAsked = { message, product, at, follow };
  update({ asking: true, error: null, copied: "", spoken: text("asking") });
  try {
    const turns = turnsAfter(follow);
    const body = turns.length ? { turns: [...turns, message] } : { text: message };
    if (product) body.product = product;
    if (at) body.at = new Date(at).toISOString();
    const answer = await call("/api/v1/suggest", body);
    const id = crypto.randomUUID?.() ?? String(Math.random());
    const entry = { id, query: message, product, turns, sent: "", answer };
    const history = [entry, ...state.history].slice(0, MAX_HISTORY);
    const goesOn = follow ? entry : null;
    if (follow) places.message.value = ""; // it stands in the talk now
    update({ asking: false, history, shown: entry, follow: goesOn, spoken: summary(answer) });
    showResult();
  } catch (error) {
    fail(error);
  }
}

// The focus moves to the result, so that the digits copy; on a phone it is also scrolled to.
function showResult() {
  places.result.focus({ preventScroll: true });
  if (places.result.getBoundingClientRect().top > window.innerHeight * 0.6) {
    places.result.scrollIntoView({ block: "start" });
  }
}

function fail(error) {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 401) return; // on the way to the login page
  const told = error.status === 0 ? text("error-network") : text("error", { detail: error.message });
  update({ asking: false, error: told, spoken: told });
}

async function copy(words, id) {
  const done = await writeClipboard(words);
  if (done) state.shown.sent = words;
  update({ copied: done ? id : "", spoken: text(done ? "copied" : "copy-failed") });
}

async function writeClipboard(value) {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return copyBySelection(value); // pages without https have no clipboard of their own
  }
}

function copyBySelection(value) {
  const area = h("textarea", { class: "offscreen", "aria-hidden": "true", tabindex: "-1" });
  area.value = value;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

function summary(answer) {
  const count = answer.parts.reduce((sum, part) => sum + part.suggestions.length, 0);
  const band = text(`band.${answer.band}`);
  return count ? `${band}，${text("found", { count, ms: Math.round(answer.ms) })}` : text("none");
}

async function findProducts(typed, limit) {
  const query = new URLSearchParams({ q: typed, limit });
  return (await call(`/api/v1/products?${query}`)).products;
}

async function loadState() {
  try {
    update({ ready: await call("/readyz") });
  } catch (error) {
    fail(error);
  }
}

function pressed(event) {
  const typing = event.target.closest("input, textarea, select");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    places.message.focus();
    places.message.select();
  }
  if (!state.shown) return;
  if (event.key === "0" && state.shown.answer.parts.length > 1) copy(firstOfEach(state.shown.answer), "all");
  const number = Number(event.key);
  const chosen = number >= 1 && number <= KEYS && numbered(state.shown.answer)[number - 1];
  if (chosen) copy(chosen.suggestion.text, chosen.id);
}

function follow() {
  places.message.value = "";
  update({ follow: state.shown });
  places.message.focus();
}

function stopFollowing() {
  update({ follow: null });
  places.message.focus();
}

// A chip is what the shopper would tap next: it goes on from the question on view.
function askChip(chip) {
  places.message.value = chip;
  ask(chip, places.product.value.trim(), places.time.value, state.shown);
}

// --- what is seen ---------------------------------------------------------------------------------

function frame() {
  const message = h("textarea", {
    id: "message", rows: "2", maxlength: "20000", required: true,
    placeholder: text("message-hint"), onkeydown: enterAsks,
  });
  const { input: product, view: picker } = productPicker({ text, find: findProducts });
  const time = h("input", { id: "time", type: "datetime-local" });
  const talk = h("div", {});
  const submit = () => ask(message.value, product.value.trim(), time.value, state.follow);
  const form = h("form", { class: "card ask", onsubmit: (event) => { event.preventDefault(); submit(); } },
    talk, h("label", { for: "message" }, text("message")), message,
    h("div", { class: "row" },
      h("div", { class: "field" }, h("label", { for: "product" }, text("product")), picker),
      h("div", { class: "field" }, h("label", { for: "time" }, text("time")), time),
      h("button", { id: "ask", class: "primary", type: "submit" }, text("ask"))),
    examples((example) => { message.value = example; update({ follow: null }); submit(); }));
  const status = h("p", { class: "status" });
  const notices = h("div", { class: "notices" });
  const result = h("section", { id: "result", tabindex: "-1", "aria-label": text("title") });
  const history = h("aside", { class: "history", "aria-label": text("history") });
  const spoken = h("p", { class: "offscreen", role: "status" });
  places = { message, product, time, talk, status, notices, result, history, spoken, submit: form.querySelector("#ask") };
  return [
    h("header", {}, h("div", {}, h("h1", {}, text("title")), h("p", {}, text("lead"))), status),
    h("main", {}, notices, form, h("div", { class: "columns" }, result, history)),
    spoken,
  ];
}

function examples(choose) {
  const chips = text("examples").split("｜").map((example) =>
    h("button", { type: "button", class: "chip", onclick: () => choose(example) }, example));
  return h("div", { class: "chips" }, h("span", {}, text("examples-label")), chips);
}

function enterAsks(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  event.target.form.requestSubmit();
}

function render() {
  places.submit.disabled = state.asking;
  replace(places.submit, state.asking ? text("asking") : text("ask"));
  replace(places.status, statusView());
  replace(places.talk, talkView(state.follow, { text, stop: stopFollowing }));
  replace(places.notices, errorView(), problemsView());
  places.result.setAttribute("aria-busy", String(state.asking));
  replace(places.result, state.shown
    ? resultView(state.shown.answer, resultTools())
    : h("p", { class: "empty" }, text("empty")));
  replace(places.history, historyView());
  if (places.spoken.textContent !== state.spoken) places.spoken.textContent = state.spoken;
}

function resultTools() {
  return {
    text, follow, ask: askChip, copied: state.copied,
    copy: (suggestion, id) => copy(suggestion.text, id),
    copyAll: () => copy(firstOfEach(state.shown.answer), "all"),
  };
}

function statusView() {
  const knowledge = state.ready?.knowledge;
  const served = knowledge && text("status", {
    entries: knowledge.entries, ready: knowledge.topics_ready, total: knowledge.topics_total,
  });
  const desk = state.me && state.me.role !== "staff" && h("a", { id: "to-desk", href: "/desk" }, text("to-desk"));
  const me = state.me && [desk, desk && " · ", state.me.display, " ",
    h("button", { id: "sign-out", type: "button", class: "plain", onclick: leave }, text("sign-out"))];
  return [served, served && me && " · ", me];
}

async function leave() {
  try {
    await signOut();
  } catch (error) {
    fail(error);
  }
}

function errorView() {
  if (!state.error) return null;
  const again = () => ask(lastAsked.message, lastAsked.product, lastAsked.at, lastAsked.follow);
  return h("div", { class: "notice bad", role: "alert" }, h("p", {}, state.error),
    lastAsked && h("button", { id: "retry", type: "button", onclick: again }, text("retry")));
}

function problemsView() {
  const knowledge = state.ready?.knowledge;
  const notReady = state.ready && !state.ready.ready
    && h("div", { class: "notice bad", role: "alert" }, h("p", {}, text("not-ready")));
  if (!knowledge?.problems) return notReady;
  const rows = knowledge.first_problems.map((problem) =>
    h("li", {}, h("code", {}, `${problem.file}:${problem.line}`), " ", problem.message, " ", problem.hint));
  return [notReady, h("details", { class: "notice warn", id: "problems" },
    h("summary", {}, text("problems", { count: knowledge.problems })),
    h("ul", {}, rows),
    knowledge.problems > rows.length && h("p", {}, text("problems-more", { count: knowledge.problems })))];
}

function historyView() {
  const rows = state.history.map((entry) => h("li", {},
    h("button", {
      type: "button", id: `h-${entry.id}`, class: "past",
      "aria-current": entry === state.shown ? "true" : null,
      onclick: () => update({ shown: entry, copied: "", error: null }),
      title: entry.query.slice(0, 200),
    }, h("span", { class: `dot ${entry.answer.band}`, title: text(`band.${entry.answer.band}`) }),
      h("span", { class: "past-text" }, entry.query.slice(0, 60)))));
  return [h("h2", {}, text("history")),
    rows.length ? h("ol", {}, rows) : h("p", { class: "empty" }, text("history-empty"))];
}

// --- start ----------------------------------------------------------------------------------------

state.texts = await call("/texts.json");
document.title = `${text("title")} · shopbot`;
document.getElementById("app").append(...frame());
document.addEventListener("keydown", pressed);
render();
places.message.focus();
loadState();
update({ me: await whoAmI() });
