// <cue-list>: all cues, of which only those in sight are elements, so that thousands of them scroll as few do.

import { clock, h } from "../dom.js";
import { isFast, readingSpeed } from "./model.js";
import { textOf } from "./words.js";

const ROW_PX = 64;
const SPARE_ROWS = 6; // above and below what is in sight

/** Property: `session`. Events: `edit` when the chosen cue's text is to be edited. */
class CueList extends HTMLElement {
  #box = h("div", { role: "listbox", tabindex: 0, "aria-label": "Cues", class: "cue-scroll" });
  #space = h("div", { role: "presentation", class: "cue-space" });
  #rows = new Map();
  #stop = null;
  #spoken = null;

  connectedCallback() {
    this.#box.replaceChildren(this.#space);
    this.replaceChildren(this.#box);
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#box.addEventListener("scroll", () => this.#render(), { signal, passive: true });
    this.#box.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#box.addEventListener("click", (event) => this.#click(event), { signal });
    this.session.addEventListener("cues", () => this.#render(true), { signal });
    this.session.addEventListener("select", () => this.#selected(), { signal });
    this.session.player.addEventListener("time", () => this.#follow(), { signal });
    this.#render(true);
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  focus() {
    this.#box.focus();
  }

  #render(anew = false) {
    const { model, current } = this.session;
    const { cues } = model;
    this.#space.style.height = `${cues.length * ROW_PX}px`;
    const first = Math.max(0, Math.floor(this.#box.scrollTop / ROW_PX) - SPARE_ROWS);
    const last = Math.min(cues.length, Math.ceil((this.#box.scrollTop + (this.#box.clientHeight || 400)) / ROW_PX) + SPARE_ROWS);
    const wanted = new Set(cues.slice(first, last).map((cue) => cue.id));
    // The chosen cue stays an element, for screen readers.
    if (current !== null) wanted.add(current);
    for (const [id, row] of this.#rows) {
      if (wanted.has(id) && !anew) continue;
      row.remove();
      this.#rows.delete(id);
    }
    const show = (cue, at) => {
      if (this.#rows.has(cue.id)) return;
      const row = this.#row(cue, at);
      this.#rows.set(cue.id, row);
      this.#space.append(row);
    };
    for (let at = first; at < last; at += 1) show(cues[at], at);
    const at = model.indexOf(current);
    if (at >= 0) show(cues[at], at);
    if (current === null) this.#box.removeAttribute("aria-activedescendant");
    else this.#box.setAttribute("aria-activedescendant", `cue-${current}`);
    this.#follow();
  }

  #row(cue, at) {
    const chosen = cue.id === this.session.current;
    const text = textOf(cue.words);
    const fast = isFast(cue);
    const row = h(
      "div",
      {
        role: "option", id: `cue-${cue.id}`, class: "cue-row", "data-id": cue.id, "aria-selected": String(chosen),
        "aria-posinset": at + 1, "aria-setsize": this.session.model.cues.length,
      },
      h("span", { class: "cue-time numeric muted small" }, `${clock(cue.start, 2)} – ${clock(cue.end, 2)}`,
        fast && h("span", { class: "chip warn" }, `${readingSpeed(cue).toFixed(0)} characters a second`)),
      h("span", { class: "cue-text", dir: "auto" }, cue.speaker && h("strong", {}, `${cue.speaker}: `), text.replaceAll("\n", " ")),
    );
    row.style.transform = `translateY(${at * ROW_PX}px)`;
    return row;
  }

  #selected() {
    const { model, current } = this.session;
    const at = model.indexOf(current);
    if (at >= 0) this.#reveal(at);
    this.#render(true);
  }

  #reveal(at) {
    const { scrollTop, clientHeight } = this.#box;
    const top = at * ROW_PX;
    if (top < scrollTop) this.#box.scrollTop = top;
    else if (top + ROW_PX > scrollTop + clientHeight) this.#box.scrollTop = top + ROW_PX - clientHeight;
  }

  /** Mark the cue that is on screen, and keep it in sight while it plays. */
  #follow() {
    const { model, player } = this.session;
    const cue = model.at(player.time);
    if (player.playing && cue && cue.id !== this.#spoken) this.#reveal(model.indexOf(cue.id));
    this.#spoken = cue?.id ?? null;
    for (const [id, row] of this.#rows) row.classList.toggle("spoken", id === this.#spoken);
  }

  #click(event) {
    const row = event.target.closest("[data-id]");
    if (row) this.session.select(Number(row.dataset.id));
  }

  #key(event) {
    const { model, current } = this.session;
    const { cues } = model;
    const at = model.indexOf(current);
    const page = Math.max(1, Math.floor(this.#box.clientHeight / ROW_PX) - 1);
    const targets = {
      ArrowUp: at - 1, ArrowDown: at + 1, PageUp: at - page, PageDown: at + page, Home: 0, End: cues.length - 1,
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !cues.length) return;
    if (event.key in targets) {
      event.preventDefault();
      this.session.select(cues[Math.max(0, Math.min(cues.length - 1, targets[event.key]))].id);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.dispatchEvent(new Event("edit"));
    } else if (["Delete", "m"].includes(event.key)) {
      event.preventDefault();
      this.dispatchEvent(new CustomEvent("act", { detail: { Delete: "remove", m: "merge" }[event.key] }));
    }
  }
}

customElements.define("cue-list", CueList);

export const cueList = (session) => Object.assign(document.createElement("cue-list"), { session });
