// Elements, icons, messages and dialogs. Text is always text: nothing here makes markup of a string.

/**
 * Create an element: h("button", { type: "button", class: "primary", onclick: save }, "Save").
 * A property that begins with "on" is a listener; true and false set and leave out an attribute; null leaves it out.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "muted") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  // A condition that stands for a child, as in `found && part` or `without || part`, is no text.
  const isChild = (child) => child !== null && child !== undefined && typeof child !== "boolean";
  element.append(...children.flat().filter(isChild));
  return element;
}

const ICONS = {
  script: "M4 5h16M4 10h16M4 15h10M4 20h7",
  voices: "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3M5 11a7 7 0 0 0 14 0M12 18v3",
  captions: "M3 5h18v14H3zM7 15h4M13 15h4M7 11h10",
  align: "M3 12h2M7 8v8M11 4v16M15 9v6M19 6v12",
  runs: "M4 4v6h6M4.5 10a8 8 0 1 1-.5 4M12 8v4l3 2",
  health: "M3 12h4l2-6 4 12 2-6h6",
  play: "M7 5l11 7-11 7z",
  pause: "M8 5v14M16 5v14",
  stop: "M6 6h12v12H6z",
  record: "M12 7a5 5 0 1 0 0 10a5 5 0 0 0 0-10",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  undo: "M8 5L4 9l4 4M4 9h10a5 5 0 0 1 0 10h-4",
  redo: "M16 5l4 4-4 4M20 9H10a5 5 0 0 0 0 10h4",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  key: "M14 10a4 4 0 1 1 1 3l-1 1v2h-2v2H9v2H5v-3l6-6",
  sun: "M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M19 5l-1.5 1.5M6.5 17.5L5 19",
  moon: "M20 14a8 8 0 1 1-9-10a7 7 0 0 0 9 10",
  device: "M4 5h16v11H4zM9 20h6M12 16v4",
  again: "M20 4v6h-6M19.5 10a8 8 0 1 0 .5 4",
};

/** An icon for the eye alone: what it means is said by the text or the label of the control around it. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

let lastId = 0;

/** An id that no other element has, for labels and descriptions. */
export function uniqueId(prefix = "id") {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

/** A labelled control with a hint and room for a problem: {element, control, showProblem(message)}. */
export function field(label, control, { hint = "", name = "" } = {}) {
  control.id ||= uniqueId("field");
  if (name) control.dataset.field = name;
  const described = h("p", { class: "hint", id: `${control.id}-hint`, hidden: !hint }, hint);
  const problem = h("p", { class: "problem", id: `${control.id}-problem`, hidden: true });
  control.setAttribute("aria-describedby", `${described.id} ${problem.id}`);
  const element = h("div", { class: "field" }, h("label", { for: control.id }, label), control, described, problem);
  const showProblem = (message) => {
    problem.textContent = message ?? "";
    problem.hidden = !message;
    control.toggleAttribute("aria-invalid", false);
    if (message) control.setAttribute("aria-invalid", "true");
  };
  return { element, control, showProblem };
}

/** Say something to screen readers, without moving the focus. */
export function announce(message) {
  const announcer = document.getElementById("announcer");
  // The same words a second time are a change only with a blank that is not heard.
  announcer.textContent = announcer.textContent === message ? `${message}\u00a0` : message;
}

/** Put a text on the clipboard; tells whether the browser lets the page, which it does on secure addresses alone. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

const TOAST_MS = 8000;

/**
 * Show a message for a while; with an action it has a button, and `onClose(acted)` is called once it is gone.
 * It stays while the pointer or the focus is on it.
 */
export function toast(message, { action = null, onAction = null, onClose = null, duration = TOAST_MS } = {}) {
  let timer = 0;
  const close = (acted) => {
    if (!element.isConnected) return;
    clearTimeout(timer);
    // Unless an action has taken the focus elsewhere, it would be lost with the button.
    if (element.contains(document.activeElement)) document.getElementById("view").focus();
    element.remove();
    onClose?.(acted);
  };
  const act = () => {
    onAction?.();
    close(true);
  };
  const dismiss = h("button", { type: "button", "aria-label": "Dismiss", onclick: () => close(false) }, icon("close"));
  const element = h(
    "div",
    { class: "toast", role: "status" },
    h("span", {}, message),
    h("span", { class: "row" }, action && h("button", { type: "button", onclick: act }, action), dismiss),
  );
  const hold = () => clearTimeout(timer);
  const start = () => {
    hold();
    timer = setTimeout(() => close(false), duration);
  };
  element.addEventListener("pointerenter", hold);
  element.addEventListener("focusin", hold);
  element.addEventListener("pointerleave", () => element.contains(document.activeElement) || start());
  element.addEventListener("focusout", ({ relatedTarget }) => element.contains(relatedTarget) || start());
  document.getElementById("toasts").append(element);
  start();
  return { close: () => close(false) };
}

/** Ask with a modal dialog that `build(close)` fills; resolves with what `close` was given, null when dismissed. */
export function ask(title, build) {
  return new Promise((resolve) => {
    const id = uniqueId("dialog");
    let answer = null;
    const close = (value) => {
      answer = value;
      dialog.close();
    };
    const dialog = h("dialog", { "aria-labelledby": id, class: "stack" }, h("h2", { id }, title));
    dialog.append(...[build(close)].flat());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Seconds as people read them: 0:07.3, 12:05. */
export function clock(seconds, digits = 0) {
  // Rounded first: 59.99 with one digit is a minute.
  const whole = Number(Math.max(0, seconds).toFixed(digits));
  const minutes = Math.floor(whole / 60);
  const rest = (whole - 60 * minutes).toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
  return `${minutes}:${rest}`;
}

/** Bytes as people read them. */
export function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return `${(count / 1000 ** step).toFixed(step > 1 ? 1 : 0)} ${units[step]}`;
}

/** Offer bytes or a Blob as a file to save. */
export function save(content, filename, type = "application/octet-stream") {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  h("a", { href: url, download: filename }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
