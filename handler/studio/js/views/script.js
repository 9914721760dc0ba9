// The view: script.

import { h } from "../dom.js";

class ScriptView extends HTMLElement {
  connectedCallback() {
    this.replaceChildren(h("h1", {}, "Script"));
  }
}

customElements.define("script-view", ScriptView);
