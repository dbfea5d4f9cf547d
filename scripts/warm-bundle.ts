// Runs the bundle once on an example and keeps what V8 compiled for that: the functions that a plan needs.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compile, evaluate } from './bundle-script.ts';

const [, , file = ''] = process.argv;
const root = path.resolve(import.meta.dirname, '..');
const house = mkdtempSync(path.join(os.tmpdir(), 'sluice-warm-'));
process.on('exit', () => rmSync(house, { recursive: true, force: true }));
cpSync(path.join(root, 'examples/dhcp-hosts'), house, { recursive: true });
mkdirSync(path.join(house, 'networks'));
cpSync(path.join(house, 'before.xml'), path.join(house, 'networks/default.xml'));
cpSync(path.join(root, 'policies'), path.join(house, 'policies'), { recursive: true });
process.chdir(house);

const script = compile(file, undefined);
const { run } = evaluate(file, script);
const status = await run(['plan', 'script.sluice', '--policy', 'policies', '--as', 'olga']);
if (status !== 0) throw new Error(`the example's plan ended with ${status}`);
writeFileSync(`${file}.cache`, script.createCachedData());
process.exitCode = 0;
