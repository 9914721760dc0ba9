// What this browser keeps of the page. One that keeps nothing, or refuses to, has the page work all the same.

/** The parts of the storage: for every visit, and for this tab until it is closed. */
export const [VISITS, TAB] = ["localStorage", "sessionStorage"];

/** The value that is kept under a name; null where there is none that can be read. */
export function kept(name, part = VISITS) {
  try {
    return parsed(window[part].getItem(name));
  } catch {
    return null;
  }
}

/** Keep a value; tells whether there was room for it. */
export function keep(name, value, part = VISITS) {
  try {
    window[part].setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function forget(name, part = VISITS) {
  try {
    window[part].removeItem(name);
  } catch {
    // What keeps nothing has nothing to forget.
  }
}

/** All names that begin with `prefix`. */
export function keptNames(prefix, part = VISITS) {
  try {
    return Object.keys(window[part]).filter((name) => name.startsWith(prefix));
  } catch {
    return [];
  }
}

/** A value as it is kept; null for what is none. */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
