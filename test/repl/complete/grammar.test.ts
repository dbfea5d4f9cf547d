// Completion is built over the grammar and the table: it knows every place in both, and new ones without new code.

import { NonTerminal, type Rule, Terminal } from 'chevrotain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ElementSpec } from '../../../src/network/spec.ts';
import { networkSpec } from '../../../src/network/table.ts';
import { commands } from '../../../src/repl/commands.ts';
import { complete, expected as whatIsExpected } from '../../../src/repl/complete/complete.ts';
import { updateRules } from '../../../src/repl/complete/cursor.ts';
import { namedBy, valuedBy } from '../../../src/repl/complete/update-language.ts';
import type { World } from '../../../src/repl/complete/world.ts';
import { parseScript } from '../../../src/syntax/parse.ts';
import { Word } from '../../../src/syntax/tokens.ts';
import { documentOf, world } from './world.ts';

type Definition = Rule['definition'];

/** Everything that a rule is made of, without what other rules are made of. */
function piecesOf(definition: Definition): Definition {
  return definition.flatMap((piece) =>
    'definition' in piece && !(piece instanceof NonTerminal)
      ? [piece, ...piecesOf(piece.definition as Definition)] // what has one, has pieces in it
      : [piece],
  );
}

function rulesWith(wanted: (piece: Definition[number]) => boolean): readonly string[] {
  return Object.entries(updateRules())
    .filter(([, { definition }]) => piecesOf(definition).some(wanted))
    .map(([name]) => name)
    .sort();
}

describe('every place of the grammar is known', () => {
  test('names', () => {
    const rules = rulesWith((piece) => piece instanceof Terminal && piece.terminalType === Word);
    expect(Object.keys(namedBy).sort()).toEqual(rules);
  });

  test('values', () => {
    const rules = rulesWith((piece) => piece instanceof NonTerminal && piece.nonTerminalName === 'value');
    expect(Object.keys(valuedBy).sort()).toEqual(rules);
  });
});

describe('a table with another element', () => {
  const attr = { required: false, default: null, restates: null };
  const planted: ElementSpec = {
    name: 'lantern',
    local: 'lantern',
    ns: '',
    cardinality: 'many',
    attrs: [
      { ...attr, name: 'post', type: { kind: 'name' }, required: true, doc: 'where it hangs' },
      { ...attr, name: 'light', type: { kind: 'enum', values: ['green', 'red'] }, doc: 'its colour' },
    ],
    children: [],
    text: null,
    key: { alternatives: [{ kind: 'post', parts: [{ attr: 'post' }] }], separator: '/' },
    content: 'known',
    mustBeNamed: false,
    absentWhenEmpty: false,
    doc: 'a lantern at the gate',
  };
  const wider: World = {
    ...world,
    table: { ...networkSpec, children: [...networkSpec.children, planted] },
    documents: new Map([
      ['default', documentOf("<network><name>default</name><lantern post='north' light='red'/></network>")],
    ]),
  };
  test.each([
    ['add lan', ['lantern — a lantern at the gate']],
    ['add lantern p', ['post= — where it hangs (required)']],
    ['add lantern light=', ['green — ', 'red — ', '$rack — 7']],
    ['set lan', ['lantern[north] — light=red']],
    ['set lantern[n', ['name= — ', 'north] — light=red'].slice(1)],
    ['unset lantern[north]@', ['light — its colour: now red']],
    ['remove lantern light=', ['red — post=north', '$rack — 7']],
    ['show lan', ['lantern[north] — light=red']],
  ])('%s', (line, wanted) => {
    const { candidates } = complete({ block: '', line }, wider);
    expect(candidates.map(({ text, help }) => `${text} — ${help}`)).toEqual(wanted);
  });
});

/** What is wrong with a text besides that it is not at its end. */
function wrongIn(text: string): readonly string[] {
  const end = text.trimEnd().length;
  return parseScript({ name: 'typed', text })
    .diagnostics.filter(({ code, severity, span }) => {
      if (severity !== 'error') return false;
      if (code === 'SL316' || code === 'SL303' || code === 'SL302' || code === 'SL305') return false;
      // a mark that something must follow, refused at the end for want of it
      return (span?.end ?? 0) < end;
    })
    .map(({ code, message }) => `${code} ${message}`);
}

test('what is chosen again and again stays a beginning of a statement, and ends in one', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 24 }), (choices) => {
      let line = '';
      for (const choice of choices) {
        const { from, candidates } = complete({ block: '', line }, { ...world, networks: ['default'] });
        const updates = candidates.filter(({ help }) => !COMMANDS.has(help));
        if (updates.length === 0) {
          // a value of one's own comes next, or nothing must
          const { next } = whatIsExpected({ block: '', line }, world);
          if (next.length === 0) expect(parseScript({ name: 'typed', text: line }).diagnostics).toEqual([]);
          break;
        }
        const chosen = updates[choice % updates.length];
        if (chosen === undefined) break;
        const next = line.slice(0, from) + chosen.text + (chosen.closed ? ' ' : '');
        if (next === line) break;
        line = next;
        expect({ line, wrong: wrongIn(line) }).toEqual({ line, wrong: [] });
      }
    }),
    { numRuns: 300 },
  );
});

const COMMANDS: ReadonlySet<string> = new Set(commands.map(({ about }) => about));
