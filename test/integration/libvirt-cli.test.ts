// The command line on a real daemon, here and on "another machine" behind ssh, with a program in the place of ssh that goes
// into the daemon's namespaces, where virt-ssh-helper finds it as it finds one anywhere.

import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { programFile, type Ran, sluice } from '../cli/program.ts';
import { onLibvirtd } from './on-libvirtd.ts';
import { whyNoLibvirtd } from './private-libvirtd.ts';

const why = whyNoLibvirtd();

describe.skipIf(why !== null)(`sluice on a daemon${why === null ? '' : ` (skipped: ${why})`}`, () => {
  const on = onLibvirtd();
  const { running, update, dump } = on;
  const V4 = (net: number): string => `<ip address='10.45.${net}.1' netmask='255.255.255.0'/>`;
  const folder = (name: string): string => path.join(on.libvirt.directory, name);

  test('the command line: networks, drift, an apply, and somebody who watches it', async () => {
    running('cli', `<bridge name='cli'/>${V4(20)}`);
    const env = { XDG_STATE_HOME: path.join(on.libvirt.directory, 'xdg') };
    const policy = path.join(on.libvirt.directory, 'policies');
    mkdirSync(policy);
    cpSync('policies/model.conf', path.join(policy, 'model.conf'));
    writeFileSync(path.join(policy, 'policy.csv'), 'p, allow, role:everyone, *, dns.**, *, *, ""\n');
    const target = ['--target', on.libvirt.uri];
    const words = (...more: readonly string[]) => sluice([...more, ...target], { env });

    expect(words('networks').stdout).toMatch(/^cli +running +yes +no +cli$/m);
    expect(words('diff', 'cli', '--live', '--config').stdout).toBe('They mean the same.\n');

    const watcher = spawn(
      process.execPath,
      [programFile, 'watch', 'cli', '--json', '--interval', '0.2', '--policy', policy, ...target],
      { env: { PATH: process.env['PATH'] ?? '', ...env } },
    );
    let seen = '';
    watcher.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    const until = async (text: string): Promise<void> => {
      for (let tries = 0; !seen.includes(text); tries++) {
        if (tries > 200) throw new Error(`never saw ${text}: ${seen}`);
        await pause(50);
      }
    };
    await until('"type":"watching"');
    const done = words(
      'do',
      'add host ip=10.45.20.7 { hostname=seven } to dns',
      '--network',
      'cli',
      '--yes',
      '--policy',
      policy,
    );
    expect(done.stderr).toBe('');
    expect(done.stdout).toContain('at once');
    expect(done.status).toBe(0);
    await until('"revision":{"number":1');
    expect(update('cli', 'delete', 'dns-host', "<host ip='10.45.20.7'/>", '--live').status).toBe(0);
    await until('"revision":null');
    watcher.kill('SIGINT');
    expect(await new Promise((resolve) => watcher.once('close', resolve))).toBe(0);
    const events = seen
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; scope?: string; changes?: { policy: unknown }[] });
    expect(events.map(({ type }) => type).at(-1)).toBe('end');
    const foreign = events.filter(({ type }) => type === 'changes').at(-1);
    expect(foreign).toMatchObject({ scope: 'live' });
    expect(foreign?.changes?.[0]?.policy).toMatchObject({ allows: true });

    expect(words('diff', 'cli', '--live', '--config').stdout).toContain('host[10.45.20.7]  ip=10.45.20.7');
    expect(words('log').stdout).toContain('cli');
    // the policy that let it through is asked again about what is on record of this daemon
    const strict = folder('strict');
    cpSync(policy, strict, { recursive: true });
    writeFileSync(path.join(strict, 'policy.csv'), 'p, deny, role:everyone, *, dns.**, *, *, ""\n');
    const against = words('policy', 'diff', policy, strict);
    expect(against.status).toBe(2);
    expect(against.stdout).toContain('revision 1');
    expect(
      words('policy', 'can', 'olga', 'remove', 'dns.host[10.45.20.7]', '--network', 'cli', '--policy', policy)
        .status,
    ).toBe(0);

    // what runs has lost the host, so an edit is about what is stored
    const edited = sluice(['edit', 'cli', '--yes', '--policy', policy, ...target], {
      env: { ...env, EDITOR: 'sed -i s/seven/sieben/' },
    });
    expect(edited.stderr).toContain('note[SL990]');
    expect(edited.status).toBe(0);
    expect(dump('cli', 'config')).toContain('sieben');
    expect(dump('cli', 'live')).not.toContain('sieben');
    for (const command of [['networks'], ['leases', 'cli'], ['watch', 'cli']])
      expect(sluice([...command, '--target', 'dir:networks'], { env }).stderr).toContain('error[SL988]');
    expect(words('show', 'cli', '--scope', 'live').status).toBe(0);
  });

  describe('through ssh', () => {
    const FAR = 'network+ssh://olga@host7/system';
    beforeAll(() => {
      mkdirSync(folder('bin'));
      mkdirSync(folder('there'));
      mkdirSync(folder('everything'));
      cpSync('policies/model.conf', folder('everything/model.conf'));
      writeFileSync(folder('everything/policy.csv'), 'p, allow, role:everyone, *, **, *, *, ""\n');
      // where virt-ssh-helper looks for a daemon
      on.libvirt.inside('ln', '-s', on.libvirt.socket, '/run/libvirt/libvirt-sock');
      running('far', `<bridge name='far'/>${V4(30)}`);
    });

    function program(file: string, lines: string): void {
      writeFileSync(folder(file), `#!/bin/sh\n${lines}\n`);
      chmodSync(folder(file), 0o755);
    }
    /** The other machine runs what ssh brings it, and has no programs but those in `there`, when that is asked for. */
    function ssh(bare: boolean): void {
      const path = bare ? `PATH=${folder('there')}; export PATH; ` : '';
      program(
        'bin/ssh',
        `printf '%s\\n' "$@" > ${folder('arguments')}
while [ "$1" != -- ]; do shift; done; shift 2
${path}exec ${bare ? '/usr/bin/' : ''}${on.libvirt.enter.slice(0, -2).join(' ')} /bin/sh -c "$*"`,
      );
    }
    function words(...more: readonly string[]): Ran {
      return sluice([...more, ...(more.includes('--target') ? [] : ['--target', FAR])], {
        env: {
          XDG_STATE_HOME: folder('xdg'),
          SLUICE_POLICY: folder('everything'),
          PATH: `${folder('bin')}:${process.env['PATH'] ?? ''}`,
        },
      });
    }
    /** Plans, applies, shows and logs one record. */
    function works(record: string, ip: string): void {
      const statement = `add host ip=${ip} { hostname=${record} } to dns`;
      const planned = words('do', '--plan', statement, '--network', 'far');
      expect(planned.stderr).toBe('');
      expect(planned.stdout).toContain(`Plan for far (live + config) in ${FAR}`);
      expect(dump('far', 'live')).not.toContain(record);
      const applied = words('do', statement, '--yes', '--network', 'far');
      expect(applied.stderr).toBe('');
      expect(applied.stdout).toMatch(/Applied: revision \d+, far$/m);
      for (const scope of ['live', 'config'] as const) {
        expect(dump('far', scope)).toContain(record);
        expect(words('show', 'far', '--scope', scope).stdout).toBe(dump('far', scope));
      }
      expect(words('log').stdout).toContain(`dns.host[${ip}]`);
    }

    test('virt-ssh-helper finds the daemon over there', () => {
      ssh(false);
      expect(words('networks').stdout).toMatch(/^far +running +yes +no +far$/m);
      works('helped', '10.45.30.2');
      expect(readFileSync(folder('arguments'), 'utf8')).toMatch(/^-l\nolga\n-T\n-e\nnone\n--\nhost7\n/);
      // its history is kept here, beside that of other daemons
      expect(existsSync(folder('xdg/sluice/libvirt/olga%40host7+system/.sluice/journal.jsonl'))).toBe(true);
    });

    test('without virt-ssh-helper, netcat does', () => {
      for (const tool of ['grep', 'sh']) symlinkSync(`/bin/${tool}`, folder(`there/${tool}`));
      writeFileSync(
        folder('talk.cjs'),
        `const socket = require('node:net').connect(process.argv.at(-1));
process.stdin.pipe(socket).pipe(process.stdout);
socket.on('close', () => process.exit(0));`,
      );
      program(
        'there/nc',
        `if [ "$*" = -q ]; then echo "nc: option requires an argument -- 'q'" >&2; exit 1; fi
exec ${process.execPath} ${folder('talk.cjs')} "$@"`,
      );
      ssh(true);
      works('netcat', '10.45.30.3');
    });

    /** What sluice says of a way that leads nowhere; it fails, and changes nothing. */
    function fails(): string {
      const before = dump('far', 'live');
      const { status, stdout, stderr } = words('do', 'set bridge stp=off', '--yes', '--network', 'far');
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(dump('far', 'live')).toBe(before);
      return stderr;
    }

    test('a daemon that runs networks and nothing else is told from one that does not answer', () => {
      ssh(false);
      const said = words('networks', '--target', FAR.replace('network', 'qemu'));
      expect(said.status).toBe(1);
      expect(said.stderr).toMatch(
        /^error\[SL876\]: libvirt refused ConnectOpen, .*no connection driver available for qemu:\/\/\/system \(libvirt error 5, no such driver, domain 0\)\n {2}help: .*`network:\/\/\/system`$/m,
      );
    });

    test('ssh is refused', () => {
      program('bin/ssh', 'echo "olga@host7: Permission denied (publickey)." >&2; exit 255');
      expect(
        fails(),
      ).toBe(`error[SL881]: there is no way to libvirt through \`ssh olga@host7\`: \`ssh\` ended with status 255: olga@host7: Permission denied (publickey).
  help: \`ssh -l olga host7 virsh -c network:///system uri\` shows whether ssh and the daemon are there
`);
    });

    test('there is no ssh here', () => {
      const said = sluice(['networks', '--target', FAR], { env: { PATH: '/nonexistent' } });
      expect(said.status).toBe(1);
      expect(said.stderr).toMatch(/^error\[SL881\]: .* `ssh` ended with status 127: .*not found/);
    });

    test('nothing over there can talk to a daemon', () => {
      program(
        'bin/ssh',
        `while [ "$1" != -- ]; do shift; done; shift 2
PATH=/nonexistent exec /bin/sh -c "$*"`,
      );
      // there is not even a shell
      expect(fails()).toMatch(/^error\[SL881\]: .*sh: not found/);
      program(
        'bin/ssh',
        `while [ "$1" != -- ]; do shift; done; shift 2
mkdir -p ${folder('bare')}; ln -sf /bin/sh ${folder('bare')}/sh; PATH=${folder('bare')} exec /bin/sh -c "$*"`,
      );
      expect(fails()).toMatch(/^error\[SL881\]: .*there is neither virt-ssh-helper nor nc$/m);
    });

    test('no daemon runs over there', () => {
      program(
        'bin/ssh',
        `while [ "$1" != -- ]; do shift; done; shift 2
exec unshare --mount /bin/sh -c 'mount -t tmpfs tmpfs /run; '"$*"`,
      );
      expect(fails()).toMatch(
        /^error\[SL881\]: .*virt-ssh-helper: cannot connect to '.*libvirt-sock': .*No such file or directory$/m,
      );
    });

    test('ssh ends in the middle of an apply: what holds is read back through another', () => {
      ssh(false);
      const real = readFileSync(folder('bin/ssh'), 'utf8');
      writeFileSync(folder('bin/ssh.real'), real, { mode: 0o755 });
      // the first connection lets the fortieth call through, and ends before it is answered; those after it are whole
      writeFileSync(
        folder('cut.cjs'),
        `const child = require('node:child_process').spawn('${folder('bin/ssh.real')}', process.argv.slice(2));
child.stdout.pipe(process.stdout);
process.stdin.on('data', (chunk) => {
  child.stdin.write(chunk, () => {
    if (chunk.includes('<hostname>h40<')) setTimeout(() => process.exit(1), 5);
  });
  if (chunk.includes('<hostname>h40<')) child.stdout.unpipe();
});`,
      );
      program(
        'bin/ssh',
        `if [ -e ${folder('whole')} ]; then exec "$0.real" "$@"; fi; touch ${folder('whole')}
exec ${process.execPath} ${folder('cut.cjs')} "$@"`,
      );
      const script = folder('many.sluice');
      writeFileSync(
        script,
        Array.from(
          { length: 80 },
          (_, n) => `add host ip=10.45.30.${n + 100} { hostname=h${n} } to dns\n`,
        ).join(''),
      );
      const before = dump('far', 'live');
      const { status, stderr } = words('apply', script, '--yes', '--network', 'far');
      expect(stderr).toMatch(/nobody knows whether NetworkUpdate was carried out/);
      expect(stderr).toMatch(/read back: every document holds what it held before/);
      expect(status).toBe(1);
      expect(dump('far', 'live')).toBe(before);
    });
  });
});
