// A job as JSON, as a command of the shell and as a program in Python: what is copied runs as it is.

import { ask, copyText, h, icon } from "../dom.js";

const WAIT_MS = 300_000;

/** The three forms of a job; `origin` is the server's address, `hasKey` whether it wants a key. */
export const FORMS = {
  json: {
    label: "JSON",
    hint: "The body of a request to any worker, on RunPod too.",
    code: (input) => JSON.stringify({ input }, null, 2),
  },
  curl: {
    label: "curl",
    hint: "For a shell. It waits up to five minutes; for longer jobs send the same body to /run, and ask /status.",
    code: asCurl,
  },
  python: {
    label: "Python",
    hint: "It needs the folder handler/client of this project beside it, and httpx; see docs/client.md.",
    code: asPython,
  },
};

/** In a here-document with a quoted end nothing means anything to the shell, and JSON has no line of that name. */
function asCurl(input, { origin, hasKey }) {
  const headers = ["Content-Type: application/json", ...(hasKey ? ["Authorization: Bearer $API_KEY"] : [])];
  return [
    ...(hasKey ? ["# API_KEY is a key of the server: export API_KEY=…"] : []),
    `curl -sS "${origin}/runsync?wait=${WAIT_MS}" \\`,
    ...headers.map((header) => `  -H "${header}" \\`),
    "  --data-binary @- <<'JOB'",
    JSON.stringify({ input }, null, 2),
    "JOB",
  ].join("\n");
}

function asPython(input, { origin, hasKey }) {
  const key = hasKey ? ', api_key=os.environ["API_KEY"]' : "";
  return [
    ...(hasKey ? ["import os", ""] : []),
    "from handler.client import Speech",
    "",
    `speech = Speech(${literal(origin)}${key})`,
    `said = speech.run(${literal(input)})`,
    "print(said.reply)",
    'print(said.save("out"))',
  ].join("\n");
}

/** A value of JSON as Python writes it. Every string of JSON is one of Python's. */
function literal(value, indent = "") {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}    `;
  const items = Array.isArray(value)
    ? value.map((item) => literal(item, inner))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${literal(item, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return items.length === 0 ? open + close : `${open}\n${items.map((item) => `${inner}${item},\n`).join("")}${indent}${close}`;
}

/** Show a job's forms in a dialog, each with a button that copies it. */
export function showCode(run, api) {
  const told = { origin: location.origin, hasKey: api.hasKey };
  return ask("This job as code", (close) => {
    const said = h("p", { class: "hint", role: "status" });
    const parts = Object.values(FORMS).map(({ label, hint, code }) => {
      const text = code(run.input, told);
      const shown = h("pre", { tabindex: "0", role: "region", "aria-label": label, dir: "ltr" }, text);
      const copy = async () => {
        said.textContent = (await copyText(text)) ? `${label} is copied.` : byHand(shown);
      };
      const button = h("button", { type: "button", onclick: copy }, icon("copy"), `Copy ${label}`);
      return h("section", { class: "stack code" }, h("div", { class: "row between" }, h("h3", {}, label), button), shown, h("p", { class: "hint" }, hint));
    });
    return [...parts, said, h("div", { class: "row" }, h("button", { type: "button", onclick: () => close(null) }, "Close"))];
  });
}

/** Without the right to the clipboard, the text is selected for the user's own keys. */
function byHand(element) {
  getSelection().selectAllChildren(element);
  return "This page may not copy: press Ctrl+C, the text is selected.";
}
