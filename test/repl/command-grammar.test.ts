// The commands as they are typed: every example of the table is understood, every mistake is told with a way on.

import { describe, expect, test } from 'vitest';
import { makeMachine, parseCommand, readingOf } from '../../src/repl/command-grammar.ts';
import { commands, formOf } from '../../src/repl/commands.ts';
import { helpText, topics } from '../../src/repl/help.ts';
import { isUnfinished, piecesOf } from '../../src/repl/pieces.ts';

/** What a line is read as: `show PATH=dns FORM=xml`, `update`, or its codes with the last help. */
function read(text: string): string {
  const source = { name: '<session>', text };
  const { value: reading, diagnostics } = readingOf(source);
  const parsed = reading.type === 'update' ? null : parseCommand(source, reading.spec);
  const [wrong] = [...diagnostics, ...(parsed?.diagnostics ?? [])];
  if (wrong !== undefined) return `${wrong.code} ${wrong.help}`;
  if (parsed === null) return 'update';
  const given = [...(parsed.value?.given ?? [])].map(
    ([name, list]) => `${name}=${list.map((one) => one.text).join(' ')}`,
  );
  return [parsed.value?.name, ...given].join(' ');
}

test('the grammar is sound', () => {
  expect(() => makeMachine('check')).not.toThrow();
});

test('every example of the table is a command', () => {
  for (const spec of commands)
    for (const example of spec.examples) expect(read(example).split(' ')[0]).toBe(spec.name.split(' ')[0]);
});

describe('a line', () => {
  test.each([
    ['?', 'help'],
    ['help set context', 'help TOPIC=set context'],
    ['show', 'show'],
    ['show as xml', 'show FORM=xml'],
    ['show scope live', 'show SCOPE=live'],
    ['show bridge scope live as script', 'show PATH=bridge SCOPE=live FORM=script'],
    ['show txt["a b"].x as script', 'show PATH=txt["a b"].x FORM=script'],
    ['show host[name=x, ip=y]', 'show PATH=host[name=x, ip=y]'],
    ['commit comment "a \\"b\\"" scope live', 'commit REASON=a "b" SCOPE=live'],
    ['commit scope config', 'commit SCOPE=config'],
    ['can add ip x=1 y=2', 'can OPERATION=add PATH=ip NAME=VALUE=x=1 y=2'],
    ['can alice add ip', 'can WHO=alice OPERATION=add PATH=ip'],
    ['set context scope=live', 'set context NAME=VALUE=scope=live'],
    ['set bridge stp=off', 'update'],
    ['add context x=1', 'update'],
    ['use commit', 'use NET=commit'],
    ['exit', 'quit'],
    ['delete x', 'update'],
    ['stagd', 'SL500 did you mean `staged`?'],
    ['qwerty', 'SL500 `help` lists them all'],
    ['diff as patc', 'SL501 did you mean `patch`?'],
    ['staged now', 'SL501 write `staged`'],
    ['commit comment two words', 'SL501 write several words in double quotes: `comment "two …"`'],
    ['commit comment two scop config', 'SL501 did you mean `scope`?'],
    ['drop', 'SL502 write `drop N`'],
    ['diff as', 'SL502 write `diff [as changes|script|patch|virsh|xml|json]`'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });
});

describe('help', () => {
  const help = (text: string | null, width = 80): ReturnType<typeof helpText> => {
    const source = { name: '<session>', text: text ?? '' };
    const topic = text === null ? null : { text, span: { source, start: 0, end: text.length } };
    return helpText(topic, {
      explain: (code) => `page of ${code}\n`,
      look: () => ({ colour: false, width, unicode: true, terminal: true }),
    });
  };
  const words = (text: string): string => text.split(/\s+/).join(' ');

  test.each([80, 200])('lists every command in its form, at %i columns', (width) => {
    const { text } = help(null, width);
    for (const spec of commands) expect(words(text)).toContain(words(` ${formOf(spec)} ${spec.about}`));
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  });

  test('knows every topic that it names', () => {
    for (const topic of topics()) {
      const { text } = help(topic);
      expect(text).not.toBe('');
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  test('knows codes, and what was nearly meant', () => {
    expect(help('sl430').text).toBe('page of SL430\n');
    expect(help('comit').diagnostics.map(({ help: way }) => way)).toEqual(['did you mean `commit`?']);
  });
});

describe('lines', () => {
  test.each([
    ['on network x {', true],
    ['on network x { }', false],
    ['assert (bridge exists and', true],
    ['set bridge stp=off \\', true],
    ['add <host mac="1">', true],
    ['add <host mac="1"/> to ip', false],
    ['set txt value="{"', false],
    ['set x y=1 # {', false],
    ['source {odd', false],
    ['remove a[1', false],
  ])('%s goes on: %s', (text, expected) => {
    expect(isUnfinished(text)).toBe(expected);
  });

  test('that are pasted are cut at commands only', () => {
    expect(
      piecesOf('set a b=1\nfor h in csv("x") {\n  use y\n}\nstaged\nset c d=2\n\non network z {'),
    ).toEqual({
      pieces: ['set a b=1\nfor h in csv("x") {\n  use y\n}', 'staged', 'set c d=2\n'],
      rest: 'on network z {',
    });
  });
});
