// Events of a talk as what is seen: bubbles, cards, lines between them. Texts become text nodes only.

import { h } from "../dom.js";
import { serverNow, text, timeText } from "./texts.js";

const GAP_MS = 5 * 60_000; // a time stands above a message after such a pause
const RECALL_MS = 2 * 60_000;

// `side` is who looks; `tools` does what is tapped:
// {picture(path) -> Promise<address>, fresh(conversation, event) -> Promise<address>, choose(text, value),
//  recall(event), why(event), rate(...)}
export function timeline(history, side, tools) {
  const rows = [];
  const view = { history, side, tools, turn: history.events.at(-1)?.turn ?? 0, lastOwn: lastOwn(history, side), by: "", prefix: tools.prefix ?? "" };
  let before = 0;
  for (const event of history.events) {
    const at = Date.parse(event.at);
    if (at - before > GAP_MS) view.by = "";
    const row = rowOf(event, view);
    if (row === null) continue;
    if (at - before > GAP_MS) rows.push(h("li", { class: "stamp", id: `${view.prefix}t-${event.seq}` }, h("time", { datetime: event.at }, timeText(event.at))));
    before = at;
    rows.push(row);
  }
  return rows;
}

function lastOwn(history, side) {
  const author = side === "shopper" ? "shopper" : "agent";
  return history.events.findLast((event) => event.kind === "message" && event.author === author)?.seq ?? 0;
}

function rowOf(event, view) {
  if (event.kind === "message") return bubble(event, view);
  const words = lineOf(event, view.side);
  if (words === null) return null;
  view.by = "";
  return h("li", { class: `between ${event.audience === "staff" ? "inner" : ""}`, id: `${view.prefix}e-${event.seq}` }, words);
}

function bubble(event, view) {
  const { history, side, tools } = view;
  const own = (event.author === "shopper") === (side === "shopper");
  if (history.recalled.has(event.seq) || event.body.recalled) {
    view.by = "";
    return h("li", { class: "between", id: `${view.prefix}e-${event.seq}` }, text(own ? "talk.recalled-own" : "talk.recalled-other"));
  }
  const by = !own || side === "staff" ? speaker(event, side) : "";
  const told = by && by !== view.by ? h("p", { class: "by" }, by) : null; // said once for what one says in a row
  view.by = by;
  const newest = event.turn === view.turn;
  const under = own && event.seq === view.lastOwn ? stateOf(event, history, side) : null;
  const deeds = deedsOf(event, view, own);
  const seen = `${Boolean(told)} ${by} ${newest} ${Boolean(tools.rate)} ${under?.textContent} ${deeds.length}`;
  return h("li", { class: `said ${own ? "own" : "other"} ${event.author}`, id: `${view.prefix}e-${event.seq}`, "data-seen": seen }, told,
    h("div", { class: "bubble" }, content(event, { ...tools, again: () => tools.fresh(history.id, event) }, newest)),
    deeds.length ? h("div", { class: "beside" }, deeds) : null, under);
}

// Who speaks, told openly: a bot or a person.
export function speaker(event, side) {
  if (event.author === "bot") return text("talk.by.bot");
  if (event.author === "system") return text("talk.by.system");
  if (event.author === "agent") return event.body.name ? text("talk.by.agent-named", { name: event.body.name }) : text("talk.by.agent");
  return side === "staff" ? text("talk.by.shopper") : text("talk.by.me");
}

function stateOf(event, history, side) {
  const other = history.marks[side === "shopper" ? "staff" : "shopper"];
  const state = other.read >= event.seq ? "read" : other.delivered >= event.seq ? "delivered" : "sent";
  return h("p", { class: "under" }, h("span", { class: `state ${state}` }, text(`talk.state.${state}`)));
}

// What can be done with a message; shown beside it when it is pointed at or reached by keyboard.
function deedsOf(event, { prefix, side, tools }, own) {
  const button = (kind, words, deed) => h("button", { type: "button", class: "plain", id: `${prefix}${kind}-${event.seq}`, onclick: deed }, words);
  const young = serverNow() - Date.parse(event.at) < RECALL_MS;
  return [
    own && event.author !== "bot" && tools.recall && young && isMine(event, side, tools) && button("r", text("talk.recall"), () => tools.recall(event)),
    side === "staff" && event.author !== "shopper" && tools.why && button("w", text("desk.why"), () => tools.why(event)),
  ].filter(Boolean);
}

function isMine(event, side, tools) {
  return side === "shopper" || event.who === tools.me;
}

// --- what a message carries ----------------------------------------------------------------------

function content(event, tools, last) {
  const body = event.body;
  const make = CARDS[body.type];
  const parts = make ? make(body, tools, last) : [words(body.text)];
  const pictures = (body.attachments ?? []).map((path) => attachment(path, tools));
  return [parts, pictures, chipsOf(body.chips, tools, last)];
}

function words(value) {
  return value ? h("p", { class: "words" }, value) : null;
}

const CARDS = {
  text: (body) => [words(body.text)],
  picture: (body, tools) => [shownPicture(Promise.resolve(body.address), tools.again), words(body.text)],
  voice: (body) => [h("p", { class: "words" }, text("talk.voice", { seconds: body.seconds ?? 0 }))],
  file: (body, tools) => [fileLink(body, tools.again), words(body.text)],
  chips: (body, tools, last) => [words(body.text), chipsOf(body.options, tools, last)],
  product: (body) => card("product", body.name || body.sku, [["talk.card.sku", body.sku], ["talk.card.price", body.price]], body.link),
  order: (body) => card("order", text("talk.card.order", { number: body.number }), [["talk.card.status", body.status], ["talk.card.items", (body.items ?? []).join("、")], ["talk.card.as-of", body.as_of]]),
  return: (body) => card("return", text("talk.card.case", { number: body.case }), [["talk.card.order-number", body.number], ["talk.card.status", body.state], ["talk.card.deadline", body.deadline]]),
  tracking: (body) => [
    card("tracking", text("talk.card.parcel", { carrier: body.carrier ?? "", number: body.number }), [["talk.card.order-number", body.order], ["talk.card.as-of", body.as_of]]),
    h("ol", { class: "steps" }, (body.steps ?? []).map((step) => h("li", {}, h("time", {}, step.at), " ", step.text))),
  ],
  rating: (body, tools, last) => [words(body.text), tools.rate && last ? tools.rate(body) : null],
};

function card(kind, title, facts, link) {
  const rows = facts.filter(([, value]) => value).map(([key, value]) => [h("dt", {}, text(key)), h("dd", {}, value)]);
  return h("div", { class: `card ${kind}` }, h("strong", {}, title), h("dl", {}, rows),
    isWebAddress(link) ? h("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, text("talk.card.open")) : null);
}

// No javascript:, no data: - a link from a message leads to a web page or nowhere.
function isWebAddress(link) {
  return typeof link === "string" && /^https?:\/\//i.test(link);
}

function chipsOf(chips, tools, last) {
  if (!chips?.length || !tools.choose || !last) return null;
  return h("div", { class: "chips" }, chips.map((chip) => {
    const { text: shown, value } = typeof chip === "string" ? { text: chip, value: "" } : chip;
    return h("button", { type: "button", class: "chip", onclick: () => tools.choose(shown, value) }, shown);
  }));
}

// A picture of the knowledge is fetched with the caller's own right, once for each path.
const fetched = new Map();

function attachment(path, tools) {
  if (!fetched.has(path)) {
    fetched.set(path, tools.picture(path));
    fetched.get(path).catch(() => fetched.delete(path));
  }
  return shownPicture(fetched.get(path));
}

// A file's address is made anew when it is wanted: it may be over by now.
function fileLink(body, again) {
  const follow = async (event) => {
    event.preventDefault();
    const away = h("a", { href: await again().catch(() => body.address), download: body.name ?? "" });
    away.click();
  };
  return h("a", { class: "file", href: body.address, download: "", onclick: follow }, body.name || text("talk.file"));
}

// `again` gives another address, once, for one that is over.
function shownPicture(address, again = null) {
  const image = h("img", { alt: text("talk.picture"), hidden: true });
  const place = h("button", { type: "button", class: "picture loading", "aria-label": text("talk.picture-open") }, image);
  const missing = () => place.replaceWith(h("p", { class: "missing" }, text("talk.picture-missing")));
  place.addEventListener("click", () => place.classList.toggle("large"));
  image.addEventListener("load", () => { image.hidden = false; place.classList.remove("loading"); });
  const show = (where) => { image.src = where; };
  const retry = () => {
    image.addEventListener("error", missing);
    again().then(show, missing);
  };
  image.addEventListener("error", again ? retry : missing, { once: true });
  address.then(show, missing);
  return place;
}

// --- lines between messages ----------------------------------------------------------------------

function lineOf(event, side) {
  const body = event.body;
  const staff = side === "staff";
  switch (event.kind) {
    case "held":
      if (body.holder === "agent") return text(body.name ? "talk.line.agent-named" : "talk.line.agent", { name: body.name ?? "" });
      if (body.holder === "queue") return staff ? text("talk.line.queue-why", { reason: reasonText(body.reason) }) : text("talk.line.queue");
      return text("talk.line.bot");
    case "mode": return staff ? text("talk.line.mode", { mode: text(`talk.mode.${body.mode}`) }) : null;
    case "closed": return text("talk.line.closed");
    case "reopened": return text("talk.line.reopened");
    case "rated": return text("talk.line.rated", { stars: "★".repeat(body.stars ?? 0) });
    case "promised": return staff ? text("talk.line.promised", { what: body.what ?? "", until: timeText(body.until) }) : null;
    case "note": return text("talk.line.note", { name: body.name ?? "", words: body.text ?? "" });
    case "blocked": return text("talk.line.blocked", { words: body.text ?? "", why: (body.why ?? []).join("；") });
    default: return null;
  }
}

export function reasonText(reason) {
  return reason ? text(`talk.reason.${reason}`) : text("talk.reason.none");
}
