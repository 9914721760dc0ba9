// The view: captions.

import { h } from "../dom.js";

class CaptionsView extends HTMLElement {
  connectedCallback() {
    this.replaceChildren(h("h1", {}, "Captions"));
  }
}

customElements.define("captions-view", CaptionsView);
