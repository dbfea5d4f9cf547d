// Which characters XML 1.0 allows, and how text is spelled so that a parser reads back exactly that text.

import { once } from '../std/once.ts';

const ILLEGAL = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Characters that show nothing and hide, move or reorder what stands around them: a reviewer reads one thing, a machine
 * another. Control and format characters and line separators, but for what layout needs, the joiners of words and emoji,
 * and the number signs of Arabic and Syriac, which do show.
 */
const invisible = once(
  () => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}](?<!\u200c|\u200d|[\t\n\r\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2])/u,
);

/** What most networks hold none of. */
const UNUSUAL = /[^\t\n\r -~]/;

/** Offset of the first character that no XML document may hold, escaped or not (control characters, lone surrogates); -1 for none. */
export function illegalCharacterAt(text: string): number {
  return text.search(ILLEGAL);
}

/** Offset of the first character that is not seen, or turns the direction of what is; -1 for none. A byte order mark is one. */
export function invisibleCharacterAt(text: string): number {
  return UNUSUAL.test(text) ? text.search(invisible()) : -1;
}

/** `U+202E`: how messages name a character that cannot be shown. */
export function codePointName(text: string, at: number): string {
  return `U+${(text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Attribute value between `quote`s. Tabs and line ends as references, because a parser turns them into blanks. Throws on an illegal character: callers check. */
export function escapeValue(value: string, quote: '"' | "'"): string {
  requireLegal(value);
  return /[&<>"'\t\n\r]/.test(value)
    ? value.replace(/[&<>"'\t\n\r]/g, (c) => ((c === '"' || c === "'") && c !== quote ? c : REFERENCES[c]!))
    : value;
}

/** Character data. A carriage return as a reference, because a parser turns it into a line feed. Throws on an illegal character: callers check. */
export function escapeText(value: string): string {
  requireLegal(value);
  return /[&<>\r]/.test(value) ? value.replace(/[&<>\r]/g, (c) => REFERENCES[c]!) : value;
}

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

function requireLegal(value: string): void {
  const at = illegalCharacterAt(value);
  if (at !== -1) throw new Error(`${codePointName(value, at)} reached the XML printer`);
}
