// Where an element is: names and keys from the root down. The identity that changes, policy and messages share.

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
export type Leaf = { readonly type: 'element' } | { readonly type: 'attribute'; readonly name: string } | { readonly type: 'text' };

export const ELEMENT_LEAF: Leaf = { type: 'element' };
export const TEXT_LEAF: Leaf = { type: 'text' };

/** What must be quoted in a printed key (rule 14). */
const PLAIN_KEY = /^[A-Za-z0-9_:~+%=<>|^!$&;?{}()\\-][^\][/.*@,#"'\s]*$|^[^\][/*@,#"'\s]+$/;

export function keyText(key: Key): string {
  const separator = key.kind === 'range' ? '-' : '/';
  const joined = key.parts.map((part) => (part.includes(separator) && separator === '/' && key.parts.length > 1 ? JSON.stringify(part) : part)).join(separator);
  return key.parts.length > 1 || PLAIN_KEY.test(joined) ? joined : JSON.stringify(joined);
}

export function stepText(step: Step): string {
  const name = step.name.startsWith('{') ? `'${step.name}'` : step.name;
  return `${name}${step.key === null ? '' : `[${keyText(step.key)}]`}${step.nth > 1 ? `#${step.nth}` : ''}`;
}

/** `ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a]@name`; the root element prints as `network`. */
export function pathText(steps: readonly Step[], leaf: Leaf = ELEMENT_LEAF): string {
  const element = steps.length === 0 ? 'network' : steps.map(stepText).join('.');
  switch (leaf.type) {
    case 'element':
      return element;
    case 'attribute':
      return `${element}@${leaf.name}`;
    case 'text':
      return `${element}@text()`;
  }
}

/** Equal exactly when two keys are: for maps. Parts are separated by a character that XML cannot hold. */
export function keyIdentity(key: Key): string {
  return `${key.kind}\u0000${key.parts.join('\u0000')}`;
}
