// A plan for people: what would change, who decides what about it and by which line, and what comes of it.
//
// `+ ~ - >` carry the meaning, colour only repeats it. Nothing that a stranger wrote reaches the terminal unescaped.

import { stepsOf } from '../diff/change.ts';
import { pathText } from '../network/path.ts';
import type { DocumentPlan, Plan, TakesEffect } from '../plan/plan.ts';
import { decisionOf, ruleName } from '../policy/decision.ts';
import { unreachable } from '../std/unreachable.ts';
import { leafName } from './change-words.ts';
import type { Look } from './console.ts';
import { effectsOf, renderEffects } from './effect-words.ts';
import { arrow, count, line, newPage, type Page, pageText, prose, shortened } from './page.ts';
import { type Block, blocksOf, type Part } from './plan-blocks.ts';
import { renderChanges } from './render-changes.ts';
import { type Circumstances, nameOf, wordsOf } from './verdict-words.ts';

export type PlanOptions = {
  /** Leaves nothing out, however long it gets. */
  readonly full: boolean;
  /** To look at, where somebody else's eyes may be borrowed, or to be applied. */
  readonly purpose: 'plan' | 'apply';
};

/** The plan as text, ending in a line end. */
export function renderPlan(plan: Plan, look: Look, { full, purpose }: PlanOptions): string {
  const page = newPage(look, full);
  header(page, plan);
  for (const section of sections(plan.documents)) {
    line(page);
    if (plan.documents.length > 1) line(page, ['bold', section.label]);
    renderSection(page, section, nameOf(plan.subject), plan.policy.name);
  }
  line(page);
  summary(page, plan);
  if (plan.impersonation?.allowed === false) impersonation(page, plan, purpose);
  return pageText(page);
}

/**
 * Changes with what was decided about them, and nothing around. Each network and scope is named where there are several, or
 * where `named` says so.
 */
export function renderDecided(
  documents: readonly Decided[],
  { who, policy, named }: Pick<Circumstances, 'who' | 'policy'> & { readonly named: boolean },
  look: Look,
): string {
  const page = newPage(look, false);
  const parts = sections(documents);
  for (const section of parts) {
    if (named || parts.length > 1) line(page, ['bold', section.label]);
    renderSection(page, section, who, policy);
  }
  return pageText(page);
}

function renderSection(page: Page, { document, twin }: Section, who: string, policy: string): void {
  const effects = effectsOf(document, twin);
  renderChanges(page, blocksOf(document.changes, document.verdicts), (to, blocks) => {
    renderVerdict(to, blocks, { who, network: document.network, policy });
    renderEffects(to, blocks, effects);
  });
}

function header(page: Page, plan: Plan): void {
  const networks = [...new Set(plan.documents.map((document) => document.network))];
  const scopes = [...new Set(plan.documents.map((document) => document.scope))];
  line(
    page,
    ['bold', `Plan for ${networks.join(', ')}`],
    [null, ` (${scopes.join(' + ')}) in ${plan.target}`],
  );
  const as = plan.subject === plan.realSubject ? '' : ` as ${nameOf(plan.subject)}`;
  const policy = `  by ${nameOf(plan.realSubject)}${as}, policy ${plan.policy.name}`;
  line(page, [null, policy], ['dim', ` (${plan.policy.hash.slice(0, 12)})`]);
  if (plan.because !== null) line(page, [null, `  because ${shortened(page, plan.because)}`]);
}

/** What is shown of a document. */
type Decided = Pick<DocumentPlan, 'network' | 'scope' | 'changes' | 'verdicts' | 'effects'>;

type Section = {
  readonly label: string;
  readonly document: Decided;
  /** The document that says the same. */
  readonly twin: Decided | null;
};

/** The documents with changes; live and config of one network as one section where they say the same. */
function sections(documents: readonly Decided[]): readonly Section[] {
  const made: { label: string; document: Decided; twin: Decided | null; fingerprint: string }[] = [];
  for (const document of documents) {
    if (document.changes.length === 0) continue;
    const fingerprint = documents.length === 1 ? '' : fingerprintOf(document);
    const twin = made.find(
      (other) => other.document.network === document.network && other.fingerprint === fingerprint,
    );
    if (twin === undefined)
      made.push({ label: `${document.network} (${document.scope})`, document, twin: null, fingerprint });
    else {
      twin.label = `${document.network} (live + config)`;
      twin.twin = document;
    }
  }
  return made;
}

function fingerprintOf(document: Decided): string {
  return document.changes
    .map((change, index) => {
      const verdict = document.verdicts[index]!; // same order, same length, by the contract of DocumentPlan
      const path = pathText(stepsOf(change.pair), change.leaf);
      return JSON.stringify([change.op, path, change.before, change.after, decisionOf(verdict)]);
    })
    .join('\n');
}

/** What was decided about blocks that fared alike, or like the first: it speaks for them. */
function renderVerdict(page: Page, blocks: readonly Block[], circumstances: Circumstances): void {
  const first = blocks[0]!; // nobody asks about nothing
  if (first.decision !== null) {
    renderWords(page, first.parts[0], circumstances, '');
  } else {
    const groups = new Map<string, Part[]>();
    for (const part of first.parts) {
      const key = part.verdict === null ? '' : decisionOf(part.verdict);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [part]);
      else group.push(part);
    }
    const denialsFirst = [...groups.values()].sort(
      (a, b) => Number(isAllowed(a[0])) - Number(isAllowed(b[0])),
    );
    for (const group of denialsFirst) {
      const names = group.map(({ change }) => leafName(change) || 'the element');
      renderWords(page, group[0], circumstances, `${names.join(', ')}: `);
    }
  }
  renderReports(page, blocks);
}

function isAllowed(part: Part | undefined): boolean {
  return part?.verdict?.decision.type === 'allowed';
}

function renderWords(page: Page, part: Part | undefined, circumstances: Circumstances, about: string): void {
  if (part === undefined || part.verdict === null) return;
  const { headline, details, wayOut } = wordsOf(part.change, part.verdict, circumstances);
  const allowed = isAllowed(part);
  const mark = page.look.unicode ? (allowed ? '✓ ' : '✗ ') : '';
  line(page, [allowed ? 'green' : 'bold-red', `    ${mark}${about}${headline}`]);
  for (const detail of details) {
    const text = detail.trimStart();
    prose(page, [null, ' '.repeat(8 + detail.length - text.length)], text);
  }
  for (const [index, step] of wayOut.entries()) {
    const text = step.trimStart();
    const indent = ' '.repeat(step.length - text.length);
    prose(page, ['cyan', (index === 0 ? `      ${arrow(page).padEnd(2)}` : '        ') + indent], text);
  }
}

function renderReports(page: Page, blocks: readonly Block[]): void {
  const times = new Map<string, number>();
  for (const { parts } of blocks) {
    for (const { verdict } of parts) {
      for (const rule of verdict?.reports ?? [])
        times.set(ruleName(rule), (times.get(ruleName(rule)) ?? 0) + 1);
    }
  }
  for (const [name, n] of times) {
    line(page, [
      'yellow',
      `    on trial: ${name} would deny ${n === 1 ? 'one change' : `${count(n)} changes`} of this`,
    ]);
  }
}

function summary(page: Page, plan: Plan): void {
  const total = plan.documents.reduce((sum, document) => sum + document.changes.length, 0);
  if (total === 0) {
    const networks = [...new Set(plan.documents.map((document) => document.network))].join(', ');
    line(page, ['bold', `Nothing to do: ${networks} is so already.`]);
    return;
  }
  let denied = 0;
  for (const { verdicts } of plan.documents) {
    for (const { decision } of verdicts) if (decision.type !== 'allowed') denied++;
  }
  const perNetwork = new Map<string, number>();
  for (const { network, changes } of plan.documents) {
    if (changes.length > 0) perNetwork.set(network, (perNetwork.get(network) ?? 0) + changes.length);
  }
  const counts = [...perNetwork]
    .map(
      ([network, n], index) =>
        `${count(n)}${index > 0 ? '' : n === 1 ? ' change' : ' changes'} to ${network}`,
    )
    .join(', ');
  if (denied > 0) {
    const tally = `${counts}: ${count(total - denied)} allowed, `;
    line(
      page,
      ['bold', tally],
      ['bold-red', `${count(denied)} denied`],
      ['bold', '. Nothing will be written.'],
    );
  } else {
    line(
      page,
      ['bold', `${counts}, ${total === 1 ? 'allowed' : 'all allowed'}`],
      [null, `; apply ${effects(plan)}.`],
    );
  }
}

function impersonation(page: Page, plan: Plan, purpose: PlanOptions['purpose']): void {
  const real = nameOf(plan.realSubject);
  const who = nameOf(plan.subject);
  if (purpose === 'plan') {
    line(page, ['yellow', `What if: ${real} may not act as ${who}, so only ${who} can apply this.`]);
    return;
  }
  const mark = page.look.unicode ? '✗ ' : '';
  const rule = plan.impersonation?.rule ?? null;
  const by = rule === null ? ': no rule lets them' : `, by ${ruleName(rule)}`;
  line(page, ['bold-red', `${mark}denied: ${real} may not act as ${who}${by}. Nothing will be written.`]);
  if (rule !== null) return;
  line(
    page,
    ['cyan', `  ${arrow(page).padEnd(2)}`],
    [null, `ask whoever keeps ${plan.policy.name} for a rule such as`],
  );
  line(page, [null, `      p, allow, user:${real}, *, user:${who}, impersonate, *, ""`]);
}

function effects(plan: Plan): string {
  const words = new Set<string>();
  for (const document of plan.documents) for (const effect of document.effects) words.add(effectWord(effect));
  if (words.size > 1) words.delete(STORED);
  return [...words].join(', ');
}

const STORED = 'stores them in the file';

function effectWord(effect: TakesEffect): string {
  switch (effect.type) {
    case 'stored':
      return STORED;
    case 'at-once':
      return 'changes what runs';
    case 'new-guests-only':
      return 'changes what new guests get';
    case 'next-start':
      return 'stores what holds from the next start on';
    case 'not-possible':
      return 'is not possible as it stands';
    default:
      return unreachable(effect);
  }
}
