// The shopper's page: one talk, one socket, one state, one render. The server keeps everything; this
// page keeps the visitor's token, the draft and what is still on its way.

import { h, replace } from "./dom.js";
import { timeline } from "./talk/bubbles.js";
import { History } from "./talk/history.js";
import { CallError, caller, newKey } from "./talk/http.js";
import { openLine } from "./talk/line.js";
import { Outbox } from "./talk/outbox.js";
import { talksByHttp } from "./talk/poll.js";
import { ratingForm } from "./talk/rating.js";
import { stickToEnd } from "./talk/stick.js";
import { errorText, loadTexts, setServerTime, text } from "./talk/texts.js";
import { patch } from "./talk/patch.js";
import { freshAddress, pictureFetcher } from "./talk/pictures.js";

const TOKEN = "shopbot-visitor";
const DRAFT = "shopbot-draft";
const TYPING_SHOWN_MS = 4_000;
const TYPING_SAID_MS = 2_000;
const NEAR_END_PX = 80;

const product = new URLSearchParams(location.search).get("product") ?? "";
const store = safeStorage();
const outbox = new Outbox(store, "shopbot-outbox");
const headers = () => {
  const token = store.getItem(TOKEN);
  return token ? { "X-Shopbot-Visitor": token } : {};
};
const call = caller(headers);
const pictures = pictureFetcher(headers);
const fresh = freshAddress(call);

const state = {
  talk: null, // as the server tells it
  history: null,
  older: [], // {talk, history} of earlier talks, oldest first
  hasOlder: true,
  line: "none", // none, connecting, open, asking (over HTTP), waiting, refused
  agent: "", // name of the person who has the talk
  error: "",
  typing: false,
  below: 0, // new messages that are out of view
  rated: false,
  busy: false,
};
let line = null;
let places = null;
let typingEnds = 0;
let typingSaid = 0;
let opening = null;

function update(changes) {
  Object.assign(state, changes);
  render();
}

// --- who we are -----------------------------------------------------------------------------------

async function ensureVisitor() {
  const identity = new URLSearchParams(location.hash.slice(1)).get("identity");
  if (store.getItem(TOKEN) && !identity) return;
  if (!store.getItem(TOKEN)) state.hasOlder = Boolean(identity);
  const { token } = await call("POST", "/api/v1/visitors", identity ? { identity } : {});
  store.setItem(TOKEN, token);
  if (identity) history.replaceState(null, "", location.pathname + location.search);
}

// The browser may forbid storage: then the page forgets us on reload, but works.
function safeStorage() {
  try {
    localStorage.setItem("shopbot-try", "1");
    localStorage.removeItem("shopbot-try");
    return localStorage;
  } catch {
    const kept = new Map();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, value),
      removeItem: (key) => kept.delete(key),
    };
  }
}

// --- the talk -------------------------------------------------------------------------------------

async function findTalk() {
  await ensureVisitor();
  const { conversation } = await call("GET", "/api/v1/conversations/current");
  if (conversation) begin(conversation);
}

function ensureTalk() {
  if (state.talk?.state === "open") return Promise.resolve();
  opening ??= (async () => {
    await ensureVisitor();
    begin(await call("POST", "/api/v1/conversations", product ? { product } : {}));
  })().finally(() => { opening = null; });
  return opening;
}

function begin(talk) {
  if (state.talk && state.talk.id !== talk.id && state.history.events.length) {
    state.older.push({ talk: state.talk, history: state.history });
  }
  if (state.talk?.id !== talk.id) {
    line?.end();
    line = null;
    state.history = new History(talk.id);
  }
  update({ talk, rated: false });
  line ??= openLine({ path: "/api/v1/socket/shopper", hello, heard, changed, byHttp });
}

const byHttp = talksByHttp({
  call, heard: (frame) => heard(frame), also: async () => flush(),
  talks: () => ({ [state.talk.id]: state.history.last }),
});

const isOnline = () => state.line === "open" || state.line === "asking";

async function hello() {
  return { type: "hello", token: store.getItem(TOKEN), conversation: state.talk.id, after: state.history.last };
}

function changed(now, code) {
  sent.clear(); // what the last line did not bring goes again, under the same key
  update({ line: now });
  if (now === "asking") flush();
  if (now === "refused") startAnew(code).catch(fail);
}

// Our token holds no more, or the talk is not ours: begin again as somebody new.
async function startAnew(code) {
  line?.end();
  line = null;
  if (code === 4403) return;
  if (code === 4401) store.removeItem(TOKEN);
  Object.assign(state, { talk: null, history: null, older: [], line: "none" });
  await findTalk();
  render();
}

function heard(frame) {
  switch (frame.type) {
    case "welcome":
      setServerTime(frame.now);
      if (frame.talk) state.talk = frame.talk;
      for (const mark of frame.marks ?? []) state.history.mark(mark);
      flush();
      return render();
    case "events": return tookEvents(frame.events);
    case "ack": return flush.done(frame.client_key);
    case "mark":
      state.history.mark(frame);
      return render();
    case "typing": return showTyping();
    case "lost": return sent.delete(frame.client_key);
    case "error": return failedFrame(frame);
    default: return undefined;
  }
}

function tookEvents(events) {
  const atEnd = isAtEnd();
  const fresh = state.history.add(events);
  for (const event of fresh) {
    if (event.client_key) outbox.drop(event.client_key);
    if (event.kind === "held") Object.assign(state.talk, { holder: event.body.holder });
    if (event.kind === "held") state.agent = event.body.name ?? "";
    if (event.kind === "closed") state.talk.state = "closed";
    if (event.kind === "reopened") state.talk.state = "open";
    if (event.kind === "rated") state.rated = true;
  }
  const theirs = fresh.filter((event) => event.kind === "message" && event.author !== "shopper");
  if (theirs.length) {
    state.typing = false;
    if (!atEnd) state.below += theirs.length;
  }
  render();
  if (atEnd || fresh.some((event) => event.author === "shopper")) toEnd();
  tellMarks();
}

function showTyping() {
  clearTimeout(typingEnds);
  typingEnds = setTimeout(() => update({ typing: false }), TYPING_SHOWN_MS);
  const atEnd = isAtEnd();
  update({ typing: true });
  if (atEnd) toEnd();
}

// --- sending --------------------------------------------------------------------------------------

async function say(message) {
  outbox.put({ key: newKey(), message, at: Date.now() });
  render();
  toEnd();
  try {
    await ensureTalk();
    flush();
  } catch (error) {
    fail(error);
  }
}

const sent = new Set(); // keys that left on this line

function flush() {
  if (!isOnline()) return;
  for (const one of outbox.waiting) {
    if (one.failed || sent.has(one.key)) continue;
    if (state.history.hasKey(one.key)) outbox.drop(one.key);
    else if (line.send({ type: "send", client_key: one.key, message: one.message })) sent.add(one.key);
  }
}
flush.done = (key) => { if (state.history.hasKey(key)) outbox.drop(key); };

function failedFrame(frame) {
  const words = errorText({ code: frame.code, waitS: frame.wait_s });
  if (!frame.client_key) return update({ error: words });
  sent.delete(frame.client_key);
  if (frame.code === "chat.closed") return ensureTalk().then(flush, fail);
  outbox.fail(frame.client_key, words);
  return render();
}

function sendAgain(one) {
  delete one.failed;
  sent.delete(one.key);
  outbox.keep();
  render();
  ensureTalk().then(flush, fail);
}

function submit() {
  const value = places.box.value.trim();
  if (!value) return;
  places.box.value = "";
  grow();
  store.removeItem(DRAFT);
  say({ type: "text", body: { text: value } });
  places.box.focus();
}

function choose(shown, value) {
  say({ type: "text", body: value ? { text: shown, picked: value } : { text: shown } });
}

async function sendPicture(file) {
  if (!file) return;
  update({ busy: true, error: "" });
  try {
    await ensureTalk();
    const made = await call("POST", `/api/v1/conversations/${state.talk.id}/media`, file);
    say({ type: made.kind === "picture" ? "picture" : "file", body: { media: made.media } });
  } catch (error) {
    fail(error);
  } finally {
    update({ busy: false });
  }
}

function recall(event) {
  line?.send({ type: "recall", seq: event.seq });
}

// --- other wishes ---------------------------------------------------------------------------------

async function ask(what, body = {}) {
  try {
    if (what === "human") await ensureTalk();
    const talk = await call("POST", `/api/v1/conversations/${state.talk.id}/${what}`, body);
    if (talk.id === state.talk.id) update({ talk: { ...state.talk, ...talk }, error: "" });
  } catch (error) {
    fail(error);
  }
}

async function loadOlder() {
  const known = new Set([state.talk?.id, ...state.older.map((one) => one.talk.id)]);
  try {
    const { conversations } = await call("GET", "/api/v1/conversations/history");
    const before = conversations.filter((talk) => !known.has(talk.id)).slice(0, 5);
    for (const talk of before) {
      const past = new History(talk.id);
      const { events } = await call("GET", `/api/v1/conversations/${talk.id}/events?limit=500`);
      past.add(events);
      state.older.unshift({ talk, history: past });
    }
    update({ hasOlder: before.length > 0 && conversations.length > known.size + before.length });
  } catch (error) {
    fail(error);
  }
}

function fail(error) {
  if (!(error instanceof CallError)) throw error;
  if (error.status === 401 && store.getItem(TOKEN)) {
    startAnew(4401).catch((again) => update({ error: errorText(again) }));
    return;
  }
  update({ error: errorText(error) });
}

// --- marks and places -----------------------------------------------------------------------------

function tellMarks() {
  if (!state.history || !isOnline()) return;
  const last = state.history.last;
  const mine = state.history.marks.shopper;
  const read = !document.hidden && isAtEnd() ? last : mine.read;
  if (last <= mine.delivered && read <= mine.read) return;
  if (line.send({ type: "mark", delivered: last, read })) state.history.mark({ side: "shopper", delivered: last, read });
}

function isAtEnd() {
  const log = places.log;
  return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
}

function toEnd() {
  places.log.scrollTop = places.log.scrollHeight;
  if (state.below) update({ below: 0 });
  tellMarks();
}

function typed() {
  store.setItem(DRAFT, places.box.value);
  grow();
  const now = performance.now();
  if (places.box.value && now - typingSaid > TYPING_SAID_MS && line?.send({ type: "typing" })) typingSaid = now;
}

function grow() {
  places.box.style.height = "auto";
  places.box.style.height = `${Math.min(places.box.scrollHeight + 2, 140)}px`;
}

// --- what is seen ---------------------------------------------------------------------------------

function frame() {
  const status = h("p", { class: "status", id: "status", role: "status" });
  const human = h("button", { id: "human", type: "button", onclick: () => ask("human") }, text("chat.human"));
  const end = h("button", { id: "close", type: "button", class: "quiet", onclick: () => ask("close") }, text("chat.close"));
  const notice = h("div", { class: "notice", id: "notice", role: "alert" });
  const list = h("ol", { class: "rows" });
  const log = h("div", { id: "log", role: "log", "aria-live": "polite", "aria-label": text("chat.log"), tabindex: "0", onscroll: scrolled }, list);
  const below = h("button", { id: "below", type: "button", hidden: true, onclick: toEnd });
  const box = h("textarea", {
    id: "box", rows: "1", maxlength: "2000", "aria-label": text("chat.box"), placeholder: text("chat.box-hint"),
    oninput: typed, onkeydown: enterSends, onpaste: pasted, autocomplete: "off",
  });
  const file = h("input", { id: "file", type: "file", accept: "image/*", hidden: true, onchange: () => { sendPicture(file.files[0]); file.value = ""; } });
  const add = h("button", { id: "picture", type: "button", class: "quiet", "aria-label": text("chat.picture"), title: text("chat.picture"), onclick: () => file.click() }, "＋");
  const send = h("button", { id: "send", type: "submit", class: "primary" }, text("chat.send"));
  const form = h("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); submit(); } }, file, add, box, send);
  places = { status, human, end, notice, log, list, below, box, add, send };
  return [
    h("header", {}, h("div", { class: "who" }, h("h1", {}, text("chat.title")), status), h("div", { class: "wishes" }, human, end)),
    notice,
    h("main", {}, log, below),
    form,
  ];
}

function scrolled() {
  if (!isAtEnd()) return;
  if (state.below) update({ below: 0 });
  tellMarks();
}

function enterSends(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
}

function pasted(event) {
  const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
  if (!file) return;
  event.preventDefault();
  sendPicture(file);
}

function statusText() {
  if (state.talk?.state === "closed") return text("chat.status.closed");
  const holder = state.talk?.holder ?? "bot";
  if (holder === "agent") return state.agent ? text("chat.status.agent-named", { name: state.agent }) : text("chat.status.agent");
  return text(`chat.status.${holder}`);
}

function render() {
  replace(places.status, h("span", { class: `dot ${state.talk?.holder ?? "bot"}` }), statusText());
  places.human.hidden = Boolean(state.talk) && (state.talk.holder !== "bot" || state.talk.state === "closed");
  places.end.hidden = state.talk?.state !== "open" || !state.history?.events.length;
  places.add.disabled = state.busy;
  replace(places.notice, noticeView());
  patch(places.list, rows());
  places.below.hidden = !state.below;
  replace(places.below, state.below ? text("chat.below", { count: state.below }) : "");
  const unread = document.hidden && state.history ? state.history.unread("shopper") : 0;
  document.title = unread ? `(${unread}) ${text("chat.title")}` : text("chat.title");
}

function noticeView() {
  if (state.error) {
    return h("p", { class: "bad" }, state.error, " ", h("button", { type: "button", class: "plain", id: "dismiss", onclick: () => update({ error: "" }) }, text("talk.dismiss")));
  }
  if (state.line === "waiting") return h("p", { class: "warn" }, text("chat.offline"));
  if (state.line === "asking") return h("p", { class: "mild" }, text("chat.asking"));
  return null;
}

function rows() {
  const tools = {
    choose, recall: isOnline() ? recall : null, picture: pictures, fresh,
    rate: state.rated ? null : (body) => ratingForm(body, (told) => ask("rating", told)),
  };
  const past = state.older.map((one) => [
    timeline(one.history, "shopper", { picture: pictures, fresh, prefix: `${one.talk.id}-` }),
    h("li", { class: "between past", id: `p-${one.talk.id}` }, text("chat.past-end")),
  ]);
  const more = state.hasOlder && h("li", { class: "between", id: "r-older" }, h("button", { type: "button", class: "plain", id: "older", onclick: loadOlder }, text("chat.older")));
  const now = state.history ? timeline(state.history, "shopper", tools) : [];
  const onTheWay = outbox.waiting.filter((one) => !state.history?.hasKey(one.key)).map(waitingRow);
  return [more, past, now.length || onTheWay.length ? null : h("li", { class: "between", id: "r-welcome" }, text("chat.welcome")), now, onTheWay,
    state.typing && h("li", { class: "said other typing", id: "r-typing" }, h("div", { class: "bubble" }, h("span", { class: "dots", "aria-label": text("chat.typing") }, "●●●")))];
}

function waitingRow(one) {
  const under = one.failed
    ? [h("span", { class: "state failed" }, one.failed), h("button", { type: "button", class: "plain", id: `a-${one.key}`, onclick: () => sendAgain(one) }, text("chat.again"))]
    : h("span", { class: "state" }, text(isOnline() ? "talk.state.sending" : "talk.state.waiting"));
  return h("li", { class: "said own shopper pending", id: `o-${one.key}` },
    h("div", { class: "bubble" }, h("p", { class: "words" }, one.message.body.text ?? text("talk.picture"))),
    h("p", { class: "under" }, under));
}

// --- start ----------------------------------------------------------------------------------------

await loadTexts("/chat/texts.json");
document.getElementById("app").append(...frame());
stickToEnd(places.log, NEAR_END_PX);
places.box.value = store.getItem(DRAFT) ?? "";
grow();
document.addEventListener("visibilitychange", () => { render(); tellMarks(); });
render();
await findTalk().catch(fail);
if (outbox.waiting.length) await ensureTalk().then(flush).catch(fail);
toEnd();
places.box.focus();
