// The way through ssh, with a program in its place that does what ssh does: it takes its options off, and hands the rest to
// a shell of "the other machine", which has no more programs than the test gives it.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Client } from '../../../src/apply/libvirt/rpc/client.ts';
import { connectLibvirt, usualOptions } from '../../../src/apply/libvirt/rpc/connect.ts';
import { sshArguments } from '../../../src/apply/libvirt/rpc/ssh.ts';
import { parseLibvirtUri } from '../../../src/apply/libvirt/rpc/uri.ts';
import { connectProgram } from '../../../src/apply/libvirt/rpc/wire.ts';
import { type FakeServer, HEALTHY, startFakeServer } from './fake-server.ts';

/** Talks to the socket that is its last argument, as `nc -U` and virt-ssh-helper do. */
const TALK = `
const socket = require('node:net').connect(process.env.SOCKET ?? process.argv.at(-1));
socket.on('error', (error) => { console.error(error.message); process.exit(1); });
process.stdin.pipe(socket).pipe(process.stdout);
socket.on('close', () => process.exit(0));
`;

let directory: string;
let server: FakeServer;
let client: Client | null;

beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-ssh-'));
  server = await startFakeServer({
    ...HEALTHY,
    networks: [{ name: 'lab', live: null, config: '<network/>' }],
  });
  client = null;
  const there = path.join(directory, 'there');
  mkdirSync(there);
  for (const tool of ['sh', 'grep', 'cat']) {
    const at = ['/bin', '/usr/bin'].map((bin) => path.join(bin, tool)).find(existsSync);
    if (at !== undefined) symlinkSync(at, path.join(there, tool));
  }
  script(
    'ssh',
    `printf '%s\\0' "$@" > ${directory}/arguments; echo $$ > ${directory}/pid
while [ "$1" != -- ]; do shift; done; shift 2
PATH=${there}; export PATH; exec sh -c "$*"`,
  );
});

afterEach(async () => {
  await client?.close();
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

function script(name: string, text: string): void {
  const file = path.join(directory, name);
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
}

/** A netcat of the other machine: the kind that knows `-q`, or one that does not. */
function netcat(name: string, knowsQ: boolean): void {
  writeFileSync(path.join(directory, 'talk.cjs'), TALK);
  script(
    `there/${name}`,
    `if [ "$*" = -q ]; then echo "nc: ${knowsQ ? 'option requires an argument' : 'invalid option'} -- 'q'" >&2; exit 1; fi
echo "$*" > ${directory}/netcat
exec ${process.execPath} ${directory}/talk.cjs "$@"`,
  );
}

function helper(): void {
  writeFileSync(path.join(directory, 'talk.cjs'), TALK);
  script(
    'there/virt-ssh-helper',
    `echo "$*" > ${directory}/helper; SOCKET=${server.socket} exec ${process.execPath} ${directory}/talk.cjs`,
  );
}

/** The names of the networks over there, or what went wrong. */
async function networks(rest: string, access: Client['access'] = 'read-write'): Promise<string> {
  const uri = `qemu+ssh://olga@host1/system?command=${directory}/ssh${rest}`;
  const connected = await connectLibvirt(uri, usualOptions(access));
  if (!connected.ok) return `${connected.error.code}: ${connected.error.message}`;
  client = connected.value;
  const listed = await client.listNetworks();
  return listed.ok ? listed.value.map(({ name }) => name).join() : JSON.stringify(listed.error);
}

function noted(file: string): string {
  return readFileSync(path.join(directory, file), 'utf8').trim();
}

describe('on the other machine', () => {
  test('virt-ssh-helper finds the daemon', async () => {
    helper();
    netcat('nc', true);
    expect(await networks('')).toBe('lab');
    expect(client?.place).toBe('ssh olga@host1');
    expect(noted('helper')).toBe('qemu:///system');
    expect(existsSync(path.join(directory, 'netcat'))).toBe(false);
  });

  test('virt-ssh-helper is told when only reading is wanted', async () => {
    helper();
    expect(await networks('', 'read-only')).toBe('lab');
    expect(noted('helper')).toBe('-r qemu:///system');
  });

  test('netcat takes a socket that was named', async () => {
    helper();
    netcat('nc', true);
    expect(await networks(`&socket=${server.socket}`)).toBe('lab');
    expect(noted('netcat')).toBe(`-q0 -U ${server.socket}`);
    expect(existsSync(path.join(directory, 'helper'))).toBe(false);
  });

  test('a netcat without -q gets none', async () => {
    netcat('ncat', false);
    expect(await networks(`&socket=${server.socket}&netcat=ncat`)).toBe('lab');
    expect(noted('netcat')).toBe(`-U ${server.socket}`);
  });

  test.each([
    ['', /^SL881: there is no way to libvirt through `ssh olga@host1`: .*neither virt-ssh-helper nor nc$/],
    ['&proxy=native', /^SL881: .*there is no virt-ssh-helper$/],
    ['&netcat=ncat', /^SL881: .*neither virt-ssh-helper nor ncat$/],
  ])('there is nothing to talk with: %s', async (rest, message) => {
    expect(await networks(rest)).toMatch(message);
  });

  test('no daemon listens', async () => {
    netcat('nc', true);
    expect(await networks('')).toMatch(
      /^SL881: .*no libvirt daemon listens there: \/var\/run\/libvirt\/virtqemud-sock \/var\/run\/libvirt\/libvirt-sock$/,
    );
  });

  test('a login script that prints something is in the way', async () => {
    helper();
    script('ssh', 'echo "Welcome to host1!"; exec cat');
    expect(await networks('')).toMatch(/^SL880: .*frame-too-long/);
  });
});

test('a user’s own ssh is found where programs are', async () => {
  helper();
  const before = process.env['PATH'];
  process.env['PATH'] = `${directory}:${before}`;
  try {
    const connected = await connectLibvirt('qemu+ssh://host1/system', usualOptions('read-write'));
    if (!connected.ok) throw new Error(connected.error.message);
    client = connected.value;
    expect(client.place).toBe('ssh host1');
  } finally {
    process.env['PATH'] = before;
  }
});

test('a program that is not there', async () => {
  const said = await connectLibvirt(
    'qemu+ssh://host1/system?command=/nonexistent/ssh',
    usualOptions('read-write'),
  );
  expect(said.ok ? '' : said.error.message).toMatch(/`ssh` ended with status 127: .*not found/);
});

test('an ssh that dies in the middle takes the connection along, and its last words are told', async () => {
  helper();
  expect(await networks('')).toBe('lab');
  process.kill(Number(noted('pid')), 'SIGKILL');
  expect(await client?.ended).toMatch(/`ssh` ended with SIGKILL/);
});

test('Ctrl-C, which a terminal sends to ssh too, leaves the connection alone', async () => {
  // what it says comes back; nothing in it deals with signals
  script('ssh', `echo $$ > ${directory}/pid; exec cat`);
  const wire = connectProgram('ssh host1', path.join(directory, 'ssh'), []);
  let heard = '';
  const ended = new Promise<string>((resolve) => {
    wire.listen({
      data: (chunk) => {
        heard += chunk.toString();
      },
      end: resolve,
    });
  });
  const echoed = async (text: string): Promise<void> => {
    wire.send(Buffer.from(text));
    for (let tries = 0; !heard.endsWith(text) && tries < 200; tries++)
      await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await echoed('before');
  process.kill(Number(noted('pid')), 'SIGINT');
  await echoed(' and after');
  expect(heard).toBe('before and after');
  wire.close();
  expect(await ended).toBe('closed');
});

test('closing ends the program', async () => {
  helper();
  await networks('');
  await client?.close();
  const pid = Number(noted('pid'));
  for (let tries = 0; tries < 100 && isAlive(pid); tries++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isAlive(pid)).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('ssh gets', () => {
  const argumentsFor = (text: string): readonly string[] => {
    const uri = parseLibvirtUri(text);
    if (!uri.ok || uri.value.ssh === null) throw new Error('no way through ssh');
    return sshArguments(uri.value, uri.value.ssh, 'read-write').slice(0, -1);
  };

  test.each([
    ['qemu+ssh://host1/system', '-T -e none -- host1'],
    ['qemu+ssh://olga@host1:2222/system', '-p 2222 -l olga -T -e none -- host1'],
    ['qemu+ssh://host1/system?keyfile=/k&no_tty=1', '-i /k -T -e none -o BatchMode=yes -- host1'],
    ['qemu+ssh://host1/system?no_verify=1', '-T -e none -o StrictHostKeyChecking=no -- host1'],
    ['qemu+ssh://[::1]/system', '-T -e none -- ::1'],
  ])('%s', (text, args) => {
    expect(argumentsFor(text).join(' ')).toBe(args);
  });

  test('arguments as they are, whatever they hold', async () => {
    helper();
    const keyfile = "/tmp/$(touch x) 'k' \"; echo";
    await networks(`&keyfile=${encodeURIComponent(keyfile)}`);
    expect(noted('arguments').split('\0').slice(0, 8)).toEqual([
      '-l',
      'olga',
      '-i',
      keyfile,
      '-T',
      '-e',
      'none',
      '--',
    ]);
  });
});
