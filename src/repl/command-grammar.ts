// The grammar of the commands, made from their table: a rule for each command, a token for each fixed word.

import { createToken, EmbeddedActionsParser, type IToken, Lexer, type TokenType } from 'chevrotain';
import { type Checked, type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { type Source, type Span, span } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { foreignVerbs, heads } from '../syntax/keywords.ts';
import { type CommandName, type CommandSpec, commands, formOf, type Slot } from './commands.ts';

/** A word as it was given, without its quotes, and where. */
export type Given = { readonly text: string; readonly span: Span };

export type Command = {
  readonly name: CommandName;
  /** By the names in the table: `PATH`, `FORM`; several for what may be repeated. */
  readonly given: ReadonlyMap<string, readonly Given[]>;
};

/** What a line is for: a command, or the update language. */
export type Reading = { readonly type: 'command'; readonly spec: CommandSpec } | { readonly type: 'update' };

/**
 * Which of the two a text is, by its first word (`set context` by two). A first word that is in neither is reported here, so
 * that the help knows all words.
 */
export function readingOf(source: Source): Checked<Reading> {
  const [, first = '', second = ''] = /^\s*([^\s"[\]{}();#]+)?(?:[ \t]+(\S+))?/.exec(source.text) ?? [];
  const update: Reading = { type: 'update' };
  for (const spec of commands)
    if (spec.name === first || spec.aliases.includes(first) || spec.name === `${first} ${second}`)
      return { value: { type: 'command', spec }, diagnostics: [] };
  if (first === '' || verbs.has(first) || foreignVerbs.has(first.toLowerCase()) || !/^[a-z?-]+$/i.test(first))
    return { value: update, diagnostics: [] };
  const start = source.text.indexOf(first);
  const near = nearestName(first, [...commandWords, ...heads]);
  return {
    value: update,
    diagnostics: [
      error('SL500', span(source, start, start + first.length), `\`${first}\` is no command and no verb`, {
        help: near === null ? '`help` lists them all' : `did you mean \`${near}\`?`,
      }),
    ],
  };
}

const verbs: ReadonlySet<string> = new Set(heads);
/** Every word that a command begins with. */
const commandWords: readonly string[] = commands
  .flatMap(({ name, aliases }) => [name, ...aliases])
  .filter((word) => word.length > 1);

/** The command in the text, or null with what is wrong with it. `source` must read as a command. */
export function parseCommand(source: Source, spec: CommandSpec): Checked<Command | null> {
  const { lexer, parser } = machine();
  const { tokens } = lexer.tokenize(source.text);
  parser.input = tokens;
  const given = parser.parse(spec);
  const [refusal] = parser.errors;
  if (refusal === undefined)
    return {
      value: {
        name: spec.name,
        given: new Map(
          [...given].map(([name, list]) => [
            name,
            list.map((token) => ({ text: unquoted(token.image), span: spanOf(source, token) })),
          ]),
        ),
      },
      diagnostics: [],
    };
  return { value: null, diagnostics: [refused(source, spec, tokens, refusal.token)] };
}

function refused(source: Source, spec: CommandSpec, tokens: readonly IToken[], token: IToken): Diagnostic {
  const help = `write \`${formOf(spec)}\``;
  if (!tokens.includes(token)) {
    const end = source.text.trimEnd().length;
    return error('SL502', span(source, end, end), `\`${spec.name}\` is not complete`, { help });
  }
  const at = spanOf(source, token);
  const near = token.image.length < 2 ? null : nearestName(token.image, wordsIn(spec.slots));
  const text = near === null ? unquotedText(spec.slots, tokens, tokens.indexOf(token)) : null;
  return error('SL501', at, `\`${spec.name}\` does not take \`${token.image}\` here`, {
    help: near !== null ? `did you mean \`${near}\`?` : (text ?? help),
  });
}

/** A text of several words, which nobody put into quotes: how it is written. */
function unquotedText(slots: readonly Slot[], tokens: readonly IToken[], at: number): string | null {
  const [lead, first] = [tokens[at - 2]?.image, tokens[at - 1]?.image];
  if (lead === undefined || first === undefined || first.startsWith('"')) return null;
  const asks = slots.some(
    (slot) =>
      slot.type === 'optional' &&
      slot.slots.some(
        (one, index) =>
          one.type === 'word' &&
          one.word === lead &&
          slot.slots
            .slice(index + 1, index + 2)
            .some((next) => next.type === 'value' && next.kind === 'text'),
      ),
  );
  return asks ? `write several words in double quotes: \`${lead} "${first} …"\`` : null;
}

function wordsIn(slots: readonly Slot[]): readonly string[] {
  return slots.flatMap((slot) => {
    switch (slot.type) {
      case 'word':
        return [slot.word];
      case 'choice':
        return slot.words.map(({ word }) => word);
      case 'optional':
        return wordsIn(slot.slots);
      case 'value':
      case 'many':
        return [];
    }
  });
}

function spanOf(source: Source, token: IToken): Span {
  return span(source, token.startOffset, token.startOffset + token.image.length);
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  return text.slice(1, text.endsWith('"') && text.length > 1 ? -1 : undefined).replace(/\\(.)/g, '$1');
}

// The machine, made when the first command is read.

type Machine = { readonly lexer: Lexer; readonly parser: CommandParser };

let made: Machine | null = null;

function machine(): Machine {
  made ??= makeMachine('skip');
  return made;
}

/** `check` is for the test that validates the grammar. */
export function makeMachine(validations: 'check' | 'skip'): Machine {
  const skipValidations = validations === 'skip';
  return {
    lexer: new Lexer([...tokenTypes], { positionTracking: 'onlyOffset', skipValidations }),
    parser: new CommandParser(skipValidations),
  };
}

/** Any word; what values are made of. */
const Word = createToken({ name: 'Word', pattern: Lexer.NA, label: 'a word' });
const Blank = createToken({ name: 'Blank', pattern: /\s+/, group: Lexer.SKIPPED });
/** Up to white space, which may stand in quotes and in brackets: `txt["a b"]`, `host[name=x, ip=y]`. */
const Text = createToken({
  name: 'Text',
  pattern: /(?:"(?:[^"\\]|\\.)*"?|\[(?:[^\]"]|"(?:[^"\\]|\\.)*"?)*\]?|[^\s"[])+/,
  categories: [Word],
  line_breaks: true,
});

const fixed: ReadonlyMap<string, TokenType> = new Map(
  [
    ...new Set(
      commands.flatMap(({ name, aliases, slots }) => [...name.split(' '), ...aliases, ...wordsIn(slots)]),
    ),
  ].map((image) => [
    image,
    createToken({
      name: image === '?' ? 'QuestionMark' : image.replaceAll(/\W/g, '_'),
      pattern: image,
      label: `\`${image}\``,
      longer_alt: Text,
      categories: [Word],
    }),
  ]),
);

// longer words first: a token is the first pattern that matches
const tokenTypes: readonly TokenType[] = [
  Blank,
  ...[...fixed].sort(([a], [b]) => b.length - a.length).map(([, type]) => type),
  Text,
  Word,
];

type Found = Map<string, IToken[]>;

/**
 * A slot with the numbers that Chevrotain wants: a second OPTION of a rule is another than the first, whichever way the
 * parser came. `at` is unique in its rule; the words of a choice have the numbers from `at` on.
 */
type Placed = { readonly slot: Slot; readonly at: number; readonly inner: readonly Placed[] };

function placed(slots: readonly Slot[], next: { at: number }): readonly Placed[] {
  return slots.map((slot) => {
    const { at } = next;
    next.at += slot.type === 'choice' ? slot.words.length : 1;
    return { slot, at, inner: slot.type === 'optional' ? placed(slot.slots, next) : [] };
  });
}

class CommandParser extends EmbeddedActionsParser {
  private readonly rules: ReadonlyMap<CommandName, () => Found>;

  constructor(skipValidations: boolean) {
    super([...tokenTypes], { skipValidations, maxLookahead: 1 });
    this.rules = new Map(
      commands.map((spec): [CommandName, () => Found] => {
        // numbers below are the words of the command itself
        const body = placed(spec.slots, { at: 10 });
        return [
          spec.name,
          this.RULE(`command_${spec.name.replaceAll(/\W/g, '_')}`, () => {
            const found: Found = new Map();
            this.head(spec);
            this.slots(body, found);
            return found;
          }),
        ];
      }),
    );
    this.performSelfAnalysis();
  }

  /** What the slots of the command were given; nothing of use when there are errors. */
  parse(spec: CommandSpec): Found {
    const rule = this.rules.get(spec.name);
    if (rule === undefined) throw new Error('every command of the table has its rule');
    return rule.call(this);
  }

  private head(spec: CommandSpec): void {
    const [first = '', ...more] = spec.name.split(' ');
    if (spec.aliases.length === 0) this.consume(0, tokenOf(first));
    else
      this.or(
        0,
        [first, ...spec.aliases].map((image, at) => ({ ALT: () => this.consume(at, tokenOf(image)) })),
      );
    for (const [at, image] of more.entries()) this.consume(5 + at, tokenOf(image));
  }

  private slots(slots: readonly Placed[], found: Found): void {
    for (const [at, slot] of slots.entries())
      this.slot(
        slot,
        slots.slice(at + 1).map((one) => one.slot),
        found,
      );
  }

  private slot({ slot, at, inner }: Placed, behind: readonly Slot[], found: Found): void {
    const keep = (name: string, token: IToken): void => {
      const list = found.get(name);
      if (list === undefined) found.set(name, [token]);
      else list.push(token);
    };
    switch (slot.type) {
      case 'word':
        this.consume(at, tokenOf(slot.word));
        return;
      case 'value':
        keep(slot.name, this.consume(at, Word));
        return;
      case 'choice': {
        const token = this.or(
          at,
          slot.words.map(({ word }, index) => ({ ALT: () => this.consume(at + index, tokenOf(word)) })),
        ) as IToken; // every alternative is one token
        keep(slot.name, token);
        return;
      }
      case 'optional': {
        // a value that may be left out is not taken from the word that stands behind it: `can add …`, `show as xml`
        const words = firstWords(behind);
        this.option(at, {
          GATE: () => slot.slots[0]?.type !== 'value' || !words.includes(this.LA(1).image),
          DEF: () => this.slots(inner, found),
        });
        return;
      }
      case 'many':
        this.many(at, { DEF: () => keep(slot.name, this.consume(at, Word)) });
        return;
    }
  }
}

function tokenOf(image: string): TokenType {
  const type = fixed.get(image);
  if (type === undefined) throw new Error(`${image} is no word of the table`);
  return type;
}

/** The words that can come next, where what may be left out is left out. */
export function firstWords(slots: readonly Slot[]): readonly string[] {
  const words: string[] = [];
  for (const slot of slots) {
    switch (slot.type) {
      case 'word':
        return [...words, slot.word];
      case 'choice':
        return [...words, ...slot.words.map(({ word }) => word)];
      case 'optional':
        words.push(...firstWords(slot.slots));
        break;
      case 'value':
      case 'many':
        return words;
    }
  }
  return words;
}
