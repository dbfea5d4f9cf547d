// `diff`: what all that is staged comes to, in the forms that somebody may want it in.

import { prepareScript } from '../compile/prepare.ts';
import { error } from '../diagnostics/diagnostic.ts';
import { diffAsScript } from '../diff/as-script.ts';
import { printRfc5261 } from '../patch/rfc5261.ts';
import { savePlan } from '../plan/saved.ts';
import { compileScript } from '../plan/script.ts';
import { virshCommands } from '../plan/virsh.ts';
import type { Source } from '../source/source.ts';
import { planOn } from './commit.ts';
import { outlookOf, type Prospect } from './outlook.ts';
import type { Session } from './session.ts';
import { asked, type Said, type Shell, scriptIn } from './shell-state.ts';

export async function diffText(shell: Shell, form: string): Promise<Said> {
  const { session, world } = shell;
  const documents = outlookOf(session);
  if (documents.every(({ changes }) => changes.length === 0) && form !== 'json')
    return { text: session.staged.length === 0 ? 'nothing is staged\n' : 'no changes\n', diagnostics: [] };
  const titled = (text: (at: number) => string): string =>
    documents
      .map(({ base }, at) => {
        const title = session.bases.length > 1 ? `# ${base.network} (${base.scope})\n` : '';
        return `${title}${text(at)}`;
      })
      .join('\n');
  switch (form) {
    case 'script':
      return said(
        titled((at) => {
          const { base, current } = documents[at]!; // `titled` counts the documents
          const on = session.setting.available.length > 1 ? base.network : null;
          return world.words.foreign(diffAsScript(base.document, current, on));
        }),
      );
    case 'virsh':
      return said(
        titled((at) => {
          const { base, changes } = documents[at]!; // `titled` counts the documents
          const { commands, remainder } = virshCommands(base.network, base.document, changes);
          return world.words.foreign([...commands, ...remainder].map((line) => `${line}\n`).join(''));
        }),
      );
    case 'patch':
      return patchText(shell);
    case 'xml':
    case 'json': {
      const { planned, diagnostics } = await planOn(shell, session.bases, sessionSource(shell));
      if (planned === null) return { text: '', diagnostics };
      const { plan } = planned;
      return said(form === 'xml' ? world.words.lines(plan) : `${JSON.stringify(savePlan(plan), null, 2)}\n`);
    }
    default:
      return said(
        world.words.decided(
          documents.map((one) => numbered(one, session)),
          asked(shell),
        ),
      );
  }
}

/** What was typed is known by the number that `staged` gives it. */
function numbered(document: Prospect, { staged }: Session): Prospect {
  const sources = new Map(
    staged.flatMap(({ unit: { source } }, at): [Source, Source][] =>
      source.name === '<session>' ? [[source, { ...source, name: `statement ${at + 1}` }]] : [],
    ),
  );
  const changes = document.changes.map((change) => ({
    ...change,
    cause: change.cause.map((span) => ({ ...span, source: sources.get(span.source) ?? span.source })),
  }));
  return { ...document, changes };
}

function said(text: string): Said {
  return { text, diagnostics: [] };
}

function sessionSource(shell: Shell): Source {
  return { name: '<session>', text: scriptIn(shell, process.cwd(), null) };
}

/** The patches that the statements themselves make, as another tool could apply them. */
function patchText(shell: Shell): Said {
  const { session, world } = shell;
  const prepared = prepareScript([sessionSource(shell)], { load: session.setting.load, vars: new Map() });
  if (prepared.value === null) return { text: '', diagnostics: prepared.diagnostics };
  const { value, diagnostics } = compileScript(prepared.value, {
    target: session.setting.target,
    targetScopes: session.setting.targetScopes,
    documents: session.bases,
    available: session.setting.available,
    scope: null,
    network: shell.network,
  });
  if (value === null) return { text: '', diagnostics };
  if (value.length > 1 && value.some(({ network }) => network !== value[0]?.network))
    return {
      text: '',
      diagnostics: [
        error('SL503', null, 'a patch is about one network, and several are staged', {
          help: '`diff as script` takes them all',
        }),
      ],
    };
  return said(world.words.foreign(printRfc5261(value[0]?.patches ?? [])));
}
