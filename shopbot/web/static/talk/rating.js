// Stars, tags and words for a talk that ends. It keeps what was tapped until it is sent.

import { h, replace } from "../dom.js";
import { text } from "./texts.js";

const chosen = { stars: 0, tags: new Set(), words: "" }; // over redraws of the log

export function ratingForm(body, send) {
  const place = h("form", { class: "rating", onsubmit: submit });
  const tags = body.tags?.length ? body.tags : text("chat.rating.tags").split("｜");

  function submit(event) {
    event.preventDefault();
    if (chosen.stars) send({ stars: chosen.stars, tags: [...chosen.tags], words: chosen.words });
  }

  function draw() {
    const stars = [1, 2, 3, 4, 5].map((count) => h("button", {
      type: "button", class: "star", id: `star-${count}`, "aria-label": text("chat.rating.stars", { count }),
      "aria-pressed": String(count <= chosen.stars), onclick: () => { chosen.stars = count; draw(); },
    }, count <= chosen.stars ? "★" : "☆"));
    const chips = tags.map((tag, place_) => h("button", {
      type: "button", class: "chip", id: `tag-${place_}`, "aria-pressed": String(chosen.tags.has(tag)),
      onclick: () => { if (!chosen.tags.delete(tag)) chosen.tags.add(tag); draw(); },
    }, tag));
    const words = h("input", {
      id: "rating-words", maxlength: "500", "aria-label": text("chat.rating.words"),
      placeholder: text("chat.rating.words"), oninput: (event) => { chosen.words = event.target.value; },
    });
    words.value = chosen.words;
    replace(place, h("div", { class: "stars" }, stars),
      chosen.stars ? [h("div", { class: "chips" }, chips), words,
        h("button", { type: "submit", class: "primary", id: "rate" }, text("chat.rating.send"))] : null);
  }

  draw();
  return place;
}
