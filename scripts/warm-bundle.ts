// Runs the bundle once on an example and keeps what V8 compiled for that: the functions that a plan needs.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compile, evaluate } from './bundle-script.ts';

const [, , file = ''] = process.argv;
const root = path.resolve(import.meta.dirname, '..');
const house = mkdtempSync(path.join(os.tmpdir(), 'sluice-warm-'));
process.on('exit', () => rmSync(house, { recursive: true, force: true }));
mkdirSync(path.join(house, 'networks'));
cpSync(path.join(root, 'examples/dhcp-hosts/before.xml'), path.join(house, 'networks/default.xml'));
cpSync(path.join(root, 'policies'), path.join(house, 'policies'), { recursive: true });
process.chdir(house);

// no more than what most scripts do: every further function makes each start longer
writeFileSync(
  'few.sluice',
  `add host mac=52:54:00:aa:00:01 name=vm1.example.com ip=192.168.122.101 to ip[192.168.122.1].dhcp
set bridge stp=off
`,
);

const script = compile(file, undefined);
const { run } = evaluate(file, script);
const status = await run(['plan', 'few.sluice', '--policy', 'policies', '--as', 'nina']);
if (status !== 0) throw new Error(`the plan ended with ${status}`);
writeFileSync(`${file}.cache`, script.createCachedData());
process.exitCode = 0;
