// The agent's desk: who waits, the talk, what could be answered. The server keeps everything; this page
// keeps the drafts of its boxes and what is on its way.

import { h, replace } from "./dom.js";
import { copyText } from "./desk/clipboard.js";
import { sidePanel, suggestionsView } from "./desk/help.js";
import { headView, hintText, noticeView } from "./desk/head.js";
import { listenToKeys } from "./desk/keys.js";
import { listView, presenceView } from "./desk/list.js";
import { heldNews } from "./desk/news.js";
import { makePage } from "./desk/page.js";
import { pasteHelper } from "./desk/paste.js";
import { showReceipt } from "./desk/receipt.js";
import { speaker, timeline } from "./talk/bubbles.js";
import { History } from "./talk/history.js";
import { CallError, caller, newKey } from "./talk/http.js";
import { openLine } from "./talk/line.js";
import { patch } from "./talk/patch.js";
import { freshAddress, pictureFetcher } from "./talk/pictures.js";
import { talksByHttp } from "./talk/poll.js";
import { stickToEnd } from "./talk/stick.js";
import { errorText, loadTexts, setServerTime, text } from "./talk/texts.js";

const REFRESH_MS = 30_000; // waiting times grow even when nothing happens
const TYPING_SHOWN_MS = 4_000;
const TYPING_SAID_MS = 2_000;
const NEAR_END_PX = 80;
const TOLD_MS = 4_000;

const state = {
  me: null, // the session
  desk: { me: { id: "", name: "", state: "off" }, queue: [], mine: [], bot: [], others: [], agents: [], offers: [], tasks: [] },
  held: [], // news of orders that somebody looks at before shoppers are told
  open: "", // id of the talk on view
  view: "list", // on a phone: list, talk or help
  help: "talk", // talk or paste
  line: "none",
  error: "",
  anyway: null, // what to send again although it was stopped
  filled: "", // draft whose text stands in the box
  typing: "",
  told: "", // what a key came to, for a moment
  spoken: "",
};
const talks = new Map(); // id: {talk, history, drafts, stale, promises, pending}
let line = null;
let places = null;
let paste = null;
let panel = null;
let typingEnds = 0;
let typingSaid = 0;
let toldEnds = 0;
let listening = new Set();

const headers = () => (state.me?.csrf ? { "X-Shopbot-Csrf": state.me.csrf } : {});
const call = caller(headers);
const pictures = pictureFetcher(headers);
const fresh = freshAddress(call);
const news = heldNews(call, (held) => update({ held }), (error) => fail(error));

function update(changes) {
  Object.assign(state, changes);
  render();
}

const current = () => talks.get(state.open);

// --- from the server ------------------------------------------------------------------------------

async function loadDesk() {
  try {
    await askDesk();
    if (state.open && !isListed(state.open)) await loadTalk(state.open);
  } catch (error) {
    fail(error);
  }
}

async function askDesk() {
  const desk = await call("GET", "/api/v1/desk");
  setServerTime(desk.now);
  update({ desk });
  listen();
}

// Where no socket can be had: the desk and the talks on view, every few seconds.
const byHttp = talksByHttp({
  call, heard: (frame) => heard(frame), talks: () => lastOf([...listening]),
  also: async () => {
    await askDesk();
    resend((one) => one.lost);
  },
});

function isListed(id) {
  return [state.desk.queue, state.desk.mine, state.desk.bot, state.desk.others].some((rows) => rows.some((row) => row.id === id));
}

async function loadTalk(id) {
  const talk = await call("GET", `/api/v1/conversations/${id}`);
  const known = talks.get(id) ?? { history: new History(id), drafts: [], stale: false, promises: [], pending: [] };
  known.talk = talk;
  for (const mark of talk.marks) known.history.mark(mark);
  talks.set(id, known);
  return known;
}

async function loadDrafts(id) {
  const known = talks.get(id);
  if (!known) return;
  try {
    const { suggestions } = await call("GET", `/api/v1/conversations/${id}/suggestions`);
    Object.assign(known, { drafts: suggestions, stale: false });
    if (id === state.open) render();
  } catch (error) {
    fail(error);
  }
}

async function loadPromises(id) {
  const known = talks.get(id);
  try {
    const { promises } = await call("GET", `/api/v1/promises?conversation=${id}`);
    known.promises = promises.filter((one) => one.state === "open" || one.state === "broken");
    if (id === state.open) render();
  } catch (error) {
    fail(error);
  }
}

function listen() {
  const opened = state.desk.mine.map((row) => row.id).filter((id) => talks.has(id));
  const wanted = new Set([...opened, state.open].filter(Boolean));
  const fresh = [...wanted].filter((id) => !listening.has(id));
  const gone = [...listening].filter((id) => !wanted.has(id));
  listening = wanted;
  if (fresh.length) line?.send({ type: "watch", conversations: lastOf(fresh) });
  if (gone.length) line?.send({ type: "unwatch", conversations: gone });
}

function lastOf(ids) {
  return Object.fromEntries(ids.map((id) => [id, talks.get(id)?.history.last ?? 0]));
}

function heard(frame) {
  const known = talks.get(frame.conversation);
  switch (frame.type) {
    case "welcome":
      setServerTime(frame.now);
      resend();
      return loadDesk();
    case "events": return tookEvents(frame);
    case "mark":
      known?.history.mark(frame);
      return known && render();
    case "typing": return frame.conversation === state.open ? showTyping(frame.conversation) : undefined;
    case "ack": return undefined;
    case "desk": return loadDesk();
    case "lost": {
      const one = known?.pending.find((sent) => sent.key === frame.client_key);
      return one && Object.assign(one, { lost: true });
    }
    case "error": return failedFrame(frame);
    default: return undefined;
  }
}

function tookEvents({ conversation, events }) {
  const known = talks.get(conversation);
  if (!known) return;
  const atEnd = isAtEnd();
  const fresh = known.history.add(events);
  for (const event of fresh) {
    known.pending = known.pending.filter((one) => one.key !== event.client_key);
    if (event.kind === "held") Object.assign(known.talk, { holder: event.body.holder, agent: event.body.agent ?? "" });
    if (event.kind === "closed") known.talk.state = "closed";
    if (event.kind === "reopened") known.talk.state = "open";
    if (event.kind === "voided") Object.assign(known, { drafts: [], stale: true });
  }
  if (fresh.some((event) => ["suggested", "message"].includes(event.kind))) loadDrafts(conversation);
  if (fresh.some((event) => event.kind === "promised")) loadPromises(conversation);
  const wrote = fresh.some((event) => event.kind === "message" && event.author === "shopper");
  if (wrote && known.history.events.length > fresh.length) update({ typing: "", spoken: text("desk.spoken.new", { name: known.talk.shopper ?? "" }) });
  else render();
  if (conversation === state.open && atEnd) toEnd();
  tellMarks();
}

function showTyping(id) {
  clearTimeout(typingEnds);
  typingEnds = setTimeout(() => update({ typing: "" }), TYPING_SHOWN_MS);
  update({ typing: id });
}

function failedFrame(frame) {
  const known = talks.get(frame.conversation) ?? current();
  const lost = known?.pending.find((one) => one.key === frame.client_key);
  if (lost) {
    known.pending = known.pending.filter((one) => one !== lost);
    putBack(known, lost.text);
  }
  const again = frame.code === "chat.blocked" && frame.final === false && lost ? () => send(lost.text, { anyway: true }) : null;
  stopped(frame, again);
}

// --- what the agent does --------------------------------------------------------------------------

async function open(id) {
  if (state.open) keepDraft();
  const before = state.open;
  update({ open: id, view: "talk", filled: "", error: "", anyway: null, help: "talk" });
  showDraft(id); // at once: what stood in the box was meant for somebody else
  try {
    await loadTalk(id);
  } catch (error) {
    if (state.open === id) {
      update({ open: before });
      showDraft(before);
    }
    return fail(error);
  }
  if (state.open !== id) return undefined; // another talk was opened meanwhile
  listen();
  render();
  toEnd();
  loadDrafts(id);
  loadPromises(id);
  places.log.focus({ preventScroll: true });
  return undefined;
}

function showDraft(id) {
  places.box.value = sessionStorage.getItem(`desk-draft-${id}`) ?? "";
  grow();
}

const act = async (id, what, body = {}, more = {}) => {
  try {
    const talk = await call("POST", `/api/v1/conversations/${id}/${what}`, body, more);
    const known = talks.get(id);
    if (known && talk.id === id) known.talk = { ...known.talk, ...talk };
    update({ error: "", anyway: null });
    loadDesk();
    return true;
  } catch (error) {
    fail(error);
    return false;
  }
};

// A note or promise whose answer was lost goes again under its key: it is written once.
const keys = new Map();

async function once(what, body) {
  const id = state.open;
  const name = JSON.stringify([id, what, body]);
  if (!keys.has(name)) keys.set(name, newKey());
  const done = await act(id, what, body, { "Idempotency-Key": keys.get(name) });
  if (done) keys.delete(name);
  return done;
}

async function star(known) {
  try {
    const path = `/api/v1/conversations/${known.talk.id}/important`;
    Object.assign(known.talk, await call(known.talk.important ? "DELETE" : "POST", path));
    update({ error: "" });
    loadDesk();
  } catch (error) {
    fail(error);
  }
}

async function next() {
  const [first] = state.desk.queue;
  if (first && await act(first.id, "take")) await open(first.id);
}

// Who has waited longest comes next: in the queue, or in a talk of mine that is not on view.
async function longestWait() {
  const mine = state.desk.mine.filter((row) => row.id !== state.open && (row.waits_since || row.unread));
  const [first] = mine.sort((one, other) => since(one).localeCompare(since(other)));
  const [queued] = state.desk.queue;
  if (first && !(queued && queued.since < since(first))) return open(first.id);
  if (queued) return next();
  return say("desk.nobody-waits");
}

const since = (row) => row.waits_since ?? "~"; // unread but answered: after all who wait

// Told in words for a moment: a key that did nothing would look broken.
function say(key) {
  clearTimeout(toldEnds);
  toldEnds = setTimeout(() => update({ told: "" }), TOLD_MS);
  update({ told: text(key) });
}

async function mineOrTake(known) {
  if (known.talk.state === "closed" && !await act(known.talk.id, "reopen")) return false;
  if (known.talk.holder === "agent" && known.talk.agent === state.desk.me.id) return true;
  return act(known.talk.id, "take");
}

async function send(value, { anyway = false } = {}) {
  const known = current();
  const draft = known?.drafts.find((one) => one.id === state.filled && one.state === "open");
  if (!known || !value.trim()) return;
  places.box.value = "";
  keepDraft();
  grow();
  if (!await mineOrTake(known)) return putBack(known, value);
  if (draft) return accept(known, draft, value, anyway);
  const one = { key: newKey(), text: value, anyway };
  known.pending.push(one);
  update({ filled: "", error: "", anyway: null });
  toEnd();
  sendOne(known, one);
}

function sendOne(known, one) {
  delete one.lost;
  const frame = { type: "send", conversation: known.talk.id, client_key: one.key, message: { type: "text", body: { text: one.text } } };
  if (one.anyway) frame.message.anyway = true;
  line?.send(frame);
}

// What was on its way when the line broke goes again, under the same key.
function resend(which = () => true) {
  for (const known of talks.values()) for (const one of known.pending.filter(which)) sendOne(known, one);
}

async function accept(known, draft, value, anyway = false) {
  const body = { client_key: newKey(), ...(anyway ? { anyway } : {}) };
  if (value.trim() !== draft.text.trim()) body.text = value;
  try {
    await call("POST", `/api/v1/suggestions/${draft.id}/accept`, body);
    known.drafts = known.drafts.filter((one) => one.id !== draft.id);
    update({ filled: "", error: "", anyway: null });
  } catch (error) {
    putBack(known, value);
    const again = error.code === "chat.blocked" && error.told?.final === false ? () => accept(known, draft, value, true) : null;
    stopped({ code: error.code, why: error.told?.why }, again);
    if (error.code === "chat.draft-void") loadDrafts(known.talk.id);
  }
}

function putBack(known, value) {
  if (known === current() && !places.box.value) places.box.value = value;
  else sessionStorage.setItem(`desk-draft-${known.talk.id}`, value);
  grow();
}

function fill(draft) {
  if (!draft) return;
  places.box.value = draft.text;
  grow();
  update({ filled: draft.id, view: "talk" });
  places.box.focus();
  places.box.setSelectionRange(draft.text.length, draft.text.length);
}

// On a phone one column shows at a time: from the suggestions back to their talk, else to the list.
function backToTalks() {
  const inTalk = state.view === "help" && state.help === "talk" && current();
  update({ help: "talk", view: inTalk ? "talk" : "list" });
}

async function sendDraft(draft) {
  const known = current();
  if (await mineOrTake(known)) await accept(known, draft, draft.text);
}

async function reject(draft, reason) {
  if (!reason) return;
  try {
    await call("POST", `/api/v1/suggestions/${draft.id}/reject`, { reason });
    const known = current();
    known.drafts = known.drafts.filter((one) => one.id !== draft.id);
    update({ spoken: text("desk.rejected", { reason }), filled: state.filled === draft.id ? "" : state.filled });
  } catch (error) {
    fail(error);
  }
}

// Signing out alone would leave the talks with somebody who is gone.
async function leave() {
  try {
    if (state.desk.me.state !== "off") await call("POST", "/api/v1/desk/presence", { state: "off" });
    await call("DELETE", "/api/v1/session");
    location.assign("/login");
  } catch (error) {
    fail(error);
  }
}

function recall(event) {
  line?.send({ type: "recall", conversation: state.open, seq: event.seq });
}

async function why(event) {
  try {
    showReceipt(await call("GET", `/api/v1/messages/${event.id}/receipt`), speaker(event, "staff"));
  } catch (error) {
    fail(error);
  }
}

async function post(path, body, then) {
  try {
    await call("POST", path, body);
    update({ error: "" });
    await then?.();
  } catch (error) {
    fail(error);
  }
}

const tools = {
  open, next, news,
  presence: (value) => post("/api/v1/desk/presence", { state: value }, loadDesk),
  answerOffer: (offer, answer) => post(`/api/v1/transfers/${offer.id}/${answer}`, {}, async () => {
    await loadDesk();
    if (answer === "accept") await open(offer.conversation);
  }),
  copy: async (words) => say(await copyText(words) ? "desk.copied" : "desk.copy-failed"),
  taskDone: (task) => post(`/api/v1/desk/tasks/${task.id}/done`, {}, loadDesk),
  fill, sendDraft, reject,
  note: (words) => once("notes", { text: words }),
  promise: async (what, until) => {
    const done = await once("promises", { what, until });
    if (done) loadPromises(state.open);
    return done;
  },
  promiseEnds: (one, end) => post(`/api/v1/promises/${one.id}/${end}`, {}, () => loadPromises(state.open)),
  transfer: (to, note) => act(state.open, "transfer", { to, note }),
};

// --- keys -----------------------------------------------------------------------------------------

function byDigit(number) {
  if (state.help === "paste") return paste.pressed(number);
  if (!current()) return say("desk.open-first");
  const drafts = current().drafts.filter((draft) => draft.state === "open");
  if (!drafts[number - 1]) return say("desk.no-suggestion");
  return fill(drafts[number - 1]);
}

function step(by) {
  const ids = [...state.desk.mine, ...state.desk.queue, ...state.desk.bot].map((row) => row.id);
  if (!ids.length) return;
  const at = ids.indexOf(state.open);
  open(ids[at < 0 ? 0 : (at + by + ids.length) % ids.length]);
}

function enterSends(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  send(places.box.value);
}

function typed() {
  keepDraft();
  grow();
  const now = performance.now();
  if (!places.box.value && state.filled) update({ filled: "" });
  if (places.box.value && now - typingSaid > TYPING_SAID_MS && line?.send({ type: "typing", conversation: state.open })) typingSaid = now;
}

function keepDraft() {
  const name = `desk-draft-${state.open}`;
  if (places.box.value) sessionStorage.setItem(name, places.box.value);
  else sessionStorage.removeItem(name);
}

function grow() {
  places.box.style.height = "auto";
  places.box.style.height = `${Math.min(places.box.scrollHeight + 2, 180)}px`;
}

// --- marks and places -----------------------------------------------------------------------------

function tellMarks() {
  const known = current();
  if (!known || document.hidden || !isAtEnd()) return;
  const last = known.history.last;
  if (last <= known.history.marks.staff.read) return;
  if (line?.send({ type: "mark", conversation: state.open, delivered: last, read: last })) {
    known.history.mark({ side: "staff", delivered: last, read: last });
    const row = [...state.desk.mine, ...state.desk.queue].find((one) => one.id === state.open);
    if (row?.unread) {
      row.unread = 0;
      render();
    }
  }
}

function isAtEnd() {
  const log = places.log;
  return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
}

function toEnd() {
  places.log.scrollTop = places.log.scrollHeight;
  tellMarks();
}

function stopped(problem, again) {
  const why_ = problem.why?.length ? `（${problem.why.join("；")}）` : "";
  update({ error: errorText(problem) + why_, anyway: again });
}

function fail(error) {
  if (!(error instanceof CallError)) throw error;
  if (error.status === 401) return update({ error: text("desk.login"), line: "refused" });
  return stopped({ code: error.code, status: error.status, waitS: error.waitS, why: error.told?.why }, null);
}

// --- what is seen ---------------------------------------------------------------------------------

function frame() {
  paste = pasteHelper((words, product) => call("POST", "/api/v1/suggest", product ? { text: words, product } : { text: words }));
  const made = makePage({
    talks: backToTalks,
    paste: () => { update({ help: "paste", view: "help" }); paste.focus(); },
    leave,
    scrolled: () => isAtEnd() && tellMarks(),
    typed,
    enter: enterSends,
    send: () => send(places.box.value),
  }, paste.view);
  places = made.places;
  return made.view;
}

function render() {
  const known = current();
  document.body.dataset.view = state.view;
  document.body.dataset.help = state.help;
  replace(places.presence, presenceView(state.desk, tools));
  replace(places.list, listView(state.desk, state.held, state.open, tools));
  replace(places.notice, noticeView(state, () => update({ error: "", anyway: null })));
  for (const place of [places.log, places.composer, places.head, places.drafts, places.more]) place.hidden = !known;
  places.empty.hidden = Boolean(known);
  places.under.hidden = !known;
  replace(places.under, hintText(known?.talk));
  paste.view.hidden = state.help !== "paste";
  for (const place of [places.drafts, places.more]) place.hidden = !known || state.help === "paste";
  places.modes.querySelector("#to-talks").setAttribute("aria-pressed", String(state.help !== "paste"));
  places.modes.querySelector("#to-paste").setAttribute("aria-pressed", String(state.help === "paste"));
  if (known) renderTalk(known);
  const waiting = state.desk.queue.length + state.desk.mine.reduce((sum, row) => sum + row.unread, 0);
  document.title = waiting ? `(${waiting}) ${text("desk.title")}` : text("desk.title");
  if (places.spoken.textContent !== state.spoken) places.spoken.textContent = state.spoken;
}

function renderTalk(known) {
  replace(places.head, headView(known.talk, state.desk.me, {
    act, star: () => star(known), back: () => update({ view: "list" }), toHelp: () => update({ view: "help", help: "talk" }),
  }));
  patch(places.rows, [
    timeline(known.history, "staff", { me: state.desk.me.id, why, picture: pictures, fresh, recall, prefix: `${state.open}-` }),
    known.pending.map((one) => h("li", { class: "said own agent pending", id: `o-${one.key}` },
      h("div", { class: "bubble" }, h("p", { class: "words" }, one.text)), h("p", { class: "under" }, text("talk.state.sending")))),
    state.typing === state.open && h("li", { class: "between", id: "r-typing" }, text("desk.typing")),
  ]);
  replace(places.drafts, suggestionsView(known, state, tools));
  if (places.more.dataset.talk !== state.open) {
    places.more.dataset.talk = state.open;
    panel = sidePanel(tools);
    replace(places.more, panel.view);
  }
  panel.show(known.promises, state.desk);
}

// --- start ----------------------------------------------------------------------------------------

await loadTexts("/desk/texts.json");
// Who sits here is known before there is anything to press: a call without the session's token is refused.
const refused = await call("GET", "/api/v1/session").then((me) => void (state.me = me), (error) => error);
document.getElementById("app").append(...frame());
stickToEnd(places.log, NEAR_END_PX);
listenToKeys({
  digit: byDigit, next: longestWait, step,
  box: () => (state.help === "paste" ? paste.focus : () => places.box.focus())(),
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) { loadDesk(); news.load(); tellMarks(); } });
render();
if (refused) fail(refused);
else await begin();

async function begin() {
  await loadDesk();
  news.load();
  line = openLine({
    path: "/api/v1/socket/agent",
    hello: async () => ({ type: "hello", conversations: lastOf([...listening]) }),
    heard,
    changed: (now) => {
      update({ line: now });
      if (now === "asking") resend();
    },
    byHttp,
  });
  setInterval(() => { if (!document.hidden) { render(); news.load(); } }, REFRESH_MS);
}
