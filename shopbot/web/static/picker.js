// Chooses a product by typing part of its name or SKU: a combobox with a list (ARIA 1.2 pattern).

import { h, replace } from "./dom.js";

const PAUSE_MS = 150; // between the last key and the look-up
const SHOWN = 8;

// `find` gives products for a text, best first.
export function productPicker({ text, find }) {
  const state = { found: [], at: -1, open: false, asked: 0, chosen: null };
  let timer = 0;

  const input = h("input", {
    id: "product", maxlength: "100", placeholder: text("product-hint"), autocomplete: "off",
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false",
    "aria-controls": "products", "aria-describedby": "product-chosen",
    oninput: typed, onfocus: look, onblur: left, onkeydown: pressed,
  });
  const list = h("ul", { id: "products", role: "listbox", "aria-label": text("products"), hidden: true });
  const chosen = h("p", { id: "product-chosen", class: "chosen" });
  const view = h("div", { class: "picker" }, input, list, chosen);

  function typed() {
    state.chosen = null;
    tell("");
    clearTimeout(timer);
    state.asked += 1;
    close(); // what is listed belongs to other letters; Enter must not take it
    timer = setTimeout(look, PAUSE_MS);
  }

  async function look() {
    const number = ++state.asked;
    const found = await find(input.value.trim(), SHOWN).catch(() => []);
    if (number !== state.asked || document.activeElement !== input) return;
    Object.assign(state, { found, at: -1, open: true });
    render();
  }

  function left() {
    clearTimeout(timer);
    state.asked += 1; // what is still being looked up comes too late
    close();
    if (!state.chosen && input.value.trim()) name(input.value.trim());
  }

  // What was typed and not picked: say which product it names, or that it names none.
  async function name(typedText) {
    const found = await find(typedText, 1).catch(() => null);
    if (found === null || state.chosen || input.value.trim() !== typedText) return;
    const same = found.find((one) => isNamed(one, typedText));
    if (same) choose(same);
    else tell(text("product-unknown"));
  }

  function pressed(event) {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && state.open && state.at >= 0) {
      event.preventDefault();
      choose(state.found[state.at]);
    } else if (event.key === "Escape" && state.open) {
      event.preventDefault();
      close();
    }
  }

  function move(step) {
    if (!state.open) {
      clearTimeout(timer);
      return void look();
    }
    const count = state.found.length;
    if (count) state.at = (state.at + step + count + (state.at < 0 && step < 0 ? 1 : 0)) % count;
    render();
  }

  function choose(product) {
    state.chosen = product;
    input.value = product.sku;
    tell(text("product-chosen", { name: product.name, category: product.category }));
    close();
  }

  function close() {
    Object.assign(state, { open: false, at: -1 });
    render();
  }

  function tell(words) {
    chosen.textContent = words;
  }

  function render() {
    list.hidden = !state.open || !state.found.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (state.at >= 0) input.setAttribute("aria-activedescendant", `product-${state.at}`);
    else input.removeAttribute("aria-activedescendant");
    replace(list, list.hidden ? [] : state.found.map(option));
    list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  function option(product, place) {
    return h("li", {
      id: `product-${place}`, role: "option", "aria-selected": String(place === state.at),
      onpointerdown: (event) => event.preventDefault(), // the input keeps the focus
      onclick: () => choose(product),
    }, h("span", {}, product.name), h("small", {}, [product.sku, product.category,
      product.status === text("on-sale") ? "" : product.status].filter(Boolean).join(" · ")));
  }

  return { input, view };
}

function isNamed(product, typedText) {
  const names = [product.sku, product.name, ...product.aliases].map((one) => one.toLowerCase());
  return names.includes(typedText.toLowerCase()) || typedText.includes("://");
}
