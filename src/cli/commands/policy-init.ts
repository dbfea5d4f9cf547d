// `sluice policy init`: a policy to begin with, and its tests. Never touches what is there.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { error } from '../../diagnostics/diagnostic.ts';
import { MODEL_TEXT } from '../../policy/model-conf.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { OutputFlags } from '../flags.ts';
import { conclude, fail } from '../outcome.ts';
import { nameOf } from '../verdict-words.ts';
import { loginSubject } from '../who.ts';

const COMMAND = 'policy init';

export function policyInit(folder: string, flags: OutputFlags, console: Console): ExitStatus {
  const who = loginSubject(process.env);
  if (!who.ok) return fail(console, COMMAND, flags.json, EXIT.error, [who.error]);
  const files = [
    ['model.conf', MODEL_TEXT],
    ['policy.csv', rowsFor(who.value)],
    ['policy.test', testsFor(nameOf(who.value))],
  ].map(([name = '', text = '']) => ({ file: path.join(folder, name), text }));
  const there = files.filter(({ file }) => existsSync(file));
  if (there.length > 0)
    return fail(
      console,
      COMMAND,
      flags.json,
      EXIT.error,
      there.map(({ file }) =>
        error('SL913', null, `\`${file}\` is there already`, {
          help: 'name another folder; nothing was written',
        }),
      ),
    );
  try {
    mkdirSync(folder, { recursive: true });
    for (const { file, text } of files) writeFileSync(file, text, { flag: 'wx' });
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return fail(console, COMMAND, flags.json, EXIT.error, [
      error('SL913', null, `a policy cannot be written into \`${folder}\`: ${reason}`),
    ]);
  }
  return conclude(console, COMMAND, flags.json, {
    status: EXIT.done,
    diagnostics: [],
    text: () => files.map(({ file }) => `wrote ${file}\n`).join(''),
    json: () => ({ wrote: files.map(({ file }) => file) }),
  });
}

function rowsFor(subject: string): string {
  return `# Who may change what. What no row allows is denied, and a deny wins over every allow.
# \`sluice policy check\` reads this file as the gate does, \`sluice policy test\` runs policy.test.

# who is what, and on which networks
# g, user or role, role, network
g, ${subject}, role:netadmin, *

# p, effect, who, network, path, operation, scope, when
p, allow, role:netadmin, *, **, *, *, ""
`;
}

function testsFor(name: string): string {
  return `# What policy.csv must say, one case a line: allow or deny, who, what, and by which row.

allow ${name} add network by role:netadmin **
deny user:stranger modify bridge@stp by none
`;
}
