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

// what a list of hosts needs in a greater number of statements
writeFileSync(
  'many.sluice',
  Array.from({ length: 60 }, (_, n) => {
    const mac = `52:54:00:aa:00:${(n + 16).toString(16)}`;
    const host = `ip[192.168.122.1].dhcp.host[${mac}]`;
    return [
      `add host mac=${mac} name=vm${n}.example.com ip=192.168.122.${n + 100} to ip[192.168.122.1].dhcp`,
      ...(n % 3 === 1 ? [`set ${host} name=other${n}.example.com`] : n % 3 === 2 ? [`remove ${host}`] : []),
    ];
  })
    .flat()
    .join('\n'),
);

const script = compile(file, undefined);
const { run } = evaluate(file, script);
const status = await run(['plan', 'script.sluice', '--policy', 'policies', '--as', 'olga']);
if (status !== 0) throw new Error(`the example's plan ended with ${status}`);
const many = await run(['plan', 'many.sluice', '--policy', 'policies', '--as', 'nina']);
if (many !== 0) throw new Error(`the plan of many hosts ended with ${many}`);
writeFileSync(`${file}.cache`, script.createCachedData());
process.exitCode = 0;
