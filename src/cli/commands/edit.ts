// `sluice edit`: the network in an editor; what was changed there is planned, asked about and applied like any desired XML.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readSource } from '../../apply/load-files.ts';
import { error } from '../../diagnostics/diagnostic.ts';
import { confirmAndApply } from '../confirm-and-apply.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { EditFlags } from '../flags.ts';
import type { Inputs } from '../inputs.ts';
import { openTarget } from '../open-target.ts';
import { fail } from '../outcome.ts';
import { makePlan, type Planning } from '../planning.ts';

export async function edit(network: string, flags: EditFlags, console: Console): Promise<ExitStatus> {
  const target = openTarget(flags.target, flags.state);
  if (!target.ok) return fail(console, 'edit', flags.json, EXIT.error, [target.error]);
  const stored = await target.value.read(network, 'config');
  if (!stored.ok) return fail(console, 'edit', flags.json, EXIT.error, [stored.error]);

  const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-edit-'));
  const file = path.join(folder, `${network}.xml`);
  writeFileSync(file, stored.value.source.text);
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
  const before = stored.value.hash;
  const status = await confirmAndApply(
    {
      command: 'edit',
      plan: () => planEdited(inputs, before, network, flags, console),
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

/** What another changed while the editor was open must not be undone by a text that does not know of it. */
async function planEdited(
  inputs: Inputs,
  before: string,
  network: string,
  flags: EditFlags,
  console: Console,
): Promise<Planning> {
  const planning = await makePlan(inputs, { ...flags, network, var: new Map() }, console);
  const base = planning.planned?.plan.documents.find((document) => document.network === network)?.baseHash;
  if (base === undefined || base === before) return planning;
  const help = 'nothing was written; edit it again and bring your changes over';
  const moved = error('SL910', null, `network \`${network}\` changed while you were editing it`, { help });
  return { ...planning, planned: null, diagnostics: [...planning.diagnostics, moved] };
}
