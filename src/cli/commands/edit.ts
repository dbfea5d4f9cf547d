// `sluice edit`: the network in an editor; what was changed there is planned, asked about and applied like any desired XML.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readSource } from '../../apply/load-files.ts';
import type { Stored, Target } from '../../apply/target.ts';
import { type Diagnostic, error, note } from '../../diagnostics/diagnostic.ts';
import { diffDocuments } from '../../diff/diff.ts';
import type { Scope } from '../../network/scope.ts';
import { withoutDaemonGiven } from '../../plan/daemon-given.ts';
import { ok, type Result } from '../../std/result.ts';
import { parseDocument } from '../../xml/parse.ts';
import { confirmAndApply } from '../confirm-and-apply.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { EditFlags } from '../flags.ts';
import type { Inputs } from '../inputs.ts';
import { openTarget } from '../open-target.ts';
import { fail, sayDiagnostics } from '../outcome.ts';
import { makePlan, type Planning } from '../planning.ts';

export async function edit(network: string, flags: EditFlags, console: Console): Promise<ExitStatus> {
  const target = openTarget(flags.target, flags.state);
  if (!target.ok) return fail(console, 'edit', flags.json, EXIT.error, [target.error]);
  const subject = await whatToEdit(target.value, network);
  if (!subject.ok) return fail(console, 'edit', flags.json, EXIT.error, [subject.error]);
  const { stored, scope, note } = subject.value;
  if (note !== null) sayDiagnostics(console, [note]);

  const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-edit-'));
  const file = path.join(folder, `${network}.xml`);
  writeFileSync(file, stored.source.text);
  const editor =
    [process.env['VISUAL'], process.env['EDITOR']].find((name) => name !== undefined && name !== '') ?? 'vi';
  // as git does it: the variable may hold options, so a shell reads it; the file is an argument, never part of the command
  const ran = spawnSync('/bin/sh', ['-c', `${editor} "$@"`, editor, file], {
    stdio: ['inherit', flags.json ? 2 : 'inherit', 'inherit'],
  });
  if (ran.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    const how = ran.status === null ? `was ended by ${ran.signal}` : `answered ${ran.status}`;
    const help = 'nothing was written; $VISUAL or $EDITOR names another editor';
    return fail(console, 'edit', flags.json, EXIT.error, [
      error('SL915', null, `the editor \`${editor}\` ${how}`, { help }),
    ]);
  }
  const edited = readSource(file);
  if (!edited.ok) return fail(console, 'edit', flags.json, EXIT.error, [edited.error]);
  const inputs: Inputs = { type: 'networks', sources: [edited.value] };
  const before = stored.hash;
  const status = await confirmAndApply(
    {
      command: 'edit',
      plan: () => planEdited(inputs, { network, before, of: stored.scope, scope }, flags, console),
      script: null,
      reviewed: false,
      flags,
    },
    console,
  );
  // what somebody typed is not thrown away because policy or a mistake was in its way
  if (status === EXIT.done) rmSync(folder, { recursive: true, force: true });
  else console.say(`Your text is kept in ${file}\n`);
  return status;
}

type Subject = {
  /** What the editor shows. */
  readonly stored: Stored;
  /** Where the edited text is to hold; null for every state that the network has. */
  readonly scope: Scope | null;
  readonly note: Diagnostic | null;
};

/** What is stored, else what runs. Where the two differ, one text cannot stand for both. */
async function whatToEdit(target: Target, network: string): Promise<Result<Subject, Diagnostic>> {
  const scopes = await target.scopesOf(network);
  if (!scopes.ok) return scopes;
  const shown: Scope = scopes.value.includes('config') ? 'config' : 'live';
  const stored = await target.read(network, shown);
  if (!stored.ok) return stored;
  const whole = { stored: stored.value, scope: null, note: null };
  if (scopes.value.length < 2) return ok(whole);
  const live = await target.read(network, 'live');
  if (!live.ok) return live;
  const [config, runs] = [stored.value, live.value].map(({ source }) => parseDocument(source).value);
  if (config == null || runs == null) return ok(whole); // the plan will say what is wrong with it
  const drift = diffDocuments(withoutDaemonGiven(runs, config), config, 'config').length;
  if (drift === 0) return ok(whole);
  const help = `what runs stays as it is; \`sluice diff ${network} --live --config\` shows how the two differ`;
  const message = `what runs of \`${network}\` is not what is stored: you edit what is stored`;
  return ok({ stored: stored.value, scope: 'config', note: note('SL990', null, message, { help }) });
}

type Edited = {
  readonly network: string;
  /** The hash of what was edited, and which state it was. */
  readonly before: string;
  readonly of: Scope;
  readonly scope: Scope | null;
};

/** What another changed while the editor was open must not be undone by a text that does not know of it. */
async function planEdited(
  inputs: Inputs,
  { network, before, of, scope }: Edited,
  flags: EditFlags,
  console: Console,
): Promise<Planning> {
  const where = scope === null ? {} : { scope };
  const planning = await makePlan(inputs, { ...flags, ...where, network, var: new Map() }, console);
  const base = planning.planned?.plan.documents.find(
    (document) => document.network === network && document.scope === of,
  )?.baseHash;
  if (base === undefined || base === before) return planning;
  const help = 'nothing was written; edit it again and bring your changes over';
  const moved = error('SL910', null, `network \`${network}\` changed while you were editing it`, { help });
  return { ...planning, planned: null, diagnostics: [...planning.diagnostics, moved] };
}
