// The view: align.

import { h } from "../dom.js";

class AlignView extends HTMLElement {
  connectedCallback() {
    this.replaceChildren(h("h1", {}, "Align"));
  }
}

customElements.define("align-view", AlignView);
