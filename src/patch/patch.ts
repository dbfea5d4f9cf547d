// A patch as data: one XPath that selects exactly one node, one operation, a piece of XML, and the place that caused it.
// Its exchange form is RFC 5261 (rfc5261.ts).

import type { Span } from '../source/source.ts';
import type { XmlElement } from '../xml/document.ts';

declare const xpathBrand: unique symbol;
/** An XPath 1.0 expression that selects one node of the document as it was when the patch was made. */
export type XPath = string & { readonly [xpathBrand]: true };

export type PatchOperation =
  /** `sel` is the parent for prepend and append, the sibling for before and after. */
  | {
      readonly type: 'add-element';
      readonly position: 'prepend' | 'append' | 'before' | 'after';
      readonly content: XmlElement;
    }
  /** `sel` is the element. */
  | { readonly type: 'add-attribute'; readonly name: string; readonly ns: string; readonly value: string }
  | { readonly type: 'replace-element'; readonly content: XmlElement }
  /** `sel` is the attribute. */
  | { readonly type: 'replace-attribute'; readonly value: string }
  /** `sel` is the element: one that has no character data, and one whose only text becomes `value`. */
  | { readonly type: 'add-text'; readonly value: string }
  | { readonly type: 'replace-text'; readonly value: string }
  /** `blankBefore`: white space stands before it and goes with it. */
  | { readonly type: 'remove-element'; readonly blankBefore: boolean }
  | { readonly type: 'remove-attribute' };

export type Patch = {
  readonly sel: XPath;
  readonly operation: PatchOperation;
  /** Prefix → URI for every prefix in `sel`. */
  readonly namespaces: ReadonlyMap<string, string>;
  /** Include lines, data row, statement: innermost last. */
  readonly cause: readonly Span[];
};
