// `sluice watch`: what changes in a network, by whomever, told as it happens, until Ctrl-C.
//
// libvirt sends no event for an update of a network (virNetworkUpdate), so both documents are read again and again; its
// events about starts, stops, defines and undefines only make that happen sooner.

import { setTimeout as pause } from 'node:timers/promises';
import { walkJournal } from '../../apply/files/read-journal.ts';
import type { LibvirtTarget } from '../../apply/libvirt/libvirt-target.ts';
import type { Stored } from '../../apply/target.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { hasErrors } from '../../diagnostics/diagnostic.ts';
import type { Scope } from '../../network/scope.ts';
import { type Outside, outsideChanges, type Suspect } from '../../plan/outside.ts';
import { ruleName } from '../../policy/decision.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Verdict } from '../../policy/verdict.ts';
import type { Source } from '../../source/source.ts';
import { ok, type Result } from '../../std/result.ts';
import type { XmlDocument } from '../../xml/document.ts';
import { parseDocument } from '../../xml/parse.ts';
import { changeJson } from '../change-json.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { WatchFlags } from '../flags.ts';
import { readPolicy } from '../load-policy.ts';
import { openDaemon } from '../open-target.ts';
import { fail, sayDiagnostics } from '../outcome.ts';
import { line, newPage, type Page, pageText } from '../page.ts';
import { type Block, blocksOf } from '../plan-blocks.ts';
import { renderChanges } from '../render-changes.ts';
import { nameOf } from '../verdict-words.ts';
import { loginSubject, subjectOf } from '../who.ts';

/** Both documents by their hashes; a document that is not there has no entry. */
type Look = ReadonlyMap<Scope, Stored>;

export async function watch(network: string, flags: WatchFlags, console: Console): Promise<ExitStatus> {
  const failed = (...problems: readonly Diagnostic[]): ExitStatus =>
    fail(console, 'watch', flags.json, EXIT.error, problems);
  const opened = openDaemon(flags.target, flags.state);
  if (!opened.ok) return failed(opened.error);
  const target = opened.value;
  const subject = flags.as === undefined ? loginSubject(process.env) : subjectOf(flags.as);
  if (!subject.ok) return failed(subject.error);
  const policy = readPolicy(flags.policy ?? null, process.env);
  if (policy.value === null && flags.policy !== undefined) return failed(...policy.diagnostics);

  const first = await look(target, network);
  if (!first.ok) return failed(first.error);
  const report = reporter(target, network, { policy: policy.value, subject: subject.value }, flags, console);
  if (policy.value === null) report.problem({ ...noPolicyNote(policy.diagnostics), severity: 'note' });
  report.begin(first.value);

  const stop = new AbortController();
  const wake: { now: () => void } = { now: () => {} };
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  let seen: Look = first.value;
  let connected = false;
  let gone = false;
  try {
    while (!stop.signal.aborted) {
      if (!connected) {
        const followed = await target.follow((event) => {
          if (event.network.name !== network) return;
          report.event(event.event);
          wake.now();
        });
        connected = followed.ok;
        if (followed.ok) void followed.value.ended.then(() => (connected = false));
      }
      const sooner = new Promise<void>((resolve) => (wake.now = resolve));
      await Promise.race([pause(flags.interval * 1000, undefined, { signal: stop.signal }), sooner]).catch(
        () => {}, // Ctrl-C ends the pause
      );
      if (stop.signal.aborted) break;
      if (target.isUnderway(network)) continue;
      const next = await look(target, network);
      // an apply that began meanwhile: the next look sees the end of it
      if (target.isUnderway(network)) continue;
      if (!next.ok) {
        if (next.error.code !== GONE) {
          report.problem({ ...next.error, severity: 'warning' });
          continue;
        }
        if (!gone) report.event('gone');
        gone = true;
        continue;
      }
      gone = false;
      report.recovered();
      report.changes(seen, next.value);
      seen = new Map([...seen, ...next.value]);
    }
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
  report.end();
  return EXIT.done;
}

const GONE = 'SL875';

async function look(target: LibvirtTarget, network: string): Promise<Result<Look, Diagnostic>> {
  const scopes = await target.scopesOf(network);
  if (!scopes.ok) return scopes;
  const found = new Map<Scope, Stored>();
  for (const scope of scopes.value) {
    const stored = await target.read(network, scope);
    if (stored.ok) found.set(scope, stored.value);
    // it was stopped, or undefined, between two calls: the next look will see that
    else if (stored.error.code !== 'SL980') return stored;
  }
  return ok(found);
}

function noPolicyNote(diagnostics: readonly Diagnostic[]): Diagnostic {
  const [first] = diagnostics;
  if (first === undefined) throw new Error('a policy that is not there has a reason');
  return first;
}

type Reporter = {
  readonly begin: (look: Look) => void;
  readonly event: (event: string) => void;
  readonly changes: (before: Look, after: Look) => void;
  readonly problem: (problem: Diagnostic) => void;
  readonly recovered: () => void;
  readonly end: () => void;
};

/** A line of JSON for each thing that happens, or words for people. */
function reporter(
  target: LibvirtTarget,
  network: string,
  asked: { readonly policy: Policy | null; readonly subject: string },
  flags: WatchFlags,
  console: Console,
): Reporter {
  const json = (type: string, fields: Readonly<Record<string, unknown>>): void =>
    console.print(
      `${JSON.stringify({ version: 1, command: 'watch', type, time: new Date().toISOString(), network, ...fields })}\n`,
    );
  const page = (fill: (page: Page) => void): void => {
    const made = newPage(console.out, false);
    fill(made);
    console.print(pageText(made));
  };
  let trouble: string | null = null;

  return {
    begin: (found) => {
      const scopes = [...found.keys()];
      if (flags.json) return json('watching', { target: target.name, scopes });
      console.say(`Watching ${network} (${scopes.join(' + ')}) on ${target.name}; Ctrl-C ends it.\n`);
    },
    event: (event) => {
      if (flags.json) return json('event', { event });
      page((to) =>
        line(to, ['dim', `${clock()}  `], ['bold', network], [null, ` was ${EVENT[event] ?? 'changed'}`]),
      );
    },
    changes: (before, after) => {
      const found = (['live', 'config'] as const).flatMap((scope) => {
        const [was, is] = [before.get(scope) ?? null, after.get(scope) ?? null];
        // what is only stopped is remembered: when it starts again, what differs then is what matters
        if (was === null || is === null || was.hash === is.hash) return [];
        const suspect: Suspect | null =
          asked.policy === null ? null : { policy: asked.policy, subject: asked.subject, clock: Date.now() };
        const outside = outsideChanges(
          target.name,
          network,
          scope,
          parsed(was.source),
          parsed(is.source),
          suspect,
        );
        const by = revisionThatLeft(target, network, scope, is.hash);
        return outside.changes.length === 0 ? [] : [{ label: scope as string, outside, by }];
      });
      if (flags.json) {
        for (const { label, outside, by } of found)
          json('changes', { scope: label, revision: by, subject: asked.subject, changes: jsonOf(outside) });
        return;
      }
      const [first, second] = found;
      if (first !== undefined && second !== undefined && looksAlike(first.outside, second.outside)) {
        found.pop();
        first.label = 'live + config';
      }
      for (const { label, outside, by } of found)
        page((to) => {
          line(
            to,
            ['dim', `${clock()}  `],
            ['bold', `${network} (${label})`],
            by === null
              ? [null, ' changed outside Sluice']
              : [null, `: revision ${by.number}, by ${nameOf(by.subject)}`],
          );
          renderChanges(to, blocksOf(outside.changes, outside.verdicts), (below, blocks) => {
            if (by === null) renderOpinion(below, blocks, nameOf(asked.subject));
          });
          line(to);
        });
    },
    problem: (problem) => {
      if (problem.message === trouble) return;
      trouble = problem.message;
      if (flags.json)
        return json('problem', { code: problem.code, severity: problem.severity, message: problem.message });
      sayDiagnostics(console, [problem]);
    },
    recovered: () => {
      if (trouble === null) return;
      trouble = null;
    },
    end: () => {
      if (flags.json) json('end', {});
      else console.say('\n');
    },
  };
}

const EVENT: Readonly<Record<string, string>> = {
  defined: 'defined',
  undefined: 'undefined',
  started: 'started',
  stopped: 'stopped',
  gone: 'deleted',
};

function clock(): string {
  return new Date().toISOString().slice(11, 19);
}

/** libvirt printed it: it can be read, or we cannot read XML. */
function parsed(source: Source): XmlDocument {
  const { value, diagnostics } = parseDocument(source);
  if (value === null || hasErrors(diagnostics)) throw new Error(`${source.name} cannot be read as XML`);
  return value;
}

/** Who made the document what it is, when that was Sluice. */
function revisionThatLeft(
  target: LibvirtTarget,
  network: string,
  scope: Scope,
  hash: string,
): { readonly number: number; readonly subject: string } | null {
  let found: { readonly number: number; readonly subject: string } | null = null;
  walkJournal(target.journal, (entry) => {
    if (entry.type !== 'apply') return;
    for (const one of entry.networks) {
      if (one.network === network && one.scope === scope)
        found = one.after === hash ? { number: entry.revision, subject: entry.realSubject } : null;
    }
  });
  return found;
}

/** Would policy have let the one it is asked about do this? */
function renderOpinion(page: Page, blocks: readonly Block[], who: string): void {
  const [first] = blocks;
  const verdict = first?.parts[0]?.verdict ?? null;
  if (verdict === null) return;
  const refused = blocks.flatMap(({ parts }) => parts).find((part) => !allows(part.verdict));
  const shown = refused?.verdict ?? verdict;
  const mark = page.look.unicode ? (refused === undefined ? '✓ ' : '✗ ') : '';
  const by = shown.decision.type === 'default-deny' ? 'no rule allows it' : ruleName(shown.decision.rule);
  line(
    page,
    refused === undefined
      ? ['green', `    ${mark}policy would have let ${who}: ${by}`]
      : ['bold-red', `    ${mark}policy would not have let ${who}: ${by}`],
  );
}

/** The same changes, decided alike, in both states. */
function looksAlike(a: Outside, b: Outside): boolean {
  const print = (one: Outside): string =>
    JSON.stringify(jsonOf(one).map((change) => ({ ...change, rule: null })));
  return a.changes.length === b.changes.length && print(a) === print(b);
}

function allows(verdict: Verdict | null): boolean {
  return verdict?.decision.type === 'allowed';
}

function jsonOf({ changes, verdicts }: Outside): readonly Readonly<Record<string, unknown>>[] {
  return changes.map((change, index) => {
    const decision = verdicts?.[index]?.decision ?? null;
    return {
      ...changeJson(change),
      policy:
        decision === null
          ? null
          : {
              allows: decision.type === 'allowed',
              rule: decision.type === 'default-deny' ? null : ruleName(decision.rule),
            },
    };
  });
}
