// The view: voices.

import { h } from "../dom.js";

class VoicesView extends HTMLElement {
  connectedCallback() {
    this.replaceChildren(h("h1", {}, "Voices"));
  }
}

customElements.define("voices-view", VoicesView);
