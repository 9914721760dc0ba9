// The frame of the studio: which view is shown, the key, the colours. A view is a custom element in views/.

import { Api, ApiError } from "./api.js";
import { problem } from "./components/problem.js";
import { ask, field, h, icon, toast } from "./dom.js";
import { watchRuns } from "./run_notices.js";
import { Runs } from "./runs.js";
import { isOneOf, keep, kept } from "./storage.js";

/** The views by the hash of their address. Each module defines the custom element `NAME-view`. */
const VIEWS = {
  script: "Script",
  voices: "Voices",
  captions: "Captions",
  align: "Align",
  runs: "Runs",
  health: "Health",
};
const FIRST = "script";
const THEMES = { system: "device", light: "sun", dark: "moon" };

const api = new Api(askForKey);
/**
 * What every view gets as its property `studio`: the API, the runs, and the way to another view.
 * `open("captions", { job: "…" })` shows a view with parameters, which it finds in its property `parameters`.
 */
const studio = { api, runs: new Runs(api), open };

function address() {
  const [name, query = ""] = location.hash.slice(2).split("?");
  return { name: name in VIEWS ? name : FIRST, parameters: Object.fromEntries(new URLSearchParams(query)) };
}

function open(name, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  const hash = `#/${name}${query ? `?${query}` : ""}`;
  if (location.hash === hash) show();
  else location.hash = hash;
}

let shown = null;

async function show({ focus = true } = {}) {
  const { name, parameters } = address();
  for (const link of document.querySelectorAll("#navigation a")) {
    if (link.hash === `#/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${VIEWS[name]} · Studio`;
  const main = document.getElementById("view");
  try {
    await import(`./views/${name}.js`);
  } catch {
    const error = new ApiError({ error: `the view ${VIEWS[name]} cannot be loaded; is the server running?` });
    if (address().name === name) main.replaceChildren(problem(error, () => location.reload()));
    return;
  }
  if (address().name !== name) return;
  const view = Object.assign(document.createElement(`${name}-view`), { studio, parameters });
  shown = view;
  // A view opens at its top, however far down the one before was read.
  scrollTo(0, 0);
  main.replaceChildren(view);
  main.dataset.ready = name;
  // A view may have put the focus where its parameters lead.
  if (focus && !view.contains(document.activeElement)) main.focus({ preventScroll: true });
}

/** A view that has something unsaved says so in `unsaved`; the browser then asks before the page is left. */
addEventListener("beforeunload", (event) => {
  if (shown?.unsaved) event.preventDefault();
});

let asking = null;

function askForKey(wasWrong) {
  // Several requests may fail at the same time; one dialog serves them all.
  asking ??= showKeyDialog(wasWrong).finally(() => (asking = null));
  return asking;
}

function showKeyDialog(wasWrong) {
  return ask("API key", (close) => {
    const input = h("input", { type: "password", autocomplete: "off", required: true });
    const key = field("Key of this server", input, { hint: "It is kept in memory only, until you leave the page." });
    if (wasWrong) key.showProblem("The server does not know this key.");
    const submit = (event) => {
      event.preventDefault();
      close(input.value.trim());
    };
    return h(
      "form",
      { class: "stack", onsubmit: submit },
      key.element,
      h(
        "div",
        { class: "row" },
        h("button", { class: "primary" }, "Use this key"),
        h("button", { type: "button", onclick: () => close(null) }, "Cancel"),
      ),
    );
  });
}

async function changeKey() {
  const key = await askForKey(false);
  if (key === null) return;
  api.key = key;
  show({ focus: false });
}

function themeButton() {
  const names = Object.keys(THEMES);
  let current = kept("studio.theme", isOneOf(...names)) ?? "system";
  const button = h("button", { type: "button", class: "plain", onclick: () => apply(names[(names.indexOf(current) + 1) % 3]) });
  const apply = (theme) => {
    current = theme;
    keep("studio.theme", theme);
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.replaceChildren(icon(THEMES[theme]));
    button.setAttribute("aria-label", `Colours: ${theme}`);
  };
  apply(current);
  return button;
}

document.getElementById("navigation").append(
  ...Object.entries(VIEWS).map(([name, label]) => h("a", { href: `#/${name}` }, icon(name), h("span", {}, label))),
);
document.getElementById("tools").append(
  h("button", { type: "button", class: "plain", "aria-label": "API key", onclick: changeKey }, icon("key")),
  themeButton(),
);
watchRuns(studio, document.querySelector('#navigation a[href="#/runs"]'));
addEventListener("hashchange", () => {
  // On a phone the way back leads out of a dialog, which is of the view that is left.
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  show();
});
addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof ApiError) {
    event.preventDefault();
    toast(event.reason.message);
  }
});
show({ focus: false });
