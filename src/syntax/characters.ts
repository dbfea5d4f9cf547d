// Which characters names and bare words are made of. Lexer, string reader and printer share it.

/** XML 1.0 NameStartChar without the colon; the surrogates stand for U+10000 to U+EFFFF. */
export const NAME_START =
  'A-Z_a-z\\xC0-\\xD6\\xD8-\\xF6\\xF8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uD800-\\uDB7F\\uDC00-\\uDFFF\\uF900-\\uFDCF\\uFDF0-\\uFFFD';

/** XML 1.0 NameChar without the colon and, for the paths' sake, without the dot. */
export const NAME_REST = `${NAME_START}\\-0-9\\xB7\\u0300-\\u036F\\u203F\\u2040`;

/** A name without prefix: of a variable, of a column. */
export const SIMPLE_NAME = `[${NAME_START}][${NAME_REST}]*`;

/** A name of an element or attribute, perhaps with a prefix. */
export const NAME = `${SIMPLE_NAME}(?::${SIMPLE_NAME})?`;

/** What no bare word holds: white space, controls, quotes, brackets, comma, semicolon, dollar, backslash. */
const NOT_BARE = '\\s\\x00-\\x1F\\x7F"\'()[\\]{},;<>$\\\\\\u2018\\u2019\\u201C\\u201D';

/** A bare word: it also does not begin like an operator or a comment. */
export const BARE = `[^=#${NOT_BARE}][^${NOT_BARE}]*`;

/**
 * What a script holds nowhere, not even in a comment: characters that XML cannot hold, half surrogate pairs,
 * carriage returns that end no line, and the marks that show a text in another order than it is read
 * (what is reviewed must be what runs; CVE-2021-42574).
 */
export const FORBIDDEN =
  '[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F\\uFFFE\\uFFFF\\u202A-\\u202E\\u2066-\\u2069]|\\r(?!\\n)|[\\uD800-\\uDBFF](?![\\uDC00-\\uDFFF])|(?<![\\uD800-\\uDBFF])[\\uDC00-\\uDFFF]';

const wholeName = new RegExp(`^${NAME}$`);
const wholeSimpleName = new RegExp(`^${SIMPLE_NAME}$`);
const wholeBare = new RegExp(`^${BARE}$`);
const nameThenEquals = new RegExp(`^${NAME}=`);
const forbidden = new RegExp(FORBIDDEN);

export function isName(text: string): boolean {
  return wholeName.test(text);
}

export function isSimpleName(text: string): boolean {
  return wholeSimpleName.test(text);
}

/** Whether `text` can be written as a value without quotes. */
export function isBare(text: string): boolean {
  return wholeBare.test(text) && !forbidden.test(text);
}

/** Whether `text` can be written as the key between `[` and `]` without quotes. */
export function isBareKey(text: string): boolean {
  return isBare(text) && text !== '*' && !nameThenEquals.test(text);
}

/** Whether XML 1.0 can hold the character. */
export function isXmlCharacter(codePoint: number): boolean {
  return (
    codePoint === 0x9 ||
    codePoint === 0xa ||
    codePoint === 0xd ||
    (codePoint >= 0x20 && codePoint <= 0xd7ff) ||
    (codePoint >= 0xe000 && codePoint <= 0xfffd) ||
    (codePoint >= 0x10000 && codePoint <= 0x10ffff)
  );
}

/** `U+200B`, for characters that a message cannot show. */
export function codePointName(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}
