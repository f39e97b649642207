/** FakeElement is as much of an Element as the readers of lamps use. */
class FakeElement {
  readonly children: FakeElement[] = [];
  text = "";

  constructor(
    readonly localName: string,
    private readonly attributes: Map<string, string>,
  ) {}

  get textContent(): string {
    return this.text + this.children.map((c) => c.textContent).join("");
  }

  getAttribute(name: string): string | null {
    return this.attributes.get(name) ?? null;
  }

  getElementsByTagName(name: string): FakeElement[] {
    return this.children.flatMap((c) => [...(c.localName === name ? [c] : []), ...c.getElementsByTagName(name)]);
  }
}

/** FakeDOMParser reads XML without entities, comments and prefixes, which Node has no parser for; what is not well-formed becomes a parsererror. */
export class FakeDOMParser {
  parseFromString(text: string): { documentElement: FakeElement } {
    const error = { documentElement: new FakeElement("parsererror", new Map()) };
    const top = new FakeElement("", new Map());
    const open = [top];
    for (const [, end, name, attributes, empty, words] of text.matchAll(/<(\/?)([\w-]+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>|<\?[^>]*\?>|([^<]+)/g)) {
      const at = open.at(-1)!;
      if (words !== undefined) at.text += words;
      else if (end) {
        if (open.pop()!.localName !== name || open.length === 0) return error;
      } else if (name) {
        const e = new FakeElement(name, new Map([...attributes!.matchAll(/([\w:-]+)="([^"]*)"/g)].map((m) => [m[1]!, m[2]!])));
        at.children.push(e);
        if (!empty) open.push(e);
      }
    }
    return open.length === 1 && top.children.length === 1 ? { documentElement: top.children[0]! } : error;
  }
}
