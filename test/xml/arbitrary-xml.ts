// XML documents in any layout a person or a tool might leave behind: every way to write attributes, text, white space,
// comments, instructions, CDATA, references, line ends, a byte order mark.

import fc from 'fast-check';

const blank = fc.constantFrom(' ', ' ', '\n', '\t', '  ', '\n    ', '\r\n  ', '\n\t', ' \r\n');
const blanks = fc.oneof({ weight: 3, arbitrary: fc.constant('') }, { weight: 1, arbitrary: blank });
const name = fc.constantFrom('a', 'b', 'host', 'ip', 'p:x', 'p:host', 'q:x', 'é', 'x-1.y');
const attrName = fc.constantFrom('a', 'b', 'mac', 'name', 'p:a', 'q:b', 'é', 'xml:lang', '_');
const piece = fc.constantFrom(
  'a',
  '10.0.0.1',
  ' ',
  '&amp;',
  '&lt;',
  '&gt;',
  '&apos;',
  '&quot;',
  '&#x41;',
  '&#10;',
  '&#13;',
  '>',
  'é',
  '😀',
  '\t',
  '\n',
  '\r\n',
  '\r',
  '-',
  ']',
  '=',
  '/>',
);

function join(pieces: readonly string[]): string {
  return pieces.join('');
}

const attribute = fc
  .tuple(
    blank,
    attrName,
    blanks,
    blanks,
    fc.constantFrom("'", '"'),
    fc.array(fc.oneof(piece, fc.constantFrom("'", '"')), { maxLength: 4 }),
  )
  .map(([lead, n, before, after, quote, pieces]) => ({
    name: n,
    text: `${lead}${n}${before}=${after}${quote}${join(pieces).replaceAll(quote, '')}${quote}`,
  }));

const attributes = fc
  .uniqueArray(attribute, { maxLength: 4, selector: (a) => a.name })
  .map((all) => join(all.map((a) => a.text)));

const layout = fc.constantFrom('', '\n', '\n  ', '\n    ', '\r\n\t', '\n\n  ', ' ');
const characters = fc
  .array(fc.oneof(piece, fc.constantFrom("'", '"')), { minLength: 1, maxLength: 4 })
  // `]]>` may not stand in text, nor be put together from two texts
  .map((p) => join(p).replaceAll(']]', '] ').replace(/\]$/, '] '));
const comment = fc.constantFrom('<!---->', '<!-- x -->', '<!-- <a b="1">\r\n & - -->', '<!-- 😀 -->');
const instruction = fc.constantFrom('<?p?>', '<?pi a="1" ?>', '<?pi ??>', '<?pi\r\n<x>?>');
const cdata = fc.constantFrom(
  '<![CDATA[]]>',
  '<![CDATA[<x>&amp;]] >\r\n]]>',
  '<![CDATA[]]]]>',
  '<![CDATA[ ]]>',
);

const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'xml' },
    fc.tuple(name, attributes, blanks).map(([n, a, tail]) => `<${n}${a}${tail}/>`),
    fc
      .tuple(name, attributes, blanks, tie('content'), blanks)
      .map(([n, a, tail, c, end]) => `<${n}${a}${tail}>${c}</${n}${end}>`),
    fc
      .tuple(
        name,
        attributes,
        layout,
        layout,
        fc.array(tie('element'), { maxLength: 5, depthIdentifier: 'xml' }),
      )
      .map(
        ([n, a, each, last, children]) => `<${n}${a}>${children.map((c) => each + c).join('')}${last}</${n}>`,
      ),
  ),
  content: fc
    .array(
      fc.oneof(
        { maxDepth: 4, depthIdentifier: 'xml' },
        characters,
        layout,
        comment,
        instruction,
        cdata,
        tie('element'),
      ),
      {
        maxLength: 5,
        depthIdentifier: 'xml',
      },
    )
    .map(join),
}));

const misc = fc.array(fc.oneof(comment, instruction, blank), { maxLength: 2 }).map(join);

/** Well-formed documents. */
export const arbitraryXml: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', '', '\ufeff'),
    fc.constantFrom(
      '',
      '',
      "<?xml version='1.0'?>",
      '<?xml version="1.0" encoding="UTF-8" standalone=\'yes\' ?>\r\n',
    ),
    misc,
    fc.constantFrom(
      ' xmlns:p=\'urn:p\' xmlns:q="urn:q"',
      "\n  xmlns:p='urn:p'\n  xmlns:q='urn:q'",
      " xmlns='urn:d' xmlns:p='urn:p' xmlns:q='urn:q'",
    ),
    element,
    fc.array(fc.tuple(layout, element).map(join), { maxLength: 3 }).map(join),
    misc,
  )
  .map(
    ([bom, declaration, before, declared, first, rest, after]) =>
      `${bom}${declaration}${before}<root${declared}>${first}${rest}\n</root>${after}`,
  );
