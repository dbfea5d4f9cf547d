// Where an element is: names and keys from the root down. The identity that changes, policy and messages share.

import { once } from '../std/once.ts';

/** A key with its kind, so that `mac` 52:54:… is never `name` 52:54:…. Parts are canonical; an absent part is ''. */
export type Key = { readonly kind: string; readonly parts: readonly string[] };

export type Step = {
  /** The table's name (`host`, `dnsmasq:option`); for an unknown element its local name, or `{uri}local` with a namespace. */
  readonly name: string;
  /** Null for what there is one of. */
  readonly key: Key | null;
  /** 1 for the first among equal keys (or equal unknown elements), 2 for the second, … (rule 6). */
  readonly nth: number;
};

/** Which thing of an element: itself, one attribute, its text. */
export type Leaf =
  | { readonly type: 'element' }
  | { readonly type: 'attribute'; readonly name: string }
  | { readonly type: 'text' };

export const ELEMENT_LEAF: Leaf = { type: 'element' };
export const TEXT_LEAF: Leaf = { type: 'text' };

/**
 * The key as a script or policy writes it between brackets: `10.0.0.1`, `ldap/tcp//`, `10.0.0.2-10.0.0.9`, quoted where it
 * must be: `"a]b"`. lookup.ts reads it back.
 */
export function keyText(key: Key): string {
  const text = rawKeyText(key);
  return (key.parts.length > 1 ? PLAIN_LIST : PLAIN_KEY).test(text) ? text : quoted(text, '"');
}

/** The same without quotes: parts joined by `-` for ranges, else `/`; a separator inside a part has a backslash before it. */
export function rawKeyText(key: Key): string {
  const [only] = key.parts;
  if (key.parts.length === 1 && only !== undefined) return only;
  const separator = key.kind === 'range' ? '-' : '/';
  const special = separator === '-' ? /[-\\]/g : /[/\\]/g;
  return key.parts.map((part) => part.replace(special, '\\$&')).join(separator);
}

/** Keys that mean themselves unquoted, in scripts and in policy (rule 14). Anything unusual is quoted, to be seen. */
const PLAIN_KEY = /^[A-Za-z0-9_.:%+~-]+$/;
const PLAIN_LIST = /^[A-Za-z0-9_.:%+~/-]+$/;
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_-]*(:[A-Za-z_][A-Za-z0-9_-]*)?$/;

/** In quotes of the given kind, on one line, with nothing invisible in it. */
function quoted(text: string, quote: '"' | "'"): string {
  let out = quote;
  for (const char of text) {
    if (char === quote || char === '\\') out += `\\${char}`;
    else if (char === '$') out += '\\$';
    else if (char === '\n') out += '\\n';
    else if (char === '\t') out += '\\t';
    else if (invisible().test(char)) out += `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
    else out += char;
  }
  return out + quote;
}

const invisible = once(() => /[\p{C}\p{Zl}\p{Zp}]/u);

function nameText(name: string): string {
  return PLAIN_NAME.test(name) ? name : quoted(name, "'");
}

export function stepText(step: Step): string {
  return `${nameText(step.name)}${step.key === null ? '' : `[${keyText(step.key)}]`}${step.nth > 1 ? `#${step.nth}` : ''}`;
}

/** `ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a]@name`; the root element prints as `network`. */
export function pathText(steps: readonly Step[], leaf: Leaf = ELEMENT_LEAF): string {
  const element = steps.length === 0 ? 'network' : steps.map(stepText).join('.');
  switch (leaf.type) {
    case 'element':
      return element;
    case 'attribute':
      return `${element}@${nameText(leaf.name)}`;
    case 'text':
      return `${element}@text()`;
  }
}

/** Equal exactly when two keys are: for maps. Parts are separated by a character that XML cannot hold. */
export function keyIdentity(key: Key): string {
  return `${key.kind}\u0000${key.parts.join('\u0000')}`;
}
