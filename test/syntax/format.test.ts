// `sluice fmt` on scripts: careless text in, canonical text out.

import { describe, expect, test } from 'vitest';
import { formatScript } from '../../src/syntax/format.ts';

function formatted(text: string): string | null {
  return formatScript({ name: 'test.sluice', text }).value;
}

const cases: readonly (readonly [what: string, before: string, after: string])[] = [
  ['nothing', ' \r\n\n', ''],
  ['only comments', '\n\n  #a  \n\n\n\t# b', '#a\n\n# b\n'],
  ['spaces', 'set   a\t. b [ c ]   d = e   f="g"', 'set a.b[c] d=e f="g"\n'],
  [
    '`=` of values and of attributes',
    'set a=b\nset a[x]=b\nset a b = c\nlet x=1\nparam y=2\nnamespace z="u"',
    'set a = b\nset a[x] = b\nset a b=c\nlet x = 1\nparam y = 2\nnamespace z = "u"\n',
  ],
  [
    'lists',
    'on network a,b ,c{}\nunset a @b,@c\nremove a[b=c,d = e]\nremove a[#2].b[ * ]',
    'on network a, b, c {}\nunset a@b, @c\nremove a[b=c, d=e]\nremove a[#2].b[*]\n',
  ],
  [
    'conditions',
    'assert not(a exists)and(b@c>=3 or count (d)<4)"no"',
    'assert not (a exists) and (b@c >= 3 or count(d) < 4) "no"\n',
  ],
  [
    'optional attributes',
    'for h in csv ( "x" ){ensure host name=$h.name ? in ip}',
    'for h in csv("x") {\n  ensure host name=$h.name? in ip\n}\n',
  ],
  ['semicolons', 'set a b=c;;remove d; # why\nadd e', 'set a b=c\nremove d # why\nadd e\n'],
  [
    'CRLF and a byte order mark',
    '\ufeffset a b=c\r\n\r\n\r\n# d\r\nadd <e>\r\n</e>\r\n',
    'set a b=c\n\n# d\nadd <e>\n</e>\n',
  ],
  [
    'blank lines',
    'set a b=c\n\n\n\nset d e=f\n\nwhen g exists {\n\n\nremove h\n\n\n}',
    'set a b=c\n\nset d e=f\n\nwhen g exists {\n  remove h\n}\n',
  ],
  ['a body on its line stays there', 'add a b=c {d e=f;g{h}}to i', 'add a b=c { d e=f; g { h } } to i\n'],
  [
    'a body in lines stays in lines',
    'add a {\nb; c { d\n}\n} to e',
    'add a {\n  b\n  c {\n    d\n  }\n} to e\n',
  ],
  ['a comment takes a body apart', 'add a { b # why\n}\nadd c { }', 'add a {\n  b # why\n}\nadd c {}\n'],
  [
    'comments keep their place',
    'when a exists { # opener\n# own\nremove b # end\n\n# last\n} # closer',
    'when a exists { # opener\n  # own\n  remove b # end\n\n  # last\n} # closer\n',
  ],
  [
    'continued lines',
    'add host \\\n  mac=1   \\\n  name=x to\\\n   dns',
    'add host \\\n    mac=1 \\\n    name=x to \\\n    dns\n',
  ],
  ['continued lines where no space belongs are joined', 'set a.\\\nb c=\\\nd', 'set a.b c=d\n'],
  ['a continued line ends in a comment', 'set a b=c \\\n  # why\nset d e=f', 'set a b=c # why\nset d e=f\n'],
  [
    'lines in parentheses',
    'when (a exists\nor b exists # why\n\n# own\n) {\nremove c\n}',
    'when (a exists\n    or b exists # why\n    # own\n    ) {\n  remove c\n}\n',
  ],
  [
    'spelling stays',
    'remove network.a["b"]\nset a b="\\u{e9}\\t" c=$d["e"]\nadd <a  b = \'c\' />',
    'remove network.a["b"]\nset a b="\\u{e9}\\t" c=$d["e"]\nadd <a  b = \'c\' />\n',
  ],
  [
    'XML stays as it is',
    'when a exists {\nadd <b>\n<c/>\n  # text\n</b> to d; remove e\n}',
    'when a exists {\n  add <b>\n<c/>\n  # text\n</b> to d\n  remove e\n}\n',
  ],
];

describe('fmt', () => {
  test.each(cases)('%s', (_, before, after) => {
    expect(formatted(before)).toBe(after);
    expect(formatted(after)).toBe(after);
  });

  test('what does not parse is not formatted', () => {
    const { value, diagnostics } = formatScript({ name: 'test.sluice', text: 'set a b=c\nadd' });
    expect(value).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toEqual(['SL316']);
  });

  test('warnings do not stop it', () => {
    const { value, diagnostics } = formatScript({ name: 'test.sluice', text: 'set a b="$c"' });
    expect(value).toBe('set a b="$c"\n');
    expect(diagnostics.map(({ code }) => code)).toEqual(['SL315']);
  });
});
