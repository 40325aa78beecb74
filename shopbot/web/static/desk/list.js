// The left column: my state, who waits, my talks, the others'.

import { h } from "../dom.js";
import { reasonText } from "../talk/bubbles.js";
import { serverNow, spanText, text } from "../talk/texts.js";
import { newsView } from "./news.js";

const STATES = ["online", "away", "off"];

export function presenceView(desk, tools) {
  const select = h("select", { id: "presence", "aria-label": text("desk.presence"), onchange: (event) => tools.presence(event.target.value) },
    STATES.map((one) => h("option", { value: one, selected: desk.me.state === one }, text(`desk.presence.${one}`))));
  return h("div", { class: `presence ${desk.me.state}` },
    h("label", { for: "presence" }, desk.me.name || text("desk.presence")), select);
}

export function listView(desk, held, open, tools, now = serverNow()) {
  return [
    offersView(desk, tools),
    group("queue", text("desk.queue"), desk.queue, text("desk.queue-empty"), (row) => talkRow(row, open, tools, { wait: waited(row.since, now), unread: true }),
      desk.queue.length ? h("button", { type: "button", class: "primary next", id: "next", onclick: tools.next }, text("desk.next")) : null),
    group("mine", text("desk.mine"), desk.mine, text("desk.mine-empty"), (row) => talkRow(row, open, tools, { wait: row.waits_since ? waited(row.waits_since, now) : null, unread: true })),
    desk.bot.length ? group("bot", text("desk.with-bot"), desk.bot, "", (row) => talkRow(row, open, tools, {})) : null,
    desk.others.length ? group("others", text("desk.others"), desk.others, "", (row) => talkRow(row, open, tools, { agent: true })) : null,
    held.length ? newsView(held, tools.news) : null,
    desk.tasks.length ? tasksView(desk, tools) : null,
  ];
}

function group(id, title, rows, empty, view, extra) {
  return h("section", { class: "group", "aria-labelledby": `g-${id}` },
    h("h2", { id: `g-${id}` }, title, " ", h("span", { class: "count" }, rows.length)), extra,
    rows.length ? h("ul", {}, rows.map((row) => h("li", {}, view(row)))) : h("p", { class: "empty" }, empty));
}

function waited(since, now) {
  const seconds = (now - Date.parse(since)) / 1000;
  const how = seconds >= 60 ? "late" : seconds >= 30 ? "soon" : "fine";
  return h("span", { class: `waits ${how}` }, text("desk.waits", { span: spanText(seconds) }));
}

function talkRow(row, open, tools, { wait, unread, agent }) {
  const urgent = row.priority && row.priority !== "normal";
  return h("button", {
    type: "button", class: `talk ${urgent ? row.priority : ""}`, id: `t-${row.id}`,
    "aria-current": row.id === open ? "true" : null, onclick: () => tools.open(row.id),
  },
    h("span", { class: "name" }, row.vip ? "★ " : null, row.shopper, agent && row.agent_name ? h("small", {}, ` ${row.agent_name}`) : null),
    unread && row.unread ? h("span", { class: "unread", "aria-label": text("desk.unread", { count: row.unread }) }, row.unread) : null,
    h("span", { class: "last" }, row.reason ? h("b", {}, reasonText(row.reason), " ") : null, row.last_text),
    wait);
}

// Talks that a colleague would like me to take.
function offersView(desk, tools) {
  return desk.offers.map((offer) => h("section", { class: "offer", role: "status" },
    h("p", {}, text("desk.offer", { name: offer.giver_name, shopper: offer.shopper })),
    offer.note ? h("p", { class: "words" }, offer.note) : null,
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "primary", id: `y-${offer.id}`, onclick: () => tools.answerOffer(offer, "accept") }, text("desk.offer-accept")),
      h("button", { type: "button", id: `n-${offer.id}`, onclick: () => tools.answerOffer(offer, "return") }, text("desk.offer-return")))));
}

const SHOWN_TASKS = 3; // those of a talk first; the rest must not bury who is waiting

function tasksView(desk, tools) {
  const tasks = [...desk.tasks.filter((one) => one.conversation), ...desk.tasks.filter((one) => !one.conversation)];
  const rest = tasks.slice(SHOWN_TASKS);
  return h("section", { class: "group", "aria-labelledby": "g-tasks" },
    h("h2", { id: "g-tasks" }, text("desk.tasks"), " ", h("span", { class: "count" }, tasks.length)),
    taskList(tasks.slice(0, SHOWN_TASKS), tools),
    rest.length ? h("details", { id: "more-tasks" }, h("summary", {}, text("desk.tasks-more", { count: rest.length })), taskList(rest, tools)) : null);
}

function taskList(tasks, tools) {
  return h("ul", {}, tasks.map((task) => h("li", {}, h("div", { class: "task" },
    h("span", { class: "name" }, text(`desk.task.${task.kind}`)),
    task.order ? h("span", { class: "order" }, text("desk.task-order", { order: task.order })) : null,
    h("span", { class: "last" }, task.words),
    task.say ? h("q", { class: "say" }, task.say) : null,
    h("span", { class: "buttons" },
      task.say ? h("button", { type: "button", class: "plain", id: `c-${task.id}`, onclick: () => tools.copy(task.say) }, text("desk.copy")) : null,
      task.conversation ? h("button", { type: "button", class: "plain", id: `o-${task.id}`, onclick: () => tools.open(task.conversation) }, text("desk.task-open")) : null,
      h("button", { type: "button", class: "plain", id: `d-${task.id}`, onclick: () => tools.taskDone(task) }, text("desk.task-done")))))));
}
