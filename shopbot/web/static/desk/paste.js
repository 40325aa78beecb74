// For agents who work in another shop's back end: paste what the shopper wrote, copy a reply.

import { h, replace } from "../dom.js";
import { errorText, text } from "../talk/texts.js";
import { copyText } from "./clipboard.js";

const MOST = 9;

export function pasteHelper(suggest) {
  const state = { rows: [], copied: "", error: "", asked: false };
  const box = h("textarea", { id: "paste", rows: "3", maxlength: "20000", onpaste: () => setTimeout(find, 0), onkeydown: enterFinds });
  const product = h("input", { id: "paste-product", maxlength: "100", autocomplete: "off" });
  const results = h("div", { class: "results", role: "status" });
  const view = h("section", { class: "paste", "aria-labelledby": "paste-title" },
    h("h2", { id: "paste-title" }, text("desk.paste")), h("p", { class: "lead" }, text("desk.paste-lead")),
    h("form", { onsubmit: (event) => { event.preventDefault(); find(); } },
      h("label", { for: "paste" }, text("desk.paste-box")), box,
      h("div", { class: "row" },
        h("div", { class: "grow" }, h("label", { for: "paste-product" }, text("desk.paste-product")), product),
        h("button", { type: "submit", class: "primary", id: "paste-find" }, text("desk.paste-find")))),
    h("p", { class: "keys" }, text("desk.paste-hint")), results);

  async function find() {
    const words = box.value.trim();
    if (!words) return;
    try {
      const answer = await suggest(words, product.value.trim());
      const several = answer.parts.length > 1;
      const rows = answer.parts.flatMap((part) => part.suggestions.slice(0, several ? 3 : MOST)
        .map((one) => ({ ...one, band: part.band, question: several ? part.text : "" })));
      Object.assign(state, { rows: rows.slice(0, MOST), copied: "", error: "", asked: true });
    } catch (error) {
      state.error = errorText(error);
    }
    render();
    results.querySelector("button")?.focus({ preventScroll: true });
  }

  function enterFinds(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    find();
  }

  async function copy(place) {
    const row = state.rows[place];
    if (!row) return;
    state.copied = (await copyText(row.text)) ? String(place) : "";
    render();
    document.getElementById(`c-${place}`)?.focus({ preventScroll: true });
  }

  function render() {
    replace(results, state.error ? h("p", { class: "bad" }, state.error) : null,
      state.asked && !state.rows.length ? h("p", { class: "empty" }, text("desk.paste-none")) : null,
      h("ol", {}, state.rows.map((row, place) => h("li", { class: "suggestion" },
        h("div", { class: "head" }, h("kbd", {}, place + 1),
          h("span", { class: `tag ${row.band}` }, text(`desk.band.${row.band}`)),
          h("span", { class: "share" }, text("desk.probability", { share: `${Math.round(row.probability * 100)}%` })),
          row.question ? h("span", { class: "asked" }, row.question) : null,
          h("code", {}, `${row.source.file}:${row.source.line}`)),
        h("p", { class: "words" }, row.text),
        h("div", { class: "buttons" }, h("button", {
          type: "button", id: `c-${place}`, class: state.copied === String(place) ? "copied" : null, onclick: () => copy(place),
        }, text(state.copied === String(place) ? "desk.copied" : "desk.copy")))))));
  }

  return { view, pressed: (number) => copy(number - 1), focus: () => box.focus() };
}
