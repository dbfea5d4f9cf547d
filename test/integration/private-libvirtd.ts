// A real libvirtd for one test file, alone in its own mount, network and pid namespaces: what it defines touches nothing
// of this machine, and killing its pid 1 takes every process of it along. Only root can do that, and only where libvirt is.

import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type PrivateLibvirtd = {
  /** For `virsh -c`. */
  readonly uri: string;
  /** The UNIX socket that the daemon listens on. */
  readonly socket: string;
  /** A directory of its own, gone after `stop`: put files for virsh here. */
  readonly directory: string;
  /** Defines each network, prints it as stored (`net-dumpxml --inactive`) and undefines it. One virsh process for all. */
  defineAll(networks: readonly { readonly name: string; readonly xml: string }[]): readonly DefineAnswer[];
  /** The words before a command that make it run among the daemon's bridges, processes and files. */
  readonly enter: readonly string[];
  /** Runs a command in there; its output. Throws when it fails. */
  inside(...command: readonly string[]): string;
  /** Kills the daemon on the spot; it is started again at once, and finds its networks running. */
  killDaemon(): void;
  stop(): Promise<void>;
};

export type DefineAnswer =
  | { readonly accepted: true; readonly dumped: string }
  | { readonly accepted: false; readonly error: string };

/** The daemon's pid 1. It stays a shell, so that it reaps dnsmasq: libvirtd as pid 1 leaves zombies. */
const INSIDE = `
set -e
D=$1
mount --make-rprivate /
for d in /run /var/lib/libvirt /var/cache/libvirt; do [ -d $d ] || continue; mount -t tmpfs -o mode=755 tmpfs $d; done
if [ -d /etc/libvirt ]; then cp -a /etc/libvirt "$D/etc"; rm -rf "$D"/etc/qemu/networks; mount --bind "$D/etc" /etc/libvirt; fi
mkdir -p /run/libvirt /var/lib/libvirt/dnsmasq /var/lib/libvirt/network /run/lock
ip link set lo up
trap 'exit 1' TERM
# the pipe ends when the test process does, however it ends: its folder is nobody's then, and with pid 1 goes everything in here
(cat > /dev/null; rm -rf "$D"; kill -TERM 1) <&0 &
while :; do
  rm -f "$D/restart"
  libvirtd -f "$D/libvirtd.conf" -p "$D/libvirtd.pid" < /dev/null &
  wait $! || true
  [ -e "$D/restart" ] || exit 1
done
`;

const TOOLS = ['libvirtd', 'virsh', 'virt-ssh-helper', 'unshare', 'nsenter', 'dnsmasq', 'ip', 'iptables'];

/** Why no private daemon can run here, as a plain sentence for a skipped test; null when one can. */
export function whyNoLibvirtd(): string | null {
  if (process.platform !== 'linux') return 'libvirtd runs on Linux only';
  if (process.getuid?.() !== 0) return 'only root can start a private libvirtd';
  for (const tool of TOOLS) {
    if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) return `${tool} is not installed`;
  }
  if (spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true']).status !== 0)
    return 'this machine does not allow namespaces';
  return null;
}

/** Starts a daemon with the network driver only; throws with its log when it does not come up within ten seconds. */
export async function startPrivateLibvirtd(): Promise<PrivateLibvirtd> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-libvirtd-'));
  for (const sub of ['sock', 'log', 'mod', 'xml']) mkdirSync(join(directory, sub));
  const socket = join(directory, 'sock', 'libvirt-sock');
  const driver = networkDriver();
  if (driver !== null) symlinkSync(driver, join(directory, 'mod', 'libvirt_driver_network.so'));
  writeFileSync(
    join(directory, 'libvirtd.conf'),
    [
      `unix_sock_dir = "${join(directory, 'sock')}"`,
      'auth_unix_rw = "none"',
      'auth_unix_ro = "none"',
      'unix_sock_group = "root"',
      'unix_sock_rw_perms = "0700"',
      `log_outputs = "3:file:${join(directory, 'log', 'libvirtd.log')}"`,
      'host_uuid = "7d5b2c1e-3f0a-4a52-9c57-0f6a9e1d2b34"',
      '',
    ].join('\n'),
  );
  const child = spawn(
    'unshare',
    [
      '--mount',
      '--net',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'bash',
      '-c',
      INSIDE,
      '_',
      directory,
    ],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...(driver === null ? {} : { LIBVIRT_DRIVER_DIR: join(directory, 'mod') }) },
    },
  );
  let said = '';
  const collect = (chunk: Buffer): void => {
    said += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));

  // unshare ignores SIGTERM while it waits; --kill-child makes SIGKILL take the namespace's pid 1 along, and with it everything inside
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    kill();
    await ended;
    process.off('exit', kill);
    rmSync(directory, { recursive: true, force: true });
  };

  const uri = `network:///system?socket=${socket}`;
  for (let tries = 0; tries < 100; tries++) {
    if (existsSync(socket) && spawnSync('virsh', ['-q', '-c', uri, 'net-list', '--all']).status === 0) {
      const enter = entering(child.pid);
      const inside = (...command: readonly string[]): string => outputOf([...enter, ...command]);
      return {
        uri,
        socket,
        directory,
        stop,
        enter,
        inside,
        killDaemon: () => {
          writeFileSync(join(directory, 'restart'), '');
          const pid = readFileSync(join(directory, 'libvirtd.pid'), 'utf8').trim();
          inside('kill', '-KILL', pid);
        },
        defineAll: (networks) => defineAll(uri, 'net-dumpxml --inactive', join(directory, 'xml'), networks),
      };
    }
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error(`a private libvirtd did not start: ${said}`);
}

/** Into the namespaces of the daemon's pid 1, which is the child of the unshare that we started. */
function entering(unshare: number | undefined): readonly string[] {
  const first = readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'utf8').trim().split(' ')[0] ?? '';
  return ['nsenter', '-t', first, '-m', '-n', '-p'];
}

function outputOf([program = '', ...words]: readonly string[]): string {
  const run = spawnSync(program, words, { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${words.join(' ')}: ${run.stderr}`);
  return run.stdout;
}

/** Only the network driver is loaded: a faster start, and no directories or users of qemu are needed. Null where it is built in. */
function networkDriver(): string | null {
  for (const lib of ['/usr/lib', '/usr/lib64']) {
    if (!existsSync(lib)) continue;
    for (const entry of ['', ...readdirSync(lib)]) {
      const path = join(lib, entry, 'libvirt/connection-driver/libvirt_driver_network.so');
      if (existsSync(path)) return path;
    }
  }
  return null;
}

/** virsh takes several commands in one argument, but a single argument may not be longer than 128 KiB. */
const CHUNK = 300;

/**
 * Defines each network through `virsh -c uri`, prints it with `dump` (the test driver knows no `--inactive`) and undefines
 * it. `directory` is for the XML files.
 */
export function defineAll(
  uri: string,
  dump: 'net-dumpxml' | 'net-dumpxml --inactive',
  directory: string,
  networks: readonly { readonly name: string; readonly xml: string }[],
): readonly DefineAnswer[] {
  const answers: DefineAnswer[] = [];
  for (let from = 0; from < networks.length; from += CHUNK) {
    const chunk = networks.slice(from, from + CHUNK);
    const commands: string[] = [];
    chunk.forEach(({ name, xml }, i) => {
      writeFileSync(join(directory, `${i}.xml`), xml);
      const quoted = `'${name.replaceAll("'", "'\\''")}'`;
      commands.push(
        `net-define ${join(directory, `${i}.xml`)}`,
        `${dump} ${quoted}`,
        `net-undefine ${quoted}`,
        `echo @end-of-${i}@`,
      );
    });
    const run = spawnSync('virsh', ['-q', '-c', uri, commands.join('; ')], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    let rest = run.stdout;
    chunk.forEach((_, i) => {
      const mark = `@end-of-${i}@`;
      const end = rest.indexOf(mark);
      if (end < 0) throw new Error(`virsh stopped early: ${run.stderr}`);
      const out = rest.slice(0, end);
      rest = rest.slice(end + mark.length).replace(/^\n/, '');
      const dumped = out.replace(/^\n+/, '');
      answers.push(
        dumped.startsWith('<network')
          ? { accepted: true, dumped: dumped.replace(/\n+$/, '\n') }
          : { accepted: false, error: errorFor(run.stderr, join(directory, `${i}.xml`)) },
      );
    });
  }
  return answers;
}

function errorFor(stderr: string, file: string): string {
  const at = stderr.indexOf(`Failed to define network from ${file}\n`);
  if (at < 0) return 'no error was printed';
  const from = stderr.indexOf('\n', at) + 1;
  const end = stderr.indexOf('\nerror: ', from);
  return stderr
    .slice(from, end < 0 ? undefined : end)
    .replace(/^error: /, '')
    .trim();
}
