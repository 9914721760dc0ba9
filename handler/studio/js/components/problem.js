// Something that a view needs and cannot have: the worker's sentence, and the way out.

import { h, icon } from "../dom.js";

/** A message of the worker as a sentence: it begins with a small letter and has no full stop. */
export function sentence(message) {
  const whole = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}

/** What the worker says of a field, away from its control: it names the field. */
export function ofField({ field, message }) {
  return field ? `${field}: ${message}` : message;
}

/** A notice for an ApiError; its button calls `retry`, which asks for the key again where that was missing. */
export function problem(error, retry) {
  const label = error.status === 401 ? "Give a key" : "Try again";
  return h(
    "div",
    { class: "notice bad stack", role: "alert" },
    h("p", {}, sentence(error.message)),
    h("div", { class: "row" }, h("button", { type: "button", onclick: retry }, icon(error.status === 401 ? "key" : "again"), label)),
  );
}
