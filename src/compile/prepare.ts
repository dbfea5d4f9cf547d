// Scripts with everything they bring along: includes read, parameters settled, the top-level words collected.

import { type Checked, type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import { DNSMASQ_NS } from '../network/spec.ts';
import type { Source, Span } from '../source/source.ts';
import { globMatches, isGlob } from '../std/glob.ts';
import { nearestName } from '../std/nearest-name.ts';
import type { Result } from '../std/result.ts';
import type { Item, Name, ScopeWord, Script, Value } from '../syntax/ast.ts';
import { parseScript } from '../syntax/parse.ts';
import { bind, type Environment, emptyEnvironment, evaluate } from './environment.ts';
import { type RawOperation, readRfc5261 } from './raw-operation.ts';

/** Reads a file that a script names; `from` is the script, whose folder relative names start in. */
export type Load = (path: string, from: Source) => Result<Source, Diagnostic>;

export type LoadedScript = {
  readonly script: Script;
  /** By include item. */
  readonly includes: ReadonlyMap<Item, LoadedScript>;
  /** Of an RFC 5261 document or a nodeSpec call, which are scripts of another form; then `script` is empty. */
  readonly operations: readonly RawOperation[];
};

export type Prepared = {
  readonly scripts: readonly LoadedScript[];
  readonly load: Load;
  readonly vars: ReadonlyMap<string, string>;
  readonly scope: { readonly word: ScopeWord; readonly span: Span } | null;
  readonly because: string | null;
  readonly namespaces: ReadonlyMap<string, string>;
};

/** Parses the scripts and all they include. Null when a script has errors; all errors of all files are told. */
export function prepareScript(
  sources: readonly Source[],
  options: { readonly load: Load; readonly vars: ReadonlyMap<string, string> },
): Checked<Prepared | null> {
  const problems: Diagnostic[] = [];
  const scripts = sources.map((source) => loadScript(source, options.load, [], problems));
  const top: Top = {
    scope: null,
    because: null,
    namespaces: new Map([['dnsmasq', DNSMASQ_NS]]),
    params: [],
    problems,
  };
  for (const script of scripts) collect(script, top);
  for (const name of options.vars.keys()) {
    if (top.params.some((param) => param.text === name)) continue;
    const near = nearestName(
      name,
      top.params.map((param) => param.text),
    );
    problems.push(
      error('SL443', null, `the script has no parameter \`${name}\``, {
        help:
          near === null ? `declare it in the script: \`param ${name}\`` : `did you mean \`--var ${near}=…\`?`,
      }),
    );
  }
  if (hasErrors(problems)) return { value: null, diagnostics: problems };
  return {
    value: {
      scripts,
      load: options.load,
      vars: options.vars,
      scope: top.scope,
      because: top.because,
      namespaces: top.namespaces,
    },
    diagnostics: problems,
  };
}

function loadScript(
  source: Source,
  load: Load,
  chain: readonly Source[],
  problems: Diagnostic[],
): LoadedScript {
  if (/^\ufeff?\s*</.test(source.text)) {
    const { value, diagnostics } = readRfc5261(source);
    problems.push(...diagnostics);
    return { script: { source, items: [] }, includes: new Map(), operations: value };
  }
  const { value: script, diagnostics } = parseScript(source);
  problems.push(...diagnostics);
  const includes = new Map<Item, LoadedScript>();
  for (const item of script.items) {
    if (item.type !== 'include') continue;
    const name = plainText(item.file);
    if (name === null) {
      problems.push(
        error('SL448', item.file.span, 'the name of an included file is fixed text', {
          help: 'write the name without variables',
        }),
      );
      continue;
    }
    const read = load(name, source);
    if (!read.ok) {
      problems.push({ ...read.error, code: 'SL448', span: item.file.span });
      continue;
    }
    const above = [...chain, source];
    if (above.some((one) => one.name === read.value.name)) {
      problems.push(
        error(
          'SL447',
          item.span,
          `\`${read.value.name}\` includes itself: ${[...above.map((one) => one.name), read.value.name].join(' → ')}`,
          { help: 'take this include out' },
        ),
      );
      continue;
    }
    includes.set(item, loadScript(read.value, load, above, problems));
  }
  return { script, includes, operations: [] };
}

function plainText(value: Value): string | null {
  let text = '';
  for (const part of value.parts) {
    if (part.type !== 'literal') return null;
    text += part.text;
  }
  return text;
}

type Top = {
  scope: { readonly word: ScopeWord; readonly span: Span } | null;
  because: string | null;
  readonly namespaces: Map<string, string>;
  readonly params: Name[];
  readonly problems: Diagnostic[];
};

function collect(loaded: LoadedScript, top: Top): void {
  for (const item of loaded.script.items) {
    switch (item.type) {
      case 'scope':
        if (top.scope !== null && top.scope.word !== item.scope) {
          top.problems.push(
            error('SL455', item.span, `the scope is \`${top.scope.word}\` already`, {
              labels: [{ span: top.scope.span, message: 'said here' }],
              help: 'say it once, or override it with `--scope`',
            }),
          );
        }
        top.scope ??= { word: item.scope, span: item.span };
        break;
      case 'because':
        top.because ??= plainText(item.text);
        break;
      case 'namespace': {
        const uri = plainText(item.uri);
        const known = top.namespaces.get(item.prefix.text);
        if (uri === null)
          top.problems.push(
            error('SL454', item.uri.span, 'a namespace is fixed text', {
              help: 'write the URI without variables',
            }),
          );
        else if (known !== undefined && known !== uri)
          top.problems.push(
            error('SL454', item.span, `\`${item.prefix.text}\` stands for \`${known}\` already`, {
              help: 'choose another prefix',
            }),
          );
        else top.namespaces.set(item.prefix.text, uri);
        break;
      }
      case 'param':
        top.params.push(item.name);
        break;
      case 'include': {
        const inner = loaded.includes.get(item);
        if (inner !== undefined) collect(inner, top);
        break;
      }
      default:
        break;
    }
  }
}

/** Binds a parameter: `--var`, else its default. A diagnostic when it has neither, or the name is taken. */
export function bindParam(
  prepared: Prepared,
  environment: Environment,
  item: Extract<Item, { type: 'param' }>,
  problems: Diagnostic[],
): void {
  const given = prepared.vars.get(item.name.text);
  const value =
    given ?? (item.value === null ? undefined : (evaluate(item.value, environment, problems) ?? undefined));
  if (value === undefined) {
    if (item.value === null)
      problems.push(
        error('SL442', item.name.span, `parameter \`${item.name.text}\` has no value`, {
          help: `give it one: \`--var ${item.name.text}=…\``,
        }),
      );
    return;
  }
  const taken = bind(environment, item.name, { type: 'text', value });
  if (taken !== null) problems.push(taken);
}

/**
 * The networks that the scripts are about, sorted: those of `on` blocks, and for statements outside of them the chosen
 * one (`--network`), else the only one of the target.
 */
export function networksOf(
  prepared: Prepared,
  available: readonly string[],
  chosen: string | null,
): Checked<readonly string[]> {
  const problems: Diagnostic[] = [];
  const names = new Set<string>();
  if (chosen !== null && !available.includes(chosen)) problems.push(unknownNetwork(chosen, available, null));
  const environment = emptyEnvironment();
  let loose: Span | null = null;
  const visit = (loaded: LoadedScript): void => {
    for (const item of loaded.script.items) {
      switch (item.type) {
        case 'param':
          bindParam(prepared, environment, item, problems);
          break;
        case 'let': {
          const value = evaluate(item.value, environment, problems);
          if (value !== null) bind(environment, item.name, { type: 'text', value });
          break;
        }
        case 'include': {
          const inner = loaded.includes.get(item);
          if (inner !== undefined) visit(inner);
          break;
        }
        case 'on':
          for (const value of item.networks)
            for (const name of networksFor(value, environment, available, problems)) names.add(name);
          break;
        case 'scope':
        case 'namespace':
        case 'because':
          break;
        default:
          loose ??= item.span;
      }
    }
  };
  for (const loaded of prepared.scripts) {
    visit(loaded);
    loose ??= loaded.operations[0]?.span ?? null;
  }
  if (loose !== null) {
    const one = chosen ?? (available.length === 1 ? available[0] : undefined);
    if (one !== undefined) names.add(one);
    else {
      problems.push(
        error(
          'SL450',
          loose,
          available.length === 0
            ? 'the target has no network'
            : `the target has ${available.length} networks, and this statement names none`,
          {
            help:
              available.length === 0
                ? 'see whether the target is the right one'
                : `write \`on network NAME { … }\` or give \`--network NAME\`: ${available.slice(0, 8).join(', ')}${available.length > 8 ? ', …' : ''}`,
          },
        ),
      );
    }
  }
  return { value: hasErrors(problems) ? [] : [...names].sort(), diagnostics: problems };
}

/** The available networks that one name or glob of an `on` means. */
export function networksFor(
  value: Value,
  environment: Environment,
  available: readonly string[],
  problems: Diagnostic[],
): readonly string[] {
  const text = evaluate(value, environment, problems);
  if (text === null) return [];
  if (!isGlob(text)) {
    if (available.includes(text)) return [text];
    problems.push(unknownNetwork(text, available, value.span));
    return [];
  }
  const found = available.filter((name) => globMatches(text, name));
  if (found.length === 0) problems.push(unknownNetwork(text, available, value.span));
  return found;
}

function unknownNetwork(name: string, available: readonly string[], span: Span | null): Diagnostic {
  const near = nearestName(name, available);
  return error('SL451', span, `no network \`${name}\``, {
    help:
      near !== null
        ? `did you mean \`${near}\`?`
        : available.length === 0
          ? 'the target has no networks at all'
          : `there ${available.length === 1 ? 'is' : 'are'} ${available.slice(0, 8).join(', ')}${available.length > 8 ? ', …' : ''}`,
  });
}
