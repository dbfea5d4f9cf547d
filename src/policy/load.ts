// A model.conf and a policy.csv as a policy that can decide, or every reason why not, each at its line and column.

import { type Checked, type Diagnostic, error, hasErrors, warning } from '../diagnostics/diagnostic.ts';
import { type Source, type Span, span } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { sha256Hex } from '../std/sha256.ts';
import { LINK_COLUMNS, RULE_COLUMNS } from './columns.ts';
import { eachLine, endOfText, fieldSpan, type Row, readRow, skipBlanks } from './csv.ts';
import { startEngine } from './engine.ts';
import { addLink, addPlainLink, type LinkRows, type PlacedLink } from './link-row.ts';
import { reportLookAlikes } from './look-alike.ts';
import { checkModel } from './model-conf.ts';
import { EVERYONE } from './names.ts';
import { type PlainColumns, plainColumns, splitPlain } from './plain-row.ts';
import type { Policy, Rule } from './policy.ts';
import { findCircle } from './roles.ts';
import { addPlainRule, addRule, noteRole, type RuleRows, ruleRows } from './rule-row.ts';

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
  const { rules, links, roles } = readEachRow(input.rules, diagnostics);
  reportCircle(links, diagnostics);
  const failed = hasErrors(diagnostics);
  // what follows from rows that could not be read would only repeat it
  if (!failed) {
    reportLonelyRoles(rules, links, roles, diagnostics);
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
    rules: Object.freeze(rules),
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

type AllRows = {
  readonly rules: readonly Rule[];
  readonly links: readonly PlacedLink[];
  readonly roles: ReadonlyMap<string, Span>;
};

/** Most rows of a long file have no more to say than where they stand: those take a short way, with the same result. */
function readEachRow(source: Source, diagnostics: Diagnostic[]): AllRows {
  const rules = ruleRows(source, diagnostics);
  const { roles } = rules;
  const links: LinkRows = { source, diagnostics, links: [], roles, known: new Map() };
  const columns = plainColumns();
  const { text } = source;
  eachLine(text, (lineStart, lineEnd, line) => {
    const start = skipBlanks(text, lineStart);
    if (start < lineEnd && splitPlain(text, start, lineEnd, columns)) {
      const place = { start, end: endOfText(text, start, lineEnd), line };
      const { count } = columns;
      if (count === RULE_COLUMNS.length && isKind('p', text, columns) && addPlainRule(columns, place, rules))
        return;
      if (count === LINK_COLUMNS.length && isKind('g', text, columns) && addPlainLink(columns, place, links))
        return;
    }
    const row = readRow(source, lineStart, lineEnd, line, diagnostics);
    if (row !== null) addRow(row, rules, links);
  });
  return { rules: rules.rules, links: links.links, roles };
}

function isKind(kind: 'p' | 'g', text: string, { starts, ends }: PlainColumns): boolean {
  const start = starts[0] ?? 0;
  return ends[0] === start + 1 && text[start] === kind;
}

function addRow(row: Row, rules: RuleRows, links: LinkRows): void {
  const { diagnostics, roles } = rules;
  const named = row.fields[row.fields[0]?.value === 'p' ? 2 : 1];
  if (named?.value.startsWith('role:') === true) noteRole(named.value, fieldSpan(named), roles);
  if (!row.sound || reportLookAlikes(row, diagnostics)) return;
  const kind = rowKind(row, diagnostics);
  if (kind === 'p') addRule(row, rules);
  else if (kind === 'g') addLink(row, links);
}

function rowKind(row: Row, diagnostics: Diagnostic[]): 'p' | 'g' | null {
  const [kind] = row.fields;
  const text = kind?.value ?? '';
  if (text === 'p' || text === 'g') return text;
  const lower = text.toLowerCase().charAt(0);
  const help =
    lower === 'p' || lower === 'g'
      ? `write \`${lower}\`: there is one kind of each`
      : 'a row begins with `p` (a rule) or `g` (who has a role)';
  diagnostics.push(
    error('SL602', kind === undefined ? row.span : fieldSpan(kind), `unknown kind of row \`${text}\``, {
      help,
    }),
  );
  // what else is wrong with such a row is told at once
  if (text === 'P' && row.fields.length === RULE_COLUMNS.length) return 'p';
  return text === 'G' && row.fields.length === LINK_COLUMNS.length ? 'g' : null;
}

function reportCircle(links: readonly PlacedLink[], diagnostics: Diagnostic[]): void {
  const circle = findCircle(links.map(({ link }) => link));
  if (circle === null) return;
  const first = circle[0] ?? '';
  const names = [...circle, first].map((name) => `\`${name}\``).join(' → ');
  const closing = links.find(({ link }) => link.member === circle[circle.length - 1] && link.role === first);
  const at = closing?.span ?? null;
  diagnostics.push(
    error('SL613', at, `roles inherit each other in a circle: ${names}`, {
      help: 'delete one of these rows',
    }),
  );
}

/** Each is a look at all roles: thousands of roles that nobody has are no slips of the pen. */
const MOST_GUESSES = 20;

/** A role that rows or conditions speak of and nobody has is probably a typing error. */
function reportLonelyRoles(
  rules: readonly Rule[],
  links: readonly PlacedLink[],
  roles: ReadonlyMap<string, Span>,
  diagnostics: Diagnostic[],
): void {
  const given = new Set(links.map(({ link }) => link.role));
  const said = new Set<string>([EVERYONE, ...given]);
  let asked = 0;
  const mention = (text: string, at: Span): void => {
    if (said.has(text)) return;
    said.add(text);
    const near = asked++ < MOST_GUESSES ? nearestName(text, given) : null;
    const help =
      near === null ? `give it to somebody: \`g, user:NAME, ${text}, *\`` : `did you mean \`${near}\`?`;
    diagnostics.push(warning('SL615', at, `nobody has \`${text}\``, { help }));
  };
  for (const [role, at] of roles) mention(role, at);
  for (const { condition } of rules) for (const { text, span: at } of condition.roles) mention(text, at);
}

/** By file, then by place; what has no place comes first. */
function inOrder(diagnostics: readonly Diagnostic[], rules: Source): readonly Diagnostic[] {
  const rank = (diagnostic: Diagnostic): number =>
    diagnostic.span === null ? -2 : diagnostic.span.source === rules ? diagnostic.span.start : -1;
  return [...diagnostics].sort((a, b) => rank(a) - rank(b));
}
