// What is said about a text that is not acceptable XML: one function for each problem that parse.ts finds itself,
// and `explain` for those that saxes finds. saxes' own words stop here; its messages only choose among ours.

import { type Diagnostic, error, type Label, warning } from '../diagnostics/diagnostic.ts';
import type { Source, Span } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { codePointName, illegalCharacterAt } from './characters.ts';
import type { XmlAttr, XmlElement } from './document.ts';

const ESCAPE_HELP = 'write `&lt;` for the character itself';

export function tooLarge(source: Source, start: number, end: number, limit: number): Diagnostic {
  return error(
    'SL113',
    { source, start, end: start },
    `the XML text has ${end - start} characters, more than ${limit}`,
    {
      help: 'libvirt takes no message over 32 MiB; split the network, or look whether this is the right file',
    },
  );
}

export function tooDeep(source: Source, start: number, end: number, limit: number): Diagnostic {
  return error('SL113', { source, start, end }, `elements are nested more than ${limit} deep`, {
    help: 'look for a closing tag that is missing further up',
  });
}

export function tooManyAttributes(source: Source, start: number, end: number, limit: number): Diagnostic {
  return error('SL113', { source, start, end }, `an element has more than ${limit} attributes`, {
    help: 'no element of a network needs a tenth of that: look whether this is the right file',
  });
}

export function illegalCharacter(source: Source, at: number): Diagnostic {
  return error(
    'SL108',
    { source, start: at, end: at + 1 },
    `${codePointName(source.text, at)} is not allowed in XML`,
    {
      help: 'remove the character; XML has no way to write it, not even as a reference',
    },
  );
}

export function invisibleCharacter(source: Source, at: number): Diagnostic {
  return warning(
    'SL114',
    { source, start: at, end: at + 1 },
    'the XML text holds a character that is invisible or turns the reading direction',
    {
      help: 'what a reader sees here is not what a program reads; remove the character unless it is meant',
    },
  );
}

export function doctype(source: Source, at: number): Diagnostic {
  return error('SL110', { source, start: at, end: at + '<!DOCTYPE'.length }, 'a DOCTYPE is not accepted', {
    help: 'remove it: libvirt documents need none, and it could define entities',
  });
}

export function declarationInFragment(span: Span): Diagnostic {
  return error('SL112', span, 'an XML declaration cannot stand in a piece of XML', {
    help: 'remove `<?xml … ?>`',
  });
}

export function wrongVersion(span: Span, version: string | undefined): Diagnostic {
  return error('SL112', span, `XML version ${shown(version ?? '')} is not accepted`, {
    help: "write `<?xml version='1.0'?>`",
  });
}

export function wrongEncoding(span: Span, encoding: string): Diagnostic {
  return error('SL112', span, `the encoding ${shown(encoding)} is not accepted`, {
    help: "save the file as UTF-8 and write `encoding='UTF-8'`, or leave the encoding out",
  });
}

export function malformedName(source: Source, start: number, end: number): Diagnostic {
  return error(
    'SL107',
    { source, start, end },
    `${shown(source.text.slice(start, end))} is not a name with at most one prefix`,
    {
      help: 'a name is `local` or `prefix:local`, and only declarations start with `xmlns`',
    },
  );
}

export function undeclaredPrefix(
  source: Source,
  start: number,
  name: string,
  prefix: string,
  known: readonly string[],
): Diagnostic {
  const near = nearestName(prefix, known);
  return error(
    'SL106',
    { source, start, end: start + name.length },
    `the namespace prefix ${shown(prefix)} is not declared`,
    {
      help:
        near === null || near === ''
          ? `declare it: \`xmlns:${clip(prefix)}='…'\``
          : `did you mean \`${near}:\`?`,
    },
  );
}

/** What is wrong with declaring `prefix` (empty: the default namespace) as `uri`, or null. */
export function misdeclared(
  span: Span,
  prefix: string,
  uri: string,
  xmlNs: string,
  xmlnsNs: string,
): Diagnostic | null {
  if (prefix === 'xml' && uri === xmlNs) return null;
  if (prefix === 'xml' || prefix === 'xmlns') {
    return error('SL107', span, `the prefix \`${prefix}\` belongs to XML and cannot be declared`, {
      help: 'choose another prefix',
    });
  }
  if (uri === xmlNs || uri === xmlnsNs) {
    return error('SL107', span, `the namespace \`${uri}\` belongs to XML and cannot be declared`, {
      help: 'remove the declaration',
    });
  }
  if (prefix !== '' && uri === '') {
    return error('SL107', span, `the prefix ${shown(prefix)} is declared without a namespace`, {
      help: 'write the namespace between the quotes',
    });
  }
  return null;
}

export function attributeTwice(
  source: Source,
  start: number,
  end: number,
  name: string,
  first: XmlAttr,
): Diagnostic {
  return error('SL105', { source, start, end }, `the attribute ${shown(name)} is given twice`, {
    labels: [{ span: { source, start: first.start, end: first.end }, message: 'first given here' }],
    help: 'keep one of the two',
  });
}

export function wrongClose(
  source: Source,
  start: number,
  end: number,
  expected: string,
  open: { readonly start: number; readonly end: number },
): Diagnostic {
  return error(
    'SL102',
    { source, start, end },
    `${shown(source.text.slice(start, end))} stands where ${shown(expected)} is still open`,
    {
      labels: [{ span: { source, start: open.start, end: open.end }, message: 'opened here' }],
      help: `write \`</${clip(expected)}>\` first`,
    },
  );
}

export function secondRoot(
  source: Source,
  start: number,
  end: number,
  root: XmlElement,
  fragment: boolean,
): Diagnostic {
  return error(
    'SL111',
    { source, start, end },
    fragment ? 'one element was expected, and here is a second' : 'a second root element',
    {
      labels: [{ span: { source, start: root.start, end: root.openEnd }, message: 'the first is this' }],
      help: fragment
        ? 'write one statement for each element'
        : 'a document has one root element; put the rest inside it',
    },
  );
}

export function textOutside(source: Source, from: number, to: number, fragment: boolean): Diagnostic {
  const stop = /[<\n\r]/g;
  stop.lastIndex = from + 1;
  const end = Math.min(stop.exec(source.text)?.index ?? to, to);
  return error(
    'SL111',
    { source, start: from, end },
    fragment ? 'one element was expected, and nothing beside it' : 'text outside the root element',
    {
      help: 'remove it, or put it inside the element',
    },
  );
}

export function unseparatedTarget(source: Source, start: number, end: number): Diagnostic {
  return error(
    'SL101',
    { source, start, end },
    'no white space behind the name of the processing instruction',
    {
      help: 'write `<?name data?>`',
    },
  );
}

/** A comment from `start` that has `--` at `at`, not followed by `>`. */
export function doubleDash(source: Source, start: number, at: number): Diagnostic {
  return error('SL101', { source, start: at, end: at + 2 }, '`--` cannot stand inside a comment', {
    labels: [{ span: { source, start, end: start + 4 }, message: 'in the comment that starts here' }],
    help: 'write `- -`, or end the comment with `-->`',
  });
}

/** A comment from `start` that runs to the end of the text. */
export function openComment(source: Source, start: number, end: number): Diagnostic {
  return unfinished({ source, start, end }, 'the comment', '`-->`');
}

function unfinished(rest: Span, what: string, closing: string): Diagnostic {
  const span = { ...rest, end: Math.min(rest.start + 9, rest.end) };
  return error('SL103', span, `${what} that starts here never ends`, {
    help: `look where ${closing} is missing`,
  });
}

/** Where saxes stood when it found a problem. Offsets are into `text`, which starts at `from` in the source. */
export type Stand = {
  readonly source: Source;
  readonly text: string;
  readonly from: number;
  readonly fragment: boolean;
  /** True when the whole text has been read. */
  readonly ended: boolean;
  /** Where the last complete piece of markup or text ended. */
  readonly cursor: number;
  /** Behind the character that saxes read last. */
  readonly at: number;
  /** The innermost open element; `start` is an offset into the source. */
  readonly open: { readonly name: string; readonly start: number } | null;
};

/** The problem behind a message of saxes 6.0.0; those that parse.ts finds first do not come here. */
export function explain(stand: Stand, message: string): Diagnostic {
  const { source, text, from, cursor, at } = stand;
  const span = (start: number, end: number): Span => ({ source, start: from + start, end: from + end });
  const mark = blankEnd(text, cursor);
  const last = span(Math.max(at - 1, 0), at);
  if (/^<!doctype/i.test(text.slice(mark, mark + 9))) return doctype(source, from + mark);
  if (stand.ended) return explainEnd(stand, mark, span);
  switch (message) {
    case 'disallowed character.':
      return error('SL104', last, '`<` cannot stand in an attribute value', {
        labels: labelsOf(attributeAt(stand, mark, at), 'in the value that starts here'),
        help: `close the quote, or ${ESCAPE_HELP}`,
      });
    case 'attribute without value.':
      return withoutValue(attributeAt(stand, mark, at) ?? last);
    case 'unquoted attribute value.':
      return error('SL104', last, 'an attribute value without quotes', {
        help: "put it in quotes: `name='value'`",
      });
    case 'no whitespace between attributes.':
      return error('SL104', last, 'no white space before this attribute', {
        help: 'write a blank between two attributes',
      });
    case 'disallowed character in attribute name.': {
      const attribute = attributeAt(stand, mark, at);
      if (attribute !== null && text[at - 1] === '/') return withoutValue(attribute);
      return error('SL104', last, `${shown(text.slice(at - 1, at))} cannot stand here in a tag`, {
        help: "a tag is `<name attribute='value' …>`; look for a quote that is missing before this",
      });
    }
    case 'text data outside of root node.':
      return textOutside(source, from + mark, from + text.length, stand.fragment);
    case 'processing instructions are not allowed before root.':
    case 'an XML declaration must be at the start of the document.':
    case 'the XML declaration must appear at the start of the document.':
      return error('SL112', span(mark, at), 'an XML declaration can stand only at the very start', {
        help: 'remove it, or what stands before it (blank lines too)',
      });
    case 'empty entity name.':
    case 'undefined entity.':
    case 'disallowed character in entity name.':
    case 'malformed character entity.':
      return (
        badReference(stand, mark, span) ??
        error('SL109', last, 'a malformed reference', { help: 'write `&amp;` for the character `&` itself' })
      );
    case 'the string "]]>" is disallowed in char data.':
      return error('SL101', span(at - 3, at), '`]]>` cannot stand in text', { help: 'write `]]&gt;`' });
    case 'processing instruction without a target.':
    case 'disallowed character in processing instruction name.':
      return error('SL101', span(mark, at), '`<?` must be followed by a name', { help: ESCAPE_HELP });
    case 'forward-slash in opening tag not followed by >.':
      return error('SL101', last, '`/` must be followed by `>` here', {
        help: 'end the tag with `/>`, or put the value in quotes',
      });
    case 'disallowed character in tag name':
      return error('SL101', span(mark, mark + 1), '`<` must be followed by a name', { help: ESCAPE_HELP });
    case 'disallowed character in tag name.':
      return error('SL101', last, `${shown(text.slice(at - 1, at))} cannot be part of an element's name`, {
        help: 'write a blank, `>` or `/>` behind the name',
      });
    case 'incorrect syntax.':
      return error('SL101', span(mark, at), '`<!` starts neither a comment nor a CDATA section', {
        help: 'comments are written `<!-- … -->`',
      });
    case 'weird empty close tag.':
    case 'disallowed character in closing tag.':
      return error('SL101', span(mark, at), 'this is not a closing tag', {
        help: stand.open === null ? 'remove it' : `write \`</${clip(stand.open.name)}>\``,
      });
    default:
      if (message.startsWith('unmatched closing tag')) {
        return error('SL102', span(mark, at), 'a closing tag, but no element is open', { help: 'remove it' });
      }
      // what is left are the twelve ways to spell an XML declaration wrongly
      return error('SL112', span(mark, at), 'a malformed XML declaration', {
        help: "write `<?xml version='1.0' encoding='UTF-8'?>`",
      });
  }
}

function withoutValue(span: Span): Diagnostic {
  return error('SL104', span, 'an attribute without a value', { help: "write `name='value'`" });
}

/** The text is over: what was still open? */
function explainEnd(stand: Stand, mark: number, span: (start: number, end: number) => Span): Diagnostic {
  const { text, open } = stand;
  const rest = text.slice(mark, mark + 9);
  const here = span(mark, text.length);
  if (rest.startsWith('<!--')) return unfinished(here, 'the comment', '`-->`');
  if (rest.startsWith('<![CDATA[')) return unfinished(here, 'the CDATA section', '`]]>`');
  if (rest.startsWith('<?')) return unfinished(here, 'the processing instruction', '`?>`');
  if (rest.startsWith('<!')) return unfinished(here, 'the markup', '`>`');
  if (rest.startsWith('</')) return unfinished(here, 'the closing tag', '`>`');
  if (rest.startsWith('<')) {
    const attribute = attributeAt(stand, mark, text.length);
    return attribute === null
      ? unfinished(here, 'the tag', '`>`')
      : unfinished({ ...here, start: attribute.start }, 'the attribute', 'a closing quote');
  }
  const reference = badReference(stand, stand.cursor, span);
  if (reference !== null) return reference;
  if (open !== null) {
    const name = clip(open.name);
    return error(
      'SL103',
      { source: stand.source, start: open.start, end: open.start + 1 + open.name.length },
      `the element \`${name}\` is never closed`,
      {
        help: `write \`</${name}>\` behind what belongs to it`,
      },
    );
  }
  return error(
    'SL111',
    span(mark, mark),
    stand.fragment ? 'an element was expected' : 'there is no root element',
    {
      help: stand.fragment
        ? "write one, as in `<host ip='10.0.0.2'/>`"
        : 'a network document holds one `<network>` element',
    },
  );
}

/** The problem with the first `&` at or behind `start` that does not start one of the references of XML, or null. */
function badReference(
  stand: Stand,
  start: number,
  span: (start: number, end: number) => Span,
): Diagnostic | null {
  const { text } = stand;
  const pattern = /&(?!(?:amp|lt|gt|quot|apos);)(?:#([0-9]+);|#x([0-9a-fA-F]+);)?/g;
  pattern.lastIndex = start;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    const [whole, decimal, hex] = found;
    if (whole === '&') {
      const name = /^[^\s;&<>'"]*;?/.exec(text.slice(found.index + 1, found.index + 65))![0]; // matches at least nothing
      return error(
        'SL109',
        span(found.index, found.index + 1 + name.length),
        name.endsWith(';') && name.length > 1
          ? `the entity ${shown(whole + name)} is not defined`
          : 'a `&` that starts no reference',
        {
          help: 'write `&amp;` for the character itself; XML alone defines `&amp;` `&lt;` `&gt;` `&quot;` `&apos;` and `&#…;`',
        },
      );
    }
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number.parseInt(decimal, 10);
    if (!(code <= 0x10ffff) || illegalCharacterAt(String.fromCodePoint(code)) !== -1) {
      return error(
        'SL108',
        span(found.index, found.index + whole.length),
        `${shown(whole)} names a character that is not allowed in XML`,
        {
          help: 'remove it; XML has no way to write this character',
        },
      );
    }
  }
  return null;
}

/** The attribute that is being read at `at` in the tag that starts at `mark`: from its name on, or null between attributes. */
function attributeAt(stand: Stand, mark: number, at: number): Span | null {
  const { source, text, from } = stand;
  const pattern = /\s+([^\s=<>/"']+)\s*(?:=\s*(?:"[^"<]*"|'[^'<]*'))?/y;
  const name = /<[^\s<>/="']*/y;
  name.lastIndex = mark;
  if (!name.test(text)) return null;
  let last: Span | null = null;
  pattern.lastIndex = name.lastIndex;
  for (let found = pattern.exec(text); found !== null && found.index < at; found = pattern.exec(text)) {
    const [whole, attribute] = found;
    const start = found.index + whole.indexOf(attribute!); // group 1 is not optional
    last = /["']$/.test(whole)
      ? null
      : { source, start: from + start, end: from + start + attribute!.length };
  }
  return last;
}

function labelsOf(span: Span | null, message: string): readonly Label[] {
  return span === null ? [] : [{ span, message }];
}

function blankEnd(text: string, from: number): number {
  const pattern = /[ \t\r\n]*/y;
  pattern.lastIndex = from;
  pattern.test(text);
  return pattern.lastIndex;
}

/** A name in backticks, cut when it is long: it is a stranger's text. */
function shown(name: string): string {
  return `\`${clip(name)}\``;
}

function clip(name: string): string {
  return name.length <= 60 ? name : `${name.slice(0, 60)}…`;
}
