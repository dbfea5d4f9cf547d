// Where an XML literal in a script ends. Knows tags, quotes, comments, CDATA and processing instructions, and nothing
// else of XML: whether the fragment is well-formed is asked where it is read.

/** The literal's end, or where and why it cannot have one. */
export type LiteralEnd =
  | { readonly type: 'end'; readonly end: number }
  | { readonly type: 'broken'; readonly reason: string; readonly at: number };

/** Deeper than any network; keeps the stack of names small for hostile text. */
const MAX_DEPTH = 200;

const tagName = /[^\s"'<>/=]*/y;
const tagPlain = /[^"'<>]*/y;
/** Up to the quote that ends it, or to a `<`, which XML has in no attribute value. */
const quoted = { '"': /[^"<]*/y, "'": /[^'<]*/y };

/**
 * Finds the end of the element that `<` at `start` opens. One pass, linear in what it reads; it stops at the first sign that the literal is broken (`<` inside a tag, a closing tag of another
 * name), so that a forgotten quote or slash does not swallow the script.
 */
export function xmlLiteralEnd(text: string, start: number): LiteralEnd {
  const open: { readonly name: string; readonly at: number }[] = [];
  let at = start;
  while (at !== -1) {
    if (text.startsWith('<!--', at)) {
      at = behind(text, '-->', at + 4);
    } else if (text.startsWith('<![CDATA[', at)) {
      at = behind(text, ']]>', at + 9);
    } else if (text.startsWith('<?', at)) {
      at = behind(text, '?>', at + 2);
    } else {
      const closing = text[at + 1] === '/';
      const nameStart = closing ? at + 2 : at + 1;
      tagName.lastIndex = nameStart;
      tagName.test(text);
      const name = text.slice(nameStart, tagName.lastIndex);
      const close = tagEnd(text, tagName.lastIndex);
      if (close < 0)
        return broken(`the tag \`<${closing ? '/' : ''}${shown(name)}\` is never closed with \`>\``, at);
      if (closing) {
        const opened = open.pop();
        if (opened === undefined || opened.name !== name) {
          return broken(`\`</${shown(name)}>\` stands where \`</${shown(opened?.name ?? '')}>\` should`, at);
        }
      } else if (text[close - 2] !== '/') {
        open.push({ name, at });
        if (open.length > MAX_DEPTH) return broken(`its elements are nested more than ${MAX_DEPTH} deep`, at);
      }
      if (open.length === 0) return { type: 'end', end: close };
      at = close;
    }
    if (at !== -1 && text[at] !== '<') at = text.indexOf('<', at);
  }
  const inner = open.at(-1);
  return broken(
    inner === undefined
      ? 'a comment or instruction in it is never closed'
      : `\`<${shown(inner.name)}>\` is never closed`,
    inner?.at ?? start,
  );
}

function broken(reason: string, at: number): LiteralEnd {
  return { type: 'broken', reason, at };
}

function shown(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name;
}

/** Behind the next `mark`, or -1. */
function behind(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? -1 : found + mark.length;
}

/** Behind the `>` that closes the tag; -1 when `<` or the end of the text comes first. */
function tagEnd(text: string, from: number): number {
  for (let at = from; ; ) {
    tagPlain.lastIndex = at;
    tagPlain.test(text);
    at = tagPlain.lastIndex;
    const unit = text[at];
    if (unit === '>') return at + 1;
    if (unit !== '"' && unit !== "'") return -1;
    const value = quoted[unit];
    value.lastIndex = at + 1;
    value.test(text);
    at = value.lastIndex;
    if (text[at] !== unit) return -1;
    at++;
  }
}
