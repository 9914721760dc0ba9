// Deleting a voice, with a while in which it can be undone.

import { toast } from "./dom.js";
import { voiceLibrary } from "./voice_library.js";

/**
 * The voices that are gone from the lists, but not yet from the bucket: what is deleted there cannot be had back.
 * The deletion is sent when its message closes or the page is left. If the browser crashes before, the voice stays.
 */
const pending = new Map();
const UNDO_MS = 10_000;

const jobOf = (name) => ({ endpoint: "delete_voice", voice_name: name });

/** Delete a voice once its message has closed. */
export function deleteVoice(studio, name) {
  const library = voiceLibrary(studio);
  library.hide(name);
  const message = toast(`${name} is deleted when this message closes or you leave the page.`, {
    action: "Undo",
    duration: UNDO_MS,
    onClose: (undone) => {
      // It may have been withdrawn, or sent as the page was left.
      if (!pending.delete(name)) return;
      if (undone) library.show(name);
      else send(studio, name);
    },
  });
  pending.set(name, { api: studio.api, message });
}

/** Keep a voice that is about to be deleted: another one is uploaded in its place. Tells whether there was one. */
export function withdrawDeletion(studio, name) {
  const found = pending.get(name);
  if (!found) return false;
  pending.delete(name);
  found.message.close();
  voiceLibrary(studio).show(name);
  return true;
}

async function send(studio, name) {
  const library = voiceLibrary(studio);
  try {
    await studio.api.call(jobOf(name));
    library.remove(name);
  } catch (error) {
    if (error.code === "not_found") return library.remove(name);
    library.show(name);
    toast(`${name} was not deleted: ${error.message}`, { action: "Try again", onAction: () => deleteVoice(studio, name) });
  }
}

addEventListener("pagehide", () => {
  for (const [name, { api, message }] of pending) {
    pending.delete(name);
    // As a job of its own: one that waits for its answer would be cancelled with the page.
    api.json("POST", "v1/jobs", { json: { input: jobOf(name) }, keepalive: true }).catch(() => {});
    message.close();
  }
});
