// The examples of RFC 5261, appendix A, and what its text says besides.

import { describe, expect, test } from 'vitest';
import { applyRfc5261, PatchError } from './rfc5261-engine.ts';

describe('appendix A', () => {
  test.each([
    [
      'A.1 adding an element',
      '<doc><note>This is a sample document</note></doc>',
      '<diff><add sel="doc"><foo id="ert4773">This is a new child</foo></add></diff>',
      '<doc><note>This is a sample document</note><foo id="ert4773">This is a new child</foo></doc>',
    ],
    [
      'A.2 adding an attribute',
      '<doc><foo id="ert4773">This is a new child</foo></doc>',
      `<diff><add sel="doc/foo[@id='ert4773']" type="@user">Bob</add></diff>`,
      '<doc><foo id="ert4773" user="Bob">This is a new child</foo></doc>',
    ],
    [
      'A.3 adding a prefixed namespace declaration',
      '<doc/>',
      '<diff><add sel="doc" type="namespace::pref">urn:ns:xxx</add></diff>',
      '<doc xmlns:pref="urn:ns:xxx"/>',
    ],
    [
      'A.4 adding a comment node with the pos attribute',
      '<doc><foo id="ert4773">x</foo></doc>',
      `<diff><add sel="doc/foo[@id='ert4773']" pos="before"><!-- comment --></add></diff>`,
      '<doc><!-- comment --><foo id="ert4773">x</foo></doc>',
    ],
    [
      'A.5 adding multiple nodes',
      '<doc><foo id="ert4773">x</foo></doc>',
      `<diff><add sel="doc/foo[@id='ert4773']" pos="after">\n  <bar id="blaah"/><!-- c -->text</add></diff>`,
      '<doc><foo id="ert4773">x</foo>\n  <bar id="blaah"/><!-- c -->text</doc>',
    ],
    [
      'A.6 replacing an element',
      '<doc><foo a="1">x</foo></doc>',
      `<diff><replace sel="doc/foo[@a='1']"><bar a="2"/></replace></diff>`,
      '<doc><bar a="2"/></doc>',
    ],
    [
      'A.7 replacing an attribute',
      '<doc a="test"/>',
      '<diff><replace sel="doc/@a">new value</replace></diff>',
      '<doc a="new value"/>',
    ],
    [
      'A.8 replacing a namespace declaration',
      '<doc xmlns:pref="urn:test"/>',
      '<diff><replace sel="doc/namespace::pref">urn:new:xxx</replace></diff>',
      '<doc xmlns:pref="urn:new:xxx"/>',
    ],
    [
      'A.9 replacing a comment',
      '<doc a="test"><!-- This is comment --></doc>',
      '<diff><replace sel="doc/comment()[1]"><!-- This is the new content --></replace></diff>',
      '<doc a="test"><!-- This is the new content --></doc>',
    ],
    [
      'A.10 replacing a processing instruction',
      '<doc a="test"><?test foo="bar"?></doc>',
      `<diff><replace sel='doc/processing-instruction("test")'><?test bar="foobar"?></replace></diff>`,
      '<doc a="test"><?test bar="foobar"?></doc>',
    ],
    [
      'A.11 replacing a text',
      '<doc><foo a="1">This is the new text content</foo></doc>',
      '<diff><replace sel="doc/foo/text()[1]">This is the new text content, new</replace></diff>',
      '<doc><foo a="1">This is the new text content, new</foo></doc>',
    ],
    [
      'A.12 removing an element',
      '<doc>\n  <foo a="1">This is a sample document</foo>\n</doc>',
      `<diff><remove sel="doc/foo[@a='1']" ws="after"/></diff>`,
      '<doc>\n  </doc>',
    ],
    ['A.13 removing an attribute', '<doc a="foo"/>', '<diff><remove sel="doc/@a"/></diff>', '<doc/>'],
    [
      'A.14 removing a prefixed namespace declaration',
      '<doc><foo xmlns:pref="urn:test" a="1"/></doc>',
      '<diff><remove sel="doc/foo/namespace::pref"/></diff>',
      '<doc><foo a="1"/></doc>',
    ],
    [
      'A.15 removing a comment',
      '<doc><!-- x --></doc>',
      '<diff><remove sel="doc/comment()[1]"/></diff>',
      '<doc/>',
    ],
    [
      'A.16 removing a processing instruction',
      '<doc a="foo"><?test x?></doc>',
      `<diff><remove sel='doc/processing-instruction("test")'/></diff>`,
      '<doc a="foo"/>',
    ],
    [
      'A.17 removing a text',
      '<doc><foo>x</foo></doc>',
      '<diff><remove sel="doc/foo/text()[1]"/></diff>',
      '<doc><foo/></doc>',
    ],
    [
      'A.18 several patches with namespaces',
      '<doc xmlns="urn:ietf:params:xml:ns:xxx" xmlns:z="urn:ietf:params:xml:ns:yyy">\n  <note>x</note>\n  <elem a="foo">\n    <child id="ert4773"><z:node/></child>\n  </elem>\n</doc>',
      `<p:diff xmlns="urn:ietf:params:xml:ns:xxx" xmlns:y="urn:ietf:params:xml:ns:yyy" xmlns:p="urn:ietf:params:xml:ns:diff">
        <p:add sel="doc/elem[@a='foo']"><child id="ert4774"/></p:add>
        <p:replace sel="doc/note/text()">Patched doc</p:replace>
        <p:remove sel="*/elem[@a='foo']/child[@id='ert4773']/y:node"/>
      </p:diff>`,
      '<doc xmlns="urn:ietf:params:xml:ns:xxx" xmlns:z="urn:ietf:params:xml:ns:yyy">\n  <note>Patched doc</note>\n  <elem a="foo">\n    <child id="ert4773"/>\n  <child id="ert4774"/></elem>\n</doc>',
    ],
  ])('%s', (_, document, diff, expected) => expect(applyRfc5261(document, diff)).toBe(expected));
});

describe('besides', () => {
  test.each([
    ['prepend', '<a><b/></a>', '<diff><add sel="/a" pos="prepend"><c/></add></diff>', '<a><c/><b/></a>'],
    ['prepend into nothing', '<a/>', '<diff><add sel="/a" pos="prepend"><c/></add></diff>', '<a><c/></a>'],
    ['ws before', '<a>\n  <b/>\n</a>', '<diff><remove sel="/a/b" ws="before"/></diff>', '<a>\n</a>'],
    ['ws both', '<a>\n  <b/>\n</a>', '<diff><remove sel="/a/b" ws="both"/></diff>', '<a/>'],
    [
      'texts that meet are one',
      '<a>x<b/>y</a>',
      '<diff><remove sel="/a/b"/><replace sel="/a/text()">z</replace></diff>',
      '<a>z</a>',
    ],
    ['a text that becomes empty', '<a>x</a>', '<diff><replace sel="/a/text()"></replace></diff>', '<a/>'],
    [
      'an attribute in a namespace',
      '<a/>',
      '<diff xmlns:p="u"><add sel="/a" type="@p:b">1</add></diff>',
      '<a xmlns:p="u" p:b="1"/>',
    ],
    [
      'each on what the one before left',
      '<a/>',
      '<diff><add sel="/a"><b/></add><add sel="/a/b"><c/></add></diff>',
      '<a><b><c/></b></a>',
    ],
    ['nothing', "<a  b='1'/>", '<diff/>', '<a b="1"/>'],
    [
      'literals are no names',
      '<a xmlns="u"><b c="b"/></a>',
      `<diff xmlns="u"><remove sel="a/b[@c='b']"/></diff>`,
      '<a xmlns="u"/>',
    ],
  ])('%s', (_, document, diff, expected) => expect(applyRfc5261(document, diff)).toBe(expected));

  test.each([
    ['no node', '<diff><remove sel="/a/x"/></diff>', 'unlocated-node'],
    ['two nodes', '<diff><remove sel="/a/b"/></diff>', 'unlocated-node'],
    ['an attribute that is there', '<diff><add sel="/a" type="@c">1</add></diff>', 'invalid-patch-directive'],
    ['no white space', '<diff><remove sel="/a/b[1]" ws="after"/></diff>', 'invalid-whitespace-directive'],
    ['two nodes for one', '<diff><replace sel="/a/b[1]"><x/><y/></replace></diff>', 'invalid-node-types'],
    ['text for an element', '<diff><replace sel="/a/b[1]">x</replace></diff>', 'invalid-node-types'],
    ['an element for text', '<diff><replace sel="/a/@c"><x/></replace></diff>', 'invalid-diff-format'],
    ['a child of an attribute', '<diff><add sel="/a/@c"><x/></add></diff>', 'invalid-node-types'],
    ['without root', '<diff><remove sel="/a"/></diff>', 'invalid-root-element-operation'],
    ['an unknown place', '<diff><add sel="/a" pos="inside"><x/></add></diff>', 'invalid-attribute-value'],
    ['an unknown operation', '<diff><move sel="/a"/></diff>', 'invalid-patch-directive'],
    ['no selector', '<diff><remove/></diff>', 'invalid-attribute-value'],
  ])('%s is refused', (_, diff, expected) => {
    const patch = () => applyRfc5261('<a c="0"><b/><b/></a>', diff);
    expect(patch).toThrow(PatchError);
    expect(patch).toThrow(expected);
  });
});
