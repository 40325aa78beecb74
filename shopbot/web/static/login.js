// Signing in by name and password, or by the one-time link whose token stands behind `#`.

import { h, replace } from "./dom.js";

const place = document.getElementById("app");
const texts = await (await fetch("/login/texts.json")).json();
const state = { busy: false, error: "", byLink: false };

const name = h("input", {
  id: "name", name: "username", autocomplete: "username", autocapitalize: "none", spellcheck: "false",
  maxlength: "64", required: true,
});
const password = h("input", {
  id: "password", name: "password", type: "password", autocomplete: "current-password",
  maxlength: "200", required: true,
});
const notice = h("div", { role: "alert" });
const submit = h("button", { id: "submit", class: "primary", type: "submit" });

function text(key) {
  return texts[`login.${key}`] ?? key;
}

function update(changes) {
  Object.assign(state, changes);
  submit.disabled = state.busy;
  replace(submit, state.busy ? text("busy") : text("submit"));
  replace(notice, state.error && h("p", { class: "notice bad" }, state.error));
}

// Only a page of this site: "//evil" and "/\evil" would lead elsewhere. Who talks with shoppers
// begins at the desk, who keeps the knowledge where replies are tried.
function nextPage(role) {
  const own = role === "staff" ? "/" : "/desk";
  const wanted = new URLSearchParams(location.search).get("next") ?? own;
  return /^\/(?![/\\])/.test(wanted) ? wanted : own;
}

async function signIn(body) {
  update({ busy: true, error: "" });
  let answer;
  try {
    const response = await fetch("/api/v1/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    answer = await response.json();
  } catch {
    return update({ busy: false, error: text("network") });
  }
  if (answer.error === undefined) return location.replace(nextPage(answer.role));
  update({ busy: false, error: answer.message ?? answer.detail });
  (body.link ? name : password).focus();
  if (body.password) password.select();
}

function submitted(event) {
  event.preventDefault();
  if (!state.busy) signIn({ name: name.value.trim(), password: password.value });
}

document.title = `${text("title")} · shopbot`;
replace(place, h("form", { class: "card login", onsubmit: submitted },
  h("h1", {}, text("title")),
  h("p", { class: "lead" }, text("lead")),
  notice,
  h("label", { for: "name" }, text("name")), name,
  h("label", { for: "password" }, text("password")), password,
  submit,
  h("p", { class: "hint" }, text("hint"))));
update({});

function useLink() {
  const link = location.hash.slice(1);
  if (!link) return false;
  history.replaceState(null, "", location.pathname + location.search); // not for history or shoulders
  signIn({ link });
  return true;
}

addEventListener("hashchange", useLink); // a link put into the address of this very page
if (!useLink()) name.focus();
