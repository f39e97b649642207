// For pages of others: <script src="https://gateway/embed.js"></script> and
// <tandem-call to="600">Call us</tandem-call>. A click opens the phone with the
// number in a window of its own; with frame, in the page, where the gateway's
// file allows that origin. The phone asks before it calls: a page may not call.

const home = new URL((document.currentScript as HTMLScriptElement | null)?.src ?? location.href).origin;

class TandemCall extends HTMLElement {
  static observedAttributes = ["to"];
  private frame: HTMLIFrameElement | null = null;

  connectedCallback(): void {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    const button = document.createElement("button");
    button.type = "button";
    button.part.add("button");
    const label = document.createElement("slot");
    label.textContent = this.getAttribute("to") ?? "";
    button.append(label);
    button.addEventListener("click", () => this.open());
    root.append(button);
  }

  attributeChangedCallback(): void {
    if (this.frame) this.frame.src = this.address();
  }

  /** open shows the phone with the number. */
  open(): void {
    if (!this.hasAttribute("frame")) {
      window.open(this.address(), "tandem-phone", "popup,width=420,height=760");
      return;
    }
    if (this.frame) return this.close();
    this.frame = document.createElement("iframe");
    this.frame.src = this.address();
    this.frame.allow = "microphone; camera; autoplay; display-capture; speaker-selection; clipboard-write";
    this.frame.title = this.textContent?.trim() || "Phone";
    this.frame.part.add("frame");
    this.frame.width = "400";
    this.frame.height = "700";
    this.frame.setAttribute("frameborder", "0");
    this.shadowRoot?.append(this.frame);
  }

  /** close takes the phone out of the page, which ends its calls. */
  close(): void {
    this.frame?.remove();
    this.frame = null;
  }

  private address(): string {
    return `${home}/#dial=${encodeURIComponent(this.getAttribute("to") ?? "")}`;
  }
}

if (!customElements.get("tandem-call")) customElements.define("tandem-call", TandemCall);
