// The view: health.

import { h } from "../dom.js";

class HealthView extends HTMLElement {
  connectedCallback() {
    this.replaceChildren(h("h1", {}, "Health"));
  }
}

customElements.define("health-view", HealthView);
