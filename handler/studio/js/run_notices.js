// What every view tells of jobs: how many run, at the link of the view Runs, and that one has ended.

import { announce, h, toast } from "./dom.js";

const ENDS = { completed: "Done", failed: "Failed", cancelled: "Cancelled" };

/**
 * Tell of jobs at `link`, and by messages. An element with `data-run="ID"`, such as a <run-card>, shows that job: its
 * end is then only announced, since it is seen already.
 */
export function watchRuns({ runs, open }, link) {
  const count = h("span", { class: "count", hidden: true });
  link.append(count);
  const update = () => {
    const running = runs.running;
    if (count.firstChild?.data === String(running)) return;
    count.hidden = running === 0;
    count.replaceChildren(String(running), h("span", { class: "unseen" }, running === 1 ? " job runs" : " jobs run"));
  };
  runs.addEventListener("change", update);
  update();
  runs.addEventListener("end", ({ detail: run }) => {
    const message = `${ENDS[run.state]}: ${run.title}`;
    if (document.querySelector(`[data-run="${CSS.escape(run.id)}"]`)) announce(message);
    else if (run.state !== "cancelled") toast(message, { action: "Show", onAction: () => open("runs", { run: run.id }) });
  });
}
