// The journal for people: what was applied and what was denied, by whom, why, and which line of the policy decided.
//
// Colour only repeats what words and symbols say. Nothing of a network, a script or a policy reaches the terminal unescaped.

import type { DeniedNetwork, RuleEntry, VerdictEntry } from '../apply/files/denied-entry.ts';
import type { ApplyEntry, DeniedEntry, JournalEntry } from '../apply/files/journal.ts';
import type {
  ChangeEntry,
  ImpersonationEntry,
  JournalValue,
  NetworkEntry,
} from '../apply/files/journal-entry.ts';
import { unreachable } from '../std/unreachable.ts';
import { quoted, SYMBOL, squeeze } from './change-words.ts';
import type { Look } from './console.ts';
import {
  arrow,
  count,
  dots,
  line,
  newPage,
  type Page,
  pageText,
  prose,
  type Segment,
  shortened,
} from './page.ts';
import { nameOf } from './verdict-words.ts';

/** `whole` leaves nothing out. */
export type LogOptions = { readonly whole: boolean };

/** Elements of a network that a list shows. */
const SHOWN = 4;
const SHORT_HASH = 12;

/** Entries, in the order in which they are given, with a blank line between two. */
export function renderLog(entries: readonly JournalEntry[], look: Look, { whole }: LogOptions): string {
  const page = newPage(look, whole);
  for (const [index, entry] of entries.entries()) {
    if (index > 0) line(page);
    renderEntry(page, entry);
  }
  return pageText(page);
}

/** How an entry is named: a revision by its number, anything else by its hash. */
export function entryName(entry: JournalEntry): string {
  return entry.type === 'apply' ? `${entry.revision}` : entry.hash.slice(0, SHORT_HASH);
}

function renderEntry(page: Page, entry: JournalEntry): void {
  switch (entry.type) {
    case 'apply':
      renderApply(page, entry);
      break;
    case 'denied':
      renderDenied(page, entry);
      break;
    case 'other':
      line(
        page,
        ['bold', `entry ${entryName(entry)}`],
        [null, `  a line \`${entry.named}\`, which this Sluice does not know`],
      );
      break;
    default:
      unreachable(entry);
  }
}

function renderApply(page: Page, entry: ApplyEntry): void {
  header(page, ['bold', `revision ${count(entry.revision)}`], entry);
  if (entry.partial === true) renderPartial(page, entry);
  for (const network of entry.networks) {
    line(
      page,
      [null, '  '],
      ['bold', documentName(entry, network)],
      [null, `: ${fate(network)}`],
      ...hashes(page, network),
    );
    if (network.foreignSince !== undefined)
      line(page, [
        'yellow',
        `    was changed outside Sluice before, after revision ${count(network.foreignSince)}`,
      ]);
    const rules = rulesOf(network);
    renderChanges(page, network.changes, network.changes.length, '    ', (change) =>
      change.rule === undefined
        ? entry.partial === true
          ? 'not planned: nobody asked the policy'
          : null
        : rules.allowing.size > 1
          ? (network.rules[change.rule] ?? null)
          : null,
    );
    for (const [at, n] of rules.allowing) {
      const times = rules.allowing.size === 1 ? '' : ` (${changesText(n)})`;
      ruleLine(page, ['green', `    ${mark(page, true)}allowed by `], ruleAt(network, at), times);
    }
    for (const [at, n] of rules.reporting) reportLine(page, ruleAt(network, at), n);
  }
  footer(page, entry);
}

/** A daemon that stopped halfway: what the entry lists is what was read back, and not the plan. */
function renderPartial(page: Page, { networks }: ApplyEntry): void {
  const text = networks.every(({ changes }) => changes.length === 0)
    ? 'nobody knows how much of it was done: it ended before what holds could be read'
    : 'applied in part: what is listed was done and holds, and the rest of the plan does not';
  line(page, ['bold-red', `    ${mark(page, false)}${text}`]);
}

function renderDenied(page: Page, entry: DeniedEntry): void {
  header(page, ['bold-red', `${mark(page, false)}denied ${entryName(entry)}`], entry);
  if (entry.impersonation?.allowed === false) refusal(page, entry, entry.impersonation);
  for (const network of entry.networks) renderDeniedNetwork(page, entry, network);
  if (entry.furtherNetworks !== undefined)
    line(page, ['dim', `  ${dots(page)} and ${count(entry.furtherNetworks)} more networks`]);
  footer(page, entry);
  if (entry.silentUntil !== undefined) {
    const who = nameOf(entry.realSubject);
    line(page, [
      'yellow',
      `  denials of ${who} from here to ${timeText(entry.silentUntil)} are not recorded: too many`,
    ]);
  }
}

function renderDeniedNetwork(page: Page, entry: DeniedEntry, network: DeniedNetwork): void {
  const { changes, denied } = network;
  line(
    page,
    [null, '  '],
    ['bold', documentName(entry, network)],
    [null, `: ${changesText(changes)}, ${denied === changes ? 'all' : count(denied)} denied`],
    ['dim', `  on ${shortHash(page, network.before)}, for ${shortHash(page, network.after)}`],
  );
  for (const verdict of network.verdicts) renderVerdict(page, verdict);
  if (network.furtherVerdicts !== undefined)
    line(page, ['dim', `    ${dots(page)} and ${changesText(network.furtherVerdicts)} by further rules`]);
  for (const report of network.reports ?? []) reportLine(page, report, report.count);
}

function renderVerdict(page: Page, verdict: VerdictEntry): void {
  const n = count(verdict.count);
  switch (verdict.decision) {
    case 'allowed':
      ruleLine(page, ['green', `    ${mark(page, true)}${n} allowed by `], verdict.by ?? null, '');
      // what is allowed is in the way of nobody: the whole entry shows it
      if (page.full) renderChanges(page, verdict.first, verdict.count, '        ', () => null);
      return;
    case 'denied':
      line(page, ['bold-red', `    ${mark(page, false)}${n} denied by ${verdict.by?.rule ?? 'a rule'}`]);
      rowLine(page, verdict.by);
      if (verdict.because !== undefined) prose(page, [null, '        why: '], verdict.because);
      break;
    case 'default-deny': {
      line(page, ['bold-red', `    ${mark(page, false)}${n} denied: no rule allows it`]);
      if (verdict.fault !== undefined) prose(page, [null, '        the gate failed: '], verdict.fault);
      const nearest = page.full ? (verdict.nearest ?? []) : (verdict.nearest ?? []).slice(0, 1);
      for (const near of nearest) {
        line(page, [null, `        nearest rule: ${near.rule}`]);
        rowLine(page, near);
        prose(page, [null, '        why not: '], near.missed);
      }
    }
  }
  renderChanges(page, verdict.first, verdict.count, '        ', () => null);
}

function header(
  page: Page,
  title: Segment,
  entry: { readonly time: string; readonly subject: string; readonly realSubject: string },
): void {
  const as = entry.subject === entry.realSubject ? '' : ` as ${nameOf(entry.subject)}`;
  line(page, title, [null, `  ${timeText(entry.time)}  by ${nameOf(entry.realSubject)}${as}`]);
}

function refusal(page: Page, entry: DeniedEntry, { rule, row }: ImpersonationEntry): void {
  const by = rule === null ? ': no rule lets them' : `, by ${rule}`;
  line(page, [
    'bold-red',
    `    ${mark(page, false)}${nameOf(entry.realSubject)} may not act as ${nameOf(entry.subject)}${by}`,
  ]);
  if (rule !== null && row !== null) rowLine(page, { rule, row });
}

function footer(page: Page, entry: ApplyEntry | DeniedEntry): void {
  const { because, script, policy, decided, time } = entry;
  if (because !== null) prose(page, [null, '  because '], shortened(page, because));
  if (!page.full) {
    const from = script === null ? '' : `script ${script.name} (${script.hash.slice(0, SHORT_HASH)}), `;
    line(page, ['dim', `  ${from}policy ${policy.name} (${policy.hash.slice(0, SHORT_HASH)})`]);
    return;
  }
  const facts: (readonly [string, string])[] = [
    ...(script === null ? [] : [['script', `${script.name}  ${script.hash}`] as const]),
    ['policy', `${policy.name}  ${policy.hash}`],
    ...(decided === time ? [] : [['decided', timeText(decided)] as const]),
    ['target', entry.target],
    ...(entry.type === 'denied' ? [['changes', entry.changesHash] as const] : []),
    ['entry', entry.hash],
    ...(entry.previous === null ? [] : [['previous', entry.previous] as const]),
  ];
  for (const [name, value] of facts) line(page, [null, `  ${name.padEnd(9)} `], ['dim', value]);
  if (entry.impersonation?.allowed === true) {
    const { rule, row } = entry.impersonation;
    line(page, [null, `  acting as ${nameOf(entry.subject)} was allowed by ${rule ?? 'a rule'}`]);
    if (rule !== null && row !== null) rowLine(page, { rule, row });
  }
}

/** A daemon has two documents of a network, a folder one. */
function documentName(
  { target }: { readonly target: string },
  { network, scope }: { readonly network: string; readonly scope: string },
): string {
  return target.startsWith('dir:') ? network : `${network} (${scope})`;
}

function fate({ before, after, changes }: NetworkEntry): string {
  const what = before === null ? 'made' : after === null ? 'deleted' : null;
  return what === null ? changesText(changes.length) : `${what}, ${changesText(changes.length)}`;
}

function hashes(
  page: Page,
  { before, after }: { readonly before: string | null; readonly after: string | null },
): readonly Segment[] {
  return [['dim', `  ${shortHash(page, before)} ${arrow(page)} ${shortHash(page, after)}`]];
}

function shortHash(page: Page, hash: string | null): string {
  if (hash === null) return 'nothing';
  return page.full ? hash : hash.slice(0, SHORT_HASH);
}

/** Numbers of the network's rules, and of how many changes each speaks. */
function rulesOf({ changes }: NetworkEntry): {
  readonly allowing: ReadonlyMap<number, number>;
  readonly reporting: ReadonlyMap<number, number>;
} {
  const allowing = new Map<number, number>();
  const reporting = new Map<number, number>();
  for (const { rule, reports } of changes) {
    if (rule !== undefined) allowing.set(rule, (allowing.get(rule) ?? 0) + 1);
    for (const report of reports ?? []) reporting.set(report, (reporting.get(report) ?? 0) + 1);
  }
  return { allowing, reporting };
}

function ruleAt(network: NetworkEntry, at: number): RuleEntry {
  return { rule: network.rules[at] ?? 'a rule', row: network.rows?.[at] ?? '' };
}

function ruleLine(page: Page, [style, text]: Segment, rule: RuleEntry | null, behind: string): void {
  line(page, [style, `${text}${rule?.rule ?? 'a rule'}${behind}`]);
  if (page.full && rule !== null) rowLine(page, rule);
}

function reportLine(page: Page, rule: RuleEntry, n: number): void {
  line(page, ['yellow', `    on trial: ${rule.rule} would have denied ${changesText(n)}`]);
  rowLine(page, rule);
}

/** The row on one line, without the blanks that align it in its file. */
function rowLine(page: Page, rule: RuleEntry | undefined): void {
  if (rule !== undefined && rule.row !== '')
    line(page, ['dim', `          ${shortened(page, rule.row.replace(/ {2,}/g, ' '))}`]);
}

// Changes.

/** One element with those of its attributes that changed in the same way. */
type Block = {
  readonly op: ChangeEntry['op'];
  readonly path: string;
  readonly words: Segment[];
  readonly rule: string | null;
  size: number;
};

/** The first elements of `changes`, which are the first of `total`. */
function renderChanges(
  page: Page,
  changes: readonly ChangeEntry[],
  total: number,
  indent: string,
  ruleOf: (change: ChangeEntry) => string | null,
): void {
  const blocks = fold(page, page.full ? changes : changes.slice(0, SHOWN * 16), ruleOf);
  const shown = page.full ? blocks : blocks.slice(0, SHOWN);
  for (const { op, path, words, rule } of shown) {
    const [symbol, style] = SYMBOL[op];
    line(
      page,
      [style, `${indent}${symbol} `],
      [null, shortened(page, path)],
      ...words,
      ...(rule === null ? [] : [['dim', `  ${rule}`] as const]),
    );
  }
  const rest = total - shown.reduce((sum, { size }) => sum + size, 0);
  if (rest > 0) line(page, ['dim', `${indent}${dots(page)} and ${changesText(rest, 'more ')}`]);
}

/** An element and its attributes stand next to each other, as the plan lists them. */
function fold(
  page: Page,
  changes: readonly ChangeEntry[],
  ruleOf: (change: ChangeEntry) => string | null,
): readonly Block[] {
  const blocks: Block[] = [];
  let last: Block | undefined;
  for (const change of changes) {
    const { element, leaf } = parts(change.path);
    const rule = ruleOf(change);
    if (last === undefined || last.op !== change.op || last.path !== element || last.rule !== rule) {
      last = { op: change.op, path: element, words: [], rule, size: 0 };
      blocks.push(last);
    }
    last.size++;
    last.words.push(...wordsOf(page, change, leaf));
  }
  return blocks;
}

/** A path's element and its leaf; an `@` inside a key is none. */
function parts(path: string): { readonly element: string; readonly leaf: string | null } {
  const at = path.lastIndexOf('@');
  if (at <= path.lastIndexOf(']')) return { element: path, leaf: null };
  return { element: path.slice(0, at), leaf: path.slice(at + 1) };
}

function wordsOf(page: Page, change: ChangeEntry, leaf: string | null): readonly Segment[] {
  const { op, before, after } = change;
  const kind: readonly Segment[] =
    change.kind === undefined
      ? []
      : [['magenta', change.kind === 'opaque' ? ' (foreign content)' : ' (not in the element table)']];
  if (op === 'modify') {
    const name = leaf === null ? ' ' : ` ${leaf}: `;
    return [
      [null, name],
      [null, valueText(page, before)],
      ['dim', ` ${arrow(page)} `],
      [null, valueText(page, after)],
      ...kind,
    ];
  }
  const value = op === 'remove' ? before : after;
  if (value === undefined) return kind;
  if (leaf === null) return [[null, ` ${shortened(page, squeeze(bare(value)))}`], ...kind];
  const text = `${leaf}=${quoted(shortened(page, bare(value)))}`;
  return [typeof value === 'string' ? [null, ` ${text}`] : ['dim', ` (${text})`], ...kind];
}

function valueText(page: Page, value: JournalValue | undefined): string {
  if (value === undefined) return '(absent)';
  return `${quoted(shortened(page, bare(value)))}${typeof value === 'string' ? '' : ' (default)'}`;
}

function bare(value: JournalValue): string {
  return typeof value === 'string' ? value : value.default;
}

function changesText(n: number, more = ''): string {
  return n === 1 ? `1 ${more}change` : `${count(n)} ${more}changes`;
}

/** `2026-03-01 09:30:12 UTC` */
function timeText(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC` : iso;
}

function mark(page: Page, good: boolean): string {
  return page.look.unicode ? (good ? '✓ ' : '✗ ') : '';
}
