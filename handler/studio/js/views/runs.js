// The view: runs.

import { h } from "../dom.js";

class RunsView extends HTMLElement {
  connectedCallback() {
    this.replaceChildren(h("h1", {}, "Runs"));
  }
}

customElements.define("runs-view", RunsView);
