// `commit`: the session's script planned from the beginning on the target as it is now, shown, confirmed and written.
//
// What was worked out while staging is not written and not gated: it only has to come to the same. Where others were
// there meanwhile, the staged work moves onto what they left, unless both touched the same things.

import type { ApplyOutcome } from '../apply/target.ts';
import { prepareScript } from '../compile/prepare.ts';
import { type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import { visible } from '../diagnostics/render-text.ts';
import type { Planned } from '../plan/context.ts';
import type { Plan } from '../plan/plan.ts';
import { planScript } from '../plan/script.ts';
import type { Source } from '../source/source.ts';
import { unreachable } from '../std/unreachable.ts';
import type { ScopeWord } from '../syntax/ast.ts';
import { parseDocument } from '../xml/parse.ts';
import { isDenied, outlookOf } from './outlook.ts';
import { compareSides, doTheSame, type Moved } from './rebase.ts';
import { type Base, emptied, onDocuments, type Session, withSetting } from './session.ts';
import { plural, readDocuments, refresh, refuse, type Shell, scriptIn } from './shell-state.ts';
import type { End } from './world.ts';

type Read = Omit<Base, 'document'>;

export async function commit(shell: Shell, because: string | null, scope: ScopeWord | null): Promise<End> {
  const { world, person } = shell;
  if (shell.session.setting.subject !== world.realSubject) {
    const who = shell.session.setting.subject.slice('user:'.length);
    return refuse(shell, [
      error('SL506', null, `this is a question about ${who}: nothing is committed as somebody else`, {
        help: '`as` alone makes you yourself again; `sluice apply --as` applies on behalf of others',
      }),
    ]);
  }
  if (shell.session.staged.length === 0) {
    world.say('nothing is staged\n');
    return 'done';
  }
  await refresh(shell);
  const before = shell.session;
  const restore = (end: End): End => {
    if (scope !== null) shell.session = { ...shell.session, setting: before.setting };
    return end;
  };
  if (scope !== null) {
    const narrowed = withSetting(shell.session, { ...shell.session.setting, scope });
    if (narrowed.value === null) return refuse(shell, narrowed.diagnostics);
    shell.session = narrowed.value;
  }
  const rebased = await rebase(shell);
  if (rebased !== null) {
    if (scope !== null) shell.session = before;
    return rebased;
  }
  const first = await freshPlan(shell, because);
  if (first.planned === null) return restore(refuse(shell, first.diagnostics));
  if (first.diagnostics.length > 0) world.say(world.words.problems(first.diagnostics));
  const shown = first.planned.plan;
  world.print(world.words.plan(shown));
  if (refused(shown)) {
    const notes = await world.target.recordDenial(shown, first.script);
    if (notes.length > 0) world.say(world.words.problems(notes));
    world.say(`${plural(shell.session.staged.length, 'statement')} staged as before; \`why\` tells more\n`);
    return restore('denied');
  }
  if (shown.documents.every(({ changes }) => changes.length === 0)) {
    shell.session = { ...emptied(before), setting: before.setting };
    shell.keep(shell);
    return 'done';
  }
  let planned: Planned = first.planned;
  if (!world.yes) {
    if (person === null) {
      const help = 'nothing was written; `--yes` commits without asking';
      refuse(shell, [error('SL907', null, 'nobody can be asked: this is no terminal', { help })]);
      return restore('usage');
    }
    const answer = await person.ask('Apply this? [y/N] ');
    if (answer !== 'yes') {
      world.say('nothing was written; what is staged stays\n');
      return restore('done');
    }
    // the answer took its time, and a permit is good for a minute
    const second = await freshPlan(shell, because);
    if (second.planned === null) return restore(refuse(shell, second.diagnostics));
    const moved = whatMoved(shown, second.planned.plan);
    if (moved !== null) {
      const help = 'nothing was written, and what is staged stays; `commit` again and look at the new plan';
      return restore(
        refuse(shell, [error('SL910', null, `${moved} changed while you were asked`, { help })]),
      );
    }
    planned = second.planned;
  }
  if (planned.permit === null) throw new Error('a plan with nothing denied has a permit');
  const outcome = await world.target.apply(planned.plan, planned.permit, first.script);
  const end = tellOutcome(shell, planned.plan, outcome);
  if (end === 'done') {
    shell.session = { ...emptied(before), setting: before.setting };
    shell.shown.clear();
    shell.keep(shell);
    return end;
  }
  return restore(end);
}

function refused(plan: Plan): boolean {
  return plan.documents.some(({ verdicts }) => verdicts.some(isDenied));
}

function tellOutcome({ world }: Shell, plan: Plan, outcome: ApplyOutcome): End {
  if (outcome.notes.length > 0) world.say(world.words.problems(outcome.notes));
  switch (outcome.type) {
    case 'applied':
      world.print(world.words.applied(plan, outcome.revision));
      return 'done';
    case 'unchanged':
      return 'done';
    case 'conflict':
    case 'failed':
    case 'partial':
      world.say(world.words.problems([outcome.diagnostic]));
      world.say('what is staged stays\n');
      return outcome.type === 'failed' ? 'error' : outcome.type;
    default:
      return unreachable(outcome);
  }
}

/** As `sluice apply` compares what it showed with what it is about to do. */
function whatMoved(shown: Plan, now: Plan): string | null {
  if (shown.policy.hash !== now.policy.hash) return 'the policy';
  if (shown.documents.length !== now.documents.length) return 'the networks';
  for (const [index, before] of shown.documents.entries()) {
    const after = now.documents[index];
    if (after === undefined || before.network !== after.network || before.scope !== after.scope)
      return 'the networks';
    const what = `network \`${before.network}\``;
    if (before.baseHash !== after.baseHash) return what;
    if (before.resultHash !== after.resultHash) return 'what the statements read';
    if (after.verdicts.some(isDenied)) return `what the policy says to ${what}`;
  }
  return null;
}

export type Fresh = {
  readonly planned: Planned | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly script: Source;
  /** Networks that are not as the session read them. */
  readonly moved: readonly string[];
};

/** The session's script on the target as it is now, through the whole pipeline. */
export async function freshPlan(shell: Shell, because: string | null): Promise<Fresh> {
  const { session } = shell;
  const { documents, diagnostics } = await readDocuments(shell, networksIn(session));
  const script: Source = { name: '<session>', text: scriptIn(shell, process.cwd(), because) };
  if (documents === null) return { planned: null, diagnostics, script, moved: [] };
  const moved = session.bases
    .filter((base) => hashOf(documents, base) !== base.hash)
    .map(({ network }) => network);
  const { planned, diagnostics: told } = planOn(shell, documents, script);
  return {
    planned,
    diagnostics: [...new Set([...diagnostics, ...told])],
    script,
    moved: [...new Set(moved)],
  };
}

/** The session's script on documents. */
export function planOn(
  shell: Shell,
  documents: readonly Read[],
  script: Source,
): { readonly planned: Planned | null; readonly diagnostics: readonly Diagnostic[] } {
  const { setting } = shell.session;
  const prepared = prepareScript([script], { load: setting.load, vars: new Map() });
  if (prepared.value === null) return { planned: null, diagnostics: prepared.diagnostics };
  const { value, diagnostics } = planScript(prepared.value, {
    target: setting.target,
    targetScopes: setting.targetScopes,
    documents,
    available: setting.available,
    policy: setting.policy,
    subject: setting.subject,
    realSubject: setting.realSubject,
    clock: shell.world.now(),
    scope: null,
    network: shell.network,
  });
  return { planned: value, diagnostics: [...prepared.diagnostics, ...diagnostics] };
}

/** Networks that some staged statement is about; networks that were only looked at do not matter. */
function networksIn(session: Session): readonly string[] {
  const about = new Set(
    session.staged.flatMap(({ causes }) => [...causes.keys()].map(({ network }) => network)),
  );
  return [...about].sort();
}

function hashOf(documents: readonly Read[], { network, scope }: Base): string | null {
  return documents.find((one) => one.network === network && one.scope === scope)?.hash ?? null;
}

/** Moves the session onto the documents as they are now. Null when that went well, or nothing moved. */
async function rebase(shell: Shell): Promise<End | null> {
  const { session, world } = shell;
  const networks = networksIn(session);
  const { documents, diagnostics } = await readDocuments(shell, networks);
  if (documents === null) return refuse(shell, diagnostics);
  const moved: Moved[] = [];
  for (const base of session.bases) {
    const now = documents.find((one) => one.network === base.network && one.scope === base.scope);
    if (!networks.includes(base.network) || now?.hash === base.hash) continue;
    if (now === undefined)
      return refuse(shell, [
        error('SL507', null, `network \`${base.network}\` has no \`${base.scope}\` state any more`, {
          help: 'what is staged stays; `discard` forgets it',
        }),
      ]);
    const parsed = parseDocument(now.source);
    if (parsed.value === null) return refuse(shell, parsed.diagnostics);
    const prospect = outlookOf(session).find((one) => one.base === base) ?? null;
    moved.push(compareSides(base, parsed.value, prospect));
  }
  if (moved.length === 0) return null;
  const state = documents.map(({ hash }) => hash).join();
  const insists = shell.shown.has(state);
  const overlapping = moved.some(({ overlaps }) => overlaps.length > 0);
  if (overlapping && !insists) {
    shell.shown.add(state);
    return conflict(shell, moved, []);
  }
  const again = onDocuments(session, [...documents, ...others(session, documents)]);
  if (again.value === null || hasErrors(again.diagnostics)) return conflict(shell, moved, again.diagnostics);
  const same = moved.every(({ base }) => {
    const was = outlookOf(session).find((one) => one.base === base)?.changes ?? [];
    const is =
      (again.value === null ? [] : outlookOf(again.value)).find(
        (one) => one.base.network === base.network && one.base.scope === base.scope,
      )?.changes ?? [];
    return doTheSame(was, is);
  });
  shell.session = again.value;
  shell.keep(shell);
  for (const { base, theirs } of moved)
    world.say(
      `${visible(base.network)} (${base.scope}) was changed by others meanwhile: ${plural(theirs.length, 'change')}.\n${
        insists && overlapping
          ? 'What you staged goes on top of that.'
          : same
            ? 'None touches what you staged: it moved onto the new state.'
            : 'On the new state your statements come to something else: look at the plan.'
      }\n`,
    );
  return null;
}

/** Documents that were only looked at stay as they were read. */
function others(session: Session, documents: readonly Read[]): readonly Read[] {
  return session.bases
    .filter((base) => !documents.some((one) => one.network === base.network))
    .map(({ network, scope, source, hash }) => ({ network, scope, source, hash }));
}

/** The three sides: what was there, what others made of it, what is staged. */
function conflict(shell: Shell, moved: readonly Moved[], diagnostics: readonly Diagnostic[]): End {
  const { world } = shell;
  let text = '';
  for (const { base, theirs, overlaps } of moved) {
    text += `${visible(base.network)} (${base.scope}) was changed by others since you read it: ${plural(theirs.length, 'change')}\n`;
    for (const { path, was, theirs: their, yours } of overlaps.slice(0, 20))
      text += `  ${visible(path)}\n    base    ${visible(was)}\n    theirs  ${visible(their)}\n    yours   ${visible(yours)}\n`;
    if (overlaps.length > 20) text += `  and ${overlaps.length - 20} more\n`;
  }
  world.print(text);
  const fails = diagnostics.length > 0;
  return refuse(shell, [
    error(
      'SL507',
      null,
      'others changed what you want to change: nothing was written, and what is staged stays',
      {
        help: fails
          ? '`drop` what no longer works, or `discard` and begin anew'
          : '`drop N` leaves it to them; `commit` again writes yours over theirs',
      },
    ),
    ...diagnostics,
  ]);
}
