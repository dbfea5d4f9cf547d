// `commit`: the session's script planned from the beginning on the target as it is now, shown, confirmed and written.
//
// What was worked out while staging is not written and not gated: it only has to come to the same. Where others were
// there meanwhile, the staged work moves onto what they left, unless both touched the same things.

import { planFitted } from '../apply/session.ts';
import type { ApplyOutcome } from '../apply/target.ts';
import { prepareScript } from '../compile/prepare.ts';
import { wordScopes } from '../compile/run.ts';
import { type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import { visible } from '../diagnostics/render-text.ts';
import type { Planned } from '../plan/context.ts';
import { isRefused, whatMoved } from '../plan/moved.ts';
import type { Plan } from '../plan/plan.ts';
import { planScript } from '../plan/script.ts';
import type { Source } from '../source/source.ts';
import { unreachable } from '../std/unreachable.ts';
import type { ScopeWord } from '../syntax/ast.ts';
import { parseDocument } from '../xml/parse.ts';
import { contextOf, examine, fitOutlook, outlookOf } from './outlook.ts';
import { compareSides, doTheSame, type Moved } from './rebase.ts';
import {
  type Base,
  onDocuments,
  openSession,
  type Session,
  stage,
  type Unit,
  withDocuments,
  withSetting,
} from './session.ts';
import {
  clear,
  firstLine,
  goTo,
  plural,
  readDocuments,
  refresh,
  refuse,
  type Shell,
  scriptIn,
} from './shell-state.ts';
import { unusedValues } from './unused-values.ts';
import type { End } from './world.ts';

type Read = Omit<Base, 'document'>;

export async function commit(shell: Shell, because: string | null, scope: ScopeWord | null): Promise<End> {
  const { world } = shell;
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
  if (scope !== null) {
    const narrowed = withSetting(before, { ...before.setting, scope });
    if (narrowed.value === null) return refuse(shell, narrowed.diagnostics);
    await goTo(shell, narrowed.value);
  }
  const end = await write(shell, because);
  if (end === 'written') {
    if (scope === null || !(await keepRest(shell, before, scope))) clear(shell);
    shell.shown.clear();
    shell.keep(shell);
    return 'done';
  }
  if (scope !== null) await widen(shell, before);
  return end;
}

/** Plans, shows, asks and applies. `written` also where the target is so already. */
async function write(shell: Shell, because: string | null): Promise<End | 'written'> {
  const { world, person } = shell;
  const rebased = await rebase(shell);
  if (rebased !== null) return rebased;
  const first = await freshPlan(shell, because);
  if (first.planned === null) return refuse(shell, first.diagnostics);
  if (first.diagnostics.length > 0) world.say(world.words.problems(first.diagnostics));
  const shown = first.planned.plan;
  world.print(world.words.plan(shown));
  if (isRefused(shown)) {
    await record(shell, shown, first.script);
    world.say(`${plural(shell.session.staged.length, 'statement')} staged as before; \`why\` tells more\n`);
    return 'denied';
  }
  if (shown.documents.every(({ changes }) => changes.length === 0)) return 'written';
  let planned: Planned = first.planned;
  if (!world.yes) {
    if (person === null) {
      const help = 'nothing was written; `--yes` commits without asking';
      refuse(shell, [error('SL907', null, 'nobody can be asked: this is no terminal', { help })]);
      return 'usage';
    }
    const answer = await person.ask('Apply this? [y/N] ');
    if (answer !== 'yes') {
      world.say('nothing was written; what is staged stays\n');
      return 'done';
    }
    // the answer took its time, and a permit is good for a minute
    await refresh(shell);
    const second = await freshPlan(shell, because);
    if (second.planned === null) {
      const end = refuse(shell, second.diagnostics);
      world.say('nothing was written; what is staged stays\n');
      return end;
    }
    const moved = whatMoved(shown, second.planned.plan);
    if (moved !== null) {
      if (isRefused(second.planned.plan)) await record(shell, second.planned.plan, second.script);
      const help = 'nothing was written, and what is staged stays; `commit` again and look at the new plan';
      return refuse(shell, [error('SL910', null, `${moved} changed while you were asked`, { help })]);
    }
    planned = second.planned;
  }
  const { plan, permit } = planned;
  if (permit === null) throw new Error('a plan with nothing denied has a permit');
  const outcome = await world.withCourse(
    (course) => world.target.apply(plan, permit, first.script, course),
    person?.onInterrupt ?? null,
  );
  return tellOutcome(shell, plan, outcome);
}

/** That somebody tried goes on record. */
async function record({ world }: Shell, plan: Plan, script: Source): Promise<void> {
  const notes = await world.target.recordDenial(plan, script);
  if (notes.length > 0) world.say(world.words.problems(notes));
}

function tellOutcome({ world }: Shell, plan: Plan, outcome: ApplyOutcome): End | 'written' {
  if (outcome.notes.length > 0) world.say(world.words.problems(outcome.notes));
  switch (outcome.type) {
    case 'applied':
      world.print(world.words.applied(plan, outcome.revision));
      return 'written';
    case 'unchanged':
      return 'written';
    case 'conflict':
    case 'failed':
      world.say(world.words.problems([outcome.diagnostic]));
      world.say('what is staged stays\n');
      return outcome.type === 'failed' ? 'error' : outcome.type;
    case 'partial':
      world.say(world.words.problems([outcome.diagnostic]));
      world.say('what is staged stays, though a part of it is written: finish or undo it, then `discard`\n');
      return 'partial';
    default:
      return unreachable(outcome);
  }
}

// A commit in one scope.

/** Back to the scope that the session had; what was staged ran under it before. */
async function widen(shell: Shell, { setting }: Session): Promise<void> {
  const { value } = withSetting(shell.session, { ...shell.session.setting, scope: setting.scope });
  if (value !== null) await goTo(shell, value);
}

/**
 * One scope is written; what the statements do in the other is not, and stays staged for it alone. False when they do
 * nothing there.
 */
async function keepRest(shell: Shell, before: Session, written: ScopeWord): Promise<boolean> {
  const { world } = shell;
  const done = wordScopes(written);
  const about = new Set(before.staged.flatMap(({ causes }) => [...causes.keys()].map((base) => base.scope)));
  const [rest] = [...about].filter((scope) => !done.includes(scope));
  if (rest === undefined) return false;
  const { documents, diagnostics } = await readDocuments(shell, networksIn(before));
  if (documents === null) {
    world.say(world.words.problems(diagnostics));
    return false;
  }
  const setting = { ...before.setting, scope: rest };
  const read = withDocuments(openSession(setting), documents);
  if (read.value === null) return false;
  let session = read.value;
  const left: Unit[] = [];
  for (const { unit } of before.staged) {
    const { value } = stage(session, unit);
    if (value === null) left.push(unit);
    else session = value;
  }
  await fitOutlook(session, world.target);
  if (outlookOf(session).length === 0) return false;
  shell.widest ??= { scope: before.setting.scope };
  await goTo(shell, session);
  world.say(
    `${written} is written; ${plural(session.staged.length, 'statement')} staged for ${rest}, which is not: \`commit\` writes that, too, and \`discard\` forgets it\n`,
  );
  for (const { source } of left) world.print(`left out, for it does not run there: ${firstLine(source)}\n`);
  const problems = examine(session);
  if (problems.length > 0) world.say(world.words.problems(problems));
  return true;
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
  const unused = unusedValues(session);
  const script: Source = { name: '<session>', text: scriptIn(shell, process.cwd(), because) };
  if (documents === null || hasErrors(unused))
    return { planned: null, diagnostics: [...diagnostics, ...unused], script, moved: [] };
  const moved = session.bases
    .filter((base) => hashOf(documents, base) !== base.hash)
    .map(({ network }) => network);
  const { planned, diagnostics: told } = await planOn(shell, documents, script);
  return {
    planned,
    diagnostics: [...new Set([...diagnostics, ...unused, ...told])],
    script,
    moved: [...new Set(moved)],
  };
}

/** The session's script on documents, fitted to what the target can do. */
export async function planOn(
  shell: Shell,
  documents: readonly Read[],
  script: Source,
): Promise<{ readonly planned: Planned | null; readonly diagnostics: readonly Diagnostic[] }> {
  const { session, world, network } = shell;
  const prepared = prepareScript([script], { load: session.setting.load, vars: new Map() });
  if (prepared.value === null) return { planned: null, diagnostics: prepared.diagnostics };
  const ready = prepared.value;
  const context = { ...contextOf(session, world.target), documents, clock: world.now(), network };
  const { value, diagnostics } = await planFitted(world.target, context, (given) => planScript(ready, given));
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
  const touched = new Set(session.staged.flatMap(({ causes }) => [...causes.keys()]));
  for (const base of touched) {
    const now = documents.find((one) => one.network === base.network && one.scope === base.scope);
    if (now?.hash === base.hash) continue;
    if (now === undefined) return refuse(shell, [stateGone(base, documents)]);
    const parsed = parseDocument(now.source);
    if (parsed.value === null) return refuse(shell, parsed.diagnostics);
    const prospect = outlookOf(session).find((one) => one.base === base) ?? null;
    moved.push(compareSides(base, parsed.value, prospect));
  }
  const came = documents.filter(
    (one) => !session.bases.some((base) => base.network === one.network && base.scope === one.scope),
  );
  if (moved.length === 0 && came.length === 0) return null;
  const state = documents.map(({ hash }) => hash).join();
  const insists = shell.shown.has(state);
  const overlapping = moved.some(({ overlaps }) => overlaps.length > 0);
  if (overlapping && !insists) {
    shell.shown.add(state);
    return conflict(shell, moved, []);
  }
  const again = onDocuments(session, [...documents, ...others(session, documents)]);
  if (again.value === null || hasErrors(again.diagnostics)) return conflict(shell, moved, again.diagnostics);
  await fitOutlook(again.value, world.target);
  await goTo(shell, again.value);
  shell.keep(shell);
  for (const { network, scope } of came)
    world.say(`${visible(network)} has a ${scope} state by now: what is staged is about it, too\n`);
  const same = moved.every(({ base }) => {
    const was = outlookOf(session).find((one) => one.base === base)?.changes ?? [];
    const is = outlookOf(shell.session).find(
      (one) => one.base.network === base.network && one.base.scope === base.scope,
    );
    return doTheSame(was, is?.changes ?? []);
  });
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

/** A network that was stopped, or is transient by now. */
function stateGone({ network, scope }: Base, documents: readonly Read[]): Diagnostic {
  const [left] = documents.filter((one) => one.network === network);
  return error('SL507', null, `network \`${network}\` has no \`${scope}\` state any more`, {
    help:
      left === undefined
        ? 'what is staged stays; `discard` forgets it'
        : `what is staged stays; \`set context scope=${left.scope}\` goes on without it, \`discard\` forgets it`,
  });
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
