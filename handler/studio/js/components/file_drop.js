// A place where a file is dropped, or chosen with a button.

import { h, icon, uniqueId } from "../dom.js";

/**
 * An element for one file: `label` names it, `accept` is what the button offers, `hint` tells what is taken.
 * `onFile(file)` hears of each. A drop of several files takes the first. `compact`: no more than the button.
 */
export function fileDrop({ label, accept = "", hint = "", compact = false, onFile }) {
  const id = uniqueId("file");
  const input = h("input", { id, type: "file", class: "unseen", accept, "aria-describedby": `${id}-hint` });
  const element = h(
    "div",
    { class: compact ? "drop compact" : "drop" },
    input,
    h("label", { for: id, class: "button" }, icon("plus"), label),
    h("p", { class: "hint", id: `${id}-hint` }, hint || "or drop it here"),
  );
  input.addEventListener("change", () => {
    if (input.files[0]) onFile(input.files[0]);
    input.value = "";
  });
  takeDrops(element, onFile);
  return element;
}

/** Have an element take dropped files. */
export function takeDrops(element, onFile) {
  const over = (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    element.classList.add("over");
  };
  element.addEventListener("dragover", over);
  element.addEventListener("dragleave", (event) => {
    if (!element.contains(event.relatedTarget)) element.classList.remove("over");
  });
  element.addEventListener("drop", (event) => {
    element.classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (!file) return;
    event.preventDefault();
    onFile(file);
  });
}
