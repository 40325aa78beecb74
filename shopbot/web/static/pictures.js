// Pictures that suggestions name. They are fetched with the key, so no bare <img src> would do.

import { fetchPicture } from "./api.js";
import { h } from "./dom.js";

const known = new Map(); // path -> promise of a data: address

export function pictureView(path, text) {
  const name = path.split("/").at(-1);
  const image = h("img", { alt: text("picture", { name }) });
  const button = h("button", {
    type: "button", class: "picture", "aria-expanded": "false", "aria-label": text("enlarge", { name }),
    onclick: () => button.setAttribute("aria-expanded", String(button.classList.toggle("large"))),
  }, image);
  load(path).then(
    (address) => { image.src = address; },
    () => button.replaceWith(h("span", { class: "tag act" }, text("picture-missing", { name }))),
  );
  return button;
}

function load(path) {
  if (!known.has(path)) known.set(path, fetchPicture(path));
  return known.get(path);
}
