// Controls of the preview's time, and the keys that do the same everywhere in the editor.

import { clock, h, icon } from "../dom.js";

/** Elements whose own keys come first. */
const OWN_KEYS = "input, select, textarea, button, a, summary, audio, video, dialog, [role=slider], [role=tab]";

/** A row of controls for a session's player; `fps()` is the rate of the frames that arrows step through. */
export function transport(session, fps) {
  const { player } = session;
  const play = h("button", { type: "button", class: "primary", onclick: () => player.toggle() });
  const position = h("input", { type: "range", min: 0, max: 1, step: "any", "aria-label": "Position", class: "position" });
  const shown = h("span", { class: "numeric small" });
  const step = (label, frames, text) =>
    h("button", { type: "button", "aria-label": label, title: label, onclick: () => stepFrames(player, frames, fps()) }, text);
  const showState = () => {
    play.replaceChildren(icon(player.playing ? "pause" : "play"));
    play.setAttribute("aria-label", player.playing ? "Pause" : "Play");
  };
  const showTime = () => {
    position.max = player.duration;
    position.value = player.time;
    position.setAttribute("aria-valuetext", `${clock(player.time, 2)} of ${clock(player.duration, 2)}`);
    shown.textContent = `${clock(player.time, 2)} / ${clock(player.duration, 2)}`;
  };
  position.addEventListener("input", () => player.seek(position.valueAsNumber));
  position.addEventListener("keydown", (event) => {
    const frames = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!frames) return;
    event.preventDefault();
    stepFrames(player, frames, fps());
  });
  player.addEventListener("state", showState);
  player.addEventListener("time", showTime);
  session.addEventListener("cues", showTime);
  session.addEventListener("media", showTime);
  showState();
  showTime();
  return h(
    "div",
    { class: "transport", role: "group", "aria-label": "Playback" },
    play, position, h("div", { class: "row between" }, shown,
      h("span", { class: "row" }, step("Back one frame", -1, "‹"), step("Forward one frame", 1, "›"))),
  );
}

function stepFrames(player, frames, fps) {
  player.pause();
  // In the middle of a frame, so that no rounding shows its neighbour.
  const frame = Math.floor(player.time * fps + 0.01) + frames;
  player.seek(Math.max(0, (frame + 0.5) / fps));
}

/**
 * Keys of the editor, unless a control has its own: Space plays, arrows step, [ and ] set the edges of the chosen cue,
 * Ctrl+Z and Ctrl+Shift+Z undo and redo. `act(name)` does what has a name.
 */
export function editorKeys(session, fps, act) {
  const { player } = session;
  return (event) => {
    const { key, target } = event;
    const control = event.ctrlKey || event.metaKey;
    // In a field of a style or a search, the browser's own undo is expected.
    const ownUndo = target.closest?.("input, textarea")?.closest(".cue-words, cue-editor") === null;
    if (control && key.toLowerCase() === "z" && !(target.matches?.("input, textarea") && ownUndo)) {
      event.preventDefault();
      act(event.shiftKey ? "redo" : "undo");
      return;
    }
    if (control && key.toLowerCase() === "y" && !target.matches?.("input, textarea")) {
      event.preventDefault();
      act("redo");
      return;
    }
    if (control || event.altKey || target.closest?.(OWN_KEYS)) return;
    const keys = {
      " ": () => player.toggle(),
      ArrowLeft: () => stepFrames(player, -1, fps()),
      ArrowRight: () => stepFrames(player, 1, fps()),
      "[": () => edge(session, "start"),
      "]": () => edge(session, "end"),
    };
    if (!(key in keys)) return;
    event.preventDefault();
    keys[key]();
  };
}

function edge(session, name) {
  const { model, current, player } = session;
  if (current !== null) model.setTimes(current, { [name]: player.time }, session.burst(`${name} ${current}`));
}
