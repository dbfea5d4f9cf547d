// `npm run bench`: how long the command takes, how much memory, and beside what. Prints a table; asserts nothing.
//
// Every number is the median of alternating runs of whole processes; a ratio is the median of the ratios of a round.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  networkXml,
  policyCsv,
  type Size,
  scriptText,
  sized,
  smallNetworkXml,
  smallScript,
  xmlstarletOptions,
} from './generate.ts';
import { alternating, type Command, type Measured, median, once, onceWithMemory } from './measure.ts';
import { tableText } from './table.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    hosts: { type: 'string', default: '65000' },
    statements: { type: 'string', default: '10000' },
    // one run takes minutes
    'xmlstarlet-rounds': { type: 'string', default: '1' },
  },
});
const rounds = Number(options.rounds);
const hosts = Number(options.hosts);
const statements = Number(options.statements);

const root = path.resolve(import.meta.dirname, '..');
const sluice = path.join(root, 'dist/sluice.js');
const work = mkdtempSync(path.join(os.tmpdir(), 'sluice-bench-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

function place(folder: string, network: string, xml: string, script: string): string {
  const at = path.join(work, folder);
  mkdirSync(path.join(at, 'networks'), { recursive: true });
  mkdirSync(path.join(at, 'policy'));
  writeFileSync(path.join(at, 'networks', `${network}.xml`), xml);
  writeFileSync(path.join(at, 'script.sluice'), script);
  writeFileSync(path.join(at, 'policy/policy.csv'), policyCsv);
  cpSync(path.join(root, 'policies/model.conf'), path.join(at, 'policy/model.conf'));
  return at;
}

function plan(cwd: string, out: string | null): Command {
  return {
    argv: [
      process.execPath,
      sluice,
      'plan',
      'script.sluice',
      '--target',
      'dir:networks',
      '--policy',
      'policy',
      '--as',
      'olga',
    ],
    cwd,
    into: out,
  };
}

/** `xmlstarlet ed` with the edits, in as many processes as the kernel's limit on arguments asks for. */
function xmlstarlet(cwd: string, size: Size): { readonly processes: number; readonly run: () => Measured } {
  const limit = 1_500_000; // the kernel takes 2 MiB of arguments and environment, pointers included
  const chunks: string[][] = [[]];
  let bytes = 0;
  for (const edit of xmlstarletOptions(size)) {
    const cost = edit.reduce((sum, word) => sum + word.length + 9, 0);
    if (bytes + cost > limit) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)?.push(...edit);
    bytes += cost;
  }
  const run = (): Measured => {
    let seconds = 0;
    let mebibytes: number | null = null;
    for (const [i, chunk] of chunks.entries()) {
      const from = i === 0 ? 'networks/big.xml' : `xmlstarlet-${i - 1}.xml`;
      const one = onceWithMemory({
        argv: ['xmlstarlet', 'ed', '-P', ...chunk, from],
        cwd,
        into: path.join(cwd, `xmlstarlet-${i}.xml`),
      });
      seconds += one.seconds;
      if (one.mebibytes !== null) mebibytes = Math.max(mebibytes ?? 0, one.mebibytes);
    }
    return { seconds, mebibytes };
  };
  return { processes: chunks.length, run };
}

const table: string[][] = [['what', 'seconds', 'MiB', 'beside', 'ratio']];

function row<K extends string>(
  what: string,
  rows: readonly Readonly<Record<K, Measured>>[],
  own: K,
  beside: K | null,
  besideName: string,
): void {
  const memory = rows.flatMap((round) => round[own].mebibytes ?? []);
  const ratio =
    beside === null ? '' : median(rows.map((round) => round[own].seconds / round[beside].seconds)).toFixed(2);
  table.push([
    what,
    median(rows.map((round) => round[own].seconds)).toFixed(3),
    memory.length === 0 ? '' : median(memory).toFixed(0),
    besideName,
    ratio,
  ]);
}

// start-up
const small = place('small', 'small', smallNetworkXml, smallScript);
writeFileSync(path.join(work, 'empty.mjs'), '');
const empty: Command = { argv: [process.execPath, path.join(work, 'empty.mjs')], cwd: work, into: null };
const version: Command = { argv: [process.execPath, sluice, '--version'], cwd: work, into: null };
const started = alternating(rounds * 5, {
  empty: () => once(empty),
  version: () => once(version),
  plan: () => once(plan(small, null)),
});
row('an empty Node process', started, 'empty', null, '');
row('sluice --version', started, 'version', 'empty', 'empty Node');
row('sluice plan, 1 statement, small network', started, 'plan', 'empty', 'empty Node');

// work
const places = [statements / 10, statements, statements * 10].map((count) => {
  const size = sized(hosts, count);
  return { count, size, at: place(`plan-${count}`, 'big', networkXml(size), scriptText(size)) };
});
const [fewer, middle, more] = places;
if (fewer === undefined || middle === undefined || more === undefined) throw new Error('three sizes');
const planned = alternating(rounds, {
  fewer: () => onceWithMemory(plan(fewer.at, null)),
  middle: () => onceWithMemory(plan(middle.at, null)),
  more: () => onceWithMemory(plan(more.at, null)),
});
row(`sluice plan, ${hosts} hosts, ${fewer.count} statements`, planned, 'fewer', null, '');
row(
  `sluice plan, ${hosts} hosts, ${middle.count} statements`,
  planned,
  'middle',
  'fewer',
  `${fewer.count} statements`,
);
row(
  `sluice plan, ${hosts} hosts, ${more.count} statements`,
  planned,
  'more',
  'middle',
  `${middle.count} statements`,
);

const otherRounds = Number(options['xmlstarlet-rounds']);
if (otherRounds > 0) {
  const other = xmlstarlet(middle.at, middle.size);
  const compared = alternating(otherRounds, {
    sluice: () => onceWithMemory(plan(middle.at, null)),
    xmlstarlet: other.run,
  });
  const name = `xmlstarlet ed, same edits${other.processes > 1 ? ` (${other.processes} processes)` : ''}`;
  row(name, compared, 'xmlstarlet', 'sluice', 'sluice plan');
}

const cpu = os.cpus();
process.stdout.write(
  `${cpu.length} × ${cpu[0]?.model.trim()}, Node ${process.version}, ${rounds} rounds\n\n`,
);
process.stdout.write(tableText(table, new Set([0, 3])));
