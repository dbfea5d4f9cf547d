// Which socket a URI leads to on this machine, and what is said when none of them answers.

import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectUnix, usualPlaces } from '../../../src/apply/libvirt/rpc/sockets.ts';
import { parseLibvirtUri } from '../../../src/apply/libvirt/rpc/uri.ts';

let directory: string;
let servers: Server[] = [];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-run-'));
});

afterEach(async () => {
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  servers = [];
  rmSync(directory, { recursive: true, force: true });
});

async function listening(name: string): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path.join(directory, name), resolve));
}

/** A socket whose daemon has died. */
async function stale(name: string): Promise<void> {
  await listening('dying');
  renameSync(path.join(directory, 'dying'), path.join(directory, name));
  await new Promise((resolve) => servers.pop()?.close(resolve));
}

/** The name of the socket that answered, or all that is said. */
async function reached(text: string, access: 'read-write' | 'read-only' = 'read-write'): Promise<string> {
  const uri = parseLibvirtUri(text.replace('DIR', directory));
  if (!uri.ok) throw new Error(uri.error.message);
  const places = { system: [directory, `${directory}/.`], session: [directory] };
  const connected = await connectUnix(uri.value, access, places, 1000);
  if (!connected.ok)
    return `${connected.error.code} ${connected.error.message}\n${connected.error.help}`.replaceAll(
      directory,
      'DIR',
    );
  connected.value.close();
  return path.basename(connected.value.place);
}

describe('answers', () => {
  test.each([
    ['qemu:///system', ['virtqemud-sock', 'virtnetworkd-sock', 'libvirt-sock'], 'virtqemud-sock'],
    ['network:///system', ['virtqemud-sock', 'virtnetworkd-sock', 'libvirt-sock'], 'virtnetworkd-sock'],
    ['qemu:///session', ['virtqemud-sock'], 'virtqemud-sock'],
    ['network:///system', ['libvirt-sock'], 'libvirt-sock'],
    ['test:///default', ['virtqemud-sock', 'libvirt-sock'], 'libvirt-sock'],
    ['qemu:///system?mode=legacy', ['virtqemud-sock', 'libvirt-sock'], 'libvirt-sock'],
    ['qemu:///system?socket=DIR/own', ['own', 'libvirt-sock'], 'own'],
  ])('%s where there are %s', async (text, names, answers) => {
    for (const name of names) await listening(name);
    expect(await reached(text)).toBe(answers);
  });

  test('libvirtd where the driver’s own daemon has died', async () => {
    await stale('virtnetworkd-sock');
    await listening('libvirt-sock');
    expect(await reached('network:///system')).toBe('libvirt-sock');
  });

  test('the socket for reading, to those who only read', async () => {
    for (const name of ['libvirt-sock', 'libvirt-sock-ro']) await listening(name);
    expect(await reached('qemu:///system', 'read-only')).toBe('libvirt-sock-ro');
    expect(await reached('qemu:///session', 'read-only')).toBe('libvirt-sock');
  });
});

describe('nobody answers', () => {
  test('and each socket says why, once', async () => {
    await stale('virtqemud-sock');
    writeFileSync(path.join(directory, 'libvirt-sock'), '');
    expect(await reached('qemu:///system')).toBe(
      `SL872 no libvirt daemon answers for \`qemu:///system\`
\`DIR/virtqemud-sock\`: nobody listens there
\`DIR/libvirt-sock\`: nobody listens there
there is \`DIR/libvirt-sock\`: is the daemon running? (\`systemctl status libvirtd\`)`,
    );
  });

  test('but another driver would', async () => {
    await listening('virtnetworkd-sock');
    expect(await reached('qemu:///system')).toMatch(
      /`DIR\/virtnetworkd-sock`, which `network:\/\/\/system` would/,
    );
  });

  test('for a session, whose daemon starts when virsh asks', async () => {
    expect(await reached('qemu:///session')).toMatch(/^SL872[\s\S]*`virsh -c qemu:\/\/\/session uri`/);
  });

  test('at a path that was named', async () => {
    expect(await reached('qemu:///system?socket=DIR/nix')).toMatch(
      /^SL872.*\n`DIR\/nix`: there is no such file/,
    );
    writeFileSync(path.join(directory, 'file'), '');
    expect(await reached('qemu:///system?socket=DIR/file/nix')).toMatch(/part of the path is no directory/);
    expect(await reached(`qemu:///system?socket=/${'x'.repeat(200)}`)).toMatch(
      /longer than a socket may have/,
    );
  });
});

test('a socket that is closed to us says whose it is', async () => {
  await listening('libvirt-sock');
  const socket = path.join(directory, 'libvirt-sock');
  chmodSync(directory, 0o755);
  chmodSync(socket, 0);
  // nothing is closed to root: a process of somebody else asks, and he may not be able to read the sources
  const script = path.join(directory, 'ask.mjs');
  await build({
    stdin: {
      contents: `
        import { connectLibvirt, usualOptions } from './src/apply/libvirt/rpc/connect.ts';
        const connected = await connectLibvirt(process.argv[2], usualOptions('read-write'));
        console.log(connected.ok ? 'connected' : JSON.stringify(connected.error));
      `,
      resolveDir: path.resolve(import.meta.dirname, '../../..'),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
    logLevel: 'silent',
  });
  const root = process.getuid?.() === 0;
  if (root) chownSync(socket, 0, 1);
  const said = await new Promise<string>((resolve, reject) => {
    const child = spawn(process.execPath, [script, `qemu:///system?socket=${socket}`], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(root ? { uid: 65534, gid: 65534 } : {}),
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', () => resolve(out));
  });
  expect(JSON.parse(said)).toMatchObject({
    code: 'SL873',
    message: expect.stringContaining(`\`${socket}\`: permission denied`),
    help: expect.stringMatching(root ? /group `daemon`.*`usermod -aG daemon \S+`/ : /as root/),
  });
});

test('the usual places', () => {
  const before = process.env['XDG_RUNTIME_DIR'];
  process.env['XDG_RUNTIME_DIR'] = '/run/user/1000';
  expect(usualPlaces()).toEqual({
    system: ['/run/libvirt', '/var/run/libvirt'],
    session: ['/run/user/1000/libvirt'],
  });
  if (before === undefined) delete process.env['XDG_RUNTIME_DIR'];
  else process.env['XDG_RUNTIME_DIR'] = before;
});
