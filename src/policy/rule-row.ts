// `p` rows: what each column says, and every reason why it says nothing. Of a row whose columns were all met before there is
// nothing to find out but its condition, and of that only the values: thousands of rows differ in nothing else.

import { type Diagnostic, error, warning } from '../diagnostics/diagnostic.ts';
import { lineSpan, type Source, type Span, span } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { type ColumnMemo, columnMemo, recall } from './column-memo.ts';
import { columnsFit, RULE_COLUMNS } from './columns.ts';
import {
  type Condition,
  type ConditionShape,
  conditionOfShape,
  type RowContext,
  readConditionAndShape,
} from './condition.ts';
import { parseCondition } from './condition-syntax.ts';
import { type Field, fieldSpan, partOf, type Row } from './csv.ts';
import { getOrMake } from './get-or-make.ts';
import { isNetwork, isSubject } from './name-columns.ts';
import { isNetworkPattern, isRole, isUser } from './names.ts';
import type { Passage } from './passage.ts';
import { type PathShape, patternOfShape, readPathAndShape } from './path-pattern.ts';
import { isQuoted, type PlainColumns } from './plain-row.ts';
import type { Covered, Rule } from './policy.ts';
import type { Effect } from './verdict.ts';

/** The rules of one file, and what their columns have taught. */
export type RuleRows = {
  readonly source: Source;
  readonly diagnostics: Diagnostic[];
  readonly rules: Rule[];
  /** Roles in the columns for subjects, and where each is first. */
  readonly roles: Map<string, Span>;
  readonly effects: ColumnMemo<Effect>;
  readonly subjects: ColumnMemo<string>;
  readonly networks: ColumnMemo<string>;
  readonly operations: ColumnMemo<Operation>;
  readonly scopes: ColumnMemo<Scopes>;
  /** In place of operations with a mistake. */
  readonly noOperation: Operation;
  /** What equal path columns cover, so that they are compared by identity. */
  readonly covered: Map<string, KnownPath>;
};

type KnownPath = { readonly covers: Covered; readonly shape: PathShape | null };

type Operation = {
  readonly text: string;
  readonly words: ReadonlySet<string>;
  /** What a path means depends on the operations. */
  readonly paths: ColumnMemo<RulePath>;
  /** A few that differ in more than keys. */
  readonly kinds: PathKind[];
};

type Scopes = { readonly text: string; readonly words: ReadonlySet<string> };

type RulePath = {
  readonly text: string;
  readonly covers: Covered;
  readonly kind: PathKind;
};

/** What paths that differ in keys alone share; of a path without keys, its own. */
type PathKind = {
  readonly shape: PathShape | null;
  /** What a condition means depends on the path; whether it may stand here also on effect and operations. */
  readonly conditions: { [effect in Effect]: Conditions | null };
};

type Conditions = {
  readonly row: RowContext;
  /** By text; those with a warning, which every path gets once, by text and path. */
  readonly known: Map<string, KnownCondition>;
  warned: boolean;
  /** A few of those that were met. */
  readonly shapes: ConditionShape[];
};

type KnownCondition = {
  readonly condition: Condition;
  /** The first rule with it, and when there are more, all by path, subject, network and scope. */
  first: Rule | null;
  more: Map<string, Rule> | null;
};

/** Where a row stands, without blanks around it. */
type RowPlace = { readonly start: number; readonly end: number; readonly line: number };

export function ruleRows(source: Source, diagnostics: Diagnostic[]): RuleRows {
  return {
    source,
    diagnostics,
    rules: [],
    roles: new Map(),
    effects: columnMemo(),
    subjects: columnMemo(),
    networks: columnMemo(),
    operations: columnMemo(),
    scopes: columnMemo(),
    noOperation: { text: '', words: new Set(), paths: columnMemo(), kinds: [] },
    covered: new Map(),
  };
}

const EFFECTS: readonly Effect[] = ['allow', 'deny', 'report'];
const CHANGE_OPS = ['add', 'remove', 'modify', 'move'];
const ACTS = ['impersonate', 'start', 'stop', 'autostart'];
const OPERATIONS = [...CHANGE_OPS, ...ACTS];
const SCOPES = ['live', 'config'];
/** Paths and conditions that differ in more than keys and values are read one by one anyway. */
const MOST_SHAPES = 8;
/** What people say for an operation or a scope. */
const OTHER_WORDS = new Map([
  ['delete', 'remove'],
  ['create', 'add'],
  ['insert', 'add'],
  ['update', 'modify'],
  ['change', 'modify'],
  ['set', 'modify'],
  ['write', '*'],
  ['all', '*'],
  ['reorder', 'move'],
  ['running', 'live'],
  ['runtime', 'live'],
  ['current', 'live'],
  ['persistent', 'config'],
  ['stored', 'config'],
  ['both', '*'],
]);

/**
 * Adds the rule when there is nothing to say about the row, and nothing to find out but what its condition compares with.
 * False, and nothing was added, for any other: `addRule` reads those.
 */
export function addPlainRule(columns: PlainColumns, place: RowPlace, rows: RuleRows): boolean {
  const { text } = rows.source;
  const { starts, ends } = columns;
  const column = <T>(memo: ColumnMemo<T>, at: number): T | null =>
    recall(memo, text, starts[at] ?? 0, ends[at] ?? 0);
  const effect = column(rows.effects, 1);
  const operation = column(rows.operations, 5);
  const scopes = column(rows.scopes, 6);
  if (effect === null || operation === null || scopes === null) return false;
  const path = column(operation.paths, 4) ?? newPath(columns, operation, rows);
  if (path === null) return false;
  const subject = column(rows.subjects, 2) ?? newSubject(columns, rows);
  const network = column(rows.networks, 3) ?? newNetwork(columns, rows);
  if (subject === null || network === null) return false;
  const when = text.slice(starts[7] ?? 0, ends[7] ?? 0);
  if (when === '' && !isQuoted(columns, 7)) return false;
  const conditions = conditionsOf(path, operation, effect);
  const known =
    conditions.known.get(when) ??
    (conditions.warned ? conditions.known.get(withPath(when, path)) : undefined) ??
    newCondition(when, conditions);
  if (known === null || earlier(known, path, subject, network, scopes.text) !== null) return false;
  add({ effect, subject, network, path, operation, scopes, known }, place, rows);
  return true;
}

function newSubject(columns: PlainColumns, { source, subjects, roles }: RuleRows): string | null {
  // where it stands is told with its quotes
  if (isQuoted(columns, 2)) return null;
  const [start, end] = [columns.starts[2] ?? 0, columns.ends[2] ?? 0];
  const subject = source.text.slice(start, end);
  if (isRole(subject)) noteRole(subject, span(source, start, end), roles);
  else if (!isUser(subject)) return null;
  subjects.said.set(subject, subject);
  return subject;
}

function newNetwork({ starts, ends }: PlainColumns, { source, networks }: RuleRows): string | null {
  const network = source.text.slice(starts[3] ?? 0, ends[3] ?? 0);
  if (!isNetworkPattern(network)) return null;
  networks.said.set(network, network);
  return network;
}

function newPath({ starts, ends }: PlainColumns, operation: Operation, rows: RuleRows): RulePath | null {
  if (operation.kinds.length === 0) return null;
  const text = rows.source.text.slice(starts[4] ?? 0, ends[4] ?? 0);
  for (const kind of operation.kinds) {
    const pattern = kind.shape === null ? null : patternOfShape(kind.shape, text);
    if (pattern === null) continue;
    const key = `changes ${text}`;
    const known = getOrMake(rows.covered, key, (): KnownPath => {
      return { covers: { type: 'changes', pattern }, shape: kind.shape };
    });
    const path: RulePath = { text, covers: known.covers, kind };
    operation.paths.said.set(text, path);
    return path;
  }
  return null;
}

function newCondition(when: string, { shapes, known }: Conditions): KnownCondition | null {
  for (const shape of shapes) {
    const condition = conditionOfShape(shape, when);
    if (condition === null) continue;
    const made: KnownCondition = { condition, first: null, more: null };
    known.set(when, made);
    return made;
  }
  return null;
}

/** Remembers where a role is first. */
export function noteRole(role: string, at: Span, roles: Map<string, Span>): void {
  if (!roles.has(role)) roles.set(role, at);
}

/** Adds the rule that the row says; or reports everything that is wrong with it. */
export function addRule(row: Row, rows: RuleRows): void {
  const { diagnostics } = rows;
  if (!columnsFit(row, RULE_COLUMNS, diagnostics)) return;
  const [, eft, subject, network, place, operated, scoped, when] = row.fields;
  if (eft === undefined || subject === undefined || network === undefined || place === undefined) return;
  if (operated === undefined || scoped === undefined || when === undefined) return;
  if (when.value === '' && !when.quoted) {
    // a file that was cut short behind a comma would allow without a condition
    diagnostics.push(
      error('SL642', row.span, 'nothing stands where the condition belongs', {
        help: 'write `""` for a rule without condition',
      }),
    );
    return;
  }
  const effect = readEffect(eft, diagnostics);
  const named = isSubject(subject, diagnostics);
  const placed = isNetwork(network, diagnostics);
  const operation = readOperation(operated, rows);
  const scopes = readScopes(scoped, rows);
  const path = readPath(place, operation ?? rows.noOperation, rows);
  if (path === null) {
    // without the element that it speaks about, only its form can be looked at
    if (when.value !== '') parseCondition(passageOf(when), diagnostics);
    return;
  }
  const conditions = conditionsOf(path, operation ?? rows.noOperation, effect ?? 'allow');
  const known = readKnownCondition(when, path, conditions, diagnostics);
  if (effect === null || operation === null || scopes === null || known === null || !named || !placed) return;
  learn(rows.effects, effect);
  learn(rows.subjects, subject.value);
  learn(rows.networks, network.value);
  const first = earlier(known, path, subject.value, network.value, scopes.text);
  if (first !== null) reportRepetition(row, rowSpan(first, rows.source), diagnostics);
  const { start, end } = row.span;
  add(
    { effect, subject: subject.value, network: network.value, path, operation, scopes, known },
    { start, end, line: row.line },
    rows,
  );
}

function learn<T extends string>({ said }: ColumnMemo<T>, text: T): void {
  said.set(text, text);
}

/** A warning that the same row came before. */
export function reportRepetition(row: Row, first: Span, diagnostics: Diagnostic[]): void {
  diagnostics.push(
    warning('SL616', row.span, 'this row stands here a second time', {
      labels: [{ span: first, message: 'first here' }],
      help: 'delete one of them',
    }),
  );
}

/** Where the row of a rule stands, without blanks around it. */
function rowSpan({ ref }: Rule, source: Source): Span {
  const first = source.text.indexOf(ref.text, lineSpan(source, ref.line).start);
  return span(source, first, first + ref.text.length);
}

/** What is known of a rule before it is one. */
type Read = {
  readonly effect: Effect;
  readonly subject: string;
  readonly network: string;
  readonly path: RulePath;
  readonly operation: Operation;
  readonly scopes: Scopes;
  readonly known: KnownCondition;
};

function add(
  { effect, subject, network, path, operation, scopes, known }: Read,
  { start, end, line }: RowPlace,
  { source, rules }: RuleRows,
): void {
  const rule: Rule = {
    effect,
    subject,
    network,
    path: path.text,
    operation: operation.text,
    scope: scopes.text,
    when: known.condition.text,
    covers: path.covers,
    operations: operation.words,
    scopes: scopes.words,
    condition: known.condition,
    ref: { file: source.name, line, text: source.text.slice(start, end), effect },
    at: rules.length,
  };
  rules.push(Object.freeze(rule));
  if (known.first === null) {
    known.first = rule;
    return;
  }
  const { first } = known;
  known.more ??= new Map([[keyOf(first.subject, first.network, first.scope, first.path), first]]);
  const key = keyOf(subject, network, scopes.text, path.text);
  if (!known.more.has(key)) known.more.set(key, rule);
}

/** The first rule that says the same. */
function earlier(
  { first, more }: KnownCondition,
  path: RulePath,
  subject: string,
  network: string,
  scope: string,
): Rule | null {
  if (first === null) return null;
  if (more !== null) return more.get(keyOf(subject, network, scope, path.text)) ?? null;
  const same = first.subject === subject && first.network === network && first.scope === scope;
  return same && first.path === path.text ? first : null;
}

/** Only the path can have blanks. */
function keyOf(subject: string, network: string, scope: string, path: string): string {
  return `${subject} ${network} ${scope} ${path}`;
}

/** A line feed stands in no column. */
function withPath(when: string, path: RulePath): string {
  return `${when}\n${path.text}`;
}

function readEffect(field: Field, diagnostics: Diagnostic[]): Effect | null {
  const effect = EFFECTS.find((word) => word === field.value);
  if (effect !== undefined) return effect;
  const near = nearestName(field.value, EFFECTS);
  diagnostics.push(
    error('SL608', fieldSpan(field), `unknown effect \`${field.value}\``, {
      help: near === null ? 'write `allow`, `deny` or `report`' : `did you mean \`${near}\`?`,
    }),
  );
  return null;
}

/** `*`, or words joined by `|`. `*` stands for `all` and for nothing else (rule 24). */
function readWords(
  field: Field,
  code: 'SL611' | 'SL612',
  words: readonly string[],
  all: readonly string[],
  diagnostics: Diagnostic[],
): ReadonlySet<string> | null {
  if (field.value === '*') return new Set(all);
  const what = code === 'SL611' ? 'operation' : 'scope';
  const found = new Set<string>();
  let sound = true;
  let at = 0;
  for (const word of field.value.split('|')) {
    const start = at;
    at += word.length + 1;
    if (words.includes(word) && !found.has(word)) {
      found.add(word);
      continue;
    }
    sound = false;
    const near = OTHER_WORDS.get(word) ?? nearestName(word, words);
    const message = found.has(word) ? `\`${word}\` stands here twice` : `unknown ${what} \`${word}\``;
    const help = found.has(word)
      ? 'delete one'
      : near !== null
        ? `did you mean \`${near}\`?`
        : `write \`*\`, or ${words.join(', ')} joined by \`|\``;
    diagnostics.push(error(code, partOf(field, start, start + word.length), message, { help }));
  }
  return sound ? found : null;
}

function readOperation(field: Field, rows: RuleRows): Operation | null {
  const known = rows.operations.said.get(field.value);
  if (known !== undefined) return known;
  const words = readWords(field, 'SL611', OPERATIONS, CHANGE_OPS, rows.diagnostics);
  if (words === null) return null;
  const operation: Operation = { text: field.value, words, paths: columnMemo(), kinds: [] };
  rows.operations.said.set(field.value, operation);
  return operation;
}

function readScopes(field: Field, rows: RuleRows): Scopes | null {
  const known = rows.scopes.said.get(field.value);
  if (known !== undefined) return known;
  const words = readWords(field, 'SL612', SCOPES, SCOPES, rows.diagnostics);
  if (words === null) return null;
  const scopes: Scopes = { text: field.value, words };
  rows.scopes.said.set(field.value, scopes);
  return scopes;
}

/** Null when it is wrong. */
function readPath(field: Field, operation: Operation, rows: RuleRows): RulePath | null {
  // whom to act as, where the operation has a typing error
  if (operation === rows.noOperation && (isUser(field.value) || isRole(field.value))) return null;
  const known = operation.paths.said.get(field.value);
  if (known !== undefined) return known;
  const read = readCovered(field, operation.words, rows);
  if (read === null) return null;
  const kind: PathKind = { shape: read.shape, conditions: { allow: null, deny: null, report: null } };
  const path: RulePath = { text: field.value, covers: read.covers, kind };
  if (read.shape !== null && operation.kinds.length < MOST_SHAPES) operation.kinds.push(kind);
  operation.paths.said.set(field.value, path);
  return path;
}

/** What a path means depends on the operations; without any it is one of changes. */
function readCovered(path: Field, operations: ReadonlySet<string>, rows: RuleRows): KnownPath | null {
  const acts = ACTS.filter((act) => operations.has(act));
  const kind = acts.length === 0 ? 'changes' : acts.includes('impersonate') ? 'subjects' : 'network';
  const mixed = acts.length < operations.size && acts.length > 0;
  if (mixed || (kind === 'subjects' && operations.size > 1)) {
    rows.diagnostics.push(
      error(
        'SL611',
        fieldSpan(path),
        `${[...operations].map((op) => `\`${op}\``).join(' and ')} name different things in the path column`,
        { help: 'write a row for each' },
      ),
    );
    return null;
  }
  const key = `${kind} ${path.value}`;
  const known = rows.covered.get(key);
  if (known !== undefined) return known;
  const read = readNewCovered(path, kind, rows);
  if (read !== null) rows.covered.set(key, read);
  return read;
}

function readNewCovered(path: Field, kind: Covered['type'], rows: RuleRows): KnownPath | null {
  switch (kind) {
    case 'changes': {
      const read = readPathAndShape(passageOf(path), rows.diagnostics);
      if (read === null) return null;
      return { covers: { type: 'changes', pattern: read.pattern }, shape: read.shape };
    }
    case 'subjects':
      if (path.value === '*' || isUser(path.value) || isRole(path.value))
        return { covers: { type: 'subjects', subject: path.value }, shape: null };
      rows.diagnostics.push(
        error('SL609', fieldSpan(path), `\`${path.value}\` is nobody to act as`, {
          help: 'the path of `impersonate` is `user:NAME`, `role:NAME` or `*`',
        }),
      );
      return null;
    case 'network':
      if (path.value === 'network') return { covers: { type: 'network' }, shape: null };
      rows.diagnostics.push(
        error('SL620', fieldSpan(path), 'the path of `start`, `stop` and `autostart` is `network`', {
          help: 'write `network`',
        }),
      );
      return null;
  }
}

function conditionsOf({ covers, kind }: RulePath, operation: Operation, effect: Effect): Conditions {
  const known = kind.conditions[effect];
  if (known !== null) return known;
  const pattern = covers.type === 'changes' ? covers.pattern : null;
  const made: Conditions = {
    row: { effect, operations: operation.words, pattern },
    known: new Map(),
    warned: false,
    shapes: [],
  };
  kind.conditions[effect] = made;
  return made;
}

function readKnownCondition(
  when: Field,
  path: RulePath,
  conditions: Conditions,
  diagnostics: Diagnostic[],
): KnownCondition | null {
  const { row, known, shapes } = conditions;
  const before = known.get(when.value) ?? known.get(withPath(when.value, path));
  if (before !== undefined) return before;
  const said = diagnostics.length;
  const read = readConditionAndShape(passageOf(when), row, diagnostics);
  if (read === null) return null;
  if (read.shape !== null && shapes.length < MOST_SHAPES) shapes.push(read.shape);
  const made: KnownCondition = { condition: read.condition, first: null, more: null };
  if (diagnostics.length > said) conditions.warned = true;
  known.set(diagnostics.length > said ? withPath(when.value, path) : when.value, made);
  return made;
}

function passageOf(field: Field): Passage {
  return { text: field.value, at: (start, end) => partOf(field, start, end) };
}
