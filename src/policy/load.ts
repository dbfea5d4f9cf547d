// A model.conf and a policy.csv as a policy that can decide, or every reason why not, each at its line and column.

import { type Checked, type Diagnostic, error, hasErrors, warning } from '../diagnostics/diagnostic.ts';
import { parseCidr } from '../network/values.ts';
import { type Source, type Span, span } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { sha256Hex } from '../std/sha256.ts';
import { type Condition, readCondition } from './condition.ts';
import { parseCondition } from './condition-syntax.ts';
import { eachRow, type Field, fieldSpan, partOf, type Row } from './csv.ts';
import { startEngine } from './engine.ts';
import { getOrMake } from './get-or-make.ts';
import { reportLookAlikes } from './look-alike.ts';
import { checkModel } from './model-conf.ts';
import { EVERYONE, isNetworkPattern, isRole, isUser } from './names.ts';
import type { Passage } from './passage.ts';
import { readPathPattern } from './path-pattern.ts';
import type { Covered, Policy, Rule } from './policy.ts';
import { findCircle, type RoleLink } from './roles.ts';
import type { Effect } from './verdict.ts';

/**
 * Reads and checks a policy. The value is null when anything in it is wrong; warnings (SL600, SL615, SL616, SL626, SL640)
 * leave it usable. `name` is the directory or name that messages show.
 */
export function loadPolicy(input: {
  readonly model: Source;
  readonly rules: Source;
  readonly name: string;
}): Checked<Policy | null> {
  const diagnostics: Diagnostic[] = [...checkModel(input.model)];
  const loader: Loader = {
    diagnostics,
    words: new Map(),
    covered: new Map(),
    coveredBy: new Map(),
    conditions: new Map(),
    links: new Map(),
    roles: new Map(),
  };
  const rules: Rule[] = [];
  const links: PlacedLink[] = [];
  for (const row of eachRow(input.rules, diagnostics)) {
    noteRole(row, loader);
    if (!row.sound || reportLookAlikes(row, diagnostics)) continue;
    const kind = rowKind(row, loader);
    if (kind === 'p') {
      const rule = readRule(row, loader);
      if (rule !== null) rules.push(rule);
    } else if (kind === 'g') {
      const link = readLink(row, loader);
      if (link !== null) links.push(link);
    }
  }
  reportCircle(links, loader);
  const failed = hasErrors(diagnostics);
  // what follows from rows that could not be read would only repeat it
  if (!failed) {
    reportLonelyRoles(rules, links, loader);
    if (!rules.some((rule) => rule.effect === 'allow')) {
      diagnostics.push(
        warning('SL600', span(input.rules, 0, 0), 'this policy allows nothing, so every change is denied', {
          help: 'add a row such as `p, allow, role:netadmin, *, **, *, *, ""`',
        }),
      );
    }
  }
  const policy = failed ? null : start(input, rules, links, diagnostics);
  return { value: policy, diagnostics: inOrder(diagnostics, input.rules) };
}

function start(
  input: { readonly model: Source; readonly rules: Source; readonly name: string },
  rules: readonly Rule[],
  links: readonly PlacedLink[],
  diagnostics: Diagnostic[],
): Policy | null {
  const policy: Policy = Object.freeze({
    name: input.name,
    hash: sha256Hex(`${sha256Hex(input.model.text)} ${sha256Hex(input.rules.text)}`),
    rules: Object.freeze([...rules]),
    links: Object.freeze(links.map(({ link }) => link)),
  });
  const fault = startEngine(policy);
  if (fault === null) return policy;
  diagnostics.push(
    error('SL650', null, `the policy engine does not decide as it must: ${fault}`, {
      help: 'reinstall Sluice with the exact version of casbin that it names',
    }),
  );
  return null;
}

type Loader = {
  readonly diagnostics: Diagnostic[];
  /** What equal operation and scope columns say: a file has few different ones. */
  readonly words: Map<string, ReadonlySet<string>>;
  /** What equal path columns cover, so that it is read once and compared by identity; by operations, too. */
  readonly covered: Map<string, Covered>;
  readonly coveredBy: Map<ReadonlySet<string>, Map<string, Covered>>;
  /** By what they speak about, then by effect and operations, then by text. */
  readonly conditions: Map<Covered, Map<string, Map<string, KnownCondition>>>;
  /** `g` rows, by their columns. */
  readonly links: Map<string, Span>;
  /** Roles in the columns for subjects, and where each is first. */
  readonly roles: Map<string, Field>;
};

type KnownCondition = {
  readonly condition: Condition;
  /** The first row for each subject, network and scope. */
  readonly rows: Map<string, Span>;
};

type PlacedLink = { readonly link: RoleLink; readonly span: Span };

function rowKind(row: Row, loader: Loader): 'p' | 'g' | null {
  const [kind] = row.fields;
  const text = kind?.value ?? '';
  if (text === 'p' || text === 'g') return text;
  const lower = text.toLowerCase().charAt(0);
  const help =
    lower === 'p' || lower === 'g'
      ? `write \`${lower}\`: there is one kind of each`
      : 'a row begins with `p` (a rule) or `g` (who has a role)';
  loader.diagnostics.push(
    error('SL602', kind === undefined ? row.span : fieldSpan(kind), `unknown kind of row \`${text}\``, {
      help,
    }),
  );
  // what else is wrong with such a row is told at once
  if (text === 'P' && row.fields.length === RULE_COLUMNS.length) return 'p';
  return text === 'G' && row.fields.length === LINK_COLUMNS.length ? 'g' : null;
}

const RULE_COLUMNS = ['p', 'effect', 'subject', 'network', 'path', 'operation', 'scope', 'when'];
const LINK_COLUMNS = ['g', 'user or role', 'role', 'network'];

function columnsFit(row: Row, columns: readonly string[], loader: Loader): boolean {
  const count = row.fields.length;
  if (count === columns.length) return true;
  let help = `columns are ${columns.join(', ')}`;
  if (count === columns.length - 1 && columns === RULE_COLUMNS)
    help += '; a row without condition ends with ""';
  if (count > columns.length) help += '; a column with a comma in it needs quotes';
  loader.diagnostics.push(
    error('SL603', row.span, `${count} columns instead of ${columns.length}`, { help }),
  );
  return false;
}

/** A warning when the same row came before. `seen`: the rows that have the same in all other columns. */
function reportRepetition(
  row: Row,
  columns: readonly Field[],
  seen: Map<string, Span>,
  loader: Loader,
): void {
  const key = columns.map((field) => field.value).join(' ');
  const first = seen.get(key);
  if (first === undefined) {
    seen.set(key, row.span);
    return;
  }
  loader.diagnostics.push(
    warning('SL616', row.span, 'this row stands here a second time', {
      labels: [{ span: first, message: 'first here' }],
      help: 'delete one of them',
    }),
  );
}

// Roles.

function readLink(row: Row, loader: Loader): PlacedLink | null {
  if (!columnsFit(row, LINK_COLUMNS, loader)) return null;
  const [, member, role, network] = row.fields;
  if (member === undefined || role === undefined || network === undefined) return null;
  const everyone = [member, role].find((field) => field.value === EVERYONE);
  if (everyone !== undefined) {
    loader.diagnostics.push(
      error('SL614', fieldSpan(everyone), '`role:everyone` is everybody already', { help: 'delete the row' }),
    );
    return null;
  }
  const sound = [isSubject(member, loader), isRoleColumn(role, loader), isNetwork(network, loader)];
  if (sound.includes(false)) return null;
  reportRepetition(row, [member, role, network], loader.links, loader);
  return { link: { member: member.value, role: role.value, network: network.value }, span: row.span };
}

function isSubject(field: Field, loader: Loader): boolean {
  if (isUser(field.value) || isRole(field.value)) return true;
  return badSubject(field, 'users are `user:NAME`, roles are `role:NAME`', loader);
}

function isRoleColumn(field: Field, loader: Loader): boolean {
  if (isRole(field.value)) return true;
  return badSubject(field, 'the second column of `g` is a role: `role:NAME`', loader);
}

function badSubject(field: Field, rule: string, loader: Loader): false {
  const { value } = field;
  const prefix = /^(user|role):/.exec(value)?.[0] ?? '';
  const odd = firstOdd(value.slice(prefix.length));
  const help =
    value === 'everyone' || value === '*'
      ? 'write `role:everyone`'
      : prefix !== '' && odd !== null
        ? `names have letters, digits and \`. _ -\` only (users also \`@ + $ \\\`), not ${odd}`
        : isUser(`user:${value}`)
          ? `write \`user:${value}\` or \`role:${value}\``
          : (otherPrefix(value) ?? rule);
  loader.diagnostics.push(
    error(
      'SL609',
      fieldSpan(field),
      value === '' ? 'empty column where a user or role belongs' : `\`${value}\` is no user or role`,
      { help },
    ),
  );
  return false;
}

/** Prefixes of other worlds, and mistyped ones. */
const PREFIXES = new Map([
  ['group', 'role'],
  ['team', 'role'],
  ['r', 'role'],
  ['login', 'user'],
  ['account', 'user'],
  ['u', 'user'],
]);

function otherPrefix(value: string): string | null {
  const [, prefix = '', name = ''] = /^([^:]*):(.*)$/.exec(value) ?? [];
  const near = PREFIXES.get(prefix) ?? nearestName(prefix, ['user', 'role']);
  if (near === null || !(isUser(`${near}:${name}`) || isRole(`${near}:${name}`))) return null;
  return `did you mean \`${near}:${name}\`?`;
}

/** The first character that stands in no name: shown with its number, because it may look like another. */
function firstOdd(name: string): string | null {
  for (const character of name) {
    if (/[A-Za-z0-9._-]/.test(character)) continue;
    return `\`${character}\` (U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')})`;
  }
  return null;
}

function isNetwork(field: Field, loader: Loader): boolean {
  if (isNetworkPattern(field.value)) return true;
  loader.diagnostics.push(
    error(
      'SL610',
      fieldSpan(field),
      field.value === '' ? 'empty network column' : `\`${field.value}\` is no network name or pattern`,
      {
        help:
          parseCidr(field.value) === null
            ? 'write a name, `*` for all networks, or a pattern such as `lab-*`; letters, digits and `. _ : @ + -`'
            : `write the name of a network; addresses belong into the condition: \`ip in ${field.value}\``,
      },
    ),
  );
  return false;
}

function reportCircle(links: readonly PlacedLink[], loader: Loader): void {
  const circle = findCircle(links.map(({ link }) => link));
  if (circle === null) return;
  const first = circle[0] ?? '';
  const names = [...circle, first].map((name) => `\`${name}\``).join(' → ');
  const closing = links.find(({ link }) => link.member === circle[circle.length - 1] && link.role === first);
  const at = closing?.span ?? null;
  loader.diagnostics.push(
    error('SL613', at, `roles inherit each other in a circle: ${names}`, {
      help: 'delete one of these rows',
    }),
  );
}

function noteRole(row: Row, loader: Loader): void {
  const field = row.fields[row.fields[0]?.value === 'p' ? 2 : 1];
  if (field?.value.startsWith('role:') === true && !loader.roles.has(field.value))
    loader.roles.set(field.value, field);
}

/** A role that rows or conditions speak of and nobody has is probably a typing error. */
function reportLonelyRoles(rules: readonly Rule[], links: readonly PlacedLink[], loader: Loader): void {
  const given = new Set(links.map(({ link }) => link.role));
  const said = new Set<string>([EVERYONE, ...given]);
  const mention = (text: string, at: () => Span): void => {
    if (said.has(text)) return;
    said.add(text);
    const near = nearestName(text, given);
    const help =
      near === null ? `give it to somebody: \`g, user:NAME, ${text}, *\`` : `did you mean \`${near}\`?`;
    loader.diagnostics.push(warning('SL615', at(), `nobody has \`${text}\``, { help }));
  };
  for (const [role, field] of loader.roles) mention(role, () => fieldSpan(field));
  for (const rule of rules) for (const { text, span: at } of rule.condition.roles) mention(text, () => at);
}

// Rules.

const EFFECTS: readonly Effect[] = ['allow', 'deny', 'report'];
const CHANGE_OPS = ['add', 'remove', 'modify', 'move'];
const ACTS = ['impersonate', 'start', 'stop', 'autostart'];
const OPERATIONS = [...CHANGE_OPS, ...ACTS];
const SCOPES = ['live', 'config'];
/** In place of those that have a mistake. */
const NO_OPERATIONS: ReadonlySet<string> = new Set();
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

function readRule(row: Row, loader: Loader): Rule | null {
  if (!columnsFit(row, RULE_COLUMNS, loader)) return null;
  const [, eft, subject, network, path, operation, scope, when] = row.fields;
  if (eft === undefined || subject === undefined || network === undefined || path === undefined) return null;
  if (operation === undefined || scope === undefined || when === undefined) return null;
  if (when.value === '' && !when.quoted) {
    // a file that was cut short behind a comma would allow without a condition
    loader.diagnostics.push(
      error('SL642', row.span, 'nothing stands where the condition belongs', {
        help: 'write `""` for a rule without condition',
      }),
    );
    return null;
  }
  const effect = readEffect(eft, loader);
  const named = isSubject(subject, loader);
  const placed = isNetwork(network, loader);
  const operations = readWords(operation, 'SL611', OPERATIONS, CHANGE_OPS, loader);
  const scopes = readWords(scope, 'SL612', SCOPES, SCOPES, loader);
  const covers = readCovered(path, operations ?? NO_OPERATIONS, loader);
  if (covers === null) {
    // without the element that it speaks about, only its form can be looked at
    if (when.value !== '') parseCondition(passageOf(when), loader.diagnostics);
    return null;
  }
  const known = conditionOf(when, operation, effect ?? 'allow', operations ?? NO_OPERATIONS, covers, loader);
  if (effect === null || operations === null || scopes === null || known === null || !named || !placed)
    return null;
  reportRepetition(row, [subject, network, scope], known.rows, loader);
  return Object.freeze({
    effect,
    subject: subject.value,
    network: network.value,
    path: path.value,
    operation: operation.value,
    scope: scope.value,
    when: when.value,
    covers,
    operations,
    scopes,
    condition: known.condition,
    ref: { file: row.span.source.name, line: row.line, text: row.text, effect },
  });
}

function readEffect(field: Field, loader: Loader): Effect | null {
  const effect = EFFECTS.find((word) => word === field.value);
  if (effect !== undefined) return effect;
  const near = nearestName(field.value, EFFECTS);
  loader.diagnostics.push(
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
  loader: Loader,
): ReadonlySet<string> | null {
  const key = `${code} ${field.value}`;
  const known = loader.words.get(key);
  if (known !== undefined) return known;
  if (field.value === '*') {
    const every = new Set(all);
    loader.words.set(key, every);
    return every;
  }
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
    loader.diagnostics.push(error(code, partOf(field, start, start + word.length), message, { help }));
  }
  if (!sound) return null;
  loader.words.set(key, found);
  return found;
}

/** Null when it is wrong. What a path means depends on the operations; without any it is one of changes. */
function readCovered(path: Field, operations: ReadonlySet<string>, loader: Loader): Covered | null {
  // whom to act as, where the operation has a typing error
  if (operations === NO_OPERATIONS && (isUser(path.value) || isRole(path.value))) return null;
  const same = loader.coveredBy.get(operations);
  const before = same?.get(path.value);
  if (before !== undefined) return before;
  const covers = readCoveredBy(path, operations, loader);
  if (covers === null) return null;
  if (same === undefined) loader.coveredBy.set(operations, new Map([[path.value, covers]]));
  else same.set(path.value, covers);
  return covers;
}

function readCoveredBy(path: Field, operations: ReadonlySet<string>, loader: Loader): Covered | null {
  const acts = ACTS.filter((act) => operations.has(act));
  const kind = acts.length === 0 ? 'changes' : acts.includes('impersonate') ? 'subjects' : 'network';
  const mixed = acts.length < operations.size && acts.length > 0;
  if (mixed || (kind === 'subjects' && operations.size > 1)) {
    loader.diagnostics.push(
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
  const known = loader.covered.get(key);
  if (known !== undefined) return known;
  const covers = readNewCovered(path, kind, loader);
  if (covers !== null) loader.covered.set(key, covers);
  return covers;
}

function readNewCovered(path: Field, kind: Covered['type'], loader: Loader): Covered | null {
  switch (kind) {
    case 'changes': {
      const pattern = readPathPattern(passageOf(path), loader.diagnostics);
      return pattern === null ? null : { type: 'changes', pattern };
    }
    case 'subjects':
      if (path.value === '*' || isUser(path.value) || isRole(path.value))
        return { type: 'subjects', subject: path.value };
      loader.diagnostics.push(
        error('SL609', fieldSpan(path), `\`${path.value}\` is nobody to act as`, {
          help: 'the path of `impersonate` is `user:NAME`, `role:NAME` or `*`',
        }),
      );
      return null;
    case 'network':
      if (path.value === 'network') return { type: 'network' };
      loader.diagnostics.push(
        error('SL620', fieldSpan(path), 'the path of `start`, `stop` and `autostart` is `network`', {
          help: 'write `network`',
        }),
      );
      return null;
  }
}

function conditionOf(
  when: Field,
  operation: Field,
  effect: Effect,
  operations: ReadonlySet<string>,
  covers: Covered,
  loader: Loader,
): KnownCondition | null {
  // what a condition means depends on the anchor alone; whether it may stand here also on effect and operations
  const ofCovered = getOrMake(
    loader.conditions,
    covers,
    () => new Map<string, Map<string, KnownCondition>>(),
  );
  const ofRow = getOrMake(ofCovered, `${effect} ${operation.value}`, () => new Map<string, KnownCondition>());
  const known = ofRow.get(when.value);
  if (known !== undefined) return known;
  const pattern = covers.type === 'changes' ? covers.pattern : null;
  const condition = readCondition(passageOf(when), { effect, operations, pattern }, loader.diagnostics);
  if (condition === null) return null;
  const made: KnownCondition = { condition, rows: new Map() };
  ofRow.set(when.value, made);
  return made;
}

function passageOf(field: Field): Passage {
  return { text: field.value, at: (start, end) => partOf(field, start, end) };
}

/** By file, then by place; what has no place comes first. */
function inOrder(diagnostics: readonly Diagnostic[], rules: Source): readonly Diagnostic[] {
  const rank = (diagnostic: Diagnostic): number =>
    diagnostic.span === null ? -2 : diagnostic.span.source === rules ? diagnostic.span.start : -1;
  return [...diagnostics].sort((a, b) => rank(a) - rank(b));
}
