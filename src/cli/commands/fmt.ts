// `sluice fmt`: scripts and network XML in their usual layout, or a network as libvirt prints it.

import { readSource } from '../../apply/load-files.ts';
import { type Checked, type Diagnostic, error, hasErrors } from '../../diagnostics/diagnostic.ts';
import { printAsLibvirt } from '../../network/libvirt-print.ts';
import { checkParse } from '../../network/rules.ts';
import type { Source } from '../../source/source.ts';
import { formatScript } from '../../syntax/format.ts';
import { formatXml } from '../../xml/format.ts';
import { parseDocument } from '../../xml/parse.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { FmtFlags } from '../flags.ts';
import { kindOf } from '../inputs.ts';
import { conclude, fail } from '../outcome.ts';
import { replaceFile } from '../replace-file.ts';
import { forOutput } from '../terminal-text.ts';

export async function fmt(names: readonly string[], flags: FmtFlags, console: Console): Promise<ExitStatus> {
  const wrong = impossible(names, flags);
  if (wrong !== null) return fail(console, 'fmt', flags.json, EXIT.usage, [wrong]);
  const diagnostics: Diagnostic[] = [];
  const files: { readonly file: string; readonly changed: boolean; readonly text: string }[] = [];
  for (const name of names) {
    const read = readSource(name);
    if (!read.ok) {
      diagnostics.push(read.error);
      continue;
    }
    const source = read.value;
    const formatted = format(source, flags.libvirt);
    diagnostics.push(...formatted.diagnostics);
    const text = formatted.value;
    if (text === null) continue;
    const changed = text !== source.text;
    files.push({ file: name, changed, text });
    if (changed && flags.check) diagnostics.push(notFormatted(source, text));
    if (changed && flags.write) diagnostics.push(...replaceFile(name, text));
  }
  const status = hasErrors(diagnostics) ? EXIT.error : EXIT.done;
  const text = flags.check || flags.write ? '' : files.map((file) => file.text).join('');
  return conclude(console, 'fmt', flags.json, {
    status,
    diagnostics,
    text: () => forOutput(text, console.out),
    json: () => ({ files }),
  });
}

function impossible(names: readonly string[], flags: FmtFlags): Diagnostic | null {
  if (flags.check && flags.write)
    return error('SL906', null, '`--check` changes no file, and `--write` does', {
      help: 'take one of them',
    });
  if (flags.libvirt && flags.write) {
    const help =
      'print it to another file; what libvirt drops would be lost: comments, and elements that it does not know';
    return error(
      'SL906',
      null,
      '`--libvirt` is no layout of the same file, so `--write` does not go with it',
      { help },
    );
  }
  if (flags.write && names.includes('-'))
    return error('SL906', null, 'stdin cannot be written to', {
      help: 'leave `--write` out: the result goes to stdout',
    });
  const twice = names.findIndex((name, index) => name === '-' && names.indexOf('-') < index);
  return twice < 0 ? null : error('SL906', null, 'stdin can be read only once', { help: 'name `-` once' });
}

function format(source: Source, libvirt: boolean): Checked<string | null> {
  const kind = kindOf(source);
  if (libvirt && kind !== 'networks') {
    const at = { source, start: 0, end: Math.min(1, source.text.length) };
    const help = 'leave `--libvirt` out for everything else';
    const problem = error('SL917', at, '`--libvirt` prints network XML, and this is none', { help });
    return { value: null, diagnostics: [problem] };
  }
  // RFC 5261 patches count as scripts, and are XML all the same
  if (kind !== 'networks' && !/^[\s\ufeff]*</.test(source.text)) return formatScript(source);
  const { value, diagnostics } = parseDocument(source);
  if (value === null) return { value, diagnostics };
  if (!libvirt) return { value: formatXml(value), diagnostics };
  const problems = [...diagnostics, ...checkParse(value)];
  return { value: hasErrors(problems) ? null : printAsLibvirt(value), diagnostics: problems };
}

/** Points at the first character that would change. */
function notFormatted(source: Source, text: string): Diagnostic {
  let at = 0;
  while (at < text.length && source.text[at] === text[at]) at++;
  const span = { source, start: at, end: at };
  return error('SL909', span, `\`${source.name}\` is laid out differently from here on`, {
    help: `\`sluice fmt --write ${source.name}\` lays it out`,
  });
}
