// The fixed parts of the desk; what changes is put into its places.

import { h } from "../dom.js";
import { text } from "../talk/texts.js";

// `does`: talks, paste, leave, scrolled, typed, enter, send. Gives the elements and the named places among them.
export function makePage(does, pasteView) {
  const places = {
    list: h("nav", { id: "list", "aria-label": text("desk.tab.talks") }),
    presence: h("div", { id: "presence-place" }),
    head: h("div", { class: "talk-head" }),
    notice: h("div", { class: "notice", id: "notice", role: "alert" }),
    rows: h("ol", { class: "rows" }),
    under: h("p", { class: "hint", id: "hint" }),
    drafts: h("div", { id: "drafts" }),
    more: h("div", { id: "more" }),
    empty: h("p", { class: "nothing" }, text("desk.pick"), h("br"), h("small", {}, text("desk.keys"))),
    spoken: h("p", { class: "offscreen", role: "status" }),
    modes: modesView(does),
  };
  Object.assign(places, talkPlaces(does, places.rows));
  const talk = h("main", { id: "talk" }, places.head, places.notice, places.log, places.empty, places.composer, places.under);
  const help = h("aside", { id: "help", "aria-label": text("desk.tab.help") }, places.drafts, places.more, pasteView);
  const view = [
    h("header", {}, h("h1", {}, text("desk.title")), places.modes, places.presence, waysView(does)),
    h("div", { class: "columns" }, places.list, talk, help), places.spoken,
  ];
  return { view, places };
}

function talkPlaces(does, rows) {
  const log = h("div", { id: "log", role: "log", "aria-live": "polite", "aria-label": text("desk.tab.talks"), tabindex: "0", onscroll: does.scrolled }, rows);
  const box = h("textarea", { id: "box", rows: "2", maxlength: "2000", "aria-label": text("desk.box"), oninput: does.typed, onkeydown: does.enter });
  const send = h("button", { id: "send", type: "submit", class: "primary" }, text("desk.send"));
  const submitted = (event) => {
    event.preventDefault();
    does.send();
  };
  return { log, box, composer: h("form", { class: "composer", onsubmit: submitted }, box, send) };
}

function modesView(does) {
  return h("div", { class: "modes", role: "group" },
    h("button", { type: "button", id: "to-talks", onclick: does.talks }, text("desk.tab.talks")),
    h("button", { type: "button", id: "to-paste", onclick: does.paste }, text("desk.paste")));
}

function waysView(does) {
  return h("nav", { class: "ways", "aria-label": text("desk.pages") },
    h("a", { id: "to-trial", href: "/" }, text("desk.to-trial")),
    h("button", { type: "button", class: "plain", id: "sign-out", onclick: does.leave }, text("desk.sign-out")));
}
