import { describe, expect, test } from 'vitest';
import { catalogue } from '../../src/diagnostics/catalogue.ts';
import type { XmlElement } from '../../src/xml/document.ts';
import { parseDocument, parseFragment, XML_LIMITS } from '../../src/xml/parse.ts';
import { meaning, problems } from './check-xml.ts';

const parse = (text: string) => parseDocument({ name: 'x.xml', text });

function means(text: string): string {
  const checked = parse(text);
  expect(problems(checked)).toBe('');
  if (checked.value === null) throw new Error('null without a problem');
  return meaning(checked.value.root);
}

describe('what is accepted', () => {
  const cases: readonly [string, string][] = [
    ['<a/>', '{}a\n'],
    ['\ufeff<a/>', '{}a\n'],
    ["<?xml version='1.0' encoding=\"utf-8\" standalone='yes'?>\r\n<!-- c --><a></a>\n<?p q?>\n", '{}a\n'],
    ['<?xml version="1.0"?><a/>', '{}a\n'],
    ["<a b='1' c = \"2\"\n\td='3' />", '{}a {}b="1" {}c="2" {}d="3"\n'],
    ['<a>x\r\ny\rz</a>', '{}a\n  "x\\ny\\nz"\n'],
    ["<a b='x\r\ny\tz\n'/>", '{}a {}b="x y z "\n'],
    ["<a b='&#13;&#10;&#9;'/>", '{}a {}b="\\r\\n\\t"\n'],
    ["<a b='&lt;&gt;&amp;&quot;&apos;&#x41;&#49;0.0.0.1'/>", '{}a {}b="<>&\\"\'A10.0.0.1"\n'],
    ['<a>1&lt;2 &amp;amp; <![CDATA[<b>&amp;]]>]]&gt;</a>', '{}a\n  "1<2 &amp; <b>&amp;]]>"\n'],
    ['<a><![CDATA[]]></a>', '{}a\n'],
    ['<a><!-- <b> & - x --><?pi some ?thing?></a>', '{}a\n  comment " <b> & - x "\n  pi "pi some ?thing"\n'],
    ["<a><b x='>'/></a  >", '{}a\n  {}b {}x=">"\n'],
    ["<é a·b='😀'>☃</é>", '{}é {}a·b="😀"\n  "☃"\n'],
    [
      "<a xmlns:p='urn:1' xmlns='urn:d'><p:b c='1' p:c='2'/><c xmlns=''/><p:d xmlns:p='urn:2'/></a>",
      '{urn:d}a {http://www.w3.org/2000/xmlns/}p="urn:1" {http://www.w3.org/2000/xmlns/}xmlns="urn:d"\n' +
        '  {urn:1}b {urn:1}c="2" {}c="1"\n  {}c {http://www.w3.org/2000/xmlns/}xmlns=""\n' +
        '  {urn:2}d {http://www.w3.org/2000/xmlns/}p="urn:2"\n',
    ],
    ["<a xml:lang='de'/>", '{}a {http://www.w3.org/XML/1998/namespace}lang="de"\n'],
    ["<p:a xmlns:p='u' p:b='1'/>", '{u}a {http://www.w3.org/2000/xmlns/}p="u" {u}b="1"\n'],
    [
      "<a __proto__='1' constructor='2'><toString/></a>",
      '{}a {}__proto__="1" {}constructor="2"\n  {}toString\n',
    ],
  ];
  test.each(cases)('%j', (text, expected) => expect(means(text)).toBe(expected));
});

describe('what is refused', () => {
  const cases: readonly [string, string][] = [
    // markup
    ['<a>1 < 2</a>', 'SL101 "<" `<` must be followed by a name'],
    ['<a><1/></a>', 'SL101 "<" `<` must be followed by a name'],
    ['<a@/>', 'SL101 "@" `@` cannot be part of an element\'s name'],
    ["<a b='1'/ >", 'SL101 " " `/` must be followed by `>` here'],
    ['<a><!foo></a>', 'SL101 "<!foo></a" `<!` starts neither a comment nor a CDATA section'],
    ['<a><!-- x -- y --></a>', 'SL101 "--" `--` cannot stand inside a comment also "<!--"'],
    ['<a><!-- x ---></a>', 'SL101 "--" `--` cannot stand inside a comment also "<!--"'],
    ['<a>x]]>y</a>', 'SL101 "]]>" `]]>` cannot stand in text'],
    ['<a><? x?></a>', 'SL101 "<? " `<?` must be followed by a name'],
    ['<a><?b?c?></a>', 'SL101 "<?b" no white space behind the name of the processing instruction'],
    ['<?xm??><a/>', 'SL101 "<?xm" no white space behind the name of the processing instruction'],
    ['<a></></a>', 'SL101 "</>" this is not a closing tag'],
    ['<a></a b></a>', 'SL101 "</a b" this is not a closing tag'],
    // nesting
    ['<a><b></a>', 'SL102 "</a>" `</a>` stands where `b` is still open also "<b"'],
    ['<a><b></bb></a>', 'SL102 "</bb>" `</bb>` stands where `b` is still open also "<b"'],
    ['<a/></a>', 'SL102 "</a>" a closing tag, but no element is open'],
    // the end
    ['<a>', 'SL103 "<a" the element `a` is never closed'],
    ['<a><b>text', 'SL103 "<b" the element `b` is never closed'],
    ['<a><!-- x </a>', 'SL103 "<!-- x </" the comment that starts here never ends'],
    ['<a><!-- x -->' + '<!-- -', 'SL103 "<!-- -" the comment that starts here never ends'],
    ['<a><![CDATA[ x </a>', 'SL103 "<![CDATA[" the CDATA section that starts here never ends'],
    ['<a><?pi x </a>', 'SL103 "<?pi x </" the processing instruction that starts here never ends'],
    ['<a><b c', 'SL103 "c" the attribute that starts here never ends'],
    ['<a ', 'SL103 "<a " the tag that starts here never ends'],
    ["<a b='1' c='x />", 'SL103 "c=\'x />" the attribute that starts here never ends'],
    ['<a></a', 'SL103 "</a" the closing tag that starts here never ends'],
    ['<!-- x', 'SL103 "<!-- x" the comment that starts here never ends'],
    ['<a/><!', 'SL103 "<!" the markup that starts here never ends'],
    ['<', 'SL103 "<" the tag that starts here never ends'],
    // attributes
    ['<a b/>', 'SL104 "b" an attribute without a value'],
    ['<a b>', 'SL104 "b" an attribute without a value'],
    ['<a b c="1"/>', 'SL104 "b" an attribute without a value'],
    ['<a b=1/>', 'SL104 "1" an attribute value without quotes'],
    ["<a b='1'c='2'/>", 'SL104 "c" no white space before this attribute'],
    ["<a b='<'/>", 'SL104 "<" `<` cannot stand in an attribute value also "b"'],
    ["<a b='1>\n<c d='2'/></a>", 'SL104 "<" `<` cannot stand in an attribute value also "b"'],
    ["<a b='1'\"/>", 'SL104 "\\"" `"` cannot stand here in a tag'],
    ["<a b='1' b='2'/>", 'SL105 "b=\'2\'" the attribute `b` is given twice also "b=\'1\'"'],
    [
      "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
      'SL105 "q:b=\'2\'" the attribute `q:b` is given twice also "p:b=\'1\'"',
    ],
    // namespaces
    ['<p:a/>', 'SL106 "p:a" the namespace prefix `p` is not declared'],
    ["<a p:b='1'/>", 'SL106 "p:b" the namespace prefix `p` is not declared'],
    ["<a><b xmlns:p='u'/><p:c/></a>", 'SL106 "p:c" the namespace prefix `p` is not declared'],
    ['<a:b:c/>', 'SL107 "a:b:c" `a:b:c` is not a name with at most one prefix'],
    ['<:a/>', 'SL107 ":a" `:a` is not a name with at most one prefix'],
    ["<a b:='1'/>", 'SL107 "b:" `b:` is not a name with at most one prefix'],
    ["<a b:1='1'/>", 'SL107 "b:1" `b:1` is not a name with at most one prefix'],
    ['<xmlns:a/>', 'SL107 "xmlns:a" `xmlns:a` is not a name with at most one prefix'],
    ['<a><?b:c?></a>', 'SL107 "b:c" `b:c` is not a name with at most one prefix'],
    ["<a xmlns:p=''/>", 'SL107 "xmlns:p=\'\'" the prefix `p` is declared without a namespace'],
    ["<a xmlns:xml='u'/>", 'SL107 "xmlns:xml=\'u\'" the prefix `xml` belongs to XML and cannot be declared'],
    [
      "<a xmlns:x='http://www.w3.org/XML/1998/namespace'/>",
      'SL107 "xmlns:x=\'http://www.w3.org/XML/1998/namespace\'" the namespace `http://www.w3.org/XML/1998/namespace` belongs to XML and cannot be declared',
    ],
    // characters
    ['<a>\u0000</a>', 'SL108 "\\u0000" U+0000 is not allowed in XML'],
    ["<a b='\u0001'/>", 'SL108 "\\u0001" U+0001 is not allowed in XML'],
    ['<a><!-- \u000b --></a>', 'SL108 "\\u000b" U+000B is not allowed in XML'],
    ['<a>\ud800</a>', 'SL108 "\\ud800" U+D800 is not allowed in XML'],
    ["<a b='\ud800'/>", 'SL108 "\\ud800" U+D800 is not allowed in XML'],
    ['<a>\udc00</a>', 'SL108 "\\udc00" U+DC00 is not allowed in XML'],
    ['<a>\uffff</a>', 'SL108 "\uffff" U+FFFF is not allowed in XML'],
    ['<a>&#1;</a>', 'SL108 "&#1;" `&#1;` names a character that is not allowed in XML'],
    ["<a b='x&#x0;'/>", 'SL108 "&#x0;" `&#x0;` names a character that is not allowed in XML'],
    ['<a>&#xD800;</a>', 'SL108 "&#xD800;" `&#xD800;` names a character that is not allowed in XML'],
    [
      '<a>&#99999999999999999999;</a>',
      'SL108 "&#99999999999999999999;" `&#99999999999999999999;` names a character that is not allowed in XML',
    ],
    // references
    ['<a>&foo;</a>', 'SL109 "&foo;" the entity `&foo;` is not defined'],
    ["<a b='&nbsp;'/>", 'SL109 "&nbsp;" the entity `&nbsp;` is not defined'],
    ['<a>&toString;</a>', 'SL109 "&toString;" the entity `&toString;` is not defined'],
    ["<a b='&amp; & x;'/>", 'SL109 "&" a `&` that starts no reference'],
    ['<a>AT&T</a>', 'SL109 "&T" a `&` that starts no reference'],
    ['<a>&;</a>', 'SL109 "&;" a `&` that starts no reference'],
    ['<a>&#x;</a>', 'SL109 "&#x;" the entity `&#x;` is not defined'],
    ['<a>&#X41;</a>', 'SL109 "&#X41;" the entity `&#X41;` is not defined'],
    ['&amp;<a/>', 'SL111 "&amp;" text outside the root element'],
    // DOCTYPE
    ['<!DOCTYPE a><a/>', 'SL110 "<!DOCTYPE" a DOCTYPE is not accepted'],
    ['<!doctype html><a/>', 'SL110 "<!doctype" a DOCTYPE is not accepted'],
    [
      '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
      'SL110 "<!DOCTYPE" a DOCTYPE is not accepted',
    ],
    ['<a><!DOCTYPE a></a>', 'SL110 "<!DOCTYPE" a DOCTYPE is not accepted'],
    ['<!DOCTYPE a [<!ENTITY ', 'SL110 "<!DOCTYPE" a DOCTYPE is not accepted'],
    // the root
    ['', 'SL111 "" there is no root element'],
    ['\ufeff \n', 'SL111 "" there is no root element'],
    ['<!-- only -->', 'SL111 "" there is no root element'],
    ['<a/><b/>', 'SL111 "<b" a second root element also "<a/>"'],
    ['hello <a/>', 'SL111 "hello " text outside the root element'],
    ['<a/>\nbye\nbye', 'SL111 "bye" text outside the root element'],
    ['<a/><![CDATA[x]]>', 'SL111 "<![CDATA[x]]>" text outside the root element'],
    // the declaration
    [" <?xml version='1.0'?><a/>", 'SL112 "<?xml " an XML declaration can stand only at the very start'],
    ["<a><?xml version='1.0'?></a>", 'SL112 "<?xml " an XML declaration can stand only at the very start'],
    ["<?xml version='1.1'?><a/>", 'SL112 "<?xml version=\'1.1\'?>" XML version `1.1` is not accepted'],
    [
      "<?xml version='1.0' encoding='latin1'?><a/>",
      "SL112 \"<?xml version='1.0' encoding='latin1'?>\" the encoding `latin1` is not accepted",
    ],
    ["<?xml encoding='UTF-8'?><a/>", 'SL112 "<?xml encoding=" a malformed XML declaration'],
    ['<?xml?><a/>', 'SL112 "<?xml?>" a malformed XML declaration'],
  ];
  test.each(cases)('%j', (text, expected) => {
    const checked = parse(text);
    expect(problems(checked)).toBe(expected);
    expect(checked.value).toBe(null);
    for (const d of checked.diagnostics) {
      expect(d.severity).toBe('error');
      expect(d.help).not.toBe(null);
    }
  });

  test('every code of the parser is provoked here or below', () => {
    const provoked = new Set(cases.map(([, expected]) => expected.slice(0, 5)));
    for (const elsewhere of ['SL113', 'SL114']) provoked.add(elsewhere);
    expect(Object.keys(catalogue).filter((code) => /^SL1[01]\d$/.test(code) && !provoked.has(code))).toEqual(
      [],
    );
  });
});

test('invisible characters are a warning, written or referred to', () => {
  for (const [text, place] of [
    ["<a b='x\u202ey'/>", '"\u202e"'],
    ['<a><!-- \u200b --></a>', '"\u200b"'],
    ["<a b='&#x202E;'/>", '"b"'],
    ['<a>&#8294;</a>', '"&"'],
  ] as const) {
    const checked = parse(text);
    expect(problems(checked)).toBe(
      `SL114 ${place} the XML text holds a character that is invisible or turns the reading direction`,
    );
    expect(checked.value?.root.name).toBe('a');
  }
  expect(problems(parse('<a>👨\u200d👩\u200d👧</a>'))).toBe('');
});

describe('limits', () => {
  test.each([
    [
      'size',
      `<a>${' '.repeat(XML_LIMITS.characters)}</a>`,
      /^SL113 "" the XML text has 33554439 characters, more than 33554432$/,
    ],
    ['depth', '<a>'.repeat(129) + '</a>'.repeat(129), /^SL113 "<a" elements are nested more than 128 deep$/],
    [
      'attributes',
      `<a ${Array.from({ length: 257 }, (_, i) => `b${i}='1'`).join(' ')}/>`,
      /^SL113 "b256='1'" an element has more than 256 attributes$/,
    ],
  ])('%s', (_, text, expected) => expect(problems(parse(text))).toMatch(expected));

  test('what is within them is read', () => {
    expect(problems(parse('<a>'.repeat(128) + '</a>'.repeat(128)))).toBe('');
    expect(problems(parse(`<a ${Array.from({ length: 256 }, (_, i) => `b${i}='1'`).join(' ')}/>`))).toBe('');
    expect(
      problems(parse(`<a ${Array.from({ length: 100 }, (_, i) => `b${i}='1'`).join(' ')} b40='2'/>`)),
    ).toBe('SL105 "b40=\'2\'" the attribute `b40` is given twice also "b40=\'1\'"');
  });
});

// each of these took minutes, or the stack, in some parser; the bound only has to tell linear from not
test.each([
  ['one line of 10 MB', `<a>${"<host mac='52:54:00:00:00:01'/>".repeat(330_000)}</a>`, ''],
  ['a value of 10 MB', `<a b='${'x&amp;'.repeat(500_000)}'/>`, ''],
  ['a value that never ends', `<a b='${'x '.repeat(5_000_000)}`, 'SL103'],
  ['white space in a tag that never ends', `<a${' '.repeat(10_000_000)}`, 'SL103'],
  ['opening tags', '<a>'.repeat(500_000), 'SL113'],
  ['closing tags', `<a>${'</b>'.repeat(500_000)}`, 'SL102'],
  ['attributes', `<a${Array.from({ length: 300_000 }, (_, i) => ` b${i}=''`).join('')}/>`, 'SL113'],
  ['an ampersand', `<a>${'&'.repeat(5_000_000)}</a>`, 'SL109'],
  ['good references before a bad one', `<a>${'&lt;'.repeat(2_000_000)}&x;</a>`, 'SL109'],
  ['comments that never end', `<a>${'<!--'.repeat(2_000_000)}`, 'SL101'],
  ['a DOCTYPE with a million entities', `<!DOCTYPE a [${"<!ENTITY x 'y'>".repeat(500_000)}]><a/>`, 'SL110'],
  ['names, all different', `<a>${Array.from({ length: 100_000 }, (_, i) => `<b${i}/>`).join('')}</a>`, ''],
  ['declarations in siblings', `<a ${many(200)}>${`<b ${many(200)}/>`.repeat(400)}</a>`, ''],
  ['declarations at every depth', `${`<a ${many(200)}>`.repeat(120)}${'<p:b/>'.repeat(100_000)}`, 'SL103'],
])('linear on %s', (_, text, code) => {
  const start = performance.now();
  expect(problems(parse(text)).slice(0, 5)).toBe(code);
  expect(performance.now() - start).toBeLessThan(10_000);
});

function many(count: number): string {
  return `xmlns:p='u' ${Array.from({ length: count }, (_, i) => `xmlns:p${i}='u${i}'`).join(' ')}`;
}

describe('places', () => {
  const places = (text: string): string => {
    const root = parse(text).value!.root; // the texts below are well-formed
    const lines: string[] = [];
    const walk = (element: XmlElement): void => {
      lines.push(
        `${text.slice(element.start, element.openEnd)} … ${text.slice(element.closeStart, element.end)}`,
      );
      for (const a of element.attrs) {
        lines.push(
          `  ${text.slice(a.start, a.end)} | ${text.slice(a.start, a.start + a.name.length)} | ${text.slice(a.valueStart, a.end - 1)}`,
        );
      }
      for (const child of element.children) {
        if (child.type === 'element') walk(child);
        else lines.push(`  ${child.type} ${JSON.stringify(text.slice(child.start, child.end))}`);
      }
    };
    walk(root);
    return lines.join('\n');
  };

  test('of everything', () => {
    const text =
      "\ufeff<?xml version='1.0'?>\r\n<!-- < -->\r\n<a\r\n  b = \"1>\"\tc='&amp;'\r\n>x&lt;y<!--c--><b/><![CDATA[z]]><?p q?>\r\n<c d='1' ></c >&amp;\r\n</a\r\n>\r\n";
    expect(places(text).replaceAll('\r\n', '⏎')).toBe(
      [
        '<a⏎  b = "1>"\tc=\'&amp;\'⏎> … </a⏎>',
        '  b = "1>" | b | 1>',
        "  c='&amp;' | c | &amp;",
        '  text "x&lt;y"',
        '  comment "<!--c-->"',
        '<b/> … ',
        '  text "<![CDATA[z]]>"',
        '  pi "<?p q?>"',
        '  text "\\r\\n"',
        "<c d='1' > … </c >",
        "  d='1' | d | 1",
        '  text "&amp;\\r\\n"',
      ].join('\n'),
    );
  });

  test('a carriage return at the very end', () => {
    expect(parse('<a/>\r').value?.epilog).toBe('\r');
    expect(parse('<a/>\r\n').value?.epilog).toBe('\r\n');
  });
});

describe('fragments', () => {
  const NS = new Map([
    ['dnsmasq', 'urn:dnsmasq'],
    ['', 'urn:default'],
  ]);
  const fragment = (text: string) => {
    const script = `add ${text} to x`;
    return parseFragment({ name: 's', text: script }, 4, 4 + text.length, NS);
  };

  test.each([
    ["<host ip='1'/>", '{urn:default}host {}ip="1"\n'],
    ["<dnsmasq:option value='&#x41;'/>", '{urn:dnsmasq}option {}value="A"\n'],
    [
      "<q:o xmlns:q='u' xmlns=''><b/></q:o>",
      '{u}o {http://www.w3.org/2000/xmlns/}q="u" {http://www.w3.org/2000/xmlns/}xmlns=""\n  {}b\n',
    ],
    [' <a>\n  <b/>\n</a> ', '{urn:default}a\n  "\\n  "\n  {urn:default}b\n  "\\n"\n'],
  ])('%j', (text, expected) => {
    const checked = fragment(text);
    expect(problems(checked)).toBe('');
    expect(meaning(checked.value!)).toBe(expected); // no problem, so a value
  });

  test('places are those of the whole text', () => {
    const element = fragment(" <a b='1'>t</a>").value!; // well-formed
    expect([element.start, element.openEnd, element.closeStart, element.end]).toEqual([5, 14, 15, 19]);
    expect([element.attrs[0]?.start, element.attrs[0]?.valueStart, element.attrs[0]?.end]).toEqual([
      8, 11, 13,
    ]);
  });

  test.each([
    ['<a/><b/>', 'SL111 "<b" one element was expected, and here is a second also "<a/>"'],
    ['<a/> x', 'SL111 "x" one element was expected, and nothing beside it'],
    ['<!-- c --><a/>', 'SL111 "<!-- c -->" one element was expected, and nothing beside it'],
    ['<a/><?p q?>', 'SL111 "<?p q?>" one element was expected, and nothing beside it'],
    ['\ufeff<a/>', 'SL111 "\ufeff" one element was expected, and nothing beside it'],
    ['', 'SL111 "" an element was expected'],
    [
      "<?xml version='1.0'?><a/>",
      'SL112 "<?xml version=\'1.0\'?>" an XML declaration cannot stand in a piece of XML',
    ],
    ['<!DOCTYPE a><a/>', 'SL110 "<!DOCTYPE" a DOCTYPE is not accepted'],
    ['<dnsmask:o/>', 'SL106 "dnsmask:o" the namespace prefix `dnsmask` is not declared'],
    ["<a b='\u0007'/>", 'SL108 "\\u0007" U+0007 is not allowed in XML'],
    ["<a b='1' b='2'/>", 'SL105 "b=\'2\'" the attribute `b` is given twice also "b=\'1\'"'],
    ['<a><b></a>', 'SL102 "</a>" `</a>` stands where `b` is still open also "<b"'],
    ['<a><b>', 'SL103 "<b" the element `b` is never closed'],
    ["<a b='<'/>", 'SL104 "<" `<` cannot stand in an attribute value also "b"'],
    ['<a>&x;</a>', 'SL109 "&x;" the entity `&x;` is not defined'],
  ])('%j is refused', (text, expected) => expect(problems(fragment(text))).toBe(expected));

  test('a prefix near a declared one is proposed', () => {
    expect(fragment('<dnsmask:o/>').diagnostics[0]?.help).toBe('did you mean `dnsmasq:`?');
  });
});
