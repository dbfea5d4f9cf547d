// The real program for tests: bundled once for each state of the sources, and run as a process of its own.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { filesUnder, root } from '../house/files.ts';

/** The bundle's file. Built on first use; its name says from which sources, so that no test runs yesterday's program. */
export const programFile: string = bundled();

function bundled(): string {
  const state = createHash('sha256');
  for (const file of filesUnder('src')) {
    const { mtimeMs, size } = statSync(path.join(root, file));
    state.update(`${file} ${mtimeMs} ${size}\n`);
  }
  const cache = path.join(root, 'node_modules/.cache/sluice-test');
  const folder = path.join(cache, state.digest('hex').slice(0, 16));
  const file = path.join(folder, 'sluice.js');
  if (existsSync(file)) return file;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(path.join(cache, 'new-'));
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  }; // our own file
  buildSync({
    entryPoints: [path.join(root, 'src/cli/main.ts')],
    outdir: fresh,
    entryNames: 'sluice',
    // in pieces, so that a usage error or a completion does not wait for the parser and the gate
    splitting: true,
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    define: { SLUICE_VERSION: JSON.stringify(version) },
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
    },
    logLevel: 'error',
  });
  writeFileSync(path.join(fresh, 'sluice'), `#!/bin/sh\nexec '${process.execPath}' '${file}' "$@"\n`, {
    mode: 0o755,
  });
  try {
    renameSync(fresh, folder);
  } catch {
    rmSync(fresh, { recursive: true, force: true }); // another test file was first
  }
  return file;
}

export type Ran = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

export type RunOptions = {
  readonly cwd?: string;
  readonly input?: string;
  /** Beside PATH and a UTF-8 locale. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Runs `sluice` with the words, in pipes. */
export function sluice(words: readonly string[], { cwd = root, input = '', env = {} }: RunOptions = {}): Ran {
  const ran = spawnSync(process.execPath, [programFile, ...words], {
    cwd,
    input,
    encoding: 'utf8',
    env: environment(env),
    maxBuffer: 1 << 28,
  });
  return { status: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

/** Runs a shell command in which `sluice` is the program. */
export function shell(
  shellFile: string,
  command: string,
  { cwd = root, input = '', env = {} }: RunOptions = {},
): Ran {
  const own = environment(env);
  const ran = spawnSync(shellFile, ['-c', command], {
    cwd,
    input,
    encoding: 'utf8',
    env: { ...own, PATH: `${path.dirname(programFile)}:${own['PATH'] ?? ''}` },
    maxBuffer: 1 << 28,
  });
  return { status: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

function environment(more: Readonly<Record<string, string>>): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: os.tmpdir(), LANG: 'C.UTF-8', ...more };
}

/** What a person at a terminal does: when `seen` is there, `act` happens, then `sent` is typed. */
export type Typed = readonly { readonly seen: string; readonly act?: () => void; readonly sent: string }[];

/** Runs a shell command in which `sluice` is the program, on a terminal of its own; needs script(1). */
export async function onTerminal(
  command: string,
  typed: Typed,
  { cwd = root, env = {} }: RunOptions = {},
): Promise<{ readonly status: number | null; readonly screen: string }> {
  const own = environment({ TERM: 'xterm', ...env });
  const child = spawn('script', ['-qec', `stty cols 100; ${command}`, '/dev/null'], {
    cwd,
    env: { ...own, PATH: `${path.dirname(programFile)}:${own['PATH'] ?? ''}` },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  let from = 0;
  const left = [...typed];
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
    for (let next = left[0]; next !== undefined && screen.includes(next.seen, from); next = left[0]) {
      from = screen.indexOf(next.seen, from) + next.seen.length;
      left.shift();
      next.act?.();
      child.stdin.write(next.sent);
    }
  });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, screen: screen.replaceAll('\r\n', '\n') };
}

export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

const NETWORK = `<network>
  <name>default</name>
  <forward mode='nat'/>
  <bridge name='virbr0'/>
  <domain name='example.com'/>
  <ip address='10.0.0.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='10.0.0.2' end='10.0.0.100'/>
      <!-- alice's -->
      <host mac='52:54:00:00:00:0a' name='v1.a.example.com' ip='10.0.0.130'/>
      <host mac='52:54:00:00:00:0b' name='v1.b.example.com' ip='10.0.0.20'/>
    </dhcp>
  </ip>
</network>
`;

const POLICY = `g, user:alice, role:tenant-a, default
g, user:olga, role:operator, *
g, user:nina, role:netadmin, *
g, role:netadmin, role:operator, *
p, allow, role:tenant-a, default, ip[*].dhcp.host[*], add|remove|modify, config, "ip in 10.0.0.128/25 and name like *.a.example.com"
p, allow, role:operator, *, bridge@stp, modify, *, ""
p, deny, role:everyone, *, domain, *, *, "not role netadmin"
p, allow, role:netadmin, *, **, *, *, ""
`;

export type House = {
  readonly folder: string;
  readonly run: (words: readonly string[], options?: RunOptions) => Ran;
  readonly write: (file: string, text: string) => void;
  readonly read: (file: string) => string;
};

/** Gone when the test file is through. */
const houses: string[] = [];

/** A folder of its own with `networks/default.xml`, and policies in which the one who runs the tests may be anybody. */
export function makeHouse(): House {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-cli-'));
  if (houses.push(folder) === 1)
    process.once('exit', () => {
      for (const house of houses) rmSync(house, { recursive: true, force: true });
    });
  mkdirSync(path.join(folder, 'networks'));
  mkdirSync(path.join(folder, 'policies'));
  cpSync(path.join(root, 'policies/model.conf'), path.join(folder, 'policies/model.conf'));
  const write = (file: string, text: string): void => writeFileSync(path.join(folder, file), text);
  write('networks/default.xml', NETWORK);
  write(
    'policies/policy.csv',
    `${POLICY}p, allow, user:${os.userInfo().username}, *, *, impersonate, *, ""\n`,
  );
  return {
    folder,
    write,
    read: (file) => readFileSync(path.join(folder, file), 'utf8'),
    run: (words, options = {}) => sluice(words, { cwd: folder, ...options }),
  };
}
