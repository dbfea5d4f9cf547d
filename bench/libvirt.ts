// `npx tsx bench/libvirt.ts`, as root and where libvirt is: what an apply to a daemon costs beside virsh, and a plan beside
// one on files. Prints a table; asserts nothing. The daemon is a private one, so nothing of this machine is touched.
//
// Every number is the median of alternating runs of whole processes; a ratio is the median of the ratios of a round.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startPrivateLibvirtd, whyNoLibvirtd } from '../test/integration/private-libvirtd.ts';
import { alternating, type Command, type Measured, median, once } from './measure.ts';
import { tableText } from './table.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    /** A round of live updates on NAT takes the daemon half a minute. */
    'live-rounds': { type: 'string', default: '1' },
    config: { type: 'string', default: '200' },
    live: { type: 'string', default: '20' },
  },
});

const why = whyNoLibvirtd();
if (why !== null) {
  process.stderr.write(`nothing is measured: ${why}\n`);
  process.exit(1);
}

const root = path.resolve(import.meta.dirname, '..');
const sluice = path.join(root, 'dist/sluice.js');
const work = mkdtempSync(path.join(os.tmpdir(), 'sluice-bench-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const daemon = await startPrivateLibvirtd();

const policy = path.join(work, 'policy');
mkdirSync(policy);
cpSync(path.join(root, 'policies/model.conf'), path.join(policy, 'model.conf'));
writeFileSync(path.join(policy, 'policy.csv'), 'p, allow, role:everyone, *, **, *, *, ""\n');
process.env['XDG_STATE_HOME'] = path.join(work, 'state');

let made = 0;

/** A network of its own, for one run. */
function freshNetwork(forward: string, start: boolean): string {
  const name = `b${++made}`;
  const xml = `<network><name>${name}</name>${forward}<bridge name='${name}'/><ip address='10.${made + 50}.0.1' netmask='255.255.0.0'><dhcp><range start='10.${made + 50}.200.1' end='10.${made + 50}.200.9'/></dhcp></ip></network>`;
  const file = path.join(work, `${name}.xml`);
  writeFileSync(file, xml);
  shell(`virsh -q -c '${daemon.uri}' 'net-define ${file}${start ? `; net-start ${name}` : ''}'`);
  return name;
}

function shell(command: string): Measured {
  return once({ argv: ['sh', '-c', command], cwd: work, into: null });
}

function hostsOf(count: number): readonly { readonly mac: string; readonly ip: string }[] {
  return Array.from({ length: count }, (_, i) => ({
    mac: `52:54:00:00:0${Math.floor(i / 250)}:${(i % 250).toString(16).padStart(2, '0')}`,
    ip: `10.${made + 50}.${Math.floor(i / 250) + 1}.${(i % 250) + 1}`,
  }));
}

function sluiceCommand(words: readonly string[]): Command {
  return { argv: [process.execPath, sluice, ...words, '--policy', policy], cwd: work, into: null };
}

/** The same hosts into a network, in three ways. */
function ways(count: number, scope: 'live' | 'config', forward: string) {
  const script = (name: string): string => {
    const file = path.join(work, `${name}.sluice`);
    const to = `ip[10.${made + 50}.0.1].dhcp`;
    writeFileSync(
      file,
      hostsOf(count)
        .map(({ mac, ip }) => `add host mac=${mac} ip=${ip} to ${to}\n`)
        .join(''),
    );
    return file;
  };
  const commands = (name: string): readonly string[] =>
    hostsOf(count).map(
      ({ mac, ip }) => `net-update ${name} add ip-dhcp-host "<host mac='${mac}' ip='${ip}'/>" --${scope}`,
    );
  const start = scope === 'live';
  return {
    sluice: () => {
      const name = freshNetwork(forward, start);
      const file = script(name);
      const on = ['--target', daemon.uri, '--network', name, '--scope', scope];
      return once(sluiceCommand(['apply', file, '--yes', ...on]));
    },
    'one virsh': () => {
      const name = freshNetwork(forward, start);
      writeFileSync(path.join(work, 'commands'), commands(name).join('\n'));
      return shell(`virsh -q -c '${daemon.uri}' < commands`);
    },
    'a virsh for each': () => {
      const name = freshNetwork(forward, start);
      const lines = commands(name).map((command) => `virsh -q -c '${daemon.uri}' ${command}`);
      writeFileSync(path.join(work, 'commands.sh'), lines.join('\n'));
      return shell('sh -e commands.sh');
    },
  };
}

const rows: string[][] = [['what', 'sluice', 'one virsh', 'a virsh for each', 'to one', 'to each']];

function compare(what: string, rounds: number, runs: ReturnType<typeof ways>): void {
  const measured = alternating(rounds, runs);
  const of = (name: keyof typeof runs): number => median(measured.map((row) => row[name].seconds));
  const ratio = (name: keyof typeof runs): number =>
    median(measured.map((row) => row[name].seconds / row.sluice.seconds));
  rows.push([
    what,
    `${of('sluice').toFixed(2)} s`,
    `${of('one virsh').toFixed(2)} s`,
    `${of('a virsh for each').toFixed(2)} s`,
    ratio('one virsh').toFixed(2),
    ratio('a virsh for each').toFixed(2),
  ]);
}

try {
  const nat = "<forward mode='nat'/>";
  compare(
    `${options.config} hosts into CONFIG`,
    Number(options.rounds),
    ways(Number(options.config), 'config', ''),
  );
  compare(
    `${options.live} hosts into LIVE of NAT`,
    Number(options['live-rounds']),
    ways(Number(options.live), 'live', nat),
  );
  process.stdout.write(`${tableText(rows, new Set([0]))}\n`);

  const name = freshNetwork('', true);
  const folder = path.join(work, 'networks');
  mkdirSync(folder);
  cpSync(path.join(work, `${name}.xml`), path.join(folder, `${name}.xml`));
  const one = path.join(work, 'one.sluice');
  writeFileSync(one, 'set bridge stp=off\n');
  const plans = alternating(Number(options.rounds) * 3, {
    files: () => once(sluiceCommand(['plan', one, '--target', `dir:${folder}`, '--network', name])),
    daemon: () => once(sluiceCommand(['plan', one, '--target', daemon.uri, '--network', name])),
  });
  const ms = (seconds: number): number => Math.round(seconds * 1000);
  const more = ms(median(plans.map((row) => row.daemon.seconds - row.files.seconds)));
  // the fastest of many is what it takes when nobody else wants the processor
  const least = (where: 'files' | 'daemon'): number => Math.min(...plans.map((row) => row[where].seconds));
  process.stdout.write(
    `plan of one statement, both states of the daemon's network read: ${ms(median(plans.map((row) => row.files.seconds)))} ms on files, ${more} ms more on a daemon; of the fastest runs ${ms(least('files'))} and ${ms(least('daemon') - least('files'))}\n`,
  );
} finally {
  await daemon.stop();
}
