// `sluice repl`: opens what a session works on, and lends it the words of the command line.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { watchPolicy } from '../../apply/watch-policy.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { renderHuman } from '../../diagnostics/render-human.ts';
import type { Plan } from '../../plan/plan.ts';
import { startSession } from '../../repl/start.ts';
import type { Words } from '../../repl/words.ts';
import type { End } from '../../repl/world.ts';
import { groupsOf, longReasons, shortAnswer } from '../answer-words.ts';
import { type Console, openConsole } from '../console.ts';
import { withCourse } from '../course.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { ReplFlags } from '../flags.ts';
import { noPolicy } from '../load-policy.ts';
import { openTarget } from '../open-target.ts';
import { fail } from '../outcome.ts';
import { packageRoot } from '../package-root.ts';
import { newPage, type Page, pageText } from '../page.ts';
import { policyFolder } from '../policy-folder.ts';
import { renderApplied, renderLines } from '../render-applied.ts';
import { renderMarkdown } from '../render-markdown.ts';
import { renderDecided, renderPlan } from '../render-plan.ts';
import { forOutput } from '../terminal-text.ts';
import { nameOf } from '../verdict-words.ts';
import { loginSubject, subjectOf } from '../who.ts';
import { CODES } from './explain.ts';
import { log } from './log.ts';
import { renderHolders } from './policy-who-can.ts';

const STATUS: Readonly<Record<End, ExitStatus>> = {
  done: EXIT.done,
  error: EXIT.error,
  denied: EXIT.denied,
  conflict: EXIT.conflict,
  partial: EXIT.partial,
  usage: EXIT.usage,
  interrupted: EXIT.interrupted,
};

export async function repl(flags: ReplFlags, console: Console): Promise<ExitStatus> {
  const failed = (diagnostics: readonly Diagnostic[]): ExitStatus =>
    fail(console, 'repl', false, EXIT.error, diagnostics);
  const target = openTarget(flags.target, flags.state);
  if (!target.ok) return failed([target.error]);
  const real = loginSubject(process.env);
  const as = flags.as === undefined ? null : subjectOf(flags.as);
  if (!real.ok) return failed([real.error]);
  if (as !== null && !as.ok) return failed([as.error]);
  const found = policyFolder(flags.policy ?? null, process.env);
  let tell: ((diagnostics: readonly Diagnostic[], what: 'replaced' | 'kept' | 'restored') => void) | null =
    null;
  const watched = watchPolicy(found.folder, (event) =>
    tell?.(event.type === 'restored' ? [] : event.diagnostics, event.type),
  );
  if (watched.value === null) return failed(watched.diagnostics.map((one) => noPolicy(found, one)));
  try {
    const end = await startSession({
      target: target.value,
      policy: watched.value,
      listenToPolicy: (listener) => {
        tell = listener;
      },
      realSubject: real.value,
      as: as === null ? null : as.value,
      network: flags.network ?? null,
      scope: flags.scope ?? null,
      vars: flags.var,
      yes: flags.yes,
      words: wordsFor(flags),
      print: console.print,
      say: console.say,
      now: Date.now,
      withCourse: (act, interrupts) => withCourse(console, act, Date.now, interrupts ?? undefined),
    });
    return STATUS[end];
  } finally {
    watched.value.close();
  }
}

/** Terminals change their size, so each text is made for the size of its moment. */
function wordsFor(flags: ReplFlags): Words {
  const here = (): Console => openConsole(flags.color);
  const onPage = (fill: (page: Page) => void): string => {
    const page = newPage(here().out, false);
    fill(page);
    return pageText(page);
  };
  return {
    look: () => here().out,
    decided: (told, { subject, policy, named }) =>
      renderDecided(
        told.map(({ base: { network, scope }, changes, verdicts, effects }) => ({
          network,
          scope,
          changes,
          verdicts,
          effects,
        })),
        { who: nameOf(subject), policy, named },
        here().out,
      ),
    plan: (plan: Plan) => renderPlan(plan, here().out, { full: flags.full, purpose: 'apply' }),
    lines: (plan) => renderLines(plan, here().out),
    applied: (plan, revision) => renderApplied(plan, revision, here().out),
    answer: (answer, length) =>
      onPage((page) => {
        if (length === 'short') shortAnswer(page, answer);
        else for (const group of groupsOf(answer)) longReasons(page, group);
      }),
    holders: (holders) => onPage((page) => renderHolders(page, holders)),
    problems: (diagnostics) => {
      const { colour, width, unicode, terminal } = here().err;
      return renderHuman(diagnostics, { colour, width, unicode, limit: terminal ? 20 : null });
    },
    foreign: (text) => forOutput(text, here().out),
    log: async (limit) => {
      let text = '';
      const console: Console = {
        ...here(),
        print: (part) => {
          text += part;
        },
      };
      await log(null, logFlags(flags, limit), console);
      return text;
    },
    explain: (code) => {
      if (!CODES.some(([known]) => known === code)) return null;
      const page = readFileSync(path.join(packageRoot(), 'docs', 'diagnostics', `${code}.md`), 'utf8');
      return renderMarkdown(page, here().out);
    },
  };
}

function logFlags(flags: ReplFlags, limit: number): Parameters<typeof log>[1] {
  return {
    target: flags.target,
    ...(flags.state === undefined ? {} : { state: flags.state }),
    color: flags.color,
    json: false,
    denied: false,
    reported: false,
    limit,
    full: false,
  };
}
