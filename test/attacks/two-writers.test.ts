// The base moves between gate and apply: two plans that a quota allows one by one, and not both.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openFilesTarget } from '../../src/apply/files/files-target.ts';
import { apply, plan } from '../../src/apply/session.ts';
import { policyOf } from '../policy/decide.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-writers-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const policy = policyOf(`p, allow, role:everyone, *, ip[*].dhcp.host[*], *, *, ""
p, allow, role:everyone, *, ip[*].dhcp, *, *, ""
p, deny, role:everyone, *, ip[*].dhcp.host[*], add, *, "count(ip[*].dhcp.host) > 1"`);

test('the second is a conflict, and asks again as a denial', async () => {
  const file = path.join(folder, 'default.xml');
  writeFileSync(
    file,
    "<network><name>default</name><bridge name='virbr0'/><ip address='10.0.0.1' prefix='24'/></network>\n",
  );
  const target = openFilesTarget(folder);
  const adding = (n: number, subject: string) =>
    plan(
      target,
      {
        type: 'script',
        script: {
          name: 'add.sluice',
          text: `add host mac=52:54:00:00:00:0${n} ip=10.0.0.${n + 10} to ip[10.0.0.1].dhcp`,
        },
      },
      { policy, subject },
    );
  const [one, two] = [await adding(1, 'user:alice'), await adding(2, 'user:bob')];
  if (one.value === null || two.value === null) throw new Error(one.diagnostics[0]?.message);
  expect([one.value.permit, two.value.permit]).not.toContain(null);
  expect((await apply(target, one.value)).type).toBe('applied');
  const after = readFileSync(file, 'utf8');
  expect((await apply(target, two.value)).type).toBe('conflict');
  expect(readFileSync(file, 'utf8')).toBe(after);
  const again = await adding(2, 'user:bob');
  expect(again.value?.permit).toBeNull();
});
