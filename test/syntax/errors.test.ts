// What is said of scripts that do not parse: every mistake at its place, with a code and a next step, all at once.

import { describe, expect, test } from 'vitest';
import { syntaxCodes } from '../../src/diagnostics/codes/syntax.ts';
import { positionAt, type Source, type Span } from '../../src/source/source.ts';
import { parseScript } from '../../src/syntax/parse.ts';

function place(span: Span | null): string {
  if (span === null) return '-';
  const { line, column } = positionAt(span.source, span.start);
  return `${line}:${column}`;
}

/** `line:column CODE message | line:column label | help` of each problem. */
function problems(text: string): string[] {
  const source: Source = { name: 'test.sluice', text };
  return parseScript(source).diagnostics.map(({ code, message, span, labels, help }) =>
    [
      `${place(span)} ${code} ${message}`,
      ...labels.map((label) => `${place(label.span)} ${label.message}`),
      help,
    ].join(' | '),
  );
}

const cases: Record<string, readonly (readonly [script: string, ...problems: string[]])[]> = {
  'first words': [
    ['wehn a exists {\n  add host\n}', '1:1 SL306 unknown verb `wehn` | did you mean `when`?'],
    [
      'foreach h in csv("x") {\n  add host to\n}',
      '1:1 SL306 unknown verb `foreach` | did you mean `for`?',
      '2:14 SL316 expected a path, found the end of the line | write `add ELEMENT name=value to PATH`',
    ],
    ['if a exists {\n}', '1:1 SL306 unknown verb `if` | did you mean `when`?'],
    ['delete host', '1:1 SL306 unknown verb `delete` | did you mean `remove`?'],
    ['bridge stp=off', '1:1 SL306 unknown verb `bridge` | to change an element, write `set bridge…`'],
    ['domain = x', '1:1 SL306 unknown verb `domain` | to change an element, write `set domain…`'],
    [
      'x',
      '1:1 SL306 unknown verb `x` | a statement begins with one of `add` `ensure` `set` `unset` `replace` `remove` `move` `patch` `assert` `expect` `on` `in` `for` `when` `include` `param` `scope` `namespace` `let` `because`',
    ],
    [
      '5',
      '1:1 SL306 a statement begins with a verb, not with `5` | a statement begins with one of `add` `ensure` `set` `unset` `replace` `remove` `move` `patch` `assert` `expect` `on` `in` `for` `when` `include` `param` `scope` `namespace` `let` `because`',
    ],
    [
      '= x',
      '1:1 SL306 a statement begins with a verb, not with `=` | a statement begins with one of `add` `ensure` `set` `unset` `replace` `remove` `move` `patch` `assert` `expect` `on` `in` `for` `when` `include` `param` `scope` `namespace` `let` `because`',
    ],
    [
      '"a"',
      '1:1 SL306 a statement begins with a verb, not with the string `"a"` | a statement begins with one of `add` `ensure` `set` `unset` `replace` `remove` `move` `patch` `assert` `expect` `on` `in` `for` `when` `include` `param` `scope` `namespace` `let` `because`',
    ],
    ['network[x].y', '1:1 SL306 unknown verb `network` | did you mean `on network`?'],
  ],
  'joining words': [
    ['add host mac=1 ip[10.0.0.1].dhcp', '1:16 SL309 missing `to` before `ip` | write `to ip`'],
    ['add host mac=1 ip', '1:16 SL309 missing `to` before `ip` | write `to ip`, or `ip=…` for an attribute'],
    ['add host mac=1 in ip.x', '1:16 SL309 `add` takes `to`, not `in` | write `to` before the path'],
    ['add host mac=1 too ip.x', '1:16 SL309 unexpected `too` | did you mean `to`?'],
    ['ensure host mac=1 to ip.x', '1:19 SL309 `ensure` takes `in`, not `to` | write `in` before the path'],
    [
      'remove host mac=1 in ip.x',
      '1:19 SL309 `remove` takes `from`, not `in` | write `from` before the path',
    ],
    [
      'replace portgroup[x] portgroup name=x',
      '1:22 SL309 missing `with` before `portgroup` | write `replace PATH with ELEMENT`',
    ],
    [
      'replace portgroup[x] <portgroup/>',
      '1:22 SL309 missing `with` before an XML literal | write `replace PATH with ELEMENT`',
    ],
    ['replace a wiht b', '1:11 SL309 missing `with` before `wiht` | write `replace PATH with ELEMENT`'],
    [
      'on default {\n  add x\n}',
      '1:4 SL309 missing `network` before `default` | write `on network NAME { … }`',
    ],
    ['for h csv("x") {}', '1:7 SL309 missing `in` before `csv` | write `for NAME in csv("…") { … }`'],
  ],
  attributes: [
    ['add host mac "x" to ip', '1:10 SL309 missing `=` after `mac` | an attribute is written `mac=value`'],
    [
      'set bridge',
      '1:11 SL316 expected `name=value`, or `= value` for the text, found the end of the script | write `set PATH name=value`',
    ],
    ['set bridge stp', '1:12 SL309 missing `=` after `stp` | an attribute is written `stp=value`'],
    ['set bridge stp off', '1:12 SL309 missing `=` after `stp` | an attribute is written `stp=value`'],
    ['set bridge stp==off', '1:15 SL308 `==` gives no value | did you mean `=`?'],
    [
      'set bridge stp=',
      '1:16 SL316 expected a value, found the end of the script | write `set PATH name=value`',
    ],
    [
      'set bridge, stp=off',
      '1:11 SL307 expected `name=value`, or `= value` for the text, found `,` | attributes are separated by white space; a value with a comma in it is written in double quotes',
    ],
    [
      'set bridge stp=a,b',
      '1:17 SL307 unexpected `,` | attributes are separated by white space; a value with a comma in it is written in double quotes',
    ],
    ['set a b=c d', '1:11 SL309 missing `=` after `d` | an attribute is written `d=value`'],
    ['set a b=c exact 3', '1:11 SL309 missing `=` after `exact` | an attribute is written `exact=value`'],
    [
      'add a b=c b=d',
      '1:11 SL320 attribute `b` is given twice | 1:7 first given here | leave one of them out',
    ],
    [
      'unset bridge.delay',
      '1:19 SL316 expected `@` and the name of an attribute, found the end of the script | write `unset PATH@NAME`',
    ],
    [
      'unset bridge@',
      '1:14 SL316 expected the name of an attribute, found the end of the script | write `unset PATH@NAME`',
    ],
    [
      'unset bridge@a, @a',
      '1:18 SL320 attribute `a` is given twice | 1:14 first given here | leave one of them out',
    ],
    ['remove bridge@delay', '1:14 SL307 unexpected `@` | an attribute is removed with `unset PATH@NAME`'],
    [
      'remove a[b=c, b=d]',
      '1:15 SL320 attribute `b` is given twice | 1:10 first given here | leave one of them out',
    ],
  ],
  elements: [
    [
      'add',
      '1:4 SL316 expected an element, found the end of the script | write `add ELEMENT name=value to PATH`',
    ],
    ['add 5', '1:5 SL307 expected an element, found `5` | write `add ELEMENT name=value to PATH`'],
    [
      'add live+config',
      '1:5 SL307 expected an element, found `live+config` | write `add ELEMENT name=value to PATH`',
    ],
    [
      'add a.b c=d',
      '1:6 SL307 unexpected `.` | the element is given by its name, and its place behind it: `add host mac=… to ip[…].dhcp`',
    ],
    [
      'add a[b] c=d',
      '1:6 SL307 unexpected `[` | the element is given by its name, and its place behind it: `add host mac=… to ip[…].dhcp`',
    ],
    [
      'add x { a b }',
      '1:11 SL307 unexpected `b` | children are separated by newlines or `;`, and attributes are written `name=value`',
    ],
    [
      'add x { a=1 b=2 }',
      '1:13 SL307 unexpected `b` | children are separated by newlines or `;`, and attributes are written `name=value`',
    ],
    [
      'add x {\n  a=1 { b }\n}',
      '2:7 SL307 unexpected `{` | children are separated by newlines or `;`, and attributes are written `name=value`',
    ],
  ],
  conditions: [
    [
      'when bridge@stp = off {\n  add x w\n}',
      '1:17 SL308 `=` does not compare | did you mean `==`?',
      '2:9 SL309 missing `to` before `w` | write `to w`, or `w=…` for an attribute',
    ],
    [
      'when a@b off {}',
      '1:10 SL307 expected an operator (`==` `!=` `<` `<=` `>` `>=` `in` `like`), found `off` | write `when PATH exists { … }`',
    ],
    [
      'when a {}',
      '1:7 SL307 expected `exists`, `absent` or `@` and an attribute, found `{` | write `when PATH exists { … }`',
    ],
    [
      'when a exist {}',
      '1:8 SL307 expected `exists`, `absent` or `@` and an attribute, found `exist` | did you mean `exists`?',
    ],
    ['when a exists and {}', '1:18 SL307 expected a condition, found `{` | write `when PATH exists { … }`'],
    [
      'when a exists',
      '1:14 SL316 expected `{`, found the end of the script | write `when PATH exists { … }`',
    ],
    [
      'assert not',
      '1:11 SL316 expected a condition, found the end of the script | write `assert PATH exists "MESSAGE"`',
    ],
    [
      'assert a@b in',
      '1:14 SL316 expected a value, found the end of the script | write `assert PATH exists "MESSAGE"`',
    ],
    [
      'assert a exists because "x"',
      '1:17 SL307 unexpected `because` | a condition takes a message in double quotes and nothing else',
    ],
    [
      'assert a@b == "x" "y" "z"',
      '1:23 SL307 unexpected string `"z"` | write `assert PATH exists "MESSAGE"`',
    ],
    ['expect count(a) = 3', '1:17 SL308 `=` does not compare | did you mean `==`?'],
    ['expect count(a) < x', '1:19 SL317 `x` is not a whole number | a count is compared with a whole number'],
    [
      'expect count(a) in 3',
      '1:17 SL307 expected an operator (`==` `!=` `<` `<=` `>` `>=`), found `in` | write `expect PATH exists "MESSAGE"`',
    ],
  ],
  values: [
    ["set a b='x'", '1:9 SL313 unexpected `\'` | strings are written in plain double quotes: `"…"`'],
    ['set a b=“x”', '1:9 SL313 unexpected `“` | strings are written in plain double quotes: `"…"`'],
    [
      'set a b=$h.x.example',
      '1:9 SL314 a value is one word, one string or one variable | to join them, write one string: `"${name}.example.com"`',
    ],
    [
      'set a b=x$h',
      '1:9 SL314 a value is one word, one string or one variable | to join them, write one string: `"${name}.example.com"`',
    ],
    [
      'set a b="x"$h',
      '1:9 SL314 a value is one word, one string or one variable | to join them, write one string: `"${name}.example.com"`',
    ],
    ['set a b={x}', '1:9 SL307 expected a value, found `{` | write `set PATH name=value`'],
    [
      'set a b=$',
      '1:9 SL313 unexpected `$` | a variable is `$name`, `$row.column` or `$row["Column Name"]`; in a string, `${name}`',
    ],
    [
      'add host mac 52:54:00:00:00:01 to ip',
      '1:14 SL313 unexpected `52:54:00:00:00:01` | a value stands behind `=`, an operator or `[`; anything else is a name',
    ],
    ['let a', '1:6 SL316 expected `=`, found the end of the script | write `let NAME = VALUE`'],
    ['let a:b = c', '1:5 SL321 `a:b` cannot be a name here | leave out the colon'],
    ['let = 3', '1:5 SL307 expected a name, found `=` | write `let NAME = VALUE`'],
    ['include x.slu', '1:9 SL307 expected a string in double quotes, found `x` | write `include "FILE"`'],
    [
      'for h in hosts.csv {}',
      '1:10 SL307 expected `csv("…")` or `json("…")`, found `hosts` | write `for NAME in csv("FILE") { … }`',
    ],
    [
      'for h in csv(hosts) {}',
      '1:14 SL307 expected a string in double quotes, found `hosts` | write `for NAME in csv("FILE") { … }`',
    ],
    [
      'namespace x = y',
      '1:15 SL307 expected a string in double quotes, found `y` | write `namespace PREFIX = "URI"`',
    ],
  ],
  strings: [
    [
      'add host name="abc to x\nset b',
      '1:15 SL302 this string is not closed on its line | close it with `"`; a line break in a string is `\\n`, a quote is `\\"`',
      '2:6 SL316 expected `name=value`, or `= value` for the text, found the end of the script | write `set PATH name=value`',
    ],
    [
      'set a b="\\',
      '1:9 SL302 this string is not closed on its line | close it with `"`; a line break in a string is `\\n`, a quote is `\\"`',
    ],
    [
      'set a b="\\q"',
      '1:10 SL311 unknown escape `\\q` | the escapes are `\\"` `\\\\` `\\n` `\\t` `\\$` `\\u{…}`; a backslash itself is `\\\\`',
    ],
    [
      'set a b="${x y}"',
      '1:10 SL311 this `${` begins no variable | write `${name}`, `${row.column}` or `${row["Column Name"]}`; a plain dollar sign is `\\$`',
    ],
    [
      'set a b="${y.z["A"]}"',
      '1:10 SL311 this `${` begins no variable | write `${name}`, `${row.column}` or `${row["Column Name"]}`; a plain dollar sign is `\\$`',
    ],
    ['set a b="\\u{110000}"', '1:10 SL311 U+110000 is not a character that XML can hold | leave it out'],
    ['set a b="\\u{0}"', '1:10 SL311 U+0000 is not a character that XML can hold | leave it out'],
    [
      'set a b="\\u12"',
      '1:10 SL311 this `\\u` is not followed by `{` hex digits `}` | write one to six hex digits in braces: `\\u{e9}`',
    ],
    [
      'set a b="$h costs 5$"',
      '1:10 SL315 `$h` in a string stays as it is | write `${h}` for the variable, or `\\$h` for the characters',
    ],
    [
      'set a b="$h.y["x"]"',
      '1:9 SL314 a value is one word, one string or one variable | to join them, write one string: `"${name}.example.com"`',
      '1:10 SL315 `$h.y` in a string stays as it is | write `${h.y}` for the variable, or `\\$h.y` for the characters',
    ],
    [
      'patch "//a[@b=\'${y}\' and @c=$z]" remove',
      '1:16 SL319 a variable cannot be pasted into an XPath | an XPath reads variables by itself: write `$y`, without braces and quotes',
    ],
    [
      'patch "${h["A B"]}" remove',
      '1:8 SL319 a variable cannot be pasted into an XPath | an XPath reads variables by itself: name it with `let`, and write `$NAME` without braces and quotes',
    ],
  ],
  brackets: [
    ['remove a[', '1:9 SL303 this `[` is never closed | close it with `]` on the same line'],
    ['remove a[x\nset b c=d', '1:9 SL303 this `[` is never closed | close it with `]` on the same line'],
    [
      'remove a[]',
      '1:10 SL307 expected a key, `name=value`, `#` and a number, or `*`, found `]` | write `remove PATH`',
    ],
    [
      'remove a[b c]',
      '1:12 SL307 expected `]`, found `c` | a key with white space is written in double quotes; `name=value` are separated by commas',
    ],
    [
      'remove a[b=c d=e]',
      '1:14 SL307 expected `]`, found `d` | a key with white space is written in double quotes; `name=value` are separated by commas',
    ],
    ['remove a[#]', '1:11 SL307 expected a whole number, found `]` | write `remove PATH`'],
    ['remove a[#0]', '1:11 SL317 `0` is out of range | write a number from 1 to 1000000000'],
    ['remove a[ #2]', '1:9 SL303 this `[` is never closed | close it with `]` on the same line'],
    [
      'when (a exists {\n  add x\n}\nadd y z',
      '1:6 SL303 this `(` is never closed | close it with `)`',
      '4:7 SL309 missing `to` before `z` | write `to z`, or `z=…` for an attribute',
    ],
    [
      'when a exists) {\n  add x w\n}',
      '1:14 SL304 this `)` closes nothing | remove it, or open the bracket before',
      '2:9 SL309 missing `to` before `w` | write `to w`, or `w=…` for an attribute',
    ],
    ['expect count(a < 3', '1:13 SL303 this `(` is never closed | close it with `)`'],
    [
      'assert (a exists; set b',
      '1:8 SL303 this `(` is never closed | close it with `)`',
      '1:24 SL316 expected `name=value`, or `= value` for the text, found the end of the script | write `set PATH name=value`',
    ],
    [
      'add ip address=1 {\n  dhcp {\n    range start=1\n\nadd host x=y to z\nset b',
      '2:8 SL303 this `{` is never closed | close it with `}`',
      '6:6 SL316 expected `name=value`, or `= value` for the text, found the end of the script | write `set PATH name=value`',
    ],
    [
      'when a exists {\n  add x w',
      '1:15 SL303 this `{` is never closed | close it with `}`',
      '2:9 SL309 missing `to` before `w` | write `to w`, or `w=…` for an attribute',
    ],
    ['}', '1:1 SL304 this `}` closes nothing | remove it, or open the bracket before'],
    ['add x }', '1:7 SL304 this `}` closes nothing | remove it, or open the bracket before'],
    ['add x ]', '1:7 SL304 this `]` closes nothing | remove it, or open the bracket before'],
  ],
  XML: [
    [
      'add <a><b></a>\nset b',
      '1:5 SL305 this XML literal is not closed | 1:11 `</a>` stands where `</b>` should | close every element with `/>` or `</name>`',
      '2:6 SL316 expected `name=value`, or `= value` for the text, found the end of the script | write `set PATH name=value`',
    ],
    [
      'add <a\nset b',
      '1:5 SL305 this XML literal is not closed | 1:5 the tag `<a` is never closed with `>` | close every element with `/>` or `</name>`',
      '2:6 SL316 expected `name=value`, or `= value` for the text, found the end of the script | write `set PATH name=value`',
    ],
    [
      'add <a b="1>\nset b',
      '1:5 SL305 this XML literal is not closed | 1:5 the tag `<a` is never closed with `>` | close every element with `/>` or `</name>`',
      '2:6 SL316 expected `name=value`, or `= value` for the text, found the end of the script | write `set PATH name=value`',
    ],
    [
      'add <a><!-- </a>\nset b',
      '1:5 SL305 this XML literal is not closed | 1:5 `<a>` is never closed | close every element with `/>` or `</name>`',
      '2:6 SL316 expected `name=value`, or `= value` for the text, found the end of the script | write `set PATH name=value`',
    ],
    ['patch "x" add y', '1:15 SL307 expected an XML literal, found `y` | write `patch "XPATH" add <xml/>`'],
    ['add a <b/>', '1:7 SL307 unexpected XML literal | write `add ELEMENT name=value to PATH`'],
  ],
  places: [
    [
      'when a exists {\n  include "x"\n  param y\n  scope live\n  because "z"\n}',
      '2:3 SL310 `include` stands only at the top level | move it out of the block',
      '3:3 SL310 `param` stands only at the top level | move it out of the block',
      '4:3 SL310 `scope` stands only at the top level | move it to the top, or narrow the scope with `in live { … }`',
      '5:3 SL310 `because` on a line of its own stands only at the top level | move it to the top, or write it at the end of the line of its statement',
    ],
    [
      'add a\nscope live\nbecause "x"',
      '2:1 SL310 `scope` stands before the first statement | move it to the top of the script',
      '3:1 SL310 `because` stands before the first statement | move it to the top for the whole script, or write it at the end of the line of its statement',
    ],
    [
      'scope live\nscope config',
      '2:1 SL310 `scope` is given twice | 1:1 first given here | leave one of them out',
    ],
    [
      'because "a"\nbecause "b"',
      '2:1 SL310 `because` is given twice | 1:1 first given here | leave one of them out',
    ],
    [
      'remove network[x].y',
      '1:15 SL307 `network` is the root element and takes no selector | choose a network with `on network NAME { … }`',
    ],
    [
      'on network a { add x } add y z',
      '1:24 SL307 expected a newline or `;` before `add` | begin a new line',
      '1:30 SL309 missing `to` before `z` | write `to z`, or `z=…` for an attribute',
    ],
    ['on network {}', '1:11 SL307 expected the name of a network, found `{` | write `on network NAME { … }`'],
    ['on network a b {}', '1:14 SL307 expected `{`, found `b` | several networks are separated by commas'],
    [
      'in both {}',
      '1:4 SL307 expected `live`, `config` or `live+config`, found `both` | write `in live { … }`',
    ],
    [
      'move a',
      '1:7 SL316 expected `first`, `last`, `before` or `after`, found the end of the script | write `move PATH before STEP`',
    ],
    [
      'move a befor b',
      '1:8 SL307 expected `first`, `last`, `before` or `after`, found `befor` | did you mean `before`?',
    ],
    [
      'set a b=c because',
      '1:18 SL316 expected a string in double quotes, found the end of the script | write `because "REASON"`',
    ],
    [
      'set a b=c each if exists',
      '1:16 SL307 unexpected `if` | the order is `if exists`, then `each` or `exactly N`, then `because "…"`',
    ],
    ['set a b=c exactly 0', '1:19 SL317 `0` is out of range | write a number from 1 to 1000000000'],
    [
      'set a b=c exactly 9999999999',
      '1:19 SL317 `9999999999` is out of range | write a number from 1 to 1000000000',
    ],
  ],
  characters: [
    ['set a\u00a0b=c', '1:6 SL313 unexpected U+00A0 | use plain spaces'],
    ['set a b=\u0000c', '1:9 SL301 control character U+0000 | remove it'],
    ['set a b=c\rset d', '1:10 SL301 carriage return without a line feed | end lines with LF or CRLF'],
    [
      'set a b="\u202ex"',
      '1:10 SL301 U+202E shows the text in another order than it is read | remove it; in a string it can be written as `\\u{202e}`',
    ],
    ['set a b="\ud800"', '1:10 SL301 half of a surrogate pair (U+D800) | save the script as UTF-8'],
    ['\\', '1:1 SL313 unexpected `\\` | a `\\` continues the line only where it is the last character of it'],
    [
      'set a b=c \\ \nset b',
      '1:11 SL313 unexpected `\\` | a `\\` continues the line only where it is the last character of it',
      '2:6 SL316 expected `name=value`, or `= value` for the text, found the end of the script | write `set PATH name=value`',
    ],
    [
      'set a b=c;#x',
      '1:11 SL313 unexpected `#` | a comment begins at the start of a line or after white space',
    ],
    [
      'set a b%c',
      '1:7 SL313 unexpected `b%c` | a value stands behind `=`, an operator or `[`; anything else is a name',
    ],
  ],
};

describe('messages', () => {
  for (const [name, group] of Object.entries(cases)) {
    test.each(group)(`${name}: %j`, (script, ...expected) => {
      expect(problems(script)).toEqual(expected);
    });
  }

  test('brackets nested too deep', () => {
    const tooDeep = 'brackets are nested more than 64 deep | nest less';
    expect(problems(`assert ${'('.repeat(65)}a exists${')'.repeat(65)}`)).toEqual([`1:72 SL312 ${tooDeep}`]);
    expect(problems(`add ${'a {'.repeat(65)}${'}'.repeat(65)}`)).toEqual([`1:199 SL312 ${tooDeep}`]);
    expect(problems('when a exists {\n'.repeat(65) + '}\n'.repeat(65))).toEqual([`65:15 SL312 ${tooDeep}`]);
    expect(problems(`assert ${'not '.repeat(65)}a exists`)).toEqual([
      '1:264 SL312 more than 64 times `not` | two of them cancel out',
    ]);
  });

  test('as deep as allowed', () => {
    expect(problems(`assert ${'('.repeat(64)}a exists${')'.repeat(64)}`)).toEqual([]);
    expect(problems('when a exists {\n'.repeat(64) + '}\n'.repeat(64))).toEqual([]);
    expect(problems(`assert ${'not '.repeat(64)}a exists`)).toEqual([]);
  });

  test('after a thousand errors it stops', () => {
    const found = problems('set\n'.repeat(1002));
    expect(found).toHaveLength(1001);
    expect(found.at(-1)).toBe(
      '1000:4 SL318 more than 1000 errors: the rest of the script was not read | is this a Sluice script?',
    );
  });

  test('a bad statement hides no other', () => {
    const script = [
      'add host mac=1 to',
      'set bridge stp="off',
      'when dns exists {',
      '  remove [x]',
      '  add <host ip="1"> to ip',
      '  set domain name==x',
      '}',
      'add ip address=10.0.0.1 {',
      '  dhcp {',
      'ensure host mac=1 to dns',
      'for h in csv("x.csv") { remove }',
      'expect count(dns.host) = 3',
    ].join('\n');
    expect(problems(script).map((problem) => /^[0-9:]+ SL[0-9]+/.exec(problem)?.[0])).toEqual([
      '1:18 SL316',
      '2:16 SL302',
      '4:10 SL307',
      '5:7 SL305',
      '6:18 SL308',
      '9:8 SL303',
      '10:19 SL309',
      '11:31 SL316',
      '12:24 SL308',
    ]);
  });

  test('every code is provoked here', () => {
    const told = new Set(
      Object.values(cases).flatMap((group) => group.flatMap(([script]) => problems(script))),
    );
    const codes = new Set([...told].map((problem) => /SL\d+/.exec(problem)?.[0]));
    // these two have tests of their own
    expect([...codes, 'SL312', 'SL318'].sort()).toEqual(Object.keys(syntaxCodes).sort());
  });
});
